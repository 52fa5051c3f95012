"""GOFLAGS=-trimpath: archives and compiler's text name no directories; reports name the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.runner import environment, run
from tests.e2e.machines import check_out
from tests.toolchains import go_binary

# Generic code of the standard library in a package whose own file has the same last name, an
# error, and code that goes through cgo.
FURTHER = {
    "slices/sort.go": """\
package slices

import std "slices"

type Item struct{ N int }

func Sort(items []*Item, n int) []*Item {
	std.SortFunc(items, func(a, b *Item) int { return a.N - b.N + n })
	return std.Collect(std.Values(items))
}
""",
    "bad/bad.go": "package bad\n\nfunc F() int { return undefinedName }\n",
    "c/c.go": """\
package c

// int two(int *p) { return *p; }
import "C"

type T struct{ A int }

func Two(n int) *T {
	v := C.int(n)
	return &T{int(C.two(&v))}
}
""",
}


@pytest.fixture
def module(tmp_path: Path) -> Path:
    checkout = check_out(tmp_path / "m")
    for name, text in FURTHER.items():
        if name.startswith("c/") and shutil.which("gcc") is None:
            continue
        path = checkout / name
        path.parent.mkdir()
        path.write_text(text)
    (checkout / "go.mod").write_text("module example.com/m\n\ngo 1.23\n")
    return checkout


def said(module: Path, release: str, flags: str, arguments: Sequence[str]) -> str:
    """What a run of golsp-mem prints with these GOFLAGS, as JSON without the seconds."""
    env = {**environment(GOLSP_MEM_CACHE="off"), "GOFLAGS": f"-buildvcs=false {flags}"}
    command, *rest = arguments
    go = ["--go", str(go_binary(release)), "--format", "json"]
    done = run(command, *go, *rest, cwd=module, env=env)
    answer = json.loads(done.stdout)
    answer.get("summary", {}).pop("seconds", None)
    # That the flag was given is told, and nothing else differs.
    for one in (answer.get("go", {}), *answer.get("configurations", [])):
        one.pop("build", None)
    return json.dumps(answer, indent=1)


@pytest.mark.slow
@pytest.mark.parametrize("release", ["1.24", "1.27"])
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["check", "--all"], id="check"),
        pytest.param(["check", "--all", "--tests", "--reasons"], id="reasons"),
        # A flow through generic code of another package, asked for on demand.
        pytest.param(["explain", "shop.go:17"], id="flow"),
    ],
)
def test_trimpath_changes_nothing_that_is_said(
    module: Path, release: str, arguments: list[str]
) -> None:
    plain = said(module, release, "", arguments)
    assert said(module, release, "-trimpath", arguments) == plain
    assert "box.go" in plain, "code of another package is in the answer"
