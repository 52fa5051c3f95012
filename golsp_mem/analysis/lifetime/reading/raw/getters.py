"""Which functions of a package hand out a raw resource of what they get, and under which names."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from golsp_mem.analysis.lifetime.reading.callees import (
    callees,
    function_parameters,
    parameters,
    receiver,
)
from golsp_mem.analysis.lifetime.reading.definitions import definitions, is_emptied
from golsp_mem.analysis.lifetime.reading.expressions import (
    Path,
    Root,
    ranged_over,
    root_of,
    switched_on,
)
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT, FieldPath
from golsp_mem.analysis.lifetime.reading.imports import Getter
from golsp_mem.analysis.lifetime.reading.package import Package, cleanups_on, role_of
from golsp_mem.analysis.lifetime.reading.raw.flow import Flow, stored_by
from golsp_mem.analysis.lifetime.reading.raw.mapped import Mapped
from golsp_mem.analysis.lifetime.reading.raw.options import set_by
from golsp_mem.analysis.lifetime.reading.raw.pairs import pairs_of
from golsp_mem.analysis.lifetime.reading.raw.taking import Carried, Taking
from golsp_mem.analysis.lifetime.reading.raw.takings import Takings
from golsp_mem.analysis.lifetime.reading.replacing import is_given_up
from golsp_mem.analysis.lifetime.reading.returns import handed_over, returned
from golsp_mem.source.package import Place, arguments_of, initial_value, results_of
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable

_STEPS = 4
_RECEIVER, _MADE = -1, -2
_CALLED = "a function that is given"
_HOLDING_METHODS = ("SyscallConn",)


class ReturnedTakings:
    """Answers for one package; each function is read once."""

    def __init__(self, package: Package, takings: Takings) -> None:
        self._package = package
        self._takings = takings
        self._known: dict[tuple[str, int], tuple[Getter, ...]] = {}
        self._pairs: dict[tuple[str, int], tuple[Getter, ...]] = {}
        self._mapped: dict[tuple[str, int], tuple[Mapped, ...]] = {}

    def of(self, function: Place) -> tuple[Getter, ...]:
        """What the function hands out; nothing while it is being read (recursion)."""
        key = (function.file.path, function.node.start)
        if key not in self._known:
            self._known[key] = ()
            if function.node.field("body") is not None:
                found = dict.fromkeys(self._read(function))
                # Whatever order a set has.
                self._known[key] = tuple(sorted(found, key=_order))
        return self._known[key]

    def mapped(self, function: Place) -> tuple[Mapped, ...]:
        """What the function returns of what functions that it gets return."""
        key = (function.file.path, function.node.start)
        if key not in self._mapped:
            self._mapped[key] = ()
            self._mapped[key] = tuple(dict.fromkeys(self._mapping(function)))
        return self._mapped[key]

    def pairs(self, function: Place) -> tuple[Getter, ...]:
        """What the function returns beside its owner."""
        key = (function.file.path, function.node.start)
        if key not in self._pairs:
            self._pairs[key] = ()
            is_one = function.node.kind == "func_literal" or len(results_of(function)) < 2
            if not is_one and self._may_take(function):
                flow = Flow(self._package, self._takings, function)
                self._pairs[key] = tuple(pairs_of(self._package, flow, function))
        return self._pairs[key]

    def options(self, function: Place, kind: str) -> Iterator[Getter]:
        """What the literal that a function returns puts into a struct of a type that it gets."""
        for value in returned(function) if self._may_take(function) else ():
            found = set_by(value) if value.node.kind == "func_literal" else None
            if found is not None and found[1] == kind:
                flow = Flow(self._package, self._takings, function)
                for carried in flow.held(value.of(found[0])):
                    if carried[1]:
                        yield from self._getter(function, carried, 0)

    def _mapping(self, function: Place) -> Iterator[Mapped]:
        wanted = {name: index for index, name in function_parameters(function)}
        calls: dict[int, Taking] = {}
        for node in function.node.walk() if wanted else ():
            called = node.field("function") if node.kind == "call_expression" else None
            name = function.file.tree.source(called) if called is not None else ""
            given = arguments_of(function.of(node)) if name in wanted else ()
            for index, value in enumerate(given):
                found = self._from_parameter(function, function.of(value)) or self._made(
                    function.of(value)
                )
                if found is not None and found[0] != _RECEIVER:
                    path = (str(wanted[name]), str(index), str(found[0]), *found[1])
                    place = function.of(node)
                    calls[node.start] = Taking(place, place, path, _CALLED)
        if not calls:
            return
        flow = Flow(self._package, self._takings, function, called=calls)
        for result, (taking, inside) in flow.returned_by(function):
            if taking.kind == _CALLED:
                one, argument, source = map(int, taking.path[:3])
                value = arguments_of(taking.expression)[argument]
                made = taking.expression.of(value) if source == _MADE else None
                yield Mapped(one, argument, source, taking.path[3:], result, inside, made)

    def _made(self, value: Place) -> tuple[int, Path] | None:
        """The same of a local variable of the function, and of what a call makes."""
        held = self._package.variable(value) if value.node.kind == "identifier" else None
        is_local = held is not None and role_of(held) is None
        return (_MADE, ()) if is_local or value.node.kind == "call_expression" else None

    def _from_parameter(self, function: Place, value: Place) -> tuple[int, Path] | None:
        """The parameter, and the path below it, that a value comes from."""
        root = root_of(self._package, value)
        held, path = self._package.variable(root.place), root.path
        for _ in range(_STEPS):
            where = _parameter(function, held) if held is not None else None
            if held is None or where is not None:
                return (where, path) if where is not None else None
            came = _source(self._package, held)
            held, path = (came[0], (*came[1], *path)) if came is not None else (None, path)
        return None

    def _read(self, function: Place) -> Iterator[Getter]:
        top = function.file.tree.top_level(function.node.start)
        if top is None or not self._may_take(function):
            return
        # What a literal has of the variables around it is known where those are.
        whole = function.node if function.node.kind == "func_literal" else top
        flow = Flow(self._package, self._takings, function.of(whole))
        for index, carried in flow.returned_by(function):
            yield from self._getter(function, carried, index)
        for index, carried in _yielded(flow, function):
            yield from self._getter(function, carried, index, is_yielded=True)
        for called, index, carried in _called_back(self._package, flow, function):
            for one in self._getter(function, carried, index):
                yield evolve(one, called=called)
        for index, carried in stored_by(flow, function):
            for one in self._getter(function, carried, 0):
                if (-1 if one.parameter is None else one.parameter) != index:
                    yield evolve(one, into=index)

    def _may_take(self, function: Place) -> bool:
        text = function.text
        return any(name in text for name in self._takings.names) or "Control(" in text

    def _getter(
        self, function: Place, carried: Carried, index: int, *, is_yielded: bool = False
    ) -> Iterator[Getter]:
        taking, inside = carried
        if taking.is_address:
            return
        root = _root_behind(self._package, taking.owner)
        held = self._package.variable(root.place) if root.place.node.kind == "identifier" else None
        path = (*root.path, *taking.path)
        at, is_case = taking.expression, False
        for _ in range(_STEPS):
            if held is None:
                return
            where = _parameter(function, held)
            if where is not None:
                if any(one.removes for one in cleanups_on(self._package, held)):
                    return  # the caller owns it from here on
                if is_cleared(self._package, taking):
                    return
                if is_given_up(self._package, held, path, at):
                    return
                yield Getter(
                    None if where < 0 else where, path, taking.kind, taking.is_memory,
                    taking.is_part, index, is_yielded, inside, is_variadic=_is_variadic(held, path),
                    is_case=is_case,
                )  # fmt: skip
                return
            came = _source(self._package, held)
            if came is None or is_emptied(came[0]):
                return
            at = at.of(held.declaration)
            is_case |= switched_on(held) is not None
            held, path = came[0], (*came[1], *path)


def _order(getter: Getter) -> tuple[int, FieldPath, int, FieldPath, str]:
    where = -1 if getter.parameter is None else getter.parameter
    return getter.result, getter.inside, where, getter.path, getter.kind or ""


def is_cleared(package: Package, taking: Taking) -> Node | None:
    """The assignment that puts something else where a resource was taken from: ``h.fd = -1``
    behind ``fd := h.fd``. From then on the owner releases another."""
    root = root_of(package, taking.expression)
    variable = package.variable(root.place) if root.place.node.kind == "identifier" else None
    start = taking.expression.node.start
    for one in definitions(package, variable) if variable is not None and root.path else ():
        statement = next((outer for outer in one.value.node.ancestors()
                          if outer.kind == "assignment_statement"), None)  # fmt: skip
        if (
            statement is not None
            and one.path == root.path
            and statement.end > start
            and (one.value.file is taking.expression.file)
        ):
            return statement
    return None


def _parameter(function: Place, variable: Variable) -> int | None:
    """The place of a variable among the function's parameters; -1: its receiver."""
    if variable.file.path != function.file.path:
        return None
    own = receiver(function)
    if own is not None and variable.declaration.start == own.start:
        return -1
    for index, name in enumerate(parameters(function)):
        if name is not None and name.start == variable.declaration.start:
            return index
    return None


