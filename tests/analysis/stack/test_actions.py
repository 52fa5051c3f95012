"""The edits for stack findings: what they write, and that the compiler agrees."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from golsp_mem.advice.actions.stack import StackFix, stack_fixes
from golsp_mem.analysis.stack.limits import stack_limit_calls
from golsp_mem.compiler.stackfacts import stack_platform
from golsp_mem.model import Code, Finding, Span
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.syntax import GoFile
from tests.analysis.stack.program import write_module
from tests.toolchains import go_binary

AMD64 = stack_platform("linux", "amd64")


def applied(file: GoFile, edits: Sequence[TextEdit]) -> str:
    text = file.text
    for start, end, new in sorted(
        ((*file.tree.bounds(edit.span), edit.new_text) for edit in edits), reverse=True
    ):
        text = text[:start] + new.encode() + text[end:]
    return text.decode()


def finding(code: Code, span: Span, size: int | None = None) -> Finding:
    return Finding(
        code=code, span=span, package="p", function="p.f", message="", bytes=size, subject="x"
    )


LIMIT = """package p

import "runtime/debug"

const mb = 1 << 20

func f(n int) {
\tdebug.SetMaxStack(ARGUMENT)
}
"""


def limit_fixes(argument: str, goarch: str = "amd64") -> tuple[GoFile, tuple[StackFix, ...]]:
    source = LIMIT.replace("ARGUMENT", argument)
    file = GoFile.parse("/p.go", source.encode())
    (call,) = stack_limit_calls(file)
    one = finding(Code.STACK_LIMIT, call.argument_span)
    return file, stack_fixes(file, one, stack_platform("linux", goarch), "go1.26.6")


@pytest.mark.parametrize(
    ("argument", "goarch", "written"),
    [
        ("100_000_000", "amd64", "64 << 20"),
        ("4 << 30", "amd64", "1 << 30"),
        ("4 << 30", "386", "256 << 20"),
        ("1e9", "amd64", "512 << 20"),
        ("0xFFFFF", "amd64", "512 << 10"),
        ("3000", "amd64", "2 << 10"),
    ],
)
def test_the_literal_becomes_what_holds(argument: str, goarch: str, written: str) -> None:
    file, fixes = limit_fixes(argument, goarch)
    (fix,) = fixes
    assert applied(file, fix.edits) == file.text.decode().replace(f"({argument})", f"({written})")
    assert written in fix.title


@pytest.mark.parametrize("argument", ["64 << 20", "n", "100*mb", "int(100000000)"])
def test_no_edit_where_it_holds_or_names_are_involved(argument: str) -> None:
    assert limit_fixes(argument)[1] == ()


KEPT = [
    ("x := make([]byte, 100000)", "make([]byte, 100000)", 100000,
     "var xBlock [100000]byte\n\tx := xBlock[:]"),
    ("x := make([]byte, 10, 100000)", "make([]byte, 10, 100000)", 100000,
     "var xBlock [100000]byte\n\tx := xBlock[:10]"),
    ("x := make([]byte, count)", "make([]byte, count)", 90000,
     "var xBlock [count]byte\n\tx := xBlock[:]"),
    ("x := new([100000]byte)", "new([100000]byte)", 100000,
     "var xBlock [100000]byte\n\tx := &xBlock"),
    ("x := &[100000]byte{1: 2}", "&[100000]byte{1: 2}", 100000,
     "xBlock := [100000]byte{1: 2}\n\tx := &xBlock"),
    ("var x [300000]byte\n\tx[7] = 1\n\tx[90000] = x[2]", "x", 300000,
     "var x [90001]byte\n\tx[7] = 1\n\tx[90000] = x[2]"),
    ("x := [300000]byte{}\n\t_ = x[0:10:20]", "x", 300000,
     "x := [20]byte{}\n\t_ = x[0:10:20]"),
]  # fmt: skip

LEFT = [
    ("var x [300000]byte\n\tx[n] = 1", "x", 300000),
    ("var x [300000]byte\n\t_ = x[:10]", "x", 300000),
    ("var x [300000]byte\n\tfor range x {\n\t}", "x", 300000),
    ("var x [300000]byte\n\tx[200000] = 1", "x", 300000),
    ("var x, y [300000]byte\n\tx[2] = y[1]", "x", 300000),
    ("x := make([]byte, 200000)\n\t_ = x", "make([]byte, 200000)", 200000),
    ("x := make([]byte, n)\n\t_ = x", "make([]byte, n)", 100000),
    ("x := append(make([]byte, 100000), 1)\n\t_ = x", "make([]byte, 100000)", 100000),
    ("if x := make([]byte, 100000); n > 1 {\n\t\t_ = x\n\t}", "make([]byte, 100000)", 100000),
    # Behind other code of its line: that runs first, or is of another function.
    ("n++; x := make([]byte, 100000); _ = x", "make([]byte, 100000)", 100000),
    ("g := func() { x := make([]byte, 100000); _ = x }\n\tg()", "make([]byte, 100000)", 100000),
]


PROGRAM = """package main

