"""Child processes: the only module that starts one.

Every child gets a process group and temporary files of its own. The whole group ends when the
caller is cancelled, when its time is up, or when the caller has seen enough: ``go`` starts
``compile`` children that would go on for minutes otherwise. It is interrupted first, as Ctrl-C
would, so that it can put away what it has begun; what does not end then is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from golsp_mem.errors import AnalysisTimeout, GoFailed, OutOfResources
from golsp_mem.toolchain.processes.scratch import moved_to, scratch

_CHUNK = 1 << 16
# The go command ends within some 20 ms of an interrupt, unless it is stuck.
_GRACE_SECONDS = 0.5
_REAP_SECONDS = 2.0


@frozen
class Completed:
    """How a child ended: its exit status and all that it wrote."""

    status: int
    stdout: bytes
    stderr: bytes


async def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float | None = None,  # noqa: ASYNC109 - the group is killed, not just the task
    begun: Callable[[], None] = lambda: None,
) -> Completed:
    """Run a program to its end; ``begun`` is called when it runs.

    Raises GoFailed when it cannot be started, AnalysisTimeout after ``timeout`` seconds.
    """
    try:
        async with _group(argv, cwd, env) as process, asyncio.timeout(timeout):
            begun()
            stdout, stderr = await process.communicate()
    except TimeoutError as error:
        raise AnalysisTimeout(
            f"{Path(argv[0]).name} took longer than {timeout:g} s; raise --timeout "
            "(setting timeoutSeconds) or name fewer packages"
        ) from error
    return Completed(process.returncode or 0, stdout, stderr)


@frozen
class Child:
    """A running program whose stderr is read line by line."""

    process: asyncio.subprocess.Process

    def stderr_lines(self) -> AsyncIterator[str]:
        """Lines of stderr without their ends; undecodable bytes are replaced."""
        assert self.process.stderr is not None
        return _lines(self.process.stderr)

    def output_lines(self) -> AsyncIterator[str]:
        """Lines of stdout, the same way (``compile`` writes its notes there)."""
        assert self.process.stdout is not None
        return _lines(self.process.stdout)

    def output_pieces(self) -> AsyncIterator[str]:
        """The same, some thousand lines at a time as they come."""
        assert self.process.stdout is not None
        return _pieces(self.process.stdout)

    async def feed(self, data: bytes | None) -> None:
        """Give it something to read; None: there is no more. Raises OSError when it has gone."""
        assert self.process.stdin is not None
        if data is None:
            self.process.stdin.close()
        else:
            self.process.stdin.write(data)
            await self.process.stdin.drain()

    async def stdout(self) -> bytes:
        assert self.process.stdout is not None
        return await self.process.stdout.read()

    async def stderr(self) -> bytes:
        assert self.process.stderr is not None
        return await self.process.stderr.read()

    async def status(self) -> int:
        return await self.process.wait()


@contextlib.asynccontextmanager
async def start(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], fed: bool = False
) -> AsyncIterator[Child]:
    """Start a program; leaving the block ends its whole group if it still runs. ``fed``: it reads
    what `Child.feed` gives it, else nothing.

    Raises GoFailed when it cannot be started.
    """
    async with _group(argv, cwd, env, fed=fed) as process:
        yield Child(process)


@contextlib.asynccontextmanager
async def _group(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str], *, fed: bool = False
) -> AsyncIterator[asyncio.subprocess.Process]:
    with contextlib.ExitStack() as stack:
        lock = None
        # Not every child needs temporary files; one that has no room for them will say so itself.
        with contextlib.suppress(OutOfResources):
            own = stack.enter_context(scratch(env.get("GOTMPDIR")))
            env, lock = moved_to(own, env), own.lock
        process = await _start(argv, cwd, env, lock, fed=fed)
        try:
            yield process
        finally:
            await _end(process)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    async for piece in _pieces(stream):
        for line in piece.split("\n"):
            yield line


async def _pieces(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    # StreamReader.readline gives up on lines above its limit; compiler text has such.
    rest = b""
    while chunk := await stream.read(_CHUNK):
        whole, newline, end = chunk.rpartition(b"\n")
        if newline:
            yield _decoded(rest + whole)
            rest = end
        else:
            rest += chunk
    if rest:
        yield _decoded(rest)


def _decoded(lines: bytes) -> str:
    text = lines.decode("utf-8", "replace")
    return re.sub("\r+(?=\n|$)", "", text) if "\r" in text else text


async def _start(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str], lock: int | None, *, fed: bool
) -> asyncio.subprocess.Process:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP
    _pass_on_no_deafness()
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            # Go believes PWD where it names the same directory: paths come back as written here.
            env={**env, "PWD": str(cwd)},
            stdin=asyncio.subprocess.PIPE if fed else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=sys.platform != "win32",
            creationflags=flags,
            # With it the child's temporary files count as in use, even if we are killed.
            pass_fds=() if lock is None else (lock,),
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # asyncio itself would kill only the child and then wait for its pipes, which a
        # grandchild may hold open for ever: let it start, then end the group.
        await _to_its_end(_end_when_started(starting))
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise GoFailed(f"cannot run {argv[0]} in {cwd}: {reason}") from error


def _pass_on_no_deafness() -> None:
    """Who starts us by ``&`` of a script has us ignore interrupts; a child would do so too, and go
    on until it is killed. A signal that is handled is not ignored in a child."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        with contextlib.suppress(ValueError):  # Only the main thread may.
            signal.signal(signal.SIGINT, lambda *_: None)


async def _end_when_started(starting: asyncio.Task[asyncio.subprocess.Process]) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait([starting], timeout=_REAP_SECONDS)
    if not starting.done():
        # The event loop closes and has cancelled it, too: of a child whose pipes are not
        # connected yet, asyncio (3.11) then waits for the end of those for ever.
        starting.cancel()
    elif not starting.cancelled() and starting.exception() is None:
        await _end(starting.result())


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the child and its children, also when the child itself has ended already."""
    try:
        await _to_its_end(_interrupt_then_kill(process))
    finally:
        # communicate() was interrupted: its transport would complain at loop shutdown.
        transport = getattr(process, "_transport", None)
        if transport is not None:
            transport.close()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do it all, however often the caller is cancelled meanwhile; raises CancelledError then."""
    doing = asyncio.ensure_future(work)
    cancelled = False
    while not doing.done():
        try:
            await asyncio.shield(doing)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError


async def _interrupt_then_kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None and sys.platform != "win32":
        _signal_group(process, signal.SIGINT)
        await _ended(process, _GRACE_SECONDS)
    if sys.platform != "win32":
        # Also after the child itself: one that memory ran out for leaves its children behind.
        _signal_group(process, signal.SIGKILL)
    elif process.returncode is None:
        kill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        killer = await asyncio.create_subprocess_exec(
            *kill, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        await killer.wait()
    if process.returncode is None:
        await _ended(process, _REAP_SECONDS)


async def _ended(process: asyncio.subprocess.Process, seconds: float) -> None:
    """Wait for the child's end; not longer, and no longer when the event loop closes."""
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(seconds):
            await process.wait()


def _signal_group(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
