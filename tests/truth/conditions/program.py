"""The Go program of all cases: one function a case, one counted run an input."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tests.truth.conditions.case import Case
from tests.truth.conditions.kinds.declarations import DECLARATIONS

_IMPORTS = (
    *("bytes", "errors", "fmt", "io", "maps", "math", "reflect", "slices", "strconv", "strings"),
    *("time", "unsafe"),
)

_MAIN = """package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	for range 2 {
		// The first round fills the caches of the runtime.
		for i, run := range runs {
			objects, bytes := run()
			results[i] = [2]uint64{objects, bytes}
		}
	}
	for i := range runs {
		fmt.Println(i, results[i][0], results[i][1])
	}
}

var before, after runtime.MemStats
var results [%d][2]uint64
var runs = [...]func() (uint64, uint64){%s}
"""


def write_program(cases: Sequence[Case], directory: Path, release: str) -> None:
    """Write the module ``example.org/cond``: a function for each case, a run for each input."""
    (directory / "lib").mkdir(parents=True, exist_ok=True)
    (directory / "go.mod").write_text(f"module example.org/cond\n\ngo {release}\n")
    parts = [DECLARATIONS]
    for case in cases:
        body = "".join(f"\t{line}\n" for line in case.body.splitlines())
        parts.append(
            f"{case.decls}\n//go:noinline\nfunc {case.function}({case.params}) {{\n{body}}}\n"
        )
    _write(directory / "cases.go", "main", "\n".join(parts))
    _write(directory / "lib" / "lib.go", "lib", "\n".join(case.lib for case in cases))
    runs, names = [], []
    for case in cases:
        for given in case.inputs:
            name = f"run{len(runs)}"
            runs.append(
                f"func {name}() (uint64, uint64) {{\n\t{given.setup}\n"
                + _evaluated(case, given.args)
                + "\truntime.ReadMemStats(&before)\n"
                + f"\t{case.function}({_names(case)})\n"
                + "\truntime.ReadMemStats(&after)\n"
                + "\treturn after.Mallocs - before.Mallocs, "
                + "after.TotalAlloc - before.TotalAlloc\n}\n"
            )
            names.append(name)
    _write(directory / "runs.go", "main", "\n".join(runs))
    (directory / "main.go").write_text(_MAIN % (len(names), ", ".join(names)))


def _parameters(case: Case) -> list[tuple[str, str]]:
    """Names and types; ``a, b string`` gives both their type."""
    found: list[tuple[str, str]] = []
    waiting: list[str] = []
    for part in re.split(r",\s*(?![^\[\](){}]*[\])}])", case.params) if case.params else []:
        name, _, type_ = part.strip().partition(" ")
        waiting.append(name)
        if type_:
            found += [(one, type_) for one in waiting]
            waiting = []
    return found


def _evaluated(case: Case, args: str) -> str:
    parameters = _parameters(case)
    if not parameters:
        return ""
    names = ", ".join(f"in_{name}" for name, _ in parameters)
    declared = "".join(f"\tvar in_{name} {type_}\n" for name, type_ in parameters)
    return f"{declared}\t{names} = {args}\n"


def _names(case: Case) -> str:
    return ", ".join(f"in_{name}" for name, _ in _parameters(case))


def _write(path: Path, package: str, text: str) -> None:
    used = [f'"{name}"' for name in _IMPORTS if re.search(rf"\b{name}\.", text)]
    if "runtime." in text:
        used.append('"runtime"')
    if re.search(r"\blib\.", text):
        used.append('"example.org/cond/lib"')
    imports = "import (\n" + "".join(f"\t{name}\n" for name in sorted(used)) + ")\n" if used else ""
    path.write_text(f"package {package}\n\n{imports}\n{text}")
