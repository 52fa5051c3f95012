"""The object file reader on what real compilers wrote, and on what damage makes of it."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golsp_mem.compiler.objects.archive import read_archive
from golsp_mem.compiler.objects.builtins import parse_builtins
from golsp_mem.compiler.objects.goobj import Function
from golsp_mem.errors import ArchiveError
from tests.compiler.built import RELEASES, built

PACKAGE = "example.com/sample"


@cache
def functions(release: str) -> dict[str, Function]:
    one = built(release)
    return {
        function.name: function
        for obj in read_archive(one.archive, one.builtins)
        for function in obj.functions()
    }


@pytest.mark.parametrize("release", RELEASES)
def test_functions_know_their_lines_and_files(release: str) -> None:
    found = functions(release)
    lines = {name: found[f"{PACKAGE}.{name}"].start_line for name in ("direct", "large", "sum")}
    assert lines == {"direct": 11, "large": 14, "sum": 20}
    assert found[f"{PACKAGE}.direct"].file.endswith("sample/sample.go")


@pytest.mark.parametrize("release", RELEASES)
def test_a_frame_holds_its_variables(release: str) -> None:
    # 512 words lie in the frame; what else is there is the release's business.
    frame = functions(release)[f"{PACKAGE}.large"].frame_bytes
    assert 4096 <= frame < 4096 + 128


@pytest.mark.parametrize("release", RELEASES)
def test_calls_are_told_by_name(release: str) -> None:
    large = functions(release)[f"{PACKAGE}.large"]
    calls = [one.target for one in large.relocations if one.is_call]
    assert f"{PACKAGE}.sum" in calls
    assert all(not call.startswith("?") for call in calls)


@pytest.mark.parametrize("release", RELEASES)
def test_inlined_stacks_lead_from_the_allocation_to_the_function(release: str) -> None:
    outer = functions(release)[f"{PACKAGE}.outer"]
    (call,) = [
        one for one in outer.relocations
        if one.is_call and ("newobject" in one.target or "mallocgc" in one.target)
    ]  # fmt: skip
    stack = outer.stack_at(call.offset)
    # Functions of other packages are numbers to this archive; engine runs resolve them.
    assert stack[0].function.startswith("errors.")
    assert [(one.function, one.line) for one in stack[1:]] == [
        (f"{PACKAGE}.inner", 28),
        (f"{PACKAGE}.outer", 31),
    ]


@pytest.mark.parametrize("release", RELEASES)
def test_foreign_names_are_asked_for(release: str) -> None:
    one = built(release)
    asked: list[str] = []

    def name(package: str, symbol: int) -> str:
        asked.append(package)
        return f"{package}.number{symbol}"

    for obj in read_archive(one.archive, one.builtins, name):
        for function in obj.functions():
            assert function.inline_tree is not None
    assert "errors" in asked


def test_another_format_is_named_with_its_release() -> None:
    one = built("1.26")
    damaged = one.archive.replace(b"\x00go120ld", b"\x00go199ld")
    with pytest.raises(ArchiveError, match=r"go1\.26.*unknown format"):
        read_archive(damaged, one.builtins)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a Go package archive"),
        (b"\x7fELF and so on", "not a Go package archive"),
        (b"!<arch>\nshort", "cut off"),
        (b"!<arch>\n" + b"x" * 60, "damaged"),
    ],
)
def test_what_is_no_archive_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        read_archive(data, ())


def read_all(data: bytes, builtins: tuple[str, ...]) -> None:
    for obj in read_archive(data, builtins):
        for function in obj.functions():
            for one in function.relocations:
                function.stack_at(one.offset)


@settings(max_examples=60)
@given(cut=st.floats(0, 1, exclude_max=True))
def test_a_truncated_archive_is_an_error_in_one_line(cut: float) -> None:
    one = built("1.26")
    # The last byte may be there for an even length only: it holds nothing.
    end = int((len(one.archive) - 1) * cut)
    with pytest.raises(ArchiveError) as caught:
        read_all(one.archive[:end], one.builtins)
    assert "\n" not in str(caught.value)


@settings(max_examples=150)
@given(data=st.data())
def test_damage_raises_nothing_but_archive_error(data: st.DataObject) -> None:
    one = built("1.27")
    damaged = bytearray(one.archive)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        read_all(bytes(damaged), one.builtins)
    except ArchiveError as error:
        assert str(error)


def test_builtins_keep_their_order() -> None:
    source = '{"runtime.newobject", 1},\n\t{"runtime.mallocgc", 1},\n{"type:int8", 0},'
    assert parse_builtins(source) == ("runtime.newobject", "runtime.mallocgc", "type:int8")
