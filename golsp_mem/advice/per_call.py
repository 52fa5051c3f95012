"""What one call costs, in a few words: lenses, hovers and explanations say it alike."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from golsp_mem.analysis.costs import Bounds, Cost
from golsp_mem.analysis.heap.per_call import PerCall
from golsp_mem.analysis.sizes import size_text

# More loops than this are only counted.
_SHOWN_LOOPS = 2


class LeftOut(StrEnum):
    """Why nothing is counted of a function that allocates, as hovers and lenses say it."""

    COLD = "no allocations but on paths that run once, to an error or to a panic"
    OFF = "no allocations but those that are turned off"

    @property
    def short(self) -> str:
        """For a line above a function."""
        return "allocs turned off" if self is LeftOut.OFF else "allocs on cold paths only"


def per_call_words(found: PerCall) -> str:
    """``1 allocation · 64 B always``, ``up to 2 allocations · up to 128 B on some paths``,
    ``1 allocation · 64 B per iteration``; ``no allocations in its own lines``
    where there are none."""
    parts = []
    if not found.outside.nothing:
        parts.append(_outside(found))
    if len(found.turns) > _SHOWN_LOOPS:
        parts.append(f"{'more' if parts else 'allocates'} in {len(found.turns)} loops")
    else:
        parts += [f"{_objects(turn)} · {_size(turn)} per iteration" for turn in found.turns]
    return " · ".join(parts) or "no allocations in its own lines"


def _outside(found: PerCall) -> str:
    cost = found.outside
    when = ""
    if cost.objects.exact:
        when = " always"
    elif found.returning.objects.exact and not found.loops:
        cost, when = found.returning, " unless it panics"
    elif not cost.objects.least:
        when = " on some paths"
    return f"{_objects(cost)} · {_size(cost)}{when}"


def _objects(cost: Cost) -> str:
    if cost.objects.most == 1:
        return "1 allocation"
    return f"{_range(cost.objects, str)} allocations"


def _size(cost: Cost) -> str:
    if cost.bytes.most is None and not cost.bytes.least:
        return "size known at run time"
    return _range(cost.bytes, size_text)


def _range(bounds: Bounds, say: Callable[[int], str]) -> str:
    least, most = bounds.least, bounds.most
    if most is None:
        return f"{say(least)} or more" if least else "any number of"
    if least == most:
        return say(most)
    return f"{say(least)} to {say(most)}" if least else f"up to {say(most)}"


def short_words(found: PerCall) -> str:
    """The same in the least words, for a line above a function: ``2 allocs · 112 B``, ``up to 2
    allocs · 1 per turn``. A size that only the run knows is left out."""
    parts = []
    if not found.outside.nothing:
        cost, when = found.outside, ""
        if not cost.objects.exact and found.returning.objects.exact and not found.loops:
            cost, when = found.returning, " unless it panics"
        parts.append(f"{short_objects(cost.objects)}{_short_size(cost)}{when}")
    if len(found.turns) > _SHOWN_LOOPS:
        parts.append(f"{'more' if parts else 'allocs'} in {len(found.turns)} loops")
    else:
        parts += [f"{short_objects(turn.objects)}{_short_size(turn)} per turn"
                  for turn in found.turns]  # fmt: skip
    return " · ".join(parts) or "0 allocs"


def short_objects(objects: Bounds) -> str:
    """``1 alloc``, ``up to 2 allocs``, ``any number of allocs``."""
    return f"{_range(objects, str)} alloc{'' if objects.most == 1 else 's'}"


def _short_size(cost: Cost) -> str:
    known = not cost.nothing and (cost.bytes.most is not None or cost.bytes.least)
    return f" · {_range(cost.bytes, size_text)}" if known else ""
