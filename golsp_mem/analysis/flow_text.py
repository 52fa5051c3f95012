"""The compiler's ``-m=2`` text of one package, read once for all who ask about its flows.

It is large (65 MB for go/types) and compresses tenfold, which a thread does beside. Who asks first
sees it while it comes and goes as soon as their flow has passed; it is then read to its end, so
that what is asked next needs no compiler.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable
from contextlib import AbstractAsyncContextManager

# Compressed; what is more is not kept.
_MOST_BYTES = 16 << 20

Pieces = Callable[[], AbstractAsyncContextManager[AsyncIterator[str]]]


class FlowText:
    """One text. ``state`` equals that of another as long as the compiler would say the same."""

    def __init__(self, state: Hashable, pieces: Pieces) -> None:
        self.state = state
        self._pieces: list[str | bytes] = []
        self._readers = 0
        self._ended = False
        self._failure: BaseException | None = None
        self._grown = asyncio.Event()
        self._task = asyncio.ensure_future(self._collect(pieces))

    @property
    def holds(self) -> bool:
        """Whether all of it is there, or still comes."""
        if self._ended:
            packed = sum(len(one) for one in self._pieces if isinstance(one, bytes))
            return self._failure is None and packed <= _MOST_BYTES
        return not self._task.done() and self._task.get_loop() is asyncio.get_running_loop()

    @property
    def is_read(self) -> bool:
        """Whether somebody waits for it."""
        return self._readers > 0

    async def pieces(self) -> AsyncGenerator[str, None]:
        """Whole lines, as many as came together. The last of several readers to be cancelled ends
        the compiler. Raises what the compiler's run raises."""
        self._readers += 1
        number = 0
        try:
            while number < len(self._pieces) or not self._ended:
                if number < len(self._pieces):
                    piece = self._pieces[number]
                    yield piece if isinstance(piece, str) else zlib.decompress(piece).decode()
                    number += 1
                else:
                    await self._grown.wait()
            if self._failure is not None:
                raise self._failure
        except asyncio.CancelledError:
            if self._readers == 1:
                self.close()
            raise
        finally:
            self._readers -= 1

    def close(self) -> None:
        """End the compiler, if it still runs."""
        self._task.cancel()

    async def _collect(self, pieces: Pieces) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with pieces() as text:
                async for piece in text:
                    self._pieces.append(piece)
                    self._grown.set()
                    self._grown = asyncio.Event()
                    loop.run_in_executor(None, self._pack, len(self._pieces) - 1, piece)
        except asyncio.CancelledError as error:
            self._failure = error
            raise
        except Exception as error:  # noqa: BLE001 - whoever reads gets it
            self._failure = error
        finally:
            self._ended = True
            self._grown.set()

    def _pack(self, number: int, piece: str) -> None:
        self._pieces[number] = zlib.compress(piece.encode(), 1)


class FlowTexts:
    """The text of the package that was asked about last."""

    def __init__(self) -> None:
        self._last: FlowText | None = None

    def of(self, state: Hashable | None, pieces: Pieces) -> FlowText:
        """The text in a state; None: of a package that nobody watches, which is read anew."""
        last = self._last
        if last is not None and state is not None and last.state == state and last.holds:
            return last
        self.close()
        self._last = FlowText(state, pieces)
        return self._last

    def close(self) -> None:
        """Forget it. Whoever still reads it reads on."""
        if self._last is not None and not self._last.is_read:
            with contextlib.suppress(RuntimeError):
                # Of an event loop that is closed.
                self._last.close()
        self._last = None
