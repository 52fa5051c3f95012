"""How far questions look into a text: what begins as far the same has the same answers."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field


@define(eq=False)
class Reach:
    """How far into a text somebody has looked: all of it that counted ends before the byte offset
    ``end``. ``outer`` are places of what the file declares for its package, by name, that were
    asked for: they may lie behind it. While it ``rests`` nothing is told."""

    end: float = 0
    outer: set[Outer] = field(factory=set)
    rests: bool = False


@define(eq=False)
class Outer:
    """Where names are declared for the package (byte offsets), None: not in this file."""

    places: Mapping[str, int | None]


def same_bytes(one: bytes, other: bytes) -> int:
    """How many bytes two texts begin with that are the same."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least
