"""Answers to questions that lead to each other, in circles too, each found once.

What a circle leads back to is nothing: whoever is asked there adds what the others have. Such an
answer is whole for the question at which the circle began, and for no other in it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

# Of one question: functions that all lead to each other have more ways than anybody can go, and
# the largest of ordinary packages take some hundreds.
_MOST_STEPS = 4000


class Asked(Generic[T]):
    """What is known, and what is being asked."""

    def __init__(self) -> None:
        self._known: dict[Hashable, frozenset[T]] = {}
        # By its number among those that are being asked, from 1.
        self._open: dict[Hashable, int] = {}
        # The first of them that something is lacking for: none behind it is whole.
        self._lacking = _MOST_STEPS
        self._steps = 0

    def lacks(self) -> None:
        """Note that what is being asked goes by a guess: none of it is remembered."""
        self._lacking = 0

    def answer(
        self, key: Hashable, find: Callable[[], Iterable[T]], *, is_deep: bool, unknown: T
    ) -> frozenset[T]:
        """What ``find`` has to say to ``key``, once. ``is_deep``: nobody goes on from here;
        ``unknown``: what is said when there were too many steps."""
        known = self._known.get(key)
        if known is not None:
            return known
        if is_deep or key in self._open:
            self._lacking = min(self._lacking, self._open.get(key, 0))
            return frozenset()
        self._steps = self._steps + 1 if self._open else 0
        if self._steps > _MOST_STEPS:
            self._lacking = 0
            return frozenset({unknown})
        outer, self._lacking = self._lacking, _MOST_STEPS
        number = self._open[key] = len(self._open) + 1
        try:
            found = frozenset(find())
        finally:
            del self._open[key]
        if self._lacking >= number:
            self._known[key] = found
            self._lacking = outer
        else:
            self._lacking = min(self._lacking, outer)
        return found
