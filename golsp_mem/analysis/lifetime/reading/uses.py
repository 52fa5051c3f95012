"""Where a raw resource goes: by which variables, to which call, read, or return."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.callees import (
    callees,
    reads_memory,
    returns_parameter,
    takes_raw,
)
from golsp_mem.analysis.lifetime.reading.expressions import Path, bare, conversion, root_of
from golsp_mem.analysis.lifetime.reading.package import Package, role_of
from golsp_mem.analysis.lifetime.reading.takings import Taking, Takings, is_inside_control
from golsp_mem.source.package import Place, arguments_of, callee_of
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable

_ARITHMETIC = ("+", "-", "|", "&", "^", "&^")
_ROUNDS = 4
_ADDS = frozenset({"append"})
_POINTERS = frozenset({("unsafe", name) for name in ("Slice", "Add", "String", "SliceData")})


class How(StrEnum):
    """What happens to a raw resource at its use."""

    CALL = "call"
    READ = "read"
    RETURN = "return"
    SECOND_OWNER = "second owner"


@frozen(eq=False)
class RawUse:
    """One use. ``place`` is the resource as written there, ``node`` the call, the read or the
    return statement."""

    taking: Taking
    place: Place
    node: Node
    how: How

    @property
    def is_kept(self) -> bool:
        """Whether the resource went through a variable."""
        return self.place.node.start != self.taking.expression.node.start


class Flow:
    """The raw resources of one top-level declaration."""

    def __init__(self, package: Package, takings: Takings, declaration: Place) -> None:
        self._package = package
        self._takings = takings
        self._declaration = declaration
        self._held: dict[int, set[Taking]] = defaultdict(set)
        self._stored: dict[tuple[str, Path], set[Taking]] = defaultdict(set)
        self._addresses: dict[int, Taking | None] = {}
        for _ in range(_ROUNDS):
            before = self._size()
            for node in declaration.node.walk():
                self._assign(declaration.of(node))
            if self._size() == before:
                break

    def _size(self) -> int:
        return sum(map(len, (*self._held.values(), *self._stored.values())))

    def covers(self, place: Place) -> bool:
        """Whether the place is in the declaration."""
        node = self._declaration.node
        return place.file is self._declaration.file and (node.start <= place.node.start < node.end)

    def uses(self) -> Iterator[RawUse]:
        for node in self._declaration.node.walk():
            place = self._declaration.of(node)
            if node.kind == "call_expression" and conversion(self._package, place) is None:
                yield from self._given(place)
            elif node.kind == "return_statement" and node.named_children:
                for value in node.named_children[0].named_children:
                    for taking in self.carried(place.of(value)):
                        if taking.is_address or _is_inside(node, taking):
                            continue
                        yield RawUse(taking, bare(self._package, place.of(value)), node, How.RETURN)
            elif node.kind == "identifier" and reads_memory(place):
                yield from self._read(place)

    def _read(self, place: Place) -> Iterator[RawUse]:
        for taking in self.carried(place):
            if taking.is_memory:
                yield RawUse(taking, place, place.node, How.READ)

    def _given(self, call: Place) -> Iterator[RawUse]:
        callee = callee_of(call)
        is_file = callee is not None and (callee.package, callee.name) == ("os", "NewFile")
        for index, argument in enumerate(arguments_of(call)):
            for taking in self.carried(call.of(argument)):
                if is_inside_control(taking, call.node) or _is_inside(call.node, taking):
                    continue
                given = bare(self._package, call.of(argument))
                if taking.is_address and self._address(call.of(argument)) is not None:
                    continue  # the compiler keeps it until the call returns (unsafe, rule 4)
                if takes_raw(self._package, call, index, taking.is_memory):
                    how = How.SECOND_OWNER if is_file else How.CALL
                    yield RawUse(taking, given, call.node, how)

    def carried(self, expression: Place) -> set[Taking]:
        """The raw resources that an expression's value is or contains."""
        inner = bare(self._package, expression)
        taking = self._takings.of(inner) or self._address(expression)
        if taking is not None:
            return {taking}
        node = inner.node
        if node.kind == "identifier":
            variable = self._package.variable(inner)
            if variable is None:
                return self._stored.get((inner.text, ()), set())
            return self._held.get(variable.declaration.start, set())
        if node.kind == "composite_literal":
            return self._elements(inner)
        if node.kind in ("selector_expression", "index_expression", "slice_expression"):
            operand = node.field("operand")
            found = self.carried(inner.of(operand)) if operand is not None else set()
            root = root_of(self._package, inner)
            found = found | self._stored.get((root.place.text, root.path), set())
            if node.kind == "index_expression":
                # An element of mapped memory is a plain value.
                return _numbers(found)
            return found if node.kind == "slice_expression" else _numbers(found)
        if node.kind == "unary_expression":
            operand, text = node.field("operand"), inner.text
            if operand is None or not text.startswith(("&", "*")):
                return set()
            found = self.carried(inner.of(operand))
            return found if text.startswith("&") else _numbers(found)
        if node.kind == "binary_expression":
            return self._computed(inner)
        if node.kind == "call_expression":
            callee = callee_of(inner)
            for function in callees(self._package, inner):
                index = returns_parameter(self._package, function)
                given = arguments_of(inner)
                if index is not None and index < len(given):
                    return self.carried(inner.of(given[index]))
            if callee is not None and (
                (callee.package, callee.name) in _POINTERS
                or (not callee.package and callee.name in _ADDS)
            ):
                return set().union(*(self.carried(inner.of(one)) for one in arguments_of(inner)))
        return set()

    def _address(self, expression: Place) -> Taking | None:
        start = expression.node.start
        if start not in self._addresses:
            self._addresses[start] = address(self._package, expression)
        return self._addresses[start]

    def _computed(self, expression: Place) -> set[Taking]:
        operator = expression.node.field("operator")
        left, right = expression.node.field("left"), expression.node.field("right")
        if operator is None or expression.file.tree.source(operator) not in _ARITHMETIC:
            return set()
        return _without_addresses(
            set().union(*(self.carried(expression.of(one)) for one in (left, right) if one))
        )

    def _elements(self, literal: Place) -> set[Taking]:
        body = literal.node.field("body")
        found: set[Taking] = set()
        for element in body.named_children if body is not None else ():
            value = element.named_children[-1] if element.kind == "keyed_element" else element
            if value.kind == "literal_element" and value.named_children:
                value = value.named_children[0]
            if value.kind == "literal_value":
                continue
            found |= _numbers(self.carried(literal.of(value)))
        return found

    def _assign(self, statement: Place) -> None:
        node = statement.node
        if node.kind in ("short_var_declaration", "assignment_statement"):
            left, right = node.field("left"), node.field("right")
            names = left.named_children if left is not None else ()
        elif node.kind == "var_spec":
            names, right = node.fields("name"), node.field("value")
        elif node.kind == "range_clause":
            left, right = node.field("left"), node.field("right")
            if left is not None and right is not None and len(left.named_children) == 2:
                self._hold(statement.of(left.named_children[1]),
                           _numbers(self.carried(statement.of(right))))  # fmt: skip
            return
        else:
            return
        values = right.named_children if right is not None else ()
        if len(values) == len(names):
            for name, value in zip(names, values, strict=True):
                self._hold(statement.of(name), self.carried(statement.of(value)))

    def _hold(self, target: Place, found: set[Taking]) -> None:
        if not found:
            return
        root = root_of(self._package, target)
        variable = self._package.variable(root.place)
        if variable is None or role_of(variable) in ("receiver", "parameter"):
            # Of what is not made here the very field counts, by name.
            if root.place.node.kind == "identifier" and (variable is None or root.path):
                self._stored[root.place.text, root.path] |= _numbers(found)
            return
        self._held[variable.declaration.start] |= found


