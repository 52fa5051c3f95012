"""One run at a time for each key, the newest request wins, bursts become one run.

A key is a package directory. While its run goes on, a new request stops the run (its input
is outdated) and starts over after a short pause; requests that arrive during the pause
prolong it. Runs of different keys share a small number of slots, because every one of them
keeps all cores busy.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from attrs import define

logger = logging.getLogger(__name__)


@define(eq=False)
class _Job:
    worker: asyncio.Task[None] | None = None
    run: asyncio.Task[None] | None = None
    wanted: bool = True
    fresh: bool = True


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
        self._slots = asyncio.Semaphore(slots)
        self._jobs: dict[str, _Job] = {}

    def request(self, key: str) -> None:
        """Run the key soon; what runs for it now is stopped."""
        job = self._jobs.get(key)
        if job is None:
            job = self._jobs[key] = _Job()
            job.worker = asyncio.create_task(self._work(key, job), name=f"analyse {key}")
            return
        job.wanted = job.fresh = True
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

    def busy(self, key: str) -> bool:
        """Whether something runs or waits for the key."""
        return key in self._jobs

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

    async def _work(self, key: str, job: _Job) -> None:
        try:
            while job.wanted:
                while job.fresh:
                    job.fresh = False
                    await asyncio.sleep(self._pause)
                async with self._slots:
                    # Cancelled, or asked anew, while waiting for a slot.
                    if job.fresh or not job.wanted:
                        continue
                    job.wanted = False
                    await self._run_once(key, job)
        finally:
            if job.run is not None:
                job.run.cancel()
            del self._jobs[key]

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
