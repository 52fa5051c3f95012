"""Where a raw resource is taken out of its owner: by a field, a method, a function, an address."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.callees import callees, parameters, promoted, receiver
from golsp_mem.analysis.lifetime.reading.cleanups import is_memory
from golsp_mem.analysis.lifetime.reading.expressions import Path, bare, root_of, static_type
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.standard import STANDARD_TYPES, standard_type
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import (
    Place,
    arguments_of,
    callee_of,
    initial_value,
)
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.variables import function_node

_DEPTH = 4
_RAW_CONN = "syscall.RawConn"
_CONTROLS = ("Control", "Read", "Write")
# Syntax in which no statement of the function itself stands, but for those of literals.
_NO_STATEMENTS = frozenset(
    {
        *("func_literal", "expression_statement", "assignment_statement", "expression_list"),
        *("short_var_declaration", "var_declaration", "const_declaration", "type_declaration"),
        *("go_statement", "defer_statement", "send_statement", "inc_statement", "dec_statement"),
        *("parameter_list", "call_expression", "binary_expression", "unary_expression"),
    }
)


@frozen(eq=False)
class Taking:
    """An expression whose value is a raw resource.

    The owner is what ``owner`` and the fields of ``path`` below it reach; ``kind`` its type, a
    name of this package or ``os.File``, None where only the run time knows (an interface) and of
    addresses. ``is_memory``: what was taken is read through, it is no number.
    """

    expression: Place
    owner: Place
    path: Path
    kind: str | None
    is_memory: bool = False
    is_address: bool = False

    @property
    def text(self) -> str:
        return " ".join(self.expression.text.split())


def candidate_names(package: Package) -> frozenset[str]:
    """Every name that may select a raw resource: fields that cleanups release, methods of the
    standard library, and methods and functions of the package that return such."""
    names = {field for one in package.cleanups.calls for field in one.fields}
    names |= {method for one in STANDARD_TYPES for method in one.raw}
    for _ in range(_DEPTH):
        words = _words(names)
        found = {
            key.rpartition(".")[2]
            for key, function in package.syntax.functions.items()
            if words.search(function.file.text, function.node.start, function.node.end)
            and any(_selects(package, value, names) for value in returned(function))
        }
        if found <= names:
            break
        names |= found
    return frozenset(names)


def returned(function: Place) -> Iterator[Place]:
    """The values of a function's return statements, those of literals in it left out."""
    pending = list(reversed(function.node.named_children))
    while pending:
        node = pending.pop()
        if node.kind == "return_statement":
            for value in node.named_children[0].named_children if node.named_children else ():
                yield function.of(value)
        elif node.kind not in _NO_STATEMENTS:
            pending.extend(reversed(node.named_children))


def _words(names: Collection[str]) -> re.Pattern[bytes]:
    """Finds any of the names in a text."""
    return re.compile(
        rb"\b(?:" + b"|".join(re.escape(one.encode()) for one in sorted(names)) + rb")\b"
    )


def _selects(package: Package, value: Place, names: set[str]) -> bool:
    node = bare(package, value).node
    if node.kind == "composite_literal":
        return any(
            inner.kind == "field_identifier" and value.file.tree.source(inner) in names
            for inner in node.walk()
        )
    if node.kind == "call_expression":
        function = node.field("function")
        if function is None:
            return False
        node = unparenthesized(function)
    if node.kind == "identifier":
        return value.file.tree.source(node) in names and node is not value.node
    name = node.field("field") if node.kind == "selector_expression" else None
    return name is not None and value.file.tree.source(name) in names


def selectors(package: Package, names: frozenset[str]) -> Iterator[Place]:
    """Every selector of the package with one of the names."""
    words = _words(names)
    for file in package.syntax.files:
        if words.search(file.text) is None:
            continue
        for declaration in file.tree.declarations:
            if words.search(file.text, declaration.start, declaration.end) is None:
                continue
            for node in declaration.walk():
                name = node.field("field") if node.kind == "selector_expression" else None
                if name is not None and file.tree.source(name) in names:
                    yield Place(file, node)


