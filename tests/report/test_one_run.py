"""A run in shards, joined again, is the run: on a real module, with a real Go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import evolve, frozen

from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.analysis.engine import Engine
from golsp_mem.cli.render.sarif import document as sarif
from golsp_mem.cli.render.sarif.log import joined_logs, log_text
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.config import Settings
from golsp_mem.model import Allocates
from golsp_mem.report.comparing.baseline import (
    baseline_of,
    baseline_text,
    merged_baselines,
    parse_baseline,
)
from golsp_mem.report.json import writer as json_writer
from golsp_mem.report.json.reader import read_report
from golsp_mem.report.merge import joined
from golsp_mem.report.model import Configuration, Part, Report
from golsp_mem.report.policy.judge import judged
from golsp_mem.report.shards import Shard, shard_of
from golsp_mem.toolchain.go_list import list_sources
from tests.files import write_files
from tests.toolchains import go_binary

FILES = {
    "go.mod": "module example.com/m\n\ngo 1.22\n",
    "a/a.go": """\
package a

type T struct{ x int }

func New(n int) *T { return &T{n} }

func Join(s, t string) string { return s + t }
""",
    "a/a_test.go": """\
package a

import "testing"

var kept any

func TestNew(t *testing.T) { kept = make([]int, 100); kept = New(1) }
""",
    # b is compiled once more for this test, as it imports a. What the compiler says of that b
    # must not count for a: it has a New of its own, inlined where nothing allocates.
    "a/a_b_test.go": """\
package a_test

import (
	"testing"

	"example.com/m/b"
)

var kept any

func TestB(t *testing.T) { kept = b.Get() }
""",
    "b/b.go": """\
package b

import (
	"example.com/m/a"
	"example.com/m/z"
)

type pair struct{ x, y int }

func New(n int) *pair { return &pair{n, z.One} }

func Sum() int { p := New(3); return p.x + p.y }

func Get() *a.T { return a.New(3) }
""",
    # In the order of their dependencies, z comes before b.
    "z/z.go": "package z\n\nconst One = 1\n",
    # A package that does not build, in one shard, and one that needs it, in another.
    "broken/broken.go": "package broken\n\nfunc F() int { return nope }\n",
    "needs/needs.go": """\
package needs

import "example.com/m/broken"

func F() int { return broken.F() }
""",
    # A profile: what main needs is compiled for it alone, unless main is named alone.
    "cmd/x/default.pgo": "",
    "cmd/x/main.go": """\
package main

import (
	"example.com/m/b"
	"example.com/m/c"
)

var kept any

func main() {
	kept = b.Get()
	kept = c.Wrap(make([]byte, len(c.Wrap(nil).Bytes)))
}
""",
    "cmd/y/main.go": 'package main\n\nfunc main() { println("nothing") }\n',
    "c/c.go": """\
package c

type Box struct{ Bytes []byte }

func Wrap(b []byte) *Box {
	if b == nil {
		b = []byte("none")
	}
	return &Box{append([]byte(nil), b...)}
}
""",
    "onlytest/x_test.go": """\
package onlytest

import "testing"

var kept any

