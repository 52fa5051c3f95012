"""The program that runs each case, and what golsp-mem says of it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from golsp_mem.analysis.calls.bodies import Bodies
from golsp_mem.analysis.calls.summaries import Archive, Summaries, Total
from golsp_mem.analysis.calls.through import Through
from golsp_mem.compiler.objects.builtins import parse_builtins
from golsp_mem.compiler.objects.calls import parse_call_types
from golsp_mem.config import Settings
from golsp_mem.model import GoVersion
from golsp_mem.toolchain.go import environment
from tests.truth.calls.cases import IMPORTS, RENAMED, VARIABLES, kinds

_HEAD = """package main

import (
	"os"
	"testing"
)

//go:noinline
func keep[A any](A) {}

//go:noinline
func keep2[A, B any](A, B) {}

//go:noinline
func keep3[A, B, C any](A, B, C) {}

func main() {
	testing.Init()
	for _, one := range all {
		func() {
			defer func() { recover() }()
			os.Stdout.WriteString(one.name + " ")
			n := testing.AllocsPerRun(100, one.run)
			for unit := 1000; unit > 0; unit /= 10 {
				os.Stdout.Write([]byte{byte('0' + int(n)/unit%10)})
			}
			os.Stdout.WriteString("\\n")
		}()
	}
}
"""
_ASSEMBLY = """
TEXT ·oAsm(SB), 4, $0-16
	MOVQ n+0(FP), AX
	MOVQ AX, ret+8(FP)
	RET
"""


@frozen
class Measured:
    """One statement: objects that a run allocated, and what is said of it."""

    name: str
    statement: str
    objects: int
    total: Total
    unknown_calls: int


def write_program(
    directory: Path, cases: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, str]]:
    """The program; the name and statement of each case by its function."""
    known = {}
    functions, table = [], []
    for name, statements in cases.items():
        for statement in statements:
            function = f"case{len(known)}"
            known[function] = (name, statement)
            functions.append(f"//go:noinline\nfunc {function}() {{\n\t{statement}\n}}\n")
            table.append(f'\t{{"{function}", {function}}},')
    code = kinds() + "\n" + "\n".join(functions)
    text = (
        _head_for(code)
        + code
        + "\nvar all = []struct {\n\tname string\n\trun  func()\n}{\n"
        + "\n".join(table)
        + "\n}\n"
    )
    (directory / "go.mod").write_text("module example.com/calls\n\ngo 1.23\n")
    (directory / "main.go").write_text(_HEAD)
    (directory / "cases.go").write_text(text)
    # With it the compiler takes a function without a body (go:linkname) for assembly's, too.
    (directory / "kinds_amd64.s").write_text(_ASSEMBLY)
    return known


def _head_for(code: str) -> str:
    """Package clause, imports and variables, as far as the code asks for them: a sample is not
    linked with all of the library."""
    variables, rest = "", VARIABLES.strip().splitlines()[1:-1]
    while True:
        words = set(re.findall(r"\w+", code + variables))
        wanted = [line for line in rest if words & set(re.findall(r"\w+", line.partition("=")[0]))]
        if not wanted:
            break
        variables += "\n".join(wanted) + "\n"
        rest = [line for line in rest if line not in wanted]
    names = {path: RENAMED.get(path, path.rpartition("/")[2]) for path in (*IMPORTS, *RENAMED)}
    named = re.sub(r"(?m)^//.*", "", code + variables)
    imports = "".join(
        f'\t{name} "{path}"\n'
        for path, name in names.items()
        if name == "_" or re.search(rf"\b{name}\.\w", named)
    )
    return f"package main\n\nimport (\n{imports})\n\nvar (\n{variables})\n\n"


def through_of(go: Path, directory: Path) -> Through:
    """The totals of the program in a directory."""
    return Through(bodies_of(go, directory, archives_of(go, directory)))


def archives_of(go: Path, directory: Path) -> dict[str, Archive]:
    """What the program in a directory is linked of, by import path."""
    env = environment(Settings(go_path=str(go)), directory)
    listed = checked_run(
        [str(go), "list", "-export", "-deps", "-json=ImportPath,Export,BuildID", "."],
        directory, env,
    )  # fmt: skip
    archives = {}
    decoder, at = json.JSONDecoder(), 0
    while at < len(listed.rstrip()):
        one, at = decoder.raw_decode(listed, at)
        at += 1
        if one.get("Export"):
            archives[one["ImportPath"]] = Archive(one["Export"], one.get("BuildID"))
    return archives


def bodies_of(
    go: Path,
    directory: Path,
    archives: Mapping[str, Archive],
    kept: Callable[[GoVersion], Summaries] | None = None,
) -> Bodies:
    """The functions in archives; ``kept`` makes what tells of some of them."""
    env = environment(Settings(go_path=str(go)), directory)
    goroot = Path(checked_run([str(go), "env", "GOROOT"], directory, env).strip())
    version = checked_run([str(go), "env", "GOVERSION"], directory, env).strip()
    source = goroot / "src/cmd/internal"
    builtins = parse_builtins((source / "goobj/builtinlist.go").read_text())
    call_types = parse_call_types((source / "objabi/reloctype.go").read_text())
    summaries = kept(GoVersion(version, "linux", "amd64", str(goroot), str(go))) if kept else None
    return Bodies(archives, builtins, version, call_types, summaries)


def measure(go: Path, directory: Path, cases: Mapping[str, Sequence[str]]) -> list[Measured]:
    """Every statement, run and read."""
    known = write_program(directory, cases)
    env = environment(Settings(go_path=str(go)), directory)
    checked_run([str(go), "build", "-o", "prog", "."], directory, env)
    text = checked_run([str(directory / "prog")], directory, env)
    through = through_of(go, directory)
    found = []
    for line in text.splitlines():
        function, _, count = line.partition(" ")
        if not count.strip().isdigit():
            raise AssertionError(f"{known[function]} panicked")
        named = through.bodies.find(f"main.{function}", "example.com/calls")
        assert named is not None
        unknown = sum(
            through.unknown(event, one) is not None
            for one in through.reached(named)
            for event in through.events(one)
        )
        found.append(Measured(*known[function], int(count), through.total(named), unknown))
    return found


def checked_run(command: Sequence[str], directory: Path, env: Mapping[str, str]) -> str:
    done = subprocess.run(command, cwd=directory, env=dict(env), capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{command[:3]}: {done.stderr[-2000:]}")
    return done.stdout
