"""Runs a coroutine for a command: signals cancel it, so that it can end its processes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from golsp_mem.cli.interrupts import Terminated
from golsp_mem.garbage import look_seldom
from golsp_mem.toolchain.processes.scratch import sweep, sweep_own

T = TypeVar("T")

# To end the processes that run takes less (`process`).
_PATIENCE_SECONDS = 5


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end, or cancel on Ctrl-C (KeyboardInterrupt), SIGTERM and SIGHUP (Terminated).

    The go command runs in a process group of its own, so the terminal's signals do not
    reach it: cancelling is what ends it.
    """
    sweep()
    look_seldom()
    try:
        return asyncio.run(_guarded(coroutine))
    finally:
        sweep_own()


async def _guarded(coroutine: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(coroutine)
    came: list[int] = []

    loop = asyncio.get_running_loop()

    def terminate(number: int, _: object) -> None:
        came.append(number)
        loop.call_soon_threadsafe(task.cancel)
        # The loop does not turn while something is computed in it.
        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(_PATIENCE_SECONDS)

    before: dict[int, Any] = {}

    def give_up(*_: object) -> None:
        raise Terminated(came[0])

    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        # Under nohup a terminal that closes is no reason to end.
        if not hasattr(signal, "SIGALRM") or signal.getsignal(number) is signal.SIG_IGN:
            continue
        # Outside the main thread they keep their defaults.
        with contextlib.suppress(ValueError):
            before[number] = signal.signal(number, terminate)
    try:
        return await task
    except asyncio.CancelledError:
        if came:
            raise Terminated(came[0]) from None
        raise
    finally:
        if came:
            signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
