"""Decoding of profiles, coverage and -m text."""

from __future__ import annotations

import gzip

import pytest

from golsp_mem.compiler.pprof import profile_pb2
from tests.truth.evidence import (
    Coverage,
    Frame,
    Sample,
    read_coverage,
    read_escape_lines,
    read_heap_profile,
)

ROOT = "/go-root"
USER = Frame("p.f", "/p/f.go", 10)
CALLER = Frame("p.g", "/p/f.go", 20)
OUTER = Frame("p.h", "/p/f.go", 30)
MALLOC = Frame("runtime.mallocgc", f"{ROOT}/src/runtime/malloc.go", 1)
MAPS = Frame("internal/runtime/maps.newTable", f"{ROOT}/src/internal/runtime/maps/table.go", 1)
LINKNAMED = Frame("internal/bytealg.MakeNoZero", f"{ROOT}/src/runtime/slice.go", 1)
DEBUG = Frame("runtime/debug.Stack", f"{ROOT}/src/runtime/debug/stack.go", 1)


def encode(
    samples: list[tuple[list[list[Frame]], int, int]],
    period: int = 1,
    kinds: tuple[str, ...] = ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space"),
) -> bytes:
    """A profile of (locations, objects, bytes), each location the inlined frames at one pc."""
    strings = [""]

    def index(text: str) -> int:
        if text not in strings:
            strings.append(text)
        return strings.index(text)

    profile = profile_pb2.Profile(period=period)
    for kind in kinds:
        profile.sample_type.add(type=index(kind))
    for locations, objects, space in samples:
        sample = profile.sample.add(value=[objects, space, 0, 0])
        for frames in locations:
            number = len(profile.location) + 1
            location = profile.location.add(id=number)
            sample.location_id.append(number)
            for frame in frames:
                function = profile.function.add(
                    id=len(profile.function) + 1,
                    name=index(frame.function),
                    filename=index(frame.file),
                )
                location.line.add(function_id=function.id, line=frame.line)
    profile.string_table.extend(strings)
    return gzip.compress(profile.SerializeToString())


@pytest.mark.parametrize(
    ("locations", "stack", "inlined"),
    [
        ([[USER], [OUTER]], (USER, OUTER), 1),
        ([[USER, CALLER], [OUTER]], (USER, CALLER, OUTER), 2),
        ([[MALLOC], [USER, CALLER]], (USER, CALLER), 2),
        ([[MAPS], [MALLOC, USER], [MALLOC]], (USER, MALLOC), 1),
        ([[LINKNAMED], [USER]], (USER,), 1),
        ([[DEBUG], [USER]], (DEBUG, USER), 1),
        ([[USER, CALLER]] * 20, (USER, CALLER) * 12, 2),
    ],
    ids=["own", "inlined", "runtime", "runtime inlined", "linknamed", "below the runtime", "deep"],
)
def test_the_stack_begins_at_the_innermost_line_that_is_not_the_runtimes(
    locations: list[list[Frame]], stack: tuple[Frame, ...], inlined: int
) -> None:
    data = encode([(locations, 3, 144)])
    assert read_heap_profile(data, ROOT) == (Sample(stack, inlined, 48, 3),)


def test_equal_stacks_are_added_up_and_sizes_kept_apart() -> None:
    data = encode([([[USER]], 1, 16), ([[MALLOC], [USER]], 2, 32), ([[USER]], 1, 64)])
    assert set(read_heap_profile(data, ROOT)) == {
        Sample((USER,), 1, 16, 3),
        Sample((USER,), 1, 64, 1),
    }


def test_what_only_the_runtime_allocated_and_what_was_never_allocated_is_left_out() -> None:
    assert read_heap_profile(encode([([[MALLOC]], 1, 16), ([[USER]], 0, 0)]), ROOT) == ()


@pytest.mark.parametrize(
    "data",
    [encode([], period=524288), encode([], kinds=("samples", "cpu"))],
    ids=["sampled", "cpu profile"],
)
def test_other_profiles_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"rate 524288|not a heap profile"):
        read_heap_profile(data, ROOT)


COVERAGE = """mode: count
p/f.go:1.10,3.2 2 1
p/f.go:3.2,5.3 1 0
p/f.go:5.3,5.20 1 2
p/f.go:3.2,5.3 1 0
"""


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        (1, 10, True),
        (2, 1, True),
        (3, 1, True),
        (3, 2, False),
        (4, 0, False),
        (5, 2, False),
        (5, 3, True),
        (5, 0, True),
        (5, 99, True),
        (9, 1, False),
    ],
)
def test_executed_follows_the_innermost_block(line: int, column: int, expected: bool) -> None:
    coverage = read_coverage(COVERAGE, lambda name: f"/{name}")
    assert coverage.executed("/p/f.go", line, column) is expected


def test_counts_of_a_block_that_comes_twice_are_added() -> None:
    coverage = read_coverage("a.go:1.1,2.2 1 0\na.go:1.1,2.2 1 7\n", str)
    assert [block.count for block in coverage.blocks["a.go"]] == [7]
    assert coverage.instrumented("a.go")
    assert not coverage.instrumented("b.go")


def test_a_foreign_line_in_a_coverage_profile_is_refused() -> None:
    with pytest.raises(ValueError, match="not a line"):
        read_coverage("hello", str)
    assert read_coverage("mode: set\n", str) == Coverage({})


def test_plain_escape_lines() -> None:
    text = """# p
./f.go:3:2: moved to heap: x
./f.go:4:9: make([]int, n) escapes to heap
other/cwd/f.go:4:9: make([]int, n) escapes to heap
../slices/sort.go:9:9: x escapes to heap
/abs/g.go:5:1: y does not escape
./f.go:6:6: can inline f
./f.go:7:8: leaking param: p
"""
    lines = read_escape_lines(text, ["/w/f.go", "/abs/g.go"])
    assert [(one.file, one.line, one.column, one.heap) for one in lines] == [
        ("/w/f.go", 3, 2, True),
        ("/w/f.go", 4, 9, True),
        ("/abs/g.go", 5, 1, False),
    ]
