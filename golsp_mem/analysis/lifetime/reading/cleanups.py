"""Which types of a package have a finalizer or cleanup, and which of their fields it releases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.fields import FieldPath
from golsp_mem.analysis.lifetime.reading.standard import constructed
from golsp_mem.model import Span
from golsp_mem.source.package import (
    Callee,
    PackageSyntax,
    Place,
    arguments_of,
    callee_of,
    imported,
    initial_value,
    parameters_of,
    results_of,
)
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable

SET_FINALIZER = "SetFinalizer"
ADD_CLEANUP = "AddCleanup"
_MARKS = {"runtime.SetFinalizer": SET_FINALIZER, "runtime.AddCleanup": ADD_CLEANUP}
_WORDS = re.compile(rb"\b(?:SetFinalizer|AddCleanup)\b")


@frozen(eq=False)
class CleanupCall:
    """One ``runtime.SetFinalizer(v, f)`` or ``runtime.AddCleanup(v, f, arg)``.

    ``type`` is the type of ``*v`` where the text tells, ``paths`` the fields below it (``fd``,
    ``state.number``) whose values are released; ``releases`` what is called to do so. ``removes``:
    ``f`` is nil. ``memory``: those of the paths that lead into memory that is released, of whatever
    type; ``behind`` those that lead to a number of which the object has a pointer: ``*h.fd``.
    ``forwards``: ``place`` calls a function that does it there; ``home`` is where
    ``function`` is written, where that is elsewhere.
    """

    place: Place
    kind: str
    value: Node
    function: Node
    argument: Node | None
    type: str | None = None
    paths: frozenset[FieldPath] = frozenset()
    releases: frozenset[Callee] = frozenset()
    removes: bool = False
    forwards: Place | None = None
    memory: frozenset[FieldPath] = frozenset()
    behind: frozenset[FieldPath] = frozenset()
    home: Place | None = None

    @property
    def run(self) -> Place:
        """The finalizer or cleanup as written."""
        return (self.home or self.place).of(self.function)

    @property
    def span(self) -> Span:
        return self.place.span

    @property
    def fields(self) -> frozenset[str]:
        """The last names of the paths."""
        return frozenset(path[-1] for path in self.paths)

    @property
    def word(self) -> str:
        return "finalizer" if self.kind == SET_FINALIZER else "cleanup"


@frozen
class Guard:
    """Of a struct ``kind`` the cleanup of what lies at ``owner``, a ``type`` ("" where that has no
    name), releases what lies at ``path``."""

    kind: str
    path: FieldPath
    owner: FieldPath
    type: str


@frozen(eq=False)
class Cleanups:
    """All that a package says about finalizers and cleanups."""

    calls: tuple[CleanupCall, ...]
    running: tuple[Place, ...]
    guards: tuple[Guard, ...] = ()

    def of_type(self, name: str) -> tuple[CleanupCall, ...]:
        return tuple(one for one in self.calls if one.type == name and not one.removes)

    def runs(self, node: Node) -> bool:
        """Whether the function is itself a finalizer or cleanup, or only called by one."""
        return any(place.node.start == node.start and place.node.kind == node.kind
                   for place in self.running)  # fmt: skip


def cleanup_calls(package: PackageSyntax) -> Iterator[CleanupCall]:
    """Every call of SetFinalizer and AddCleanup, without what follows from it."""
    for call in package.calls_near(_WORDS):
        callee = callee_of(call)
        kind = _MARKS.get(f"{callee.package}.{callee.name}") if callee else None
        given = arguments_of(call)
        if kind is None or len(given) < 2:
            continue
        yield CleanupCall(
            place=call,
            kind=kind,
            value=unparenthesized(given[0]),
            function=unparenthesized(given[1]),
            argument=unparenthesized(given[2]) if len(given) > 2 else None,
            removes=call.of(given[1]).text == "nil",
        )


def literal_of_pointer(value: Place) -> Node | None:
    """The ``T{…}`` of ``&T{…}``."""
    node = value.node
    operand = node.field("operand") if node.kind == "unary_expression" else None
    if operand is not None and unparenthesized(operand).kind == "composite_literal":
        return unparenthesized(operand)
    return None


def pointed_type(package: PackageSyntax, variable: Variable) -> str | None:
    """T where the text says that the variable is a ``*T``.

    T is a name of this package, or ``path.Name`` of an imported one.
    """
    parent = variable.declaration.parent
    written = parent.field("type") if parent is not None else None
    if parent is not None and written is not None and not parent.kind.startswith("variadic"):
        return _pointer_target(Place(variable.file, written))
    start = initial_value(variable)
    return pointed_by(package, *start) if start is not None else None


def pointed_by(package: PackageSyntax, value: Place, index: int = 0) -> str | None:
    """T where the text says that result ``index`` of an expression is a ``*T``."""
    literal = literal_of_pointer(value)
    if literal is not None:
        kind = literal.field("type")
        name = value.of(kind).text.partition("[")[0] if kind is not None else ""
        return name if name.isidentifier() else None
    callee = callee_of(value) if value.node.kind == "call_expression" else None
    if callee is None:
        return None
    if callee.package:
        standard = constructed(callee.package, callee.name, index)
        return f"{standard.package}.{standard.name}" if standard is not None else None
    given = arguments_of(value)
    if callee.name == "new" and len(given) == 1:
        text = value.of(given[0]).text.partition("[")[0]
        return text if text.isidentifier() else None
    function = package.functions.get(callee.name)
    if function is None:
        return None
    results = results_of(function)
    text = results[index][1] if index < len(results) else ""
    if text and function.node.field("type_parameters") is not None:
        return _of_argument(package, value, function, text)
    name = text.removeprefix("*").partition("[")[0]
    if not text.startswith("*") or name in package.types:
        return name if text.startswith("*") else None
    qualifier, _, last = name.partition(".")
    path = imported(function.file, qualifier) if last else None
    return f"{path}.{last}" if path is not None else None


def _of_argument(
    package: PackageSyntax, call: Place, function: Place, parameter: str
) -> str | None:
    """T where a generic function returns what has the type of a parameter: ``must(os.Open(p))``."""
    types = [written for _, written in parameters_of(function)]
    given = arguments_of(call)
    if types.count(parameter) != 1:
        return None
    index = types.index(parameter)
    if len(given) == 1 and len(types) > 1:
        return pointed_by(package, call.of(unparenthesized(given[0])), index)
    return pointed_by(package, call.of(unparenthesized(given[index]))) if (
        len(given) == len(types)) else None  # fmt: skip


def _pointer_target(written: Place) -> str | None:
    if written.node.kind != "pointer_type" or not written.node.named_children:
        return None
    target = written.of(written.node.named_children[0])
    if target.node.kind == "type_identifier":
        return target.text
    if target.node.kind == "qualified_type":
        package, _, name = target.text.partition(".")
        path = imported(written.file, package)
        return f"{path}.{name}" if path is not None else None
    return None
