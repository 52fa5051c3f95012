"""Which types of a package have a finalizer or cleanup, and which of their fields it releases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.standard import RAW_PACKAGES, RELEASING, constructed
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.model import Span
from golsp_mem.source.package import (
    Callee,
    PackageSyntax,
    Place,
    arguments_of,
    callee_of,
    imported,
    initial_value,
    method_call,
    named,
    parameters_of,
    receiver_of,
    results_of,
    selected,
    without_conversions,
)
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable, variable_at

SET_FINALIZER = "SetFinalizer"
ADD_CLEANUP = "AddCleanup"
_MARKS = {"runtime.SetFinalizer": SET_FINALIZER, "runtime.AddCleanup": ADD_CLEANUP}
_DEPTH = 4
FieldPath = tuple[str, ...]
_WORDS = re.compile(rb"\b(?:SetFinalizer|AddCleanup)\b")
_RAW_TYPES = (
    *("int", "int32", "int64", "uint", "uint32", "uint64", "uintptr", "unsafe.Pointer"),
    *("syscall.Handle", "windows.Handle", "int8", "int16", "uint8", "uint16"),
)
_MEMORY = ("[]byte", "[]uint8")


@frozen(eq=False)
class CleanupCall:
    """One ``runtime.SetFinalizer(v, f)`` or ``runtime.AddCleanup(v, f, arg)``.

    ``type`` is the type of ``*v`` where the text tells, ``paths`` the fields below it (``fd``,
    ``state.number``) whose values are released; ``releases`` what is called to do so. ``removes``:
    ``f`` is nil.
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


@frozen(eq=False)
class Cleanups:
    """All that a package says about finalizers and cleanups."""

    calls: tuple[CleanupCall, ...]
    running: tuple[Place, ...]

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


def cleanups_of(package: PackageSyntax) -> Cleanups:
    """The package's finalizers and cleanups with the types and fields that they concern."""
    calls: list[CleanupCall] = []
    running: list[Place] = []
    for call in cleanup_calls(package):
        if call.removes:
            calls.append(call)
            continue
        reader = _Reader(package, call)
        calls.append(reader.read())
        running += reader.bodies
    return Cleanups(tuple(calls), tuple(running))


