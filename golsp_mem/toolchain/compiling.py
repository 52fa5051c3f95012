"""How far the go command has come with what the build cache does not hold yet."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence

from golsp_mem.errors import GolspMemError

VERBOSE = "-v"
"""The build flag with which go names each package that it compiles, and none that the cache has
(cmd/go/internal/work/exec.go, ``BuildV``; tried with Go 1.22 to 1.27)."""

OnCompiled = Callable[[int, int | None], None]
"""Takes how many packages were begun, and of how many; None as long as nobody has counted them."""

# A line of its own that is an import path, of a test variant with ``[p.test]`` behind it. What the
# compiler says has a place and a colon, what go says begins with ``#`` or has more words.
_NAME = re.compile(r"[^\s:#\"'`(),;=<>\[\]]+(?: \[[^\s\[\]]+\])?")

# A save compiles one package, or that and its tests: nothing that anybody waits for.
_MANY = 4


class Compiling:
    """Counts the packages that a go command with `VERBOSE` compiles.

    ``stale`` asks which packages the cache does not hold; it is asked once, while go compiles, as
    soon as there are many.
    """

    def __init__(
        self, stale: Callable[[], asyncio.Future[Sequence[str]]], tell: OnCompiled
    ) -> None:
        self._stale = stale
        self._tell = tell
        self._begun: set[str] = set()
        self._all: set[str] | None = None
        self._asking: asyncio.Future[Sequence[str]] | None = None

    def take(self, line: str) -> bool:
        """Whether the line of the command's stderr is the name of a package, which is counted."""
        if ":" in line or _NAME.fullmatch(line) is None:
            return False
        self._begun.add(line)
        if len(self._begun) >= _MANY:
            if self._asking is None:
                self._asking = self._stale()
                self._asking.add_done_callback(self._counted)
            self._told()
        return True

    async def close(self) -> None:
        """Asks no more; what was started for it is gone."""
        if self._asking is not None:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError, GolspMemError):
                await self._asking

    def _counted(self, asking: asyncio.Future[Sequence[str]]) -> None:
        if not asking.cancelled() and asking.exception() is None:
            self._all = {*asking.result()}
            self._told()

    def _told(self) -> None:
        self._tell(len(self._begun), len(self._all | self._begun) if self._all else None)