func TestX(t *testing.T) { kept = make([]int, 9) }
""",
    "windows/w.go": "//go:build windows\n\npackage windows\n\nfunc F() *int { return new(int) }\n",
}


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("m")
    return write_files(directory, FILES)


@frozen
class Written:
    """What one run writes."""

    report: Report
    json: str
    sarif: str
    baseline: str


class Checker:
    """Checks packages of a module as ``golsp-mem check`` does, each time from scratch."""

    def __init__(self, directory: Path, *, tests: bool, with_never: bool) -> None:
        self.directory = directory
        self._settings = Settings(go_path=str(go_binary("1.26")), tests=tests)
        self._with_never = with_never

    async def check(
        self, patterns: Sequence[str], store: Path, part: Part | None = None
    ) -> Written:
        tests = self._settings.tests
        engine = Engine(self._settings, self.directory, cache=store)
        analysis = await engine.check(patterns, tests=tests)
        go = analysis.go
        made_with = Configuration(go.version, go.goos, go.goarch, (), tests)
        sources = SourceCache()
        [one] = judged(
            [(made_with, analysis)],
            self._settings,
            self.directory,
            sources,
            with_never=self._with_never,
        )
        report = evolve(one.report, seconds=0.0, part=part)
        files = {package.import_path: package.files for package in analysis.packages}
        return Written(
            report,
            "".join(json_writer.render(report)),
            "".join(sarif.render(report, SourceTexts())),
            baseline_text(baseline_of(report, sources, files)),
        )

    async def shards(self, total: int) -> list[list[str]]:
        toolchain = await Engine(self._settings, self.directory).toolchain()
        listed = await list_sources(
            toolchain, ["./..."], directory=self.directory, settings=self._settings,
            tests=self._settings.tests,
        )  # fmt: skip
        return [shard_of(listed, Shard(number, total)) for number in range(1, total + 1)]


@pytest.mark.parametrize("total", [2, 3, 20])
@pytest.mark.parametrize(("tests", "with_never"), [(False, False), (True, True)])
def test_shards_joined_are_one_run(
    module: Path, tmp_path: Path, tests: bool, with_never: bool, total: int
) -> None:
    checker = Checker(module, tests=tests, with_never=with_never)

    async def both() -> tuple[Written, list[Written]]:
        run = await checker.check(["./..."], tmp_path / "run")
        shards = [
            await checker.check(patterns, tmp_path / str(number), _part(number + 1, total))
            for number, patterns in enumerate(await checker.shards(total))
            if patterns
        ]
        return run, shards

    run, shards = asyncio.run(both())
    assert len(shards) == min(total, 9)
    assert {package.import_path for package in run.report.failed} == {
        "example.com/m/broken",
        "example.com/m/needs",
    }
    found = {one.finding.package.removeprefix("example.com/m/") for one in run.report.shown}
    assert found >= ({"a", "b", "c", "cmd/x", "onlytest"} if tests else {"a", "b", "c", "cmd/x"})

    parts = shards[::-1]
    report = joined([read_report(part.json, "part", module) for part in parts])
    assert "".join(json_writer.render(report)) == run.json
    assert "".join(sarif.render(report, SourceTexts())) == run.sarif
    logs = [("part", json.loads(part.sarif)) for part in parts]
    assert "".join(log_text(joined_logs(logs))) == run.sarif
    baselines = [parse_baseline(part.baseline, "part") for part in parts]
    assert baseline_text(merged_baselines(baselines)) == run.baseline


def _part(number: int, total: int) -> Part:
    return Part(number, total, "code", "settings", None, None, "tool")


def test_a_shard_without_packages_finds_nothing(module: Path, tmp_path: Path) -> None:
    checker = Checker(module, tests=False, with_never=False)
    empty = asyncio.run(checker.check([], tmp_path))
    assert empty.report.packages == empty.report.shown == ()
    run = asyncio.run(checker.check(["./a"], tmp_path))
    parts = [read_report(one.json, "part", module) for one in (empty, run)]
    assert "".join(json_writer.render(joined(parts))) == run.json


def test_what_is_said_of_a_dependency_for_a_test_is_not_said_of_the_tested(
    module: Path, tmp_path: Path
) -> None:
    checker = Checker(module, tests=True, with_never=False)
    run = asyncio.run(checker.check(["./a", "./b"], tmp_path))
    [new] = [
        one.finding
        for one in run.report.shown
        if one.finding.package == "example.com/m/a" and one.finding.function.endswith("a.New")
    ]
    assert (new.allocates, new.condition) == (Allocates.ALWAYS, None)


def test_names_inside_a_main_with_a_profile_are_found_whatever_else_is_named(
    module: Path, tmp_path: Path
) -> None:
    checker = Checker(module, tests=False, with_never=False)
    alone = asyncio.run(checker.check(["./cmd/x"], tmp_path / "alone"))
    other = asyncio.run(checker.check(["./cmd/x", "./cmd/y"], tmp_path / "other"))
    assert other.report.shown == alone.report.shown
    names = {frame.function for one in other.report.shown for frame in one.finding.stack}
    assert "example.com/m/c.Wrap" in names