class Takings:
    """Answers for one package whose types are known."""

    def __init__(self, package: Package, names: frozenset[str]) -> None:
        self._package = package
        self.names = names
        self._known: dict[tuple[str, int, int], Taking | None] = {}
        self._getters: dict[str, tuple[int | None, Path, str | None, bool] | None] = {}
        self.undecided = 0

    def of(self, expression: Place) -> Taking | None:
        """The taking that an expression without conversions around it is."""
        node = unparenthesized(expression.node)
        key = (expression.file.path, node.start, node.end)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self._find(expression.of(node))
        return self._known[key]

    def _find(self, expression: Place) -> Taking | None:
        node = expression.node
        if node.kind == "selector_expression":
            return self._field(expression)
        if node.kind == "call_expression":
            function = node.field("function")
            if function is None:
                return None
            chosen = expression.of(unparenthesized(function))
            if chosen.node.kind == "selector_expression" and not arguments_of(expression):
                taking = self._method(expression, chosen)
                if taking is not None:
                    return taking
            return (
                self._function(expression)
                or self._method_value(expression, chosen)
                or self._method_expression(expression, chosen)
                or self._literal(expression)
            )
        if node.kind == "identifier":
            return self._controlled(expression)
        return None

    def _field(self, selector: Place) -> Taking | None:
        operand, name = selector.node.field("operand"), selector.node.field("field")
        if operand is None or name is None:
            return None
        field = selector.file.tree.source(name)
        if field not in self.names or _is_called(selector.node):
            return None
        written = self._operand_type(selector)
        for call in self._package.cleanups.calls:
            for path in call.paths if call.type is not None and not call.removes else ():
                if path[-1] != field:
                    continue
                owner = self._owner(selector.of(operand), written, call.type or "", path[:-1])
                if owner is not None:
                    place, chain = owner
                    return Taking(selector, place, chain, call.type, self._memory(field))
        return None

    def _memory(self, field: str) -> bool:
        kinds = self._package.syntax.fields.get(field, frozenset())
        return any(is_memory(self._package.syntax, one) for one in kinds)

    def _owner(
        self, operand: Place, written: str | None, kind: str, inner: Path
    ) -> tuple[Place, Path] | None:
        """The owner that ``operand`` is or holds, ``inner`` being the fields between them."""
        if inner:
            node = unparenthesized(operand.node)
            name, outer = node.field("field"), node.field("operand")
            if node.kind != "selector_expression" or name is None or outer is None:
                return None
            if operand.file.tree.source(name) != inner[-1]:
                return None
            place = operand.of(outer)
            return self._owner(place, static_type(self._package, place) or kind, kind, inner[:-1])
        if written is None:
            self.undecided += 1
            return None
        chain = self._embedding(base_of(written), kind)
        return (operand, chain) if chain is not None else None

    def _embedding(self, outer: str, kind: str, depth: int = _DEPTH) -> Path | None:
        """The embedded fields by which a value of type ``outer`` reaches one of ``kind``."""
        if outer == kind:
            return ()
        for written in self._package.syntax.embedded.get(outer, ()) if depth else ():
            inner = base_of(written)
            chain = self._embedding(inner, kind, depth - 1)
            if chain is not None:
                return (inner.rpartition(".")[2], *chain)
        return None

    def _operand_type(self, selector: Place) -> str | None:
        found = self._package.types.of_operand(selector)
        if found is not None:
            return found
        operand = selector.node.field("operand")
        return static_type(self._package, selector.of(operand)) if operand is not None else None

    def _method(self, call: Place, selector: Place) -> Taking | None:
        operand, field = selector.node.field("operand"), selector.node.field("field")
        if operand is None or field is None or callee_of(call) is not None:
            return None
        name = selector.file.tree.source(field)
        if name not in self.names:
            return None
        written = self._operand_type(selector)
        if written is None:
            self.undecided += 1
            return None
        kind = base_of(written)
        for standard in STANDARD_TYPES:
            if name in standard.raw:
                own = promoted(self._package, kind, name)
                chain = self._embedding(kind, f"{standard.package}.{standard.name}")
                if chain is not None and own is None:
                    return Taking(
                        call, selector.of(operand), chain, f"{standard.package}.{standard.name}"
                    )
        if self._is_interface(kind) or _is_type_parameter(selector, kind):
            return self._dynamic(call, selector.of(operand), name)
        method = promoted(self._package, kind, name)
        getter = self._getter(method) if method is not None else None
        if getter is None or getter[0] is not None:
            return None
        chain = self._to_method(kind, name) or ()
        return Taking(call, selector.of(operand), (*chain, *getter[1]), getter[2], getter[3])

    def _to_method(self, kind: str, name: str, depth: int = _DEPTH) -> Path | None:
        if f"{kind}.{name}" in self._package.syntax.functions:
            return ()
        for written in self._package.syntax.embedded.get(kind, ()) if depth else ():
            inner = base_of(written)
            chain = self._to_method(inner, name, depth - 1)
            if chain is not None:
                return (inner.rpartition(".")[2], *chain)
        return None

    def _is_interface(self, kind: str) -> bool:
        known = self._package.syntax.types.get(kind, kind)
        return known.startswith("interface")

    def _dynamic(self, call: Place, operand: Place, name: str) -> Taking | None:
        """A method of an interface: raw if what may stand behind it hands out a raw resource."""
        if any(name in one.raw for one in STANDARD_TYPES) or any(
            self._getter(one) is not None for one in self._package.syntax.methods.get(name, ())
        ):
            return Taking(call, operand, (), None)
        return None

    def _getter(self, function: Place) -> tuple[int | None, Path, str | None, bool] | None:
        """What a function returns a raw resource of: its parameter (None: its receiver), the
        fields from there to the owner, the owner's type, whether it is memory."""
        key = f"{function.file.path}:{function.node.start}"
        if key not in self._getters:
            self._getters[key] = None
            self._getters[key] = self._find_getter(function)
        return self._getters[key]

    def _find_getter(self, function: Place) -> tuple[int | None, Path, str | None, bool] | None:
        own = receiver(function)
        listed = parameters(function)
        for value in returned(function):
            inner = bare(self._package, value)
            variable = self._package.variable(inner) if inner.node.kind == "identifier" else None
            start = initial_value(variable) if variable is not None else None
            taking = self._inside(bare(self._package, start[0]) if start is not None else inner)
            if taking is None:
                continue
            root = root_of(self._package, taking.owner)
            held = self._package.variable(root.place)
            if held is None:
                continue
            path = (*root.path, *taking.path)
            declared = held.declaration.start
            if own is not None and declared == own.start:
                return None, path, taking.kind, taking.is_memory
            for index, name in enumerate(listed):
                if name is not None and declared == name.start:
                    return index, path, taking.kind, taking.is_memory
        return None

    def _inside(self, value: Place) -> Taking | None:
        """The taking that a value is, or that a composite literal contains."""
        if value.node.kind != "composite_literal":
            return self.of(value)
        found = (
            self.of(value.of(node))
            for node in value.node.walk()
            if node.kind in ("selector_expression", "call_expression")
        )
        return next((one for one in found if one is not None and not one.is_memory), None)

    def _function(self, call: Place) -> Taking | None:
        callee = callee_of(call)
        if callee is None or callee.package or callee.name not in self.names:
            return None
        function = self._package.syntax.functions.get(callee.name)
        getter = self._getter(function) if function is not None else None
        given = arguments_of(call)
        if getter is None or getter[0] is None or getter[0] >= len(given):
            return None
        return Taking(call, call.of(given[getter[0]]), getter[1], getter[2], getter[3])

    def _method_value(self, call: Place, function: Place) -> Taking | None:
        """``get()`` behind ``get := h.Fd``."""
        variable = self._package.variable(function) if function.node.kind == "identifier" else None
        start = initial_value(variable) if variable is not None else None
        if start is None or start[0].node.kind != "selector_expression" or arguments_of(call):
            return None
        found = self._method(call, start[0])
        return found if callees(self._package, call) == () else None

    def _method_expression(self, call: Place, function: Place) -> Taking | None:
        """``(*Handle).Fd(h)``."""
        operand, name = function.node.field("operand"), function.node.field("field")
        given = arguments_of(call)
        if operand is None or name is None or len(given) != 1:
            return None
        kind = base_of(call.file.tree.source(operand).strip("()"))
        if kind not in self._package.syntax.types:
            return None
        method = promoted(self._package, kind, call.file.tree.source(name))
        getter = self._getter(method) if method is not None else None
        if getter is None or getter[0] is not None:
            return None
        return Taking(call, call.of(given[0]), getter[1], getter[2], getter[3])

    def _literal(self, call: Place) -> Taking | None:
        """``get()`` behind ``get := func() int { return h.fd }``: what the literal takes from
        a variable that is not its own."""
        for literal in callees(self._package, call):
            for value in returned(literal) if literal.node.kind == "func_literal" else ():
                taking = self.of(bare(self._package, value))
                if taking is None:
                    continue
                held = self._package.variable(root_of(self._package, taking.owner).place)
                if held is not None and held.declaration.start < literal.node.start:
                    return Taking(call, taking.owner, taking.path, taking.kind, taking.is_memory)
        return None

    def _controlled(self, identifier: Place) -> Taking | None:
        """The descriptor that RawConn hands to a literal."""
        variable = self._package.variable(identifier)
        if variable is None or not variable.is_parameter or not variable.function.is_literal:
            return None
        literal = function_node(variable.declaration)
        listed = literal.parent if literal is not None else None
        call = listed.parent if listed is not None else None
        if literal is None or call is None or call.kind != "call_expression":
            return None
        function = call.field("function")
        operand = function.field("operand") if function is not None else None
        if function is None or operand is None or function.kind != "selector_expression":
            return None
        selector = identifier.of(function)
        if base_of(self._operand_type(selector) or "") != _RAW_CONN:
            return None
        return Taking(identifier, identifier.of(operand), (), standard_file())

    @cached_property
    def controls(self) -> tuple[Place, ...]:
        """The selectors that may call a RawConn: their operands' types matter too."""
        return tuple(controls(self._package))