def _numbers(found: set[Taking]) -> set[Taking]:
    """Descriptors and handles: what is below memory or an address is a plain value."""
    return {one for one in found if not one.is_memory and not one.is_address}


def _without_addresses(found: set[Taking]) -> set[Taking]:
    return {one for one in found if not one.is_address}


def _is_inside(node: Node, taking: Taking) -> bool:
    """Whether the use is part of the very expression that takes (``f(x).Fd()``)."""
    inner = taking.expression.node
    return inner.start <= node.start and node.end <= inner.end


def address(package: Package, expression: Place) -> Taking | None:
    """The pointer that ``uintptr(unsafe.Pointer(p))`` turns into a number."""
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


def flows(package: Package, takings: Takings) -> Iterator[Flow]:
    """One for each declaration that takes a raw resource or turns an address into a number."""
    for file in package.syntax.files:
        for declaration in file.tree.declarations:
            if declaration.kind not in ("function_declaration", "method_declaration"):
                continue
            text = file.text[declaration.start : declaration.end]
            if b"uintptr" in text or any(name.encode() in text for name in takings.names):
                yield Flow(package, takings, Place(file, declaration))


def variable_of(package: Package, expression: Place) -> Variable | None:
    """The local variable that an expression starts with."""
    return package.variable(root_of(package, expression).place)
