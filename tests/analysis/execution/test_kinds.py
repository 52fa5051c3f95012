"""When lines run: what is said of a program against how often its lines did run."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, Execution, PathKind
from tests.toolchains import go_binary

SAMPLE = Path(__file__).parent / "kinds"
_WANT = re.compile(r"// want (\w+) (\d)$")
_BLOCK = re.compile(r"/(\w+\.go):(\d+)\.\d+,(\d+)\.\d+ \d+ (\d+)$")


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("kinds")
    shutil.copytree(SAMPLE, directory, dirs_exist_ok=True)
    (directory / "go.mod").write_text("module example.com/kinds\n\ngo 1.24\n")
    return directory


def executions(module: Path, release: str, *, tests: bool) -> dict[tuple[str, int], Execution]:
    """The execution of each line; findings of one line must agree."""
    engine = Engine(Settings(go_path=str(go_binary(release))), module, cache=module / release)
    analysis = asyncio.run(engine.check(["./..."], tests=tests))
    found: dict[tuple[str, int], set[Execution]] = {}
    for finding in analysis.findings:
        if finding.allocates is not Allocates.NEVER and finding.code.speaks_of_heap:
            place = (Path(finding.span.file).name, finding.span.line)
            found.setdefault(place, set()).add(finding.execution)
    return {place: next(iter(every)) for place, every in found.items() if len(every) == 1}


def wanted(*files: str) -> dict[tuple[str, int], tuple[str, int]]:
    return {
        (Path(name).name, number): (match[1], int(match[2]))
        for name in files
        for number, line in enumerate((SAMPLE / name).read_text().splitlines(), 1)
        if (match := _WANT.search(line))
    }


@pytest.mark.parametrize("release", ["1.24", "1.27"])
def test_each_kind_is_told(module: Path, release: str) -> None:
    found = executions(module, release, tests=False)
    want = wanted("main.go", "lib/lib.go")
    assert len(want) > 60
    got = {
        place: (str(one.path), one.loop_depth) if (one := found.get(place)) else None
        for place in want
    }
    assert got == want


def test_what_tests_reach_is_of_tests(module: Path) -> None:
    found = executions(module, "1.27", tests=True)
    want = wanted("lib/lib.go", "lib/lib_test.go")
    got = {
        place: (str(one.path), one.loop_depth) if (one := found.get(place)) else None
        for place in want
    }
    # A literal call of a test in a loop repeats what it calls.
    [only] = [place for place, (path, _) in want.items() if path == "test" and place[0] == "lib.go"]
    assert got.pop(only) == ("test", 1)
    want.pop(only)
    assert got == want


def test_constants_bound_loops(module: Path) -> None:
    found = executions(module, "1.27", tests=False)
    assert {one.bound for place, one in found.items() if place[0] == "lib.go"} == {None, 30}


def test_so_it_runs(module: Path) -> None:
    """Coverage counts of one run of the program."""
    go, counted = str(go_binary("1.27")), module / "counts"
    counted.mkdir()
    env = {**os.environ, "GOTOOLCHAIN": "local", "GOCOVERDIR": str(counted)}
    program = module / "program"
    for command in (
        [go, "build", "-cover", "-covermode=count", "-o", str(program), "."],
        [str(program)],
        [go, "tool", "covdata", "textfmt", f"-i={counted}", f"-o={module / 'cover.txt'}"],
    ):
        subprocess.run(command, cwd=module, env=env, check=True, capture_output=True)
    blocks = [
        (int(match[2]), int(match[3]), int(match[4]))
        for line in (module / "cover.txt").read_text().splitlines()
        if (match := _BLOCK.search(line)) and match[1] == "main.go"
    ]
    judged = 0
    for (_, line), (path, depth) in wanted("main.go").items():
        # The innermost block around a line is the shortest.
        around = [(end - start, count) for start, end, count in blocks if start <= line <= end]
        if not around:
            continue
        count = min(around)[1]
        judged += 1
        if path == PathKind.LOOP:
            assert count >= 2**depth, (line, count)
        elif path == PathKind.ONCE:
            assert count <= 1, (line, count)
        elif path in (PathKind.ERROR, PathKind.PANIC, PathKind.TEST):
            assert count == 0, (line, count)
    assert judged > 35
