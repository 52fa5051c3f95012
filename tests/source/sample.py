"""The sample package: what its comments expect, and what real compilers say of it."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

from attrs import frozen

from golsp_mem.model import Code, Span
from golsp_mem.source.syntax import GoFile
from tests.toolchains import go_binary

DIRECTORY = Path(__file__).parent / "sample"
FILES = ("constructs.go", "rangefunc.go", "newexpr.go")
_EXPECTED = re.compile(r"([@!]) (heap-[a-z-]+) ((?:(?! [@!] heap-).)*)")
_MESSAGE = re.compile(r"\./(\w+\.go):(\d+):(\d+): (.*)")
_RUNTIME_CALL = re.compile(r"^\s*(\w+\.go):(\d+).*R_CALL:runtime\.(\w+)")
# What is looked for here; allocations.py knows them all.
RUNTIME_CALLS = {
    "makechan": Code.HEAP_MAKE_CHAN,
    "mapassign": Code.HEAP_MAP_INSERT,
    "mapassign_faststr": Code.HEAP_MAP_INSERT,
    "concatstring2": Code.HEAP_CONCAT,
    "slicebytetostring": Code.HEAP_CONVERSION,
    "intstring": Code.HEAP_CONVERSION,
    "newproc": Code.HEAP_GOROUTINE,
    "deferproc": Code.HEAP_DEFER,
}


@frozen
class Expected:
    """``text`` is the construct's source, white space collapsed; ``told`` whether -m says it."""

    file: str
    line: int
    code: Code
    text: str
    told: bool


@frozen
class Told:
    """One -m message: ``subject`` is the expression that it names."""

    file: str
    line: int
    column: int
    subject: str


def sample_file(name: str) -> GoFile:
    return GoFile.parse(name, (DIRECTORY / name).read_bytes())


def source_of(file: GoFile, span: Span | None) -> str | None:
    """The text of a span without comments, white space collapsed; None for None."""
    if span is None:
        return None
    start, end = file.tree.bounds(span)
    return " ".join(re.sub(r"//.*", "", file.text[start:end].decode()).split())


@cache
def expectations() -> tuple[Expected, ...]:
    return tuple(
        Expected(name, number, Code(code), text.strip(), mark == "@")
        for name in FILES
        for number, line in enumerate((DIRECTORY / name).read_text().splitlines(), 1)
        if (comment := re.search(r"//([@!] heap-.*)", line))
        for mark, code, text in _EXPECTED.findall(comment[1])
    )


@cache
def messages(release: str) -> tuple[Told, ...]:
    """What ``-m`` says of the sample with a Go release."""
    output = _go(release, "build", "-gcflags=-m", ".")
    found = []
    for file, line, column, text in _MESSAGE.findall(output):
        if file not in FILES:
            continue
        if (escapes := re.fullmatch(r"(.*) escapes to heap", text)) and "leaking" not in text:
            found.append(Told(file, int(line), int(column), escapes[1]))
        elif moved := re.fullmatch(r"moved to heap: (.*)", text):
            found.append(Told(file, int(line), int(column), moved[1]))
    return tuple(found)


def runtime_calls(release: str, archive: Path) -> tuple[tuple[str, int, Code], ...]:
    """Where the object code calls one of RUNTIME_CALLS: file, line, code."""
    _go(release, "build", "-o", str(archive), ".")
    output = _go(release, "tool", "objdump", str(archive))
    return tuple(
        (found[1], int(found[2]), RUNTIME_CALLS[found[3]])
        for line in output.splitlines()
        if (found := _RUNTIME_CALL.match(line)) and found[1] in FILES and found[3] in RUNTIME_CALLS
    )


def symbols(release: str, archive: Path) -> frozenset[str]:
    """The functions that the compiler made of the sample, without the package's name."""
    _go(release, "build", "-o", str(archive), ".")
    listed = re.findall(r" T sample\.(.+)", _go(release, "tool", "nm", str(archive)))
    return frozenset(re.sub(r"\[go\.shape[^\]]*\]", "[...]", name) for name in listed)


def _go(release: str, *arguments: str) -> str:
    done = subprocess.run(
        [str(go_binary(release)), *arguments],
        cwd=DIRECTORY,
        env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
