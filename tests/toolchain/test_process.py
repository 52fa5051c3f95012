"""Children and their children: nothing outlives its caller."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from golsp_mem.errors import AnalysisTimeout, GoFailed
from golsp_mem.toolchain.processes import process

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


def files_below(directory: Path, pattern: str = "half") -> list[str]:
    return [str(path) for path in directory.rglob(pattern)]


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


STUBBORN = (
    "import signal, sys, time\n"
    "say = lambda text: print(text, file=sys.stderr, flush=True)\n"
    "deaf = signal.signal(signal.SIGINT, lambda *_: say('asked')) is signal.SIG_IGN\n"
    "say('deaf' if deaf else 'ready')\n"
    "while True: time.sleep(600)\n"
)


@linux
@pytest.mark.parametrize("ours", [signal.default_int_handler, signal.SIG_IGN])
async def test_a_child_is_asked_before_it_is_killed(
    tmp_path: Path, ours: Callable[[int, FrameType | None], object] | signal.Handlers
) -> None:
    # By ``&`` of a script interrupts are ignored, and would be in a child.
    before = signal.signal(signal.SIGINT, ours)
    try:
        await _asked_before_it_is_killed(tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)


async def _asked_before_it_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", STUBBORN]
    async with process.start(argv, cwd=tmp_path, env=dict(os.environ)) as child:
        lines = child.stderr_lines()
        assert await anext(lines) == "ready"
    assert [line async for line in lines] == ["asked"]
    assert not runs(child.process.pid)


@linux
async def test_a_caller_cancelled_again_while_it_ends_a_child_ends_it(tmp_path: Path) -> None:
    told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        argv = [sys.executable, "-c", STUBBORN]
        async with process.start(argv, cwd=tmp_path, env=dict(os.environ)) as child:
            await anext(child.stderr_lines())
            told.set_result(child.process.pid)
            await child.status()

    task = asyncio.create_task(work())
    number = await told
    for _ in range(5):
        task.cancel()
        await asyncio.sleep(0.02)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not runs(number)


@linux
async def test_grandchildren_end_with_a_child_that_died(tmp_path: Path) -> None:
    """As when memory runs out: the kernel kills the go command, not its compilers."""
    program = (
        "import os, signal, subprocess, sys\n"
        "null = subprocess.DEVNULL\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],\n"
        "                         stdout=null, stderr=null)\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = await process.run([sys.executable, "-c", program], cwd=tmp_path, env=dict(os.environ))
    assert done.status == -9
    assert await gone(int(done.stdout))


async def test_temporary_files_of_a_killed_child_go_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    program = (
        "import signal, sys, tempfile, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "open(tempfile.mkdtemp() + '/half', 'w').write('written')\n"
        "print(tempfile.gettempdir(), file=sys.stderr, flush=True)\n"
        "time.sleep(600)\n"
    )
    argv = [sys.executable, "-c", program]
    async with process.start(argv, cwd=tmp_path, env=dict(os.environ)) as child:
        own = await anext(child.stderr_lines())
        [half] = files_below(tmp_path)
        assert half.startswith(f"{own}/")
    assert files_below(tmp_path, "golsp-mem*") == []


async def test_a_child_starts_where_no_temporary_file_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    done = await process.run([sys.executable, "-c", "print(1)"], cwd=tmp_path, env={})
    assert done.stdout.strip() == b"1"


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
