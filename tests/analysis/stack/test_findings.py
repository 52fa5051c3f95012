"""The findings about stacks, on a package that a real release compiled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve

from golsp_mem.analysis.stack.context import StackContext
from golsp_mem.analysis.stack.findings import stack_findings
from golsp_mem.analysis.stack.limits import ProgramLimit
from golsp_mem.compiler.stackfacts import stack_platform
from golsp_mem.model import Code, Finding, Span, StackFrame
from golsp_mem.source.syntax import GoFile
from tests.analysis.stack.program import Program, build, context_of, write_module

SOURCE = """package main

import (
	"fmt"
	"os"
	dbg "runtime/debug"
)

type tree struct {
	left, right *tree
	value       [3]int
}

//go:noinline
func (t *tree) sum() int {
	if t == nil {
		return 0
	}
	return t.left.sum() + t.right.sum() + t.value[0]
}

//go:noinline
func even(n int) bool { return n == 0 || odd(n-1) }

//go:noinline
func odd(n int) bool { return n != 0 && even(n-1) }

type level int

func (l level) String() string { return fmt.Sprintf("level %v", l) }

type grade int

func (g grade) String() string { return fmt.Sprintf("grade %d", g) }

func String(l level, g grade) string { return fmt.Sprint(l, g) }

const maxDepth = 100

//go:noinline
func bounded(t *tree, depth int) int {
	if t == nil || depth > maxDepth {
		return 0
	}
	return bounded(t.left, depth+1) + t.value[1]
}

//go:noinline
func digits(n int) int {
	if n < 10 {
		return 1
	}
	return digits(n/10) + 1
}

//go:noinline
func wide(n int) byte {
	var block [5000]byte
	block[n] = 1
	return block[n/2]
}

//go:noinline
func narrow(n int) byte {
	var block [4000]byte
	block[n] = 1
	return block[n/2]
}

//go:noinline
func generic[T any](x T, n int) T {
	var block [6000]byte
	block[n] = 1
	if block[n/2] == 3 {
		n++
	}
	return x
}

func limits(n int) {
	dbg.SetMaxStack(100_000_000)
	dbg.SetMaxStack(64 << 20)
	dbg.SetMaxStack(4 << 30)
	dbg.SetMaxStack(n)
}

func walks(t *tree) int {
	var walk func(t *tree) int
	walk = func(t *tree) int {
		if t == nil {
			return 0
		}
		return walk(t.left) + t.value[0]
	}
	return walk(t)
}

type packet interface{ unmarshal(b []byte) int }

type header struct{ size int }

func (h *header) unmarshal(b []byte) int { h.size = len(b); return 1 }

// Reads all kinds but its own: two levels.
type compound struct{ in packet }

//go:noinline
func (c *compound) unmarshal(b []byte) int { c.in = readPart(b[1:]); return len(b) }

//go:noinline
func readPart(b []byte) (p packet) {
	if b[0] == 'h' {
		p = new(header)
	}
	p.unmarshal(b)
	return p
}

// Dies of 12 MB of 'n'.
type part interface{ read(b []byte) int }

type nested struct{ in part }

//go:noinline
func (n *nested) read(b []byte) int { n.in = readNested(b[1:]); return len(b) }

//go:noinline
func readNested(b []byte) (p part) {
	if b[0] == 'n' {
		p = new(nested)
	}
	p.read(b)
	return p
}