def _is_variadic(parameter: Variable, path: tuple[str, ...]) -> bool:
    parent = parameter.declaration.parent
    return (
        parent is not None
        and parent.kind == "variadic_parameter_declaration"
        and path[:1] == (ELEMENT,)
    )


def _source(package: Package, variable: Variable) -> tuple[Variable, tuple[str, ...]] | None:
    """The variable of which another is a part: by ``v := w.x``, ``rc, err := w.SyscallConn()``."""
    ranged = ranged_over(variable)
    if ranged is not None:
        root = root_of(package, ranged)
        held = package.variable(root.place) if root.place.node.kind == "identifier" else None
        return (held, (*root.path, ELEMENT)) if held is not None else None
    start = initial_value(variable)
    value = start[0] if start is not None else switched_on(variable)
    if value is None:
        return None
    root = _root_behind(package, value)
    place = root.place
    if root.is_call:
        function = place.node.field("function")
        operand = function.field("operand") if function is not None else None
        name = function.field("field") if function is not None else None
        if operand is None or name is None:
            return None
        if place.file.tree.source(name) not in _HOLDING_METHODS:
            return None
        root = root_of(package, place.of(operand))
    held = package.variable(root.place) if root.place.node.kind == "identifier" else None
    return (held, root.path) if held is not None and held is not variable else None


