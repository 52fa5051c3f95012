"""Numbers that are addresses, and pointers that are made of numbers."""

from __future__ import annotations

from golsp_mem.analysis.lifetime.reading.expressions import conversion
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.taking import Taking
from golsp_mem.source.package import Place, arguments_of, callee_of
from golsp_mem.source.parts.tree import unparenthesized

_MAKES_MEMORY = ("Slice", "String")


def makes_pointer(package: Package, expression: Place) -> bool:
    """Whether the conversions around a number make it a pointer to read through: ``(*T)(…)``,
    ``unsafe.Slice(…)``."""
    place = expression.of(unparenthesized(expression.node))
    while place.node.kind == "call_expression":
        function = place.node.field("function")
        given = arguments_of(place)
        callee = callee_of(place)
        if callee is not None and callee.package == "unsafe" and callee.name in _MAKES_MEMORY:
            return True
        if function is not None and function.kind == "parenthesized_expression" and given:
            return place.file.tree.source(function).replace(" ", "").startswith("(*")
        inner = conversion(package, place)
        if inner is None:
            return False
        inner = inner.of(unparenthesized(inner.node))
        if inner.node.start == place.node.start:
            return False
        place = inner
    return False


def address_of(package: Package, expression: Place) -> Taking | None:
    call = expression.of(unparenthesized(expression.node))
    pointer = _only_argument(call, "", "uintptr")
    inner = _only_argument(pointer, "unsafe", "Pointer") if pointer is not None else None
    if inner is None or inner.node.kind != "identifier" or package.variable(inner) is None:
        return None
    return Taking(call, inner, (), None, is_address=True)


def _only_argument(call: Place, package: str, name: str) -> Place | None:
    if call.node.kind != "call_expression" or len(arguments_of(call)) != 1:
        return None
    callee = callee_of(call)
    if callee is None or (callee.package, callee.name) != (package, name):
        return None
    return call.of(unparenthesized(arguments_of(call)[0]))
