"""Garbage is collected while nobody waits.

A full collection looks at everything that the server knows: a tenth of a second with one larger
package open, as much as the reading of a save. Left to itself the interpreter does that in the
midst of every second save.
"""

from __future__ import annotations

import asyncio
import gc

# After the last analysis: what it brought has been shown by then.
PAUSE_SECONDS = 0.3


class Tidying:
    """Collects when nothing has been analysed for a moment; `request` after each analysis."""

    def __init__(self) -> None:
        self._waiting: asyncio.TimerHandle | None = None

    def request(self) -> None:
        self.cancel()
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_later(PAUSE_SECONDS, self._collect)

    def cancel(self) -> None:
        """An analysis begins, or all ends."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _collect(self) -> None:
        self._waiting = None
        gc.unfreeze()
        gc.collect()
        # What is left stays, mostly: the interpreter's own collections need not look at it.
        gc.freeze()
