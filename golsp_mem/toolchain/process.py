"""Child processes: the only module that starts one.

Every child gets a process group of its own, and the whole group is killed when the caller
is cancelled, when its time is up, or when the caller has seen enough: ``go`` starts
``compile`` children that would go on for minutes otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from golsp_mem.errors import AnalysisTimeout, GoFailed

_CHUNK = 1 << 16
_GRACE_SECONDS = 2.0


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
) -> Completed:
    """Run a program to its end.

    Raises GoFailed when it cannot be started, AnalysisTimeout after ``timeout`` seconds.
    """
    process = await _start(argv, cwd, env)
    try:
        async with asyncio.timeout(timeout):
            stdout, stderr = await process.communicate()
    except TimeoutError as error:
        raise AnalysisTimeout(
            f"{Path(argv[0]).name} took longer than {timeout:g} s; raise --timeout "
            "(setting timeoutSeconds) or name fewer packages"
        ) from error
    finally:
        await _kill_group(process)
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

    async def stdout(self) -> bytes:
        assert self.process.stdout is not None
        return await self.process.stdout.read()

    async def stderr(self) -> bytes:
        assert self.process.stderr is not None
        return await self.process.stderr.read()

    async def status(self) -> int:
        return await self.process.wait()


@contextlib.asynccontextmanager
async def start(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> AsyncIterator[Child]:
    """Start a program; leaving the block kills its whole group if it still runs.

    Raises GoFailed when it cannot be started.
    """
    process = await _start(argv, cwd, env)
    try:
        yield Child(process)
    finally:
        await _kill_group(process)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    # StreamReader.readline gives up on lines above its limit; compiler text has such.
    rest = b""
    while chunk := await stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace").rstrip("\r")
    if rest:
        yield rest.decode("utf-8", "replace")


async def _start(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str]
) -> asyncio.subprocess.Process:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            # Go believes PWD where it names the same directory: paths come back as written here.
            env={**env, "PWD": str(cwd)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=sys.platform != "win32",
            creationflags=flags,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # asyncio itself would kill only the child and then wait for its pipes, which a
        # grandchild may hold open for ever: let it start, then end the group.
        with contextlib.suppress(OSError, ValueError):
            await _kill_group(await starting)
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise GoFailed(f"cannot run {argv[0]} in {cwd}: {reason}") from error


async def _kill_group(process: asyncio.subprocess.Process) -> None:
    """End the child and its children; also when the child itself has ended already."""
    if sys.platform == "win32":
        if process.returncode is None:
            kill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            killer = await asyncio.create_subprocess_exec(
                *kill, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
            await killer.wait()
    elif process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.returncode is None:
        # A caller that is being cancelled must still reap, or the pipes' transports leak.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                await asyncio.shield(asyncio.ensure_future(process.wait()))
    # communicate() was interrupted: its transport would complain at loop shutdown.
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()
