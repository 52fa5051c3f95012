"""One run at a time for each key, the newest request wins, bursts become one run.

A key is a package directory. While its run goes on, a new request stops the run (its input
is outdated) and starts over after a short pause; requests that arrive during the pause
prolong it. Runs of different keys share a small number of slots, because every one of them
keeps all cores busy. Of those that wait for a slot the newest comes first: it is what somebody
looks at. A run may take others that wait along (`Scheduler.take`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping

from attrs import define

logger = logging.getLogger(__name__)


@define(eq=False)
class _Job:
    """``turn`` is there while it waits for a slot, ``taken`` while another run does its work."""

    worker: asyncio.Task[None] | None = None
    run: asyncio.Task[None] | None = None
    turn: asyncio.Future[bool] | None = None
    taken: asyncio.Event | None = None
    wanted: bool = True
    fresh: bool = True
    pause: float = 0.0


class Scheduler:
    """Runs ``run(key)``; needs a running event loop from the first `request` on.

    ``pause`` is the time in seconds that must pass without a new request for the key.
    ``run`` deals with its own failures; one that raises is logged and counts as done.
    """

    def __init__(
        self, run: Callable[[str], Awaitable[None]], *, pause: float = 0.1, slots: int = 2
    ) -> None:
        self._run = run
        self._pause = pause
        self._free = slots
        self._jobs: dict[str, _Job] = {}
        # The keys that wait for a slot, the newest last.
        self._line: dict[str, None] = {}

    @property
    def idle(self) -> bool:
        """Whether nothing runs or waits."""
        return not self._jobs

    def request(self, key: str, *, pause: float | None = None) -> None:
        """Run the key soon, the first time after another ``pause`` where one is given; what runs
        for it now is stopped."""
        job = self._jobs.get(key)
        if job is None:
            job = self._jobs[key] = _Job(pause=self._pause if pause is None else pause)
            job.worker = asyncio.create_task(self._work(key, job), name=f"analyse {key}")
            return
        # Requests that come one upon the other are a burst, whatever they are.
        job.pause = self._pause
        job.wanted = job.fresh = True
        if key in self._line:
            del self._line[key]
            self._line[key] = None
        if job.run is not None:
            job.run.cancel()

    def cancel(self, key: str) -> None:
        """Stop what runs or waits for the key."""
        job = self._jobs.get(key)
        if job is None:
            return
        job.wanted = False
        if job.run is not None:
            job.run.cancel()
        if job.turn is not None and not job.turn.done():
            job.turn.set_result(False)
        if job.taken is not None:
            job.taken.set()
            job.taken = None

    def busy(self, key: str) -> bool:
        """Whether something runs or waits for the key."""
        return key in self._jobs

    def awaits(self, key: str) -> bool:
        """Whether another run follows for the key, which was put off or asked for anew."""
        return key in self._jobs and self._jobs[key].wanted

    async def settled(self, key: str) -> None:
        """Return when nothing runs or waits for the key."""
        while (job := self._jobs.get(key)) is not None and job.worker is not None:
            await asyncio.wait([job.worker])

    async def close(self) -> None:
        """Stop everything and wait until it has stopped."""
        workers = [job.worker for job in self._jobs.values() if job.worker is not None]
        for key in list(self._jobs):
            self.cancel(key)
        if workers:
            await asyncio.wait(workers)

    # Runs that do the work of others

    def take(self, suits: Callable[[str], bool], most: int) -> dict[str, asyncio.Event]:
        """Up to ``most`` keys that wait for a slot, the newest first: the caller's run does their
        work, and gives what this returned to `done`."""
        taken: dict[str, asyncio.Event] = {}
        for key in reversed(list(self._line)):
            job = self._jobs[key]
            if len(taken) >= most:
                break
            if job.turn is None or job.turn.done() or job.fresh or not suits(key):
                continue
            job.wanted = False
            taken[key] = job.taken = asyncio.Event()
            job.turn.set_result(False)
        return taken

    def done(self, taken: Mapping[str, asyncio.Event], served: Iterable[str]) -> None:
        """The run that took these keys has ended; those that it did not serve run by themselves,
        unless they were cancelled."""
        served = set(served)
        for key, event in taken.items():
            job = self._jobs.get(key)
            if job is not None and job.taken is event:
                job.wanted = job.wanted or key not in served
                job.taken = None
                event.set()

    async def _work(self, key: str, job: _Job) -> None:
        try:
            while job.wanted:
                while job.fresh:
                    job.fresh = False
                    await asyncio.sleep(job.pause)
                if await self._turn(key, job):
                    try:
                        # Cancelled, or asked anew, while waiting for a slot.
                        if job.wanted and not job.fresh:
                            job.wanted = False
                            await self._run_once(key, job)
                    finally:
                        self._next()
                if job.taken is not None:
                    await job.taken.wait()
        finally:
            if job.run is not None:
                job.run.cancel()
            del self._jobs[key]

    async def _turn(self, key: str, job: _Job) -> bool:
        """Wait for a slot; False when there is no more need of one."""
        if self._free:
            self._free -= 1
            return True
        turn = job.turn = asyncio.get_running_loop().create_future()
        self._line[key] = None
        try:
            granted: bool = await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self._next()
            raise
        else:
            return granted
        finally:
            job.turn = None
            self._line.pop(key, None)

    def _next(self) -> None:
        """Give a slot that is free now to the newest that waits."""
        for key in reversed(list(self._line)):
            turn = self._jobs[key].turn
            if turn is not None and not turn.done():
                turn.set_result(True)
                return
        self._free += 1

    async def _run_once(self, key: str, job: _Job) -> None:
        job.run = asyncio.create_task(self._guarded(key), name=f"run {key}")
        # wait() rather than await: the run's cancellation must not end the worker.
        await asyncio.wait([job.run])
        job.run = None

    async def _guarded(self, key: str) -> None:
        try:
            await self._run(key)
        except Exception:
            logger.exception("the analysis of %s failed", key)
