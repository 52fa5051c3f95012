"""Runs a coroutine for a command: signals cancel it, so that it can end its processes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from golsp_mem.cli.interrupts import Terminated

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end, or cancel on Ctrl-C (KeyboardInterrupt) and SIGTERM (Terminated).

    The go command runs in a process group of its own, so the terminal's signals do not
    reach it: cancelling is what ends it.
    """
    return asyncio.run(_guarded(coroutine))


async def _guarded(coroutine: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(coroutine)
    terminated = False

    def terminate() -> None:
        nonlocal terminated
        terminated = True
        task.cancel()

    # On Windows, or outside the main thread, SIGTERM keeps its default.
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
    try:
        return await task
    except asyncio.CancelledError:
        if terminated:
            raise Terminated from None
        raise