class _Reader:
    """Reads one cleanup: its type, what it releases, and the functions that run."""

    def __init__(self, package: PackageSyntax, call: CleanupCall) -> None:
        self._package = package
        self._call = call
        self.bodies: list[Place] = []
        self._releases: set[Callee] = set()

    def read(self) -> CleanupCall:
        call = self._call
        body = self._body(call.place.of(call.function))
        kind = call.type
        paths: set[FieldPath] = set()
        if call.kind == SET_FINALIZER and body is not None:
            kind = self._parameter_type(body)
            used = list(self._used(body, _value_name(body), kind, (), _DEPTH))
            # Passed on to whoever releases; else, through sync/atomic say, whatever is read.
            paths = {path for path, given in used if given} or {path for path, _ in used}
        variable = variable_at(call.place.file, call.value)
        if kind is None and variable is not None:
            kind = pointed_type(self._package, variable)
        if call.kind == ADD_CLEANUP:
            if body is not None:
                self._follow(body, _DEPTH)
            if variable is not None:
                paths = {(name,) for name in self._fields_given(variable, kind or "", body)}
        return CleanupCall(
            place=call.place, kind=call.kind, value=call.value, function=call.function,
            argument=call.argument, type=kind, paths=frozenset(filter(self._is_raw, paths)),
            releases=frozenset(self._releases),
        )  # fmt: skip

    def _is_raw(self, path: FieldPath) -> bool:
        return any(is_raw(self._package, one) for one in field_types(self._package, path[-1]))

    def _body(self, function: Place) -> Place | None:
        node = function.node
        if node.kind == "func_literal":
            return function
        callee = named(function)
        if callee is not None and callee.package == "":
            return self._package.functions.get(callee.name)
        method = _method_expression(function)
        return self._package.functions.get(method) if method is not None else None

    def _parameter_type(self, body: Place) -> str | None:
        if body.node.kind == "method_declaration":
            return receiver_of(body)
        parameters = parameters_of(body)
        written = parameters[0][1] if parameters else ""
        name = base_of(written)
        return name if written.startswith("*") and name.isidentifier() else None

    def _used(
        self, body: Place, value: str | None, kind: str | None, prefix: FieldPath, depth: int
    ) -> Iterator[tuple[FieldPath, bool]]:
        """The paths below ``value`` that a function reads, with whether it passes each on to a
        call that may release it; its methods' and functions' reads among them."""
        self.bodies.append(body)
        if value is None or depth == 0:
            return
        names = {value: prefix}
        for node in body.node.walk():
            place = body.of(node)
            if node.kind in ("short_var_declaration", "var_spec"):
                names.update(_renamed(place, names))
            if node.kind == "call_expression":
                self._note_release(place)
                yield from self._inside(place, names, kind, depth)
                for argument in arguments_of(place):
                    path = _path(without_conversions(body.of(argument)), names)
                    if path is not None and _may_release(place):
                        yield path, True
            elif node.kind == "selector_expression":
                path = _path(place, names)
                if path is not None:
                    yield path, False

    def _inside(
        self, call: Place, names: Mapping[str, FieldPath], kind: str | None, depth: int
    ) -> Iterator[tuple[FieldPath, bool]]:
        method = method_call(call)
        if method is not None:
            prefix = names.get(call.file.tree.source(method[0]))
            called = self._package.functions.get(f"{kind}.{method[1]}")
            if prefix == () and called is not None:
                yield from self._used(called, _value_name(called), kind, (), depth - 1)
            return
        callee = callee_of(call)
        function = self._package.functions.get(callee.name) if callee is not None else None
        if callee is None or callee.package or function is None:
            return
        parameters = [name for name, _ in parameters_of(function)]
        for argument, name in zip(arguments_of(call), parameters, strict=False):
            prefix = names.get(call.file.tree.source(argument))
            if prefix is not None:
                yield from self._used(function, name, kind, prefix, depth - 1)

    def _follow(self, body: Place, depth: int) -> None:
        self.bodies.append(body)
        for node in body.node.walk():
            if node.kind == "call_expression":
                self._note_release(body.of(node))
        if depth and body.node.kind == "func_literal":
            for node in body.node.walk():
                callee = callee_of(body.of(node)) if node.kind == "call_expression" else None
                inner = self._package.functions.get(callee.name) if callee else None
                if callee and callee.package == "" and inner is not None:
                    self._follow(inner, depth - 1)

    def _note_release(self, call: Place) -> None:
        callee = callee_of(call)
        if callee is not None:
            self._releases.add(callee)

    def _fields_given(self, variable: Variable, kind: str, body: Place | None) -> set[str]:
        """The fields whose values the cleanup gets: by its argument, or by what it captures."""
        call = self._call
        sources = [call.argument] if call.argument is not None else []
        if body is not None and body.node.kind == "func_literal":
            sources.append(body.node)
        found: set[str] = set()
        stored = dict(_stored_fields(self._package, variable, kind))
        for source in sources:
            for node in source.walk():
                place = call.place.of(node)
                chosen = selected(place) if node.kind == "selector_expression" else None
                if chosen is not None and call.place.file.tree.source(chosen[0]) == variable.name:
                    found.add(chosen[1])
                elif node.kind == "identifier" and place.text in stored:
                    found.add(stored[place.text])
        return found


def _value_name(body: Place) -> str | None:
    """What a finalizer calls its object: the receiver or the first parameter."""
    function = body.file.function_at(body.span.line, body.span.column)
    if function is None:
        return None
    wanted = "receiver" if body.node.kind == "method_declaration" else "parameter"
    return next((one.name for one in function.parameters if one.role == wanted), None)


def _method_expression(function: Place) -> str | None:
    """``T.M`` of ``(*T).M``."""
    text = function.text.replace(" ", "")
    if not text.startswith("(*") or ")." not in text:
        return None
    kind, _, name = text[2:].partition(").")
    kind = base_of(kind)
    return f"{kind}.{name}" if kind.isidentifier() and name.isidentifier() else None


def _stored_fields(
    package: PackageSyntax, variable: Variable, kind: str
) -> Iterator[tuple[str, str]]:
    """(local name, field) for what ``v := &T{…}`` and ``v.f = x`` put into v's fields."""
    start = initial_value(variable)
    names = tuple(package.structs.get(kind, {}))
    literal = _literal(start[0]) if start is not None else None
    if literal is not None and start is not None:
        yield from _literal_fields(start[0].of(literal), names)
    for use in variable.uses:
        outer = use.parent
        listed = outer.parent if outer is not None else None
        statement = listed.parent if listed is not None else None
        if outer is None or listed is None or statement is None:
            continue
        if outer.kind != "selector_expression" or statement.kind != "assignment_statement":
            continue
        right, field = statement.field("right"), outer.field("field")
        if statement.field("left") is listed and right is not None and field is not None:
            given = right.named_children
            index = listed.named_children.index(outer)
            if index < len(given):
                value = without_conversions(Place(variable.file, given[index]))
                yield value.text, variable.file.tree.source(field)


