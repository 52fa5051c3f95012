"""What is left of raw resources on their way into structs, elements and out of them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from golsp_mem.analysis.lifetime.reading.expressions import Path
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.raw.taking import SOME, Carried, Taking

# Deeper than this a structure of numbers is not followed (one that is stored in itself ends).
_DEEPEST = 4


def below_names(names: Path, found: Iterable[Carried]) -> set[Carried]:
    return {(taking, path) for taking, inner in found
            if len(path := (*names, *inner)) <= _DEEPEST}  # fmt: skip


def elements_of(found: Iterable[Carried]) -> Iterator[Carried]:
    for taking, path in found:
        if path and path[0] in (ELEMENT, SOME):
            yield taking, path[1:]
        elif not path and not is_reference(taking):
            yield taking, ()


def is_reference(taking: Taking) -> bool:
    return taking.is_memory or taking.is_address


def stored_values(found: Iterable[Carried]) -> set[Carried]:
    """What a field or element may have: addresses of Go's own memory hold what they point to."""
    return {one for one in found if not one[0].is_address}


def numbers(found: Iterable[Carried]) -> set[Carried]:
    """Descriptors and handles: what is below memory or an address is a plain value."""
    return {one for one in found if not is_reference(one[0])}
