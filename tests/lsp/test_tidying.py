"""Garbage of an analysis goes in a pause, and what stays is not looked at again."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from golsp_mem.lsp.state.packages import Packages
from golsp_mem.lsp.state.tidying import PAUSE_SECONDS, Tidying


class Circle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("cancelled", [False, True])
def test_garbage_goes_in_the_pause_unless_work_begins(cancelled: bool) -> None:
    async def session() -> tuple[bool, int]:
        tidying = Tidying(Packages())
        # What was frozen before it became garbage goes as well.
        circle = Circle()
        gone = weakref.ref(circle)
        gc.freeze()
        del circle
        tidying.request()
        tidying.request()
        if cancelled:
            tidying.cancel()
            gc.unfreeze()
        await asyncio.sleep(PAUSE_SECONDS * 2)
        return gone() is None, gc.get_freeze_count()

    collected, frozen = asyncio.run(session())
    assert collected is not cancelled
    assert (frozen > 0) is not cancelled