def _root_behind(package: Package, value: Place, steps: int = _STEPS) -> Root:
    """The root of an expression, methods passed over that return a field of their receiver:
    ``c.File().x``."""
    root = root_of(package, value)
    function = root.place.node.field("function") if root.is_call else None
    operand = unparenthesized(function).field("operand") if function is not None else None
    if operand is None or not steps or arguments_of(root.place):
        return root
    found = {_field_returned(package, one) for one in callees(package, root.place)}
    path = next(iter(found)) if len(found) == 1 else None
    if path is None:
        return root
    outer = _root_behind(package, root.place.of(operand), steps - 1)
    return Root(outer.place, (*outer.path, *path, *root.path))


def _field_returned(package: Package, method: Place) -> Path | None:
    """Where below its receiver lies what a method returns; None where that is not one place."""
    own = receiver(method)
    found: set[Path | None] = set()
    for value in returned(method) if own is not None else ():
        root = root_of(package, value)
        held = package.variable(root.place) if root.place.node.kind == "identifier" else None
        is_own = held is not None and own is not None and held.declaration.start == own.start
        found.add(root.path if is_own else None)
    return found.pop() if len(found) == 1 else None


def _called_back(
    package: Package, flow: Flow, function: Place
) -> Iterator[tuple[int, int, Carried]]:
    """(parameter, argument, what it carries) of the calls of functions that the function gets:
    ``f(w.h)``."""
    starts = {name.start: index for index, name in enumerate(parameters(function)) if name}
    for node in function.node.walk():
        called = node.field("function") if node.kind == "call_expression" else None
        if called is None or called.kind != "identifier":
            continue
        variable = package.variable(function.of(called))
        where = starts.get(variable.declaration.start) if variable is not None else None
        if where is None:
            continue
        for index, argument in enumerate(arguments_of(function.of(node))):
            for one in flow.carried_at(function.of(argument)):
                yield where, index, one


def _yielded(flow: Flow, function: Place) -> Iterator[tuple[int, Carried]]:
    """(place, what it carries) of the values that a returned iterator hands to the loop."""
    for given in handed_over(function):
        for index, value in enumerate(given):
            yield from ((index, one) for one in flow.carried_at(function.of(value)))
