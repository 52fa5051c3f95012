"""What ``-m=2`` says of inlining: which functions can be, and why the others cannot.

The forms are those of CanInline and mkinlcall in cmd/compile/internal/inline/inl.go (Go 1.22 to
1.27)::

    ./a.go:20:6: can inline Small with cost 4 as: func(int) int { return x + 1 }
    ./a.go:9:6: cannot inline (*T).Big: function too complex: cost 95 exceeds budget 80
    ./a.go:27:6: cannot inline Def: unhandled op DEFER
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from golsp_mem.compiler.text.messages import split_line
from golsp_mem.model import Position

_CAN = re.compile(r"can inline (?P<name>\S+) with cost (?P<cost>\d{1,9}) as: .*", re.DOTALL)
_CANNOT = re.compile(r"cannot inline (?P<name>\S+): (?P<why>.+)", re.DOTALL)
_COMPLEX = re.compile(
    r"function too complex: cost (?P<cost>\d{1,9}) exceeds budget (?P<budget>\d{1,9})"
)


@frozen
class Inlining:
    """What the compiler says of one function. ``name`` is without its package, type arguments as
    it prints them; ``place`` is where it is declared. ``cost`` and ``budget`` are in the compiler's
    units, None where it names none; ``why_not`` is its reason, None where it can be inlined."""

    name: str
    place: Position
    cost: int | None = None
    budget: int | None = None
    why_not: str | None = None


def inlining_in(lines: Iterable[str], resolve: Callable[[str], str]) -> Iterator[Inlining]:
    """Of the functions that the text speaks of; ``resolve`` makes absolute paths of its names.
    Pure, never raises."""
    for line in lines:
        if " inline " not in line:
            continue
        placed = split_line(line)
        found = _read(*placed) if placed is not None else None
        if found is not None:
            place = Position(resolve(found.place.file), found.place.line, found.place.column)
            yield Inlining(found.name, place, found.cost, found.budget, found.why_not)


def _read(place: Position, text: str) -> Inlining | None:
    can = _CAN.fullmatch(text)
    if can is not None:
        return Inlining(can["name"], place, int(can["cost"]))
    cannot = _CANNOT.fullmatch(text)
    if cannot is None:
        return None
    why = cannot["why"].strip()
    found = _COMPLEX.match(why)
    if found is None:
        return Inlining(cannot["name"], place, why_not=why)
    return Inlining(cannot["name"], place, int(found["cost"]), int(found["budget"]), why)
