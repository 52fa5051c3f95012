"""Where a raw resource is used: which call gets it, from which value, by which way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from attrs import frozen

from golsp_mem.analysis.lifetime.cleanups import Cleanups, pointed_type
from golsp_mem.analysis.lifetime.package import Package
from golsp_mem.analysis.lifetime.standard import (
    RAW_PACKAGES,
    RELEASING,
    STANDARD_TYPES,
    standard_type,
)
from golsp_mem.source.package import (
    Callee,
    Place,
    arguments_of,
    callee_of,
    initial_value,
    method_call,
    selected,
    without_conversions,
)
from golsp_mem.source.tree import unparenthesized
from golsp_mem.source.variables import Variable, is_assigned_again, variable_at

_DEPTH = 3
# Types, not functions, that stand before parentheses in those packages.
_TYPES = frozenset({"Errno", "Signal", "WaitStatus", "Token", "HWND", "Handle", "NTStatus"})


class Way(StrEnum):
    """How a number came out of a value."""

    METHOD = "method"
    FIELD = "field"
    ADDRESS = "address"


@frozen(eq=False)
class Raw:
    """An expression that takes the raw resource out of a variable's value.

    ``kind`` is the type that owns it: a name of this package, ``os.File``, or None for addresses.
    """

    way: Way
    owner: Variable
    expression: Place
    kind: str | None = None
    field: str | None = None


@frozen(eq=False)
class RawUse:
    """A call that gets a raw resource. ``argument`` is what it gets as written: the taking
    expression itself, or the variable that keeps its result."""

    raw: Raw
    argument: Place
    call: Place
    callee: Callee

    @property
    def is_kept(self) -> bool:
        """Whether the resource went through a variable of its own."""
        return self.argument.node.start != self.raw.expression.node.start


def raw_uses(package: Package) -> Iterator[RawUse]:
    """Every call of the package that gets a raw resource, directly or by a local variable."""
    for call in package.syntax.calls_near(_words(package)):
        if call.node.parent is not None and call.node.parent.kind in (
            "defer_statement",
            "go_statement",
        ):
            continue
        callee = callee_of(call)
        if callee is None:
            continue
        for index, given in enumerate(arguments_of(call)):
            inner = without_conversions(call.of(given))
            raw = taken(package, inner) or _kept(package, inner)
            if raw is None or not takes_raw(package, callee, index, raw, _DEPTH):
                continue
            yield RawUse(raw, inner, call, callee)


def _words(package: Package) -> re.Pattern[bytes]:
    """What a declaration must say to take any raw resource out of its owner."""
    fields = {field for one in package.cleanups.calls for field in one.fields}
    methods = {method for one in STANDARD_TYPES for method in one.raw}
    names = b"|".join(re.escape(name.encode()) for name in sorted(fields | methods))
    return re.compile(rb"\.(?:" + names + rb")\b|\buintptr\(")


def takes_raw(package: Package, callee: Callee, index: int, raw: Raw, depth: int) -> bool:
    """Whether a function hands its argument to the system as it is, and does not release it."""
    if callee.name in RELEASING or callee in _releases(package.cleanups, raw.kind):
        return False
    if callee.package in RAW_PACKAGES:
        return callee.name not in _TYPES
    function = package.syntax.functions.get(callee.name) if not callee.package else None
    if function is None or depth == 0:
        return False
    body = function.node.field("body")
    if body is None:
        return True  # assembly
    known = function.file.function_at(function.span.line, function.span.column)
    listed = [one for one in known.parameters if one.role == "parameter"] if known else []
    if index >= len(listed):
        return False
    for node in body.walk():
        if node.kind != "call_expression":
            continue
        inner = callee_of(function.of(node))
        for place, given in enumerate(arguments_of(function.of(node))):
            passed = without_conversions(function.of(given))
            if passed.node.kind != "identifier" or passed.text != listed[index].name:
                continue
            variable = variable_at(function.file, passed.node)
            if variable is None or is_assigned_again(variable) or inner is None:
                continue
            if variable.file.tree.node_span(variable.declaration) != listed[index].span:
                continue
            if takes_raw(package, inner, place, raw, depth - 1):
                return True
    return False


def _releases(cleanups: Cleanups, kind: str | None) -> frozenset[Callee]:
    found: frozenset[Callee] = frozenset()
    for one in cleanups.of_type(kind) if kind is not None else ():
        found |= one.releases
    return found


def taken(package: Package, expression: Place) -> Raw | None:
    """The resource that an expression without conversions takes: ``f.Fd()``, ``d.fd``.

    An address turned into a number in the call itself is none: the compiler keeps the pointer
    until the call returns (unsafe.Pointer, rule 4).
    """
    node = expression.node
    if node.kind == "call_expression":
        method = method_call(expression)
        if method is None or arguments_of(expression):
            return None
        owner = variable_at(expression.file, method[0])
        kind = pointed_type(package.syntax, owner) if owner is not None else None
        standard = standard_type(kind) if kind is not None else None
        if owner is None or standard is None or method[1] not in standard.raw:
            return None
        return Raw(Way.METHOD, owner, expression, kind)
    chosen = selected(expression)
    if chosen is not None:
        owner = variable_at(expression.file, chosen[0])
        kind = pointed_type(package.syntax, owner) if owner is not None else None
        if owner is None or kind is None:
            return None
        if any(chosen[1] in one.fields for one in package.cleanups.of_type(kind)):
            return Raw(Way.FIELD, owner, expression, kind, chosen[1])
    return None


def address(expression: Place) -> Raw | None:
    """The pointer that ``uintptr(unsafe.Pointer(p))`` turns into a number."""
    node = unparenthesized(expression.node)
    if not _is_call_of(expression.of(node), "", "uintptr"):
        return None
    pointer = expression.of(unparenthesized(arguments_of(expression.of(node))[0]))
    if not _is_call_of(pointer, "unsafe", "Pointer"):
        return None
    inner = unparenthesized(arguments_of(pointer)[0])
    owner = variable_at(expression.file, inner) if inner.kind == "identifier" else None
    return Raw(Way.ADDRESS, owner, expression.of(node)) if owner is not None else None


def _is_call_of(place: Place, package: str, name: str) -> bool:
    if place.node.kind != "call_expression" or len(arguments_of(place)) != 1:
        return False
    callee = callee_of(place)
    return callee is not None and (callee.package, callee.name) == (package, name)


def _kept(package: Package, argument: Place) -> Raw | None:
    """The resource in a local variable that is set once, in the function that took it."""
    if argument.node.kind != "identifier":
        return None
    variable = variable_at(argument.file, argument.node)
    if variable is None or is_assigned_again(variable):
        return None
    start = initial_value(variable)
    if start is None or start[1] != 0:
        return None
    raw = address(start[0]) or taken(package, without_conversions(start[0]))
    if raw is None or raw.owner.function.span != variable.function.span:
        return None
    return raw


def kept_value(package: Package, expression: Place) -> Raw | None:
    """The resource that an expression is or that the variable it names keeps."""
    inner = without_conversions(expression)
    return taken(package, inner) or _kept(package, inner)
