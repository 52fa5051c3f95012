"""The words for what a call costs."""

from __future__ import annotations

import pytest

from golsp_mem.advice.per_call import per_call_words, short_words
from golsp_mem.analysis.heap.per_call import FREE, Bounds, Cost, PerCall


def cost(objects: tuple[int, int | None], size: tuple[int, int | None]) -> Cost:
    return Cost(Bounds(*objects), Bounds(*size))


ONE = cost((1, 1), (64, 64))
MAYBE = cost((0, 1), (0, 64))


def straight(total: Cost, returning: Cost | None = None) -> PerCall:
    return PerCall(total, returning or total, total)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (PerCall(), "no allocations in its own lines"),
        (straight(ONE), "1 allocation · 64 B always"),
        (straight(MAYBE), "1 allocation · up to 64 B on some paths"),
        (straight(cost((0, 3), (0, 192))), "up to 3 allocations · up to 192 B on some paths"),
        (straight(cost((1, 3), (64, 192))), "1 to 3 allocations · 64 B to 192 B"),
        (straight(cost((1, 1), (8, 16))), "1 allocation · 8 B to 16 B always"),
        (straight(MAYBE, ONE), "1 allocation · 64 B unless it panics"),
        (straight(cost((0, 1), (0, None))), "1 allocation · size known at run time on some paths"),
        (straight(cost((2, 2), (64, None))), "2 allocations · 64 B or more always"),
        (straight(cost((1, None), (48, None))), "1 or more allocations · 48 B or more"),
        (PerCall(turns=(ONE,)), "1 allocation · 64 B per iteration"),
        (PerCall(turns=(MAYBE,)), "1 allocation · up to 64 B per iteration"),
        (
            PerCall(outside=ONE, turns=(ONE, cost((0, None), (0, None)))),
            (
                "1 allocation · 64 B always · 1 allocation · 64 B per iteration"
                " · any number of allocations · size known at run time per iteration"
            ),
        ),
        (PerCall(outside=FREE, turns=(ONE, ONE, ONE)), "allocates in 3 loops"),
    ],
)
def test_words(found: PerCall, words: str) -> None:
    assert per_call_words(found) == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (straight(ONE), "1 alloc · 64 B"),
        (straight(MAYBE), "up to 1 alloc · up to 64 B"),
        (straight(MAYBE, ONE), "1 alloc · 64 B unless it panics"),
        (straight(MAYBE, FREE), "0 allocs unless it panics"),
        (straight(cost((1, None), (0, None))), "1 or more allocs"),
        (
            PerCall(outside=ONE, turns=(MAYBE,)),
            "1 alloc · 64 B · up to 1 alloc · up to 64 B per turn",
        ),
        (PerCall(turns=(ONE, ONE, ONE)), "allocs in 3 loops"),
    ],
)
def test_the_same_above_a_function(found: PerCall, words: str) -> None:
    assert short_words(found) == words
