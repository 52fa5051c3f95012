"""What failed for reasons that pass is tried again, less and less often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

FIRST_SECONDS = 5.0
LAST_SECONDS = 300.0


class Retries:
    """Calls ``again(key)`` some time after `failed(key)`, unless the key is dropped before."""

    def __init__(self, again: Callable[[str], None]) -> None:
        self._again = again
        self._waits: dict[str, float] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def failed(self, key: str) -> float:
        """Try again; in so many seconds."""
        self.stop(key)
        seconds = self._waits.get(key, FIRST_SECONDS)
        self._waits[key] = min(2 * seconds, LAST_SECONDS)
        self._timers[key] = asyncio.get_running_loop().call_later(seconds, self._again, key)
        return seconds

    def stop(self, key: str) -> None:
        """Do not try again by itself: somebody else does, or nobody looks any more."""
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def drop(self, key: str) -> None:
        """It went well, or is gone."""
        self.stop(key)
        self._waits.pop(key, None)

    def close(self) -> None:
        for key in list(self._timers):
            self.drop(key)
