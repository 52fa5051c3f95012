"""Functions that return a number and, as another result, its owner: ``f, fd := open()``."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.analysis.lifetime.reading.expressions import root_of
from golsp_mem.analysis.lifetime.reading.imports import Getter
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.flow import Flow
from golsp_mem.analysis.lifetime.reading.raw.taking import Carried
from golsp_mem.analysis.lifetime.reading.returns import return_statements, values_of
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node

_NOTHING = ("nil", "int_literal", "unary_expression")


def pairs_of(package: Package, flow: Flow, function: Place) -> Iterator[Getter]:
    """``parameter`` is the result that leads to the owner. Each return statement has both, or
    neither."""
    found: set[Getter] | None = None
    for statement in return_statements(function):
        values = values_of(statement)
        if len(values) < 2:
            return
        mine = set(_pairs(package, flow, function, values))
        if mine or any(flow.carried_at(function.of(one)) for one in values):
            found = mine if found is None else found & mine
        elif not any(one.kind in _NOTHING for one in values):
            return
    yield from sorted(found or (), key=lambda one: (one.result, one.inside, one.parameter or 0))


def _pairs(
    package: Package, flow: Flow, function: Place, values: tuple[Node, ...]
) -> Iterator[Getter]:
    for result, value in enumerate(values):
        carried: set[Carried] = flow.carried_at(function.of(value))
        for taking, inside in carried:
            root = root_of(package, taking.owner)
            owner = package.variable(root.place)
            if owner is None or taking.is_address or taking.is_part:
                continue
            path = (*root.path, *taking.path)
            for other, one in enumerate(values):
                held = root_of(package, function.of(one))
                is_owner = package.variable(held.place) is owner and not held.is_call
                if other != result and is_owner and path[: len(held.path)] == held.path:
                    rest = path[len(held.path) :]
                    yield Getter(other, rest, taking.kind, taking.is_memory, result=result,
                                 inside=inside)  # fmt: skip