def standard_file() -> str | None:
    found = standard_type("os.File")
    return f"{found.package}.{found.name}" if found is not None else None


def controls(package: Package) -> Iterator[Place]:
    """Selectors ``rc.Control``, ``rc.Read``, ``rc.Write`` that are called with a literal."""
    for call in package.syntax.calls_near(re.compile(rb"\.(?:Control|Read|Write)\(func\(")):
        function = call.node.field("function")
        given = arguments_of(call)
        name = function.field("field") if function is not None else None
        if function is None or name is None or not given:
            continue
        if call.file.tree.source(name) in _CONTROLS and given[0].kind == "func_literal":
            yield call.of(function)


def is_inside_control(taking: Taking, node: Node) -> bool:
    """Whether the place runs while RawConn holds the descriptor that it handed out."""
    if taking.expression.node.kind != "identifier":
        return False
    literal = function_node(taking.expression.node)
    return literal is not None and literal.start <= node.start < literal.end


def _is_type_parameter(place: Place, name: str) -> bool:
    top = place.file.tree.top_level(place.node.start)
    listed = top.field("type_parameters") if top is not None else None
    return listed is not None and any(
        node.kind == "identifier" and place.file.tree.source(node) == name for node in listed.walk()
    )


def _is_called(selector: Node) -> bool:
    node = outer_parentheses(selector)
    return (
        node.parent is not None
        and node.parent.kind == "call_expression"
        and node.parent.field("function") is node
    )
