"""Questions to the compiler about one analysis, asked when somebody looks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from golsp_mem.errors import GolspMemError

logger = logging.getLogger(__name__)

# How long a question may go on after whoever asked was answered without it.
LIMIT_SECONDS = 30.0

A = TypeVar("A")


class Questions(Generic[A]):
    """One question at a time, the newest wins: a pointer that moves on has lost its interest in
    the last one. Answers are remembered until the analysis is replaced (`close`)."""

    def __init__(self) -> None:
        self._answers: dict[str, A | None] = {}
        self._asked: asyncio.Task[None] | None = None
        self._waiting = 0

    def answer(self, key: str) -> A | None:
        """What is known; None when nothing is, or when the compiler had no answer."""
        return self._answers.get(key)

    async def ask(self, key: str, work: Callable[[], Awaitable[A]], seconds: float) -> A | None:
        """The answer; None when there is none or it takes longer than ``seconds``.

        In the latter case the question goes on, and the answer is there the next time. It ends
        when all who wait for it are cancelled.
        """
        if key in self._answers or seconds <= 0:
            return self._answers.get(key)
        asked = self._asked
        if asked is None or asked.get_name() != key or asked.done():
            self.close()
            asked = asyncio.create_task(self._find(key, work), name=key)
            self._asked, self._waiting = asked, 0
        self._waiting += 1
        try:
            await asyncio.wait([asked], timeout=seconds)
        except asyncio.CancelledError:
            if asked is self._asked and self._waiting == 1:
                asked.cancel()
            raise
        finally:
            if asked is self._asked:
                self._waiting -= 1
        return self._answers.get(key)

    @property
    def is_open(self) -> bool:
        return self._asked is not None and not self._asked.done()

    def close(self) -> None:
        """End the question that is open."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None

    async def _find(self, key: str, work: Callable[[], Awaitable[A]]) -> None:
        answer: A | None = None
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                answer = await work()
        except (TimeoutError, GolspMemError) as error:
            logger.info("no %s: %s", key, error)
        self._answers[key] = answer
