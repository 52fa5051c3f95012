"""Runs the real command line in a process of its own, on small Go modules made for a test."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tests import program
from tests.program import Done
from tests.toolchains import go_binary

GOOD = """\
package m

type T struct{ a, b, c, d, e int }

var Sink any

//go:noinline
func Moved(n int) *T {
	t := T{a: n}
	return &t
}

func Joined(a, b string) string {
	return a + b
}

func Boxed() {
	Sink = "a constant: -m says that it escapes, nothing is allocated"
}
"""
BROKEN = "package bad\n\nfunc F() int { return undefinedName }\n"


def environment(**changes: str | None) -> dict[str, str]:
    """The test's environment without what changes colours; None removes a variable."""
    env = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR", "PWD"}}
    env["GOFLAGS"] = "-buildvcs=false"
    for name, value in changes.items():
        env.pop(name, None)
        if value is not None:
            env[name] = value
    return env


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "golsp_mem", *arguments]


def run(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    return program.run(*arguments, cwd=cwd, env=environment() if env is None else env)


def check(*arguments: str, cwd: Path, release: str = "1.26") -> Done:
    """``golsp-mem check`` with the Go of a release."""
    return run("check", "--go", str(go_binary(release)), *arguments, cwd=cwd)


def write_module(directory: Path, **files: str) -> Path:
    """A module example.com/m; keyword ``sub__b_go="…"`` writes sub/b.go."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "go.mod").write_text("module example.com/m\n\ngo 1.22\n")
    for name, text in files.items():
        head, _, suffix = name.replace("__", "/").rpartition("_")
        path = directory / f"{head}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory
