"""The static call graph of real programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from golsp_mem.analysis.stack.callgraph import CallGraph, go_statement_at
from golsp_mem.compiler.objects.calls import Call, CompiledFunction, parse_call_types
from tests.analysis.stack.program import Program, build, write_module
from tests.toolchains import go_binary

SOURCE = """package main

import (
	"io"
	"os"
	"sync/atomic"
)

type shape interface{ area(n int) int }

type square struct{ side [40]int }

//go:noinline
func (s square) area(n int) int { return s.side[n] }

//go:noinline
func indirect(f func(int) int, s shape) int { return f(1) + s.area(2) }

//go:noinline
func direct(n int64) int64 { return atomic.AddInt64(&counter, n) + leaf(n) }

//go:noinline
func leaf(n int64) int64 { return n + 1 }

//go:noinline
func plain() {}

var counter int64

//go:noinline
func boom(n int) int {
	var block [100]int
	return block[n]
}

func starts(n int, f func(), s square) {
	go plain()
	go func() { println(n) }()
	go s.area(n)
	go f()
	go direct(int64(n))
}

func main() {
	starts(len(os.Args), plain, square{})
	println(indirect(func(n int) int { return n }, square{}), direct(3), boom(len(os.Args)))
	io.WriteString(os.Stdout, "")
}
"""


@pytest.fixture(
    scope="module",
    params=[("1.22", "amd64"), ("1.27", "amd64"), ("1.27", "arm64"), ("1.27", "386")],
)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    release, goarch = request.param
    directory = write_module(tmp_path_factory.mktemp("graph"), SOURCE)
    return build(release, directory, directory, goarch)


def function(program: Program, name: str) -> CompiledFunction:
    number = program.graph.find(name)
    assert number is not None
    return program.graph.functions[number]


def test_direct_calls_lead_to_functions(program: Program) -> None:
    number = program.graph.find("main.direct")
    assert number is not None
    targets = {program.graph.functions[target].name for target, _ in program.graph.edges(number)}
    assert "main.leaf" in targets
    assert program.graph.unknown_calls(number) == 0


def test_calls_without_a_name_are_counted(program: Program) -> None:
    number = program.graph.find("main.indirect")
    assert number is not None
    assert program.graph.unknown_calls(number) == 2
    assert program.numbers("main.indirect").unknown_calls >= 2


def test_nothing_is_left_unresolved_in_a_whole_program(program: Program) -> None:
    """Every direct call of every dependency has a callee: names, ABIs and linknames fit."""
    graph = program.graph
    names = {function.name for function in graph.functions}
    missing = {call.target for one in graph.functions for call in one.calls} - names
    assert missing == set()
    assert len(names) > 1000


def test_address_taken_is_no_call(program: Program) -> None:
    number = program.graph.find("main.main")
    assert number is not None
    called = {program.graph.functions[target].name for target, _ in program.graph.edges(number)}
    assert "main.main.func1" not in called
    assert "main.plain" not in called


def test_go_statements_name_their_function(program: Program) -> None:
    starts = function(program, "main.starts").goroutines
    entries = [(one.line, one.entry) for one in starts]
    first = SOURCE.splitlines().index("\tgo plain()") + 1
    wrapper = "main.starts.gowrap"
    assert entries[0] == (first, "main.plain")
    assert entries[1] == (first + 1, "main.starts.func1")
    assert entries[2][1] is not None
    assert entries[2][1].startswith(wrapper)
    assert entries[3] == (first + 3, None)
    assert entries[4][1] is not None
    assert entries[4][1].startswith(wrapper)
    numbers = program.numbers(entries[4][1])
    assert "main.direct" in dict(numbers.deepest_path)


def test_panics_and_stack_growth_do_not_count(program: Program) -> None:
    numbers = program.numbers("main.boom")
    assert dict(numbers.deepest_path).keys() <= {"main.boom", "runtime.duffzero"}
    assert function(program, "main.boom").checks


def test_assembly_has_frames_and_abi_wrappers_are_no_recursion(program: Program) -> None:
    wrapped = program.numbers("sync/atomic.AddInt64")
    assert wrapped.recursive == ()
    assert not any(
        program.graph.functions[number].is_wrapper
        for group in program.graph.recursive_groups(range(len(program.graph.functions)))
        for number in group
    )


def test_what_runs_on_another_stack_costs_nothing(program: Program) -> None:
    number = program.graph.find("runtime.systemstack")
    assert number is not None
    assert program.graph.edges(number) == ()
    assert program.graph.unknown_calls(number) == 0


def made(name: str, *calls: str, frame: int = 16, abi: int = 1) -> CompiledFunction:
    return CompiledFunction(
        name, abi, "/p.go", 1, frame, True, tuple(Call(c, frame, True) for c in calls), 0, ()
    )


@pytest.mark.parametrize(
    ("functions", "groups"),
    [
        ([made("a", "b"), made("b", "c"), made("c")], []),
        ([made("a", "a")], [("a",)]),
        ([made("a", "b"), made("b", "a")], [("a", "b")]),
        (
            [made("a", "b", "d"), made("b", "c"), made("c", "b"), made("d", "d")],
            [("b", "c"), ("d",)],
        ),
        (
            [made("a", "b"), made("b", "c"), made("c", "a", "d"), made("d", "b")],
            [("a", "b", "c", "d")],
        ),
        ([made("a", "missing")], []),
    ],
)
def test_recursive_groups(functions: list[CompiledFunction], groups: list[tuple[str, ...]]) -> None:
    graph = CallGraph(functions)
    found = graph.recursive_groups(range(len(graph.functions)))
    assert [tuple(graph.functions[n].name for n in group) for group in found] == groups


def test_a_deep_chain_needs_no_deep_python_stack() -> None:
    length = 20_000
    functions = [made(f"f{n}", f"f{n + 1}") for n in range(length)]
    graph = CallGraph([*functions, made(f"f{length}", "f0")])
    (group,) = graph.recursive_groups(range(len(graph.functions)))
    assert len(group) == length + 1


@pytest.mark.parametrize("release", ["1.21", "1.22", "1.24", "1.25", "1.26", "1.27"])
def test_call_types_of_the_release(release: str) -> None:
    root = go_binary(release).parent.parent
    source = (root / "src/cmd/internal/objabi/reloctype.go").read_text()
    numbers = parse_call_types(source)
    assert numbers is not None
    assert {7, 8, 9, 11, 12} < numbers
    assert 10 not in numbers


def test_call_types_of_another_text() -> None:
    assert parse_call_types("package objabi\n") is None


def test_a_program_without_the_function(tmp_path: Path, program: Program) -> None:
    assert program.graph.find("main.nothing") is None


def test_folded_names_stand_for_the_largest_instance() -> None:
    graph = CallGraph(
        [made("p.F[go.shape.int]"), made("p.F[go.shape.[]uint8]", frame=64), made("p.F2[int]")]
    )
    number = graph.find("p.F[...]")
    assert number is not None
    assert graph.functions[number].frame_bytes == 64
    assert graph.find("p.G[...]") is None


def test_a_go_statement_by_its_place(program: Program) -> None:
    starts = function(program, "main.starts")
    first = starts.goroutines[0]
    assert go_statement_at(program.own, first.file, first.line) == first
    assert go_statement_at(program.own, first.file, 1) is None
