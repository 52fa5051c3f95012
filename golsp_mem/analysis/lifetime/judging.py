"""Who holds an owner last, by where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from golsp_mem.analysis.lifetime.reading.origins import Origin, Source

NOT_KNOWN = "what made it is not known"
_NOT_GO = ("C.", "syscall.", "golang.org/x/sys/")


class Last(StrEnum):
    """Who holds the owner last, as far as everything but the trial tells."""

    HERE = "here"
    CALLERS = "callers"
    UNKNOWN = "unknown"
    HELD = "held"


def judged(sources: Iterable[Source], is_dynamic: bool) -> tuple[Last, str, bool]:
    """Who holds the owner last, why that is not certain, and whether it is an owner at all."""
    # Of several that may hold it the same is named each time, whatever order a set has.
    by_origin = {one.origin: one for one in sorted(sources, key=lambda one: one.text)}
    if not by_origin:
        return Last.HELD, NOT_KNOWN, True
    if set(by_origin) == {Origin.UNMARKED}:
        return Last.HELD, "no cleanup is set on it", False
    outside = by_origin.get(Origin.OUTSIDE)
    if outside is not None:
        return Last.HELD, f"{outside.text} holds it", True
    if is_dynamic and set(by_origin) <= {Origin.CONTAINER, Origin.UNMARKED}:
        return Last.HELD, "it is no owner", False
    if Origin.CALLER in by_origin:
        return Last.CALLERS, "", True
    foreign = by_origin.get(Origin.FOREIGN)
    if foreign is not None:
        return Last.UNKNOWN, f"{foreign.text} may hold what it returned", True
    if Origin.NEW not in by_origin:
        return Last.UNKNOWN, NOT_KNOWN, True
    return Last.HERE, "", True


def is_collected(source: Source) -> bool:
    """Whether a value is surely a block of the heap: a function of Go code returned it."""
    if source.origin is Origin.FOREIGN:
        return not source.text.startswith(_NOT_GO)
    return source.origin is Origin.NEW