const count = 90000

func f(n int) {
\tBODY
\t_ = n
}

func main() {
\tf(1)
}
"""


def program(body: str) -> str:
    return PROGRAM.replace("BODY", body)


def kept(body: str, at: str, size: int) -> tuple[GoFile, tuple[StackFix, ...]]:
    text = program(body)
    file = GoFile.parse("/main.go", text.encode())
    start = text.index(at, text.index(body))
    if len(at) == 1:
        start = text.index(body) + re.search(rf"\b{at}\b", body).start()  # type: ignore[union-attr]
    span = file.tree.span(start, start + len(at))
    one = finding(Code.STACK_TOO_LARGE, span, size)
    return file, stack_fixes(file, one, AMD64, "go1.26.6")


@pytest.mark.parametrize(("body", "at", "size", "expected"), KEPT)
def test_arrays_that_can_stay(body: str, at: str, size: int, expected: str, tmp_path: Path) -> None:
    more = "" if at == "x" else "\n\tx[1] = 1"
    file, (fix,) = kept(body + more, at, size)
    text = applied(file, fix.edits)
    assert text == program(expected + more)
    before = moved(tmp_path / "before", file.text.decode())
    assert before != []
    assert moved(tmp_path / "after", text) == []


def moved(directory: Path, text: str) -> list[str]:
    """The compiler's lines about heap blocks; fails when gofmt would change the text."""
    go = go_binary("1.26")
    write_module(directory, text)
    gofmt = subprocess.run(
        [str(go.with_name("gofmt")), "-l", "."], cwd=directory, capture_output=True, text=True
    )
    assert gofmt.stdout == "", text
    done = subprocess.run(
        [str(go), "build", "-gcflags=-m", "-o", str(directory / "out"), "."],
        cwd=directory,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return re.findall(r".*(?:moved to heap|escapes to heap).*", done.stderr)


@pytest.mark.parametrize(("body", "at", "size"), LEFT)
def test_arrays_that_cannot_be_kept_safely(body: str, at: str, size: int) -> None:
    assert kept(body, at, size)[1] == ()


def test_before_go_1_24_more_fits() -> None:
    body = "x := make([]byte, 200000)\n\t_ = x"
    file, _ = kept(body, "make([]byte, 200000)", 200000)
    start = file.text.index(b"make")
    one = finding(Code.STACK_TOO_LARGE, file.tree.span(start, start + 20), 200000)
    (fix,) = stack_fixes(file, one, AMD64, "go1.22.10")
    assert "10 MiB" in fix.note


def test_a_name_that_is_taken_is_avoided() -> None:
    body = "xBlock := 1\n\t_ = xBlock\n\tx := make([]byte, 100000)\n\t_ = x"
    _, (fix,) = kept(body, "make([]byte, 100000)", 100000)
    assert fix.variable == "xBlock2"


def test_other_findings_have_no_stack_edit() -> None:
    file = GoFile.parse("/p.go", b"package p\n")
    one = finding(Code.STACK_RECURSION, Span("/p.go", 1, 1, 1, 2))
    assert stack_fixes(file, one, AMD64, "go1.26.6") == ()