def _literal(value: Place) -> Node | None:
    """The ``T{…}`` of ``&T{…}``."""
    node = value.node
    operand = node.field("operand") if node.kind == "unary_expression" else None
    if operand is not None and unparenthesized(operand).kind == "composite_literal":
        return unparenthesized(operand)
    return None


def _literal_fields(literal: Place, names: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    body = literal.node.field("body")
    for index, element in enumerate(body.named_children if body is not None else ()):
        if element.kind == "keyed_element":
            key, value = element.named_children[0], element.named_children[-1]
            field = literal.of(key).text
        elif index < len(names):
            value, field = element, names[index]
        else:
            continue
        inner = value.named_children[0] if value.kind == "literal_element" else value
        yield without_conversions(literal.of(inner)).text, field


def is_raw(package: PackageSyntax, written: str) -> bool:
    """Whether a field of this type can be a descriptor, a handle or an address."""
    for _ in range(_DEPTH):
        if written in _RAW_TYPES or written.startswith(("C.", "*")) or written in _MEMORY:
            return True
        if written not in package.types:
            return False
        written = package.types[written]
    return False


def is_memory(package: PackageSyntax, written: str) -> bool:
    """Whether a raw value of this type is memory that is read through it, no number."""
    return is_raw(package, written) and (
        written in _MEMORY or written.startswith("*") or written == "unsafe.Pointer"
    )


def field_types(package: PackageSyntax, name: str) -> frozenset[str]:
    """The types, as written, of all fields of that name in the package."""
    return package.fields.get(name, frozenset())


def _path(expression: Place, names: Mapping[str, FieldPath]) -> FieldPath | None:
    """The fields below the value that an expression names; None for anything else."""
    fields: list[str] = []
    node = unparenthesized(expression.node)
    while node.kind in ("selector_expression", "unary_expression"):
        field, operand = node.field("field"), node.field("operand")
        if operand is None:
            return None
        if field is not None:
            fields.append(expression.file.tree.source(field))
        node = unparenthesized(operand)
    if node.kind != "identifier":
        return None
    prefix = names.get(expression.file.tree.source(node))
    found = (*prefix, *reversed(fields)) if prefix is not None else ()
    return found or None


def _renamed(declaration: Place, names: Mapping[str, FieldPath]) -> Iterator[tuple[str, FieldPath]]:
    """``fd := h.fd``, ``data := m.data``: other names for what lies below the value."""
    left = declaration.node.field("left")
    listed = left.named_children if left is not None else declaration.node.fields("name")
    right = declaration.node.field("right") or declaration.node.field("value")
    for name, value in zip(listed, right.named_children if right else (), strict=False):
        path = _path(without_conversions(declaration.of(value)), names)
        if path is not None:
            yield declaration.file.tree.source(name), path


def _may_release(call: Place) -> bool:
    callee = callee_of(call)
    if callee is None:
        return False
    return not callee.package or callee.package in RAW_PACKAGES or callee.name in RELEASING


def pointed_type(package: PackageSyntax, variable: Variable) -> str | None:
    """T where the text says that the variable is a ``*T``.

    T is a name of this package, or ``path.Name`` of an imported one.
    """
    parent = variable.declaration.parent
    written = parent.field("type") if parent is not None else None
    if parent is not None and written is not None and not parent.kind.startswith("variadic"):
        return _pointer_target(Place(variable.file, written))
    start = initial_value(variable)
    if start is None:
        return None
    value, index = start
    literal = _literal(value)
    if literal is not None:
        kind = literal.field("type")
        return value.of(kind).text if kind is not None and kind.kind == "type_identifier" else None
    callee = callee_of(value) if value.node.kind == "call_expression" else None
    if callee is None:
        return None
    if callee.package:
        standard = constructed(callee.package, callee.name, index)
        return f"{standard.package}.{standard.name}" if standard is not None else None
    given = arguments_of(value)
    if callee.name == "new" and len(given) == 1:
        text = value.of(given[0]).text
        return text if text.isidentifier() else None
    function = package.functions.get(callee.name)
    if function is None or function.node.field("type_parameters") is not None:
        return None
    results = results_of(function)
    text = results[index][1] if index < len(results) else ""
    return text.removeprefix("*") if text.startswith("*") and text[1:].isidentifier() else None


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
