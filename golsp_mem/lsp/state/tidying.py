"""Garbage is collected while nobody waits, and what nobody looks at lies by.

A full collection looks at everything that the server knows: a tenth of a second with one larger
package open, as much as the reading of a save. Left to itself the interpreter does that in the
midst of every second save.
"""

from __future__ import annotations

import asyncio
import gc

from golsp_mem.lsp.state.packages import Packages

# After the last analysis: what it brought has been shown by then.
PAUSE_SECONDS = 0.3


class Tidying:
    """Collects when nothing has been analysed for a moment; `request` after each analysis."""

    def __init__(self, packages: Packages) -> None:
        self._packages = packages
        self._waiting: asyncio.TimerHandle | None = None

    def request(self) -> None:
        self._later(PAUSE_SECONDS)

    def _later(self, seconds: float) -> None:
        self.cancel()
        self._waiting = asyncio.get_running_loop().call_later(seconds, self._tidy)

    def cancel(self) -> None:
        """An analysis begins, or all ends."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _tidy(self) -> None:
        self._waiting = None
        resting = self._packages.to_rest()
        if resting:
            # One at a time: each takes some milliseconds.
            resting[0].rest()
            self._later(0.0)
            return
        gc.unfreeze()
        gc.collect()
        # What is left stays, mostly: the interpreter's own collections need not look at it.
        gc.freeze()
