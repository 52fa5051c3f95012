"""Packages that several processes read are what one process reads."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from attrs import evolve

from golsp_mem.analysis.engine import Engine, Progress
from golsp_mem.analysis.runs import together
from golsp_mem.analysis.runs.run import Compiled, Run
from golsp_mem.config import Settings
from golsp_mem.model import Analysis, Code, PackageAnalysis
from tests.files import write_files
from tests.toolchains import go_binary

FILES = {
    "go.mod": "module example.com/m\n\ngo 1.22\n",
    "a/a.go": """\
package a

type T struct{ x int }

func New(n int) *T { return &T{n} }
""",
    "a/a_test.go": """\
package a

import "testing"

var kept any

func TestNew(t *testing.T) { kept = make([]int, 100); kept = New(1) }
""",
    # Asks the compiler once more: a size on trial, a lifetime.
    "b/b.go": """\
package b

import (
	"os"
	"syscall"

	"example.com/m/a"
)

var sum byte

func Large() { var b [20 << 20]byte; sum += b[len(os.Args)] }

func Get() *a.T { return a.New(3) }

func Stay() bool { return a.New(len(os.Args)) == nil }

func Read(name string, b []byte) (int, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	fd := f.Fd()
	return syscall.Read(int(fd), b)
}
""",
    "broken/broken.go": "package broken\n\nfunc F() int { return nope }\n",
    "cmd/x/default.pgo": "",
    "cmd/x/main.go": """\
package main

import "example.com/m/b"

var kept any

func main() { kept = b.Get() }
""",
    "noalloc/n.go": """\
package noalloc

import "strconv"

//golsp-mem:noalloc
func F(n int) string { return strconv.Itoa(n) }
""",
    "empty/e.go": "package empty\n",
}


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("together"), FILES)


@pytest.fixture(scope="module")
def alone(module: Path, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """What one process reads."""
    return asyncio.run(checked(module, tmp_path_factory.mktemp("alone"), 0))


class Here:
    """What this process reads: it lets the helpers begin, and takes what is left."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths: list[str] = []
        self.told = 0
        read = Run.read

        async def last(run: Run, compiled: Compiled) -> PackageAnalysis:
            rest = len(run.job.groups) - 1
            for _ in range(600):
                if self.told >= rest or self.paths:
                    break
                await asyncio.sleep(0.05)
            self.paths.append(compiled.import_path)
            return await read(run, compiled)

        monkeypatch.setattr(Run, "read", last)

    def progress(self, progress: Progress) -> None:
        self.told += progress.message.startswith("read ")


async def checked(
    module: Path, cache: Path | None, helpers: int | None, here: Here | None = None
) -> Analysis:
    """With None this process is one that lasts."""
    settings = Settings(go_path=str(go_binary("1.26")))
    engine = Engine(settings, module, cache=cache, helpers=helpers, lasts=helpers is None)
    told = here.progress if here else None
    analysis = await engine.check(["./..."], tests=True, on_progress=told)
    return evolve(analysis, seconds=0.0)


@pytest.mark.parametrize("kept", [True, False])
async def test_the_same_whoever_reads(
    module: Path,
    alone: Analysis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    kept: bool,
) -> None:
    codes = {one.code for one in alone.findings}
    assert codes >= {Code.STACK_TOO_LARGE, Code.KEEPALIVE_MISSING, Code.HEAP_LITERAL}
    if not kept:
        # Helpers hand over by a directory that goes away.
        monkeypatch.setenv("GOLSP_MEM_CACHE", "off")
    cache = tmp_path / "helped" if kept else None
    here = Here(monkeypatch)
    assert await checked(module, cache, 2, here) == alone
    assert len(here.paths) == 1
    assert await checked(module, cache, 2) == alone


async def test_an_editor_sees_the_same_of_a_package_however_many_it_opened_at_once(
    module: Path, alone: Analysis, tmp_path: Path
) -> None:
    engine = Engine(Settings(go_path=str(go_binary("1.26"))), module, cache=tmp_path / "cache")
    by_itself = await engine.check(["./a"], tests=True, apart=True)
    among = await engine.check(["./a", "./b"], tests=True, apart=True)
    assert among.packages[0].findings == by_itself.packages[0].findings
    # A check of all tells more.
    assert any("b inlines a.New" in (one.condition or "") for one in alone.packages[0].findings)


async def test_a_process_that_lasts_has_others_read(
    module: Path, alone: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "_WORTH_BYTES", 0)
    monkeypatch.setattr(together.os, "sched_getaffinity", lambda _: {0, 1})
    here = Here(monkeypatch)
    assert await checked(module, tmp_path / "lasting", None, here) == alone
    assert here.paths == []


async def test_what_helpers_do_not_read_is_read_here(
    module: Path, alone: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("raise SystemExit(3)", "import time; time.sleep(0.3); print()"):
        monkeypatch.setattr(together, "_PROGRAM", program)
        assert await checked(module, tmp_path / program[:5], 2) == alone
    monkeypatch.setattr(together.sys, "executable", "/nowhere/python")
    assert await checked(module, tmp_path / "nowhere", 2) == alone


async def test_a_run_that_is_cancelled_leaves_no_helper(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def never(_run: Run, _compiled: Compiled) -> PackageAnalysis:
        begun.set()
        await asyncio.sleep(3600)
        raise AssertionError

    monkeypatch.setattr(Run, "read", never)
    place = tmp_path / "pid"
    program = f"import os, time; open({str(place)!r}, 'w').write(str(os.getpid())); time.sleep(999)"
    monkeypatch.setattr(together, "_PROGRAM", program)
    checking = asyncio.ensure_future(checked(module, tmp_path / "cache", 1))
    await begun.wait()
    while not place.is_file() or not place.read_text():  # noqa: ASYNC110 - another process writes
        await asyncio.sleep(0.02)
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    with pytest.raises(ProcessLookupError):
        os.kill(int(place.read_text()), 0)