func main() {
	n := len(os.Args)
	println((&compound{}).unmarshal([]byte(os.Args[0])), (&nested{}).read([]byte(os.Args[0])))
	println(walks(nil))
	t := &tree{}
	fmt.Println(t.sum(), even(n), bounded(t, 0), digits(n), wide(n), narrow(n))
	fmt.Println(generic(1, n), generic("", n), generic(2.5, n))
	limits(n)
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    directory = write_module(tmp_path_factory.mktemp("findings"), SOURCE)
    return build("1.26", directory, directory)


@pytest.fixture
def context(program: Program) -> StackContext:
    main = program.binary.parent / "main.go"
    return context_of("example.com/program", main, program)


def shown(findings: list[Finding], context: StackContext) -> Iterator[tuple[str, str, str]]:
    """(code, text of the span, function) in source order."""
    for finding in sorted(findings, key=lambda finding: finding.sort_key):
        file = context.sources(finding.span.file)
        assert file is not None
        start, end = file.tree.bounds(finding.span)
        yield finding.code.value, file.text[start:end].decode(), finding.function


def test_each_kind_is_found_where_it_is_written(program: Program, context: StackContext) -> None:
    found = stack_findings(context, program.own)
    assert list(shown(found, context)) == [
        ("stack-recursion", "sum", "main.(*tree).sum"),
        ("stack-recursion", "even", "main.even"),
        ("stack-recursion", "String", "main.level.String"),
        ("stack-large-frame", "wide", "main.wide"),
        ("stack-large-frame", "generic", "main.generic[...]"),
        ("stack-limit", "100_000_000", "main.limits"),
        ("stack-limit", "4 << 30", "main.limits"),
        ("stack-recursion", "func", "main.walks.func1"),
        ("stack-recursion", "read", "main.(*nested).read"),
    ]


def test_messages_say_the_numbers(program: Program, context: StackContext) -> None:
    found = sorted(stack_findings(context, program.own), key=lambda finding: finding.sort_key)
    messages = [finding.message for finding in found]
    assert "even → odd → even recurse" in messages[1]
    assert "512 MiB are full after" in messages[0]
    assert "from 2 KiB to 8 KiB when it is called" in messages[3]
    assert "works as 67108864 bytes (64 MiB)" in messages[5]
    assert "works as 1073741824 bytes (1 GiB): 2000000000 is the runtime's ceiling" in messages[6]
    assert [finding.bytes for finding in found if finding.code is Code.STACK_LIMIT] == [
        64 << 20,
        1 << 30,
    ]


def test_the_threshold_is_the_setting(program: Program, context: StackContext) -> None:
    lower = stack_findings(evolve(context, large_frame_bytes=1000), program.own)
    higher = stack_findings(evolve(context, large_frame_bytes=5500), program.own)
    names = [
        {one.function for one in found if one.code is Code.STACK_LARGE_FRAME}
        for found in (lower, higher)
    ]
    assert "main.narrow" in names[0]
    assert names[1] == {"main.generic[...]"}


def test_an_own_limit_shortens_the_recursion(program: Program, context: StackContext) -> None:
    found = stack_findings(evolve(context, limit=ProgramLimit(1 << 20)), program.own)
    recursion = next(finding for finding in found if finding.code is Code.STACK_RECURSION)
    assert "1 MiB are full after" in recursion.message


def test_limits_of_a_32_bit_program(program: Program, context: StackContext) -> None:
    small = evolve(context, platform=stack_platform("linux", "386"))
    found = [one for one in stack_findings(small, program.own) if one.code is Code.STACK_LIMIT]
    assert [finding.bytes for finding in found] == [64 << 20, 256 << 20]


def test_foreign_and_unreadable_files_are_left_alone(
    program: Program, context: StackContext
) -> None:
    assert stack_findings(evolve(context, own_files=frozenset()), program.own) == []
    blind = stack_findings(evolve(context, sources=lambda _: None), program.own)
    assert {finding.code for finding in blind} == {Code.STACK_RECURSION, Code.STACK_LARGE_FRAME}


HEAP = Finding(
    code=Code.HEAP_VARIABLE,
    span=Span("/p/a.go", 4, 6, 4, 7),
    package="p",
    function="p.f",
    message="moved",
    bytes=1 << 20,
    subject="a",
    stack=(StackFrame("p.f", "/p/a.go", 4),),
    fingerprint="0123",
)
HEAP_SOURCE = b"package p\n\nfunc f(\n\tb [99999999]int) *int {\n\treturn &b[0]\n}\n"


@pytest.mark.parametrize(
    ("code", "size", "version", "expected"),
    [
        (Code.HEAP_VARIABLE, 1 << 20, "go1.22.10", None),
        (Code.HEAP_VARIABLE, (10 << 20) + 8, "go1.22.10", "variables above 10 MiB (10485760 B)"),
        (Code.HEAP_VARIABLE, 1 << 20, "go1.26.6", "variables above 128 KiB (131072 B)"),
        (Code.HEAP_VARIABLE, 1 << 17, "go1.26.6", None),
        (Code.HEAP_VARIABLE, (1 << 17) + 1, "go1.24.0", "variables above 128 KiB (131072 B)"),
        (Code.HEAP_NEW, 1 << 17, "go1.22.10", "values without a name above 64 KiB (65536 B)"),
        (Code.HEAP_LITERAL, 1 << 16, "go1.26.6", None),
        (Code.HEAP_MAKE_SLICE, 70000, "go1.26.6", "values without a name above 64 KiB (65536 B)"),
        (Code.HEAP_MAKE_CHAN, 70000, "go1.26.6", None),
        (Code.HEAP_VARIABLE, None, "go1.26.6", None),
    ],
)
def test_too_large_by_release(
    context: StackContext, code: Code, size: int | None, version: str, expected: str | None
) -> None:
    nowhere = evolve(context, go_version=version, sources=lambda _: None)
    found = stack_findings(nowhere, (), [evolve(HEAP, code=code, bytes=size)])
    if expected is None:
        assert found == []
        return
    (finding,) = found
    assert finding.code is Code.STACK_TOO_LARGE
    assert expected in finding.message
    assert (finding.span, finding.bytes, finding.fingerprint) == (HEAP.span, size, "")


def test_a_large_parameter_has_another_reason(context: StackContext) -> None:
    file = GoFile.parse("/p/a.go", HEAP_SOURCE)
    large = evolve(HEAP, subject="b", span=Span("/p/a.go", 4, 2, 4, 3))
    assert stack_findings(evolve(context, sources=lambda _: file), (), [large]) == []
