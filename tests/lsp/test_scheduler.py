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


async def test_at_once_waits_for_no_pause():
    runs = Runs()
    scheduler = scheduler_of(runs, pause=3600)
    scheduler.request("p", pause=0.0)
    await runs.have_begun(1)
    runs.go.set()
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


async def waiting(scheduler: Scheduler, *keys: str) -> None:
    """Request the keys, and return when they wait for a slot."""
    for key in keys:
        scheduler.request(key)
        while key not in scheduler._line:  # noqa: ASYNC110 - a few steps of the loop
            await asyncio.sleep(0)


async def test_of_those_that_wait_the_newest_comes_first():
    runs = Runs()
    scheduler = scheduler_of(runs, slots=1)
    scheduler.request("running")
    await runs.have_begun(1)
    await waiting(scheduler, "a", "b", "c")
    scheduler.request("a")  # somebody looks at it again
    runs.go.set()
    for key in "abc":
        await scheduler.settled(key)
    assert runs.ended[0] == "running"
    assert set(runs.ended[1:]) == {"a", "b", "c"}
    assert runs.ended.index("c") < runs.ended.index("b")


async def test_a_run_does_the_work_of_others():
    runs = Runs()
    scheduler = scheduler_of(runs, slots=1)
    scheduler.request("first")
    await runs.have_begun(1)
    await waiting(scheduler, "a", "b", "c", "other")
    taken = scheduler.take(lambda key: key != "other", most=2)
    assert list(taken) == ["c", "b"]
    assert scheduler.take(lambda key: key in taken, most=9) == {}
    assert all(scheduler.busy(key) for key in taken)
    scheduler.done(taken, served=["c"])
    runs.go.set()
    for key in ("first", "a", "b", "c", "other"):
        await scheduler.settled(key)
    # What was not served runs by itself.
    assert sorted(runs.begun) == ["a", "b", "first", "other"]


async def test_what_is_asked_anew_while_another_run_does_it_runs_afterwards():
    runs = Runs()
    scheduler = scheduler_of(runs, slots=1)
    scheduler.request("first")
    await runs.have_begun(1)
    await waiting(scheduler, "a", "b")
    taken = scheduler.take(lambda _: True, most=9)
    scheduler.request("a")
    scheduler.cancel("b")
    runs.go.set()
    await scheduler.settled("first")
    assert runs.begun == ["first"]
    scheduler.done(taken, served=["a", "b"])
    await scheduler.settled("a")
    await scheduler.settled("b")
    assert runs.begun == ["first", "a"]


async def test_closing_ends_those_that_wait_and_those_that_are_taken():
    runs = Runs()
    scheduler = scheduler_of(runs, slots=1)
    scheduler.request("first")
    await runs.have_begun(1)
    await waiting(scheduler, "a", "b")
    taken = scheduler.take(lambda key: key == "a", most=9)
    closing = asyncio.create_task(scheduler.close())
    await asyncio.sleep(0)
    scheduler.done(taken, served=[])
    await closing
    assert not any(scheduler.busy(key) for key in ("first", "a", "b"))
