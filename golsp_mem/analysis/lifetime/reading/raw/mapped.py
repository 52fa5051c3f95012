"""Functions that are called with a function, and return what that makes of other arguments:
``transform(handles, (*Handle).Fd)``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.callees import callees, function_given
from golsp_mem.analysis.lifetime.reading.expressions import Path
from golsp_mem.analysis.lifetime.reading.imports import Getter
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.taking import Taking
from golsp_mem.analysis.lifetime.reading.standard import STANDARD_TYPES
from golsp_mem.source.package import Place, arguments_of
from golsp_mem.source.parts.tree import unparenthesized


@frozen
class Mapped:
    """``result`` has at ``inside`` what parameter ``function``, a function, returns of its argument
    ``argument``, which is what parameter ``source`` has at ``path``; or the local variable that
    ``made`` names, the source being -1."""

    function: int
    argument: int
    source: int
    path: Path
    result: int
    inside: Path
    made: Place | None = None


class Functions(Protocol):
    """What functions of the package do."""

    def of(self, function: Place) -> tuple[Getter, ...]: ...

    def mapped(self, function: Place) -> tuple[Mapped, ...]: ...

    def options(self, function: Place, kind: str) -> Iterator[Getter]: ...

    def pairs(self, function: Place) -> tuple[Getter, ...]: ...


def taken_by_mapping(
    package: Package, functions: Functions, names: frozenset[str], call: Place
) -> Iterator[Taking]:
    """What a call hands out by a function that it is given."""
    given = arguments_of(call)
    for index, argument in enumerate(given):
        value = call.of(unparenthesized(argument))
        getters = [*_handed_out(package, functions, names, value)]
        for own in callees(package, call) if getters else ():
            for one in functions.mapped(own):
                if one.function != index or one.source >= len(given):
                    continue
                for place, getter in getters:
                    if place == one.argument and not getter.result:
                        yield Taking(
                            call, one.made or call.of(given[one.source]),
                            (*one.path, *getter.path),
                            getter.kind, getter.is_memory, is_part=getter.is_part,
                            result=one.result, inside=(*one.inside, *getter.inside),
                        )  # fmt: skip


def _handed_out(
    package: Package, functions: Functions, names: frozenset[str], value: Place
) -> Iterator[tuple[int | None, Getter]]:
    """(argument that leads to the owner, what it hands out) of a function that is given."""
    found = function_given(package, value)
    if found is not None and any(name in found.text for name in names):
        yield from ((_place_of(found, one), one) for one in functions.of(found))
    for one in STANDARD_TYPES:
        kind = f"{one.package}.{one.name}"
        if value.text in [f"(*{kind}).{name}" for name in one.raw]:
            yield 0, Getter(0, (), kind, False)


def _place_of(function: Place, getter: Getter) -> int | None:
    """Which argument leads to the owner; of a method expression the receiver is the first."""
    if getter.is_yielded or getter.into is not None or getter.called is not None:
        return None
    is_method = function.node.kind == "method_declaration"
    if getter.parameter is None:
        return 0 if is_method else None
    return getter.parameter + is_method
