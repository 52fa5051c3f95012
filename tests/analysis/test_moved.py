"""Lines that an edit moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.analysis.compiled import CompiledPackage, Site
from golsp_mem.analysis.moved import lines_moved, moved
from golsp_mem.compiler.objects.callsites import Reference
from golsp_mem.model import (
    Allocation,
    Code,
    FunctionFacts,
    Message,
    MessageKind,
    Position,
    StackFrame,
)

LINES = st.lists(st.sampled_from([b"a", b"b", b"c", b"d", b""]), max_size=12)


@given(LINES, LINES)
def test_a_line_is_found_where_the_same_text_stands(old: list[bytes], new: list[bytes]) -> None:
    lines = lines_moved(b"\n".join(old), b"\n".join(new))
    if lines is None:
        return
    before, after = b"\n".join(old).split(b"\n"), b"\n".join(new).split(b"\n")
    for number, text in enumerate(before, start=1):
        found = lines(number)
        assert found is None or after[found - 1] == text


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"a\nb\nc", b"a\nx\nc", None),
        (b"a\nb\nc", b"a\nb\nc\nd", None),
        (b"a\nb\nc", b"x\na\nb\nc", {1: 2, 2: 3, 3: 4}),
        (b"a\nb\nc", b"a\nc", {1: 1, 2: None, 3: 2}),
        (b"a\nb\nc\nd", b"a\nx\ny\nc\nd", {1: 1, 2: None, 3: 4, 4: 5}),
    ],
)
def test_lines_before_the_edit_stay_and_those_after_it_shift(
    old: bytes, new: bytes, expected: dict[int, int | None] | None
) -> None:
    lines = lines_moved(old, new)
    if expected is None:
        # No line has another number, but for the end of the text.
        assert lines is None
        return
    assert lines is not None
    assert {line: lines(line) for line in expected} == expected


def _package(line: int, *, own: str = "/p/a.go") -> CompiledPackage:
    stack = (StackFrame("p.F", own, line), StackFrame("p.G", "/p/b.go", 9))
    allocation = Allocation(
        code=Code.HEAP_NEW, runtime_call="runtime.newobject", function="p.G", stack=stack
    )
    at = Position(own, line, 3)
    return CompiledPackage(
        import_path="p",
        directory="/p",
        own_files=frozenset({"/p/a.go", "/p/b.go"}),
        sites=[Site(allocation, (("p", "p.G", 0), ("p", "p.G", -1)), (frozenset({line, 2}),))],
        functions={"p.F": FunctionFacts("p.F", own, line, 8, 8)},
        messages={(own, line): [Message(MessageKind.ESCAPES, at, "x", "x escapes to heap")]},
        references=[Reference("p.F", own, line, True)],
    )


def test_a_package_whose_lines_moved_is_as_if_it_was_compiled_there() -> None:
    lines = lines_moved(b"a\nb\nc\nd\ne", b"a\nb\nx\ny\nc\nd\ne")
    assert lines is not None
    assert moved(_package(4), {"/p/a.go": lines}) == _package(6)
    assert moved(_package(4), {"/p/c.go": lines}) == _package(4)


def test_what_stood_in_the_edit_is_left_out() -> None:
    lines = lines_moved(b"a\nb\nc\nd", b"a\nx\ny\nc\nd")
    assert lines is not None
    found = moved(_package(2), {"/p/a.go": lines})
    assert (found.sites, found.messages, found.references) == ([], {}, [])
