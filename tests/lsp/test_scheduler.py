"""One run at a time for each key, newest wins."""

from __future__ import annotations

import asyncio
import logging

import pytest

from golsp_mem.lsp.state.scheduler import Scheduler


class Runs:
    """A run that waits until it is let go, and counts what goes on."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.cancelled: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.go = asyncio.Event()
        self.beginning = asyncio.Condition()

    async def __call__(self, key: str) -> None:
        self.begun.append(key)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with self.beginning:
            self.beginning.notify_all()
        try:
            await self.go.wait()
            self.ended.append(key)
        except asyncio.CancelledError:
            self.cancelled.append(key)
            raise
        finally:
            self.at_once -= 1

    async def have_begun(self, count: int) -> None:
        async with self.beginning:
            await self.beginning.wait_for(lambda: len(self.begun) >= count)


def scheduler_of(runs: Runs, **options: float) -> Scheduler:
    return Scheduler(runs, pause=options.get("pause", 0), slots=int(options.get("slots", 2)))


async def test_a_burst_is_one_run():
    runs = Runs()
    scheduler = scheduler_of(runs, pause=0.01)
    runs.go.set()
    for _ in range(5):
        scheduler.request("p")
    await scheduler.settled("p")
    assert runs.ended == ["p"]


async def test_the_newest_request_stops_the_run_and_starts_over():
    runs = Runs()
    scheduler = scheduler_of(runs)
    scheduler.request("p")
    await runs.have_begun(1)
    scheduler.request("p")
    await runs.have_begun(2)
    assert runs.cancelled == ["p"]
    runs.go.set()
    await scheduler.settled("p")
    assert runs.ended == ["p"]
    assert runs.most_at_once == 1


async def test_many_requests_during_a_run_leave_one_pending():
    runs = Runs()
    scheduler = scheduler_of(runs)
    scheduler.request("p")
    await runs.have_begun(1)
    for _ in range(9):
        scheduler.request("p")
    runs.go.set()
    await scheduler.settled("p")
    assert len(runs.begun) == 2


async def test_keys_run_side_by_side_within_the_slots():
    runs = Runs()
    scheduler = scheduler_of(runs, slots=2)
    for key in "abcd":
        scheduler.request(key)
    await runs.have_begun(2)
    runs.go.set()
    for key in "abcd":
        await scheduler.settled(key)
    assert sorted(runs.ended) == list("abcd")
    assert runs.most_at_once == 2


async def test_cancel_stops_what_runs():
    runs = Runs()
    scheduler = scheduler_of(runs)
    scheduler.request("p")
    await runs.have_begun(1)
    scheduler.cancel("p")
    await scheduler.settled("p")
    assert (runs.cancelled, runs.ended) == (["p"], [])
    assert not scheduler.busy("p")


async def test_cancel_during_the_pause_starts_nothing():
    runs = Runs()
    scheduler = scheduler_of(runs, pause=0.01)
    scheduler.request("p")
    scheduler.cancel("p")
    await scheduler.settled("p")
    assert runs.begun == []


async def test_a_request_after_a_cancel_runs():
    runs = Runs()
    scheduler = scheduler_of(runs)
    runs.go.set()
    scheduler.request("p")
    scheduler.cancel("p")
    scheduler.request("p")
    await scheduler.settled("p")
    assert runs.ended == ["p"]


async def test_cancelling_what_is_idle_is_nothing():
    scheduler = scheduler_of(Runs())
    scheduler.cancel("p")
    await scheduler.settled("p")
    assert not scheduler.busy("p")


async def test_close_stops_everything_waiting_and_running():
    runs = Runs()
    scheduler = scheduler_of(runs, slots=1)
    for key in "abc":
        scheduler.request(key)
    await runs.have_begun(1)
    await scheduler.close()
    assert runs.cancelled == ["a"]
    assert runs.begun == ["a"]
    assert not any(scheduler.busy(key) for key in "abc")


async def test_a_failing_run_is_logged_and_the_next_one_goes(caplog: pytest.LogCaptureFixture):
    count = 0

    async def fail(_key: str) -> None:
        nonlocal count
        count += 1
        raise ValueError("broken")

    scheduler = Scheduler(fail, pause=0)
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            scheduler.request("p")
            await scheduler.settled("p")
    assert count == 2
    assert "broken" in caplog.text
