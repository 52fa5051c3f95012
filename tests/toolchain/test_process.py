"""Children and their children: nothing outlives its caller."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from golsp_mem.errors import AnalysisTimeout, GoFailed
from golsp_mem.toolchain import process

# A program that starts a program, tells its number, and waits for ever.
PARENT = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(child.pid, file=sys.stderr, flush=True)\n"
    "time.sleep(600)\n"
)


def runs(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def gone(number: int) -> bool:
    for _ in range(200):
        if not runs(number):
            return True
        await asyncio.sleep(0.02)
    return False


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
async def test_leaving_the_block_ends_grandchildren(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", PARENT]
    async with process.start(argv, cwd=tmp_path, env=dict(os.environ)) as child:
        grandchild = int(await anext(child.stderr_lines()))
        assert runs(grandchild)
    assert await gone(grandchild)


@linux
async def test_cancelling_ends_grandchildren(tmp_path: Path) -> None:
    told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        argv = [sys.executable, "-c", PARENT]
        async with process.start(argv, cwd=tmp_path, env=dict(os.environ)) as child:
            told.set_result(int(await anext(child.stderr_lines())))
            await child.status()

    task = asyncio.create_task(work())
    grandchild = await told
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(grandchild)


async def test_a_limit_of_time_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    with pytest.raises(AnalysisTimeout, match="--timeout"):
        await process.run(argv, cwd=tmp_path, env=dict(os.environ), timeout=0.2)


async def test_what_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoFailed, match="no-such-program"):
        await process.run(["no-such-program"], cwd=tmp_path, env=dict(os.environ))


async def test_lines_may_be_long_and_odd(tmp_path: Path) -> None:
    program = "import sys; sys.stderr.buffer.write(b'x' * 300000 + b'\\r\\n\\xff\\nlast')"
    async with process.start(
        [sys.executable, "-c", program], cwd=tmp_path, env=dict(os.environ)
    ) as child:
        lines = [line async for line in child.stderr_lines()]
    assert [len(lines[0]), *lines[1:]] == [300000, "\N{REPLACEMENT CHARACTER}", "last"]
