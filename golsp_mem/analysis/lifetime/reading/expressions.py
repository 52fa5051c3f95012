"""What an expression reaches: its root and the fields on the way, its type as far as text tells."""

from __future__ import annotations

import re

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.fields import ELEMENT, element_of
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.standard import constructed
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.analysis.lifetime.reading.weakly import strong_of
from golsp_mem.source.package import (
    Place,
    arguments_of,
    callee_of,
    imported,
    initial_value,
    named,
    parameters_of,
    results_of,
    selected,
    without_conversions,
)
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.variables import Variable

_DEPTH = 6
_DUPLICATING = re.compile(r"\binterface\b.*\bFile\(\) \([^)]*\bos\.File\b", re.DOTALL)

Path = tuple[str, ...]


@frozen(eq=False)
class Root:
    """Where an expression starts, and the fields and elements that it passes on the way."""

    place: Place
    path: Path

    @property
    def is_call(self) -> bool:
        return self.place.node.kind == "call_expression"


def root_of(package: Package, expression: Place) -> Root:
    """The root of ``c.h``, ``hs[i]``, ``open().x``, ``(*p).q``, ``v.(*T)``, ``<-ch``."""
    path: list[str] = []
    node = unparenthesized(expression.node)
    while True:
        inner: Node | None = None
        if node.kind == "selector_expression":
            inner, name = node.field("operand"), node.field("field")
            if inner is None or name is None or _is_package(expression.of(node)):
                break
            path.append(expression.file.tree.source(name))
        elif node.kind == "index_expression":
            inner = node.field("operand")
            path.append(ELEMENT)
        elif node.kind in ("slice_expression", "type_assertion_expression"):
            inner = node.field("operand")
        elif node.kind == "unary_expression":
            inner = node.field("operand")
            if expression.file.tree.source(node).startswith("<-"):
                path.append(ELEMENT)
        elif node.kind in ("call_expression", "type_conversion_expression"):
            converted = conversion(package, expression.of(node))
            inner = converted.node if converted is not None else None
        if inner is None:
            break
        node = unparenthesized(inner)
    return Root(expression.of(node), tuple(reversed(path)))


def _is_package(selector: Place) -> bool:
    found = selected(selector)
    if found is None:
        return False
    name = selector.of(found[0])
    span = name.span
    declared = name.file.declaration_of(span.line, span.column)
    return declared is None and imported(name.file, name.text) is not None


def conversion(package: Package, call: Place) -> Place | None:
    """The operand of a conversion, to types of this package too; None for a call."""
    plain = without_conversions(call)
    if plain.node.start != unparenthesized(call.node).start:
        return plain
    node = unparenthesized(call.node)
    strong = strong_of(package, call.of(node))
    if strong is not None:
        return strong
    if node.kind == "type_conversion_expression":
        operand = node.field("operand")
        return call.of(operand) if operand is not None else None
    function, given = node.field("function"), arguments_of(call.of(node))
    if node.kind != "call_expression" or function is None or len(given) != 1:
        return None
    if function.kind == "parenthesized_expression":
        inner = unparenthesized(function)
        if inner.kind == "unary_expression" and call.file.tree.source(inner).startswith("*"):
            return call.of(given[0])
        return None
    callee = named(call.of(function))
    if (
        callee is not None
        and not callee.package
        and (
            callee.name in package.syntax.types
            or callee.name in ("any", "string", "uintptr")
            or _is_type_parameter(call, callee.name)
        )
    ):
        return call.of(given[0])
    if function.kind in ("slice_type", "pointer_type", "array_type"):
        return call.of(given[0])
    return None


def _is_type_parameter(place: Place, name: str) -> bool:
    """Whether a name is a type parameter of the function around a place: ``U(v)``."""
    for outer in place.node.ancestors():
        listed = outer.field("type_parameters")
        for child in listed.named_children if listed is not None else ():
            if any(place.file.tree.source(one) == name for one in child.fields("name")):
                return True
    return False


def bare(package: Package, expression: Place) -> Place:
    """What stands inside parentheses and conversions."""
    place = expression.of(unparenthesized(expression.node))
    for _ in range(_DEPTH):
        inner = conversion(package, place)
        if inner is None:
            return place
        place = inner.of(unparenthesized(inner.node))
    return place


def static_type(package: Package, expression: Place, depth: int = _DEPTH) -> str | None:
    """The type of an expression as written, as far as this package's text tells."""
    node = unparenthesized(expression.node)
    place = expression.of(node)
    if depth == 0:
        return None
    if node.kind == "identifier":
        variable = package.variable(place)
        if variable is None:
            return package.syntax.variable_types.get(place.text)
        return variable_type(package, variable, depth - 1)
    if node.kind == "composite_literal":
        written = node.field("type")
        return expression.file.tree.source(written) if written is not None else None
    if node.kind == "type_assertion_expression":
        written = node.field("type")
        return expression.file.tree.source(written) if written is not None else None
    operand = node.field("operand")
    if node.kind == "unary_expression" and operand is not None:
        inner = static_type(package, expression.of(operand), depth - 1)
        mark = place.text[:1]
        if inner is None or mark == "&":
            return f"*{inner}" if inner is not None else None
        return element_of(inner) if mark == "<" else inner.removeprefix("*")
    if node.kind == "index_expression" and operand is not None:
        inner = static_type(package, expression.of(operand), depth - 1)
        return element_of(inner) if inner is not None else None
    if node.kind == "selector_expression" and operand is not None:
        inner = static_type(package, expression.of(operand), depth - 1)
        name = node.field("field")
        if inner is None or name is None:
            return None
        fields = package.syntax.structs.get(base_of(inner), {})
        return fields.get(expression.file.tree.source(name))
    if node.kind == "call_expression":
        return _result_type(package, place, 0, depth)
    return None


def _result_type(package: Package, call: Place, index: int, depth: int) -> str | None:
    callee = callee_of(call)
    given = arguments_of(call)
    if callee is not None and not callee.package:
        if callee.name == "new" and given:
            return "*" + call.of(given[0]).text
        if callee.name == "make" and given:
            return call.of(given[0]).text
        function = package.syntax.functions.get(callee.name)
    elif callee is not None:
        known = constructed(callee.package, callee.name, index)
        return f"*{known.package}.{known.name}" if known is not None else None
    else:
        chosen = call.node.field("function")
        operand = chosen.field("operand") if chosen is not None else None
        name = chosen.field("field") if chosen is not None else None
        if operand is None or name is None:
            return None
        inner = static_type(package, call.of(operand), depth - 1)
        key = f"{base_of(inner)}.{call.file.tree.source(name)}" if inner is not None else ""
        function = package.syntax.functions.get(key)
    results = results_of(function) if function is not None else ()
    written = results[index][1] if index < len(results) else None
    if function is None or written is None or function.node.field("type_parameters") is None:
        return written
    return _inferred(package, function, call, written, depth)


def _inferred(
    package: Package, function: Place, call: Place, written: str, depth: int
) -> str | None:
    """What a generic function returns that has the type of one of its parameters:
    ``must(open())``."""
    given, listed = arguments_of(call), [one for _, one in parameters_of(function)]
    if written not in listed:
        return written
    index = listed.index(written)
    if len(given) == 1 and len(listed) > 1 and given[0].kind == "call_expression":
        return _result_type(package, call.of(given[0]), index, depth - 1) if depth else None
    return static_type(package, call.of(given[index]), depth - 1) if index < len(given) else None


def variable_type(package: Package, variable: Variable, depth: int = _DEPTH) -> str | None:
    """The type of a local variable as far as this package's text tells."""
    parent = variable.declaration.parent
    written = parent.field("type") if parent is not None else None
    if parent is not None and written is not None and parent.kind != "type_switch_statement":
        is_variadic = parent.kind == "variadic_parameter_declaration"
        return ("[]" if is_variadic else "") + variable.file.tree.source(written)
    start = initial_value(variable)
    if start is not None:
        value, index = start
        if value.node.kind == "call_expression":
            return _result_type(package, value, index, depth)
        return static_type(package, value, depth)
    ranged = ranged_over(variable)
    if ranged is not None:
        inner = static_type(package, ranged, depth - 1)
        return element_of(inner) if inner is not None else None
    return None


def is_of_net(package: Package, operand: Place) -> bool:
    """Whether a connection's or listener's File is called, maybe behind an interface of the
    package: it returns a duplicate."""
    written = static_type(package, operand)
    if written is None:
        return False
    kind = package.syntax.types.get(written, written)
    if kind.isidentifier():  # declared in a function
        text = operand.file.text.decode(errors="replace")
        match = re.search(rf"type {kind} (interface\s*\{{[^}}]*\}})", text)
        kind = match[1] if match is not None else kind
    return base_of(kind).startswith("net.") or _DUPLICATING.search(kind) is not None


def ranged_over(variable: Variable) -> Place | None:
    """X of ``for _, v := range X``, v being the variable."""
    listed = variable.declaration.parent
    clause = listed.parent if listed is not None else None
    if listed is None or clause is None or clause.kind != "range_clause":
        return None
    right = clause.field("right")
    is_value = listed.named_children.index(variable.declaration) == 1
    return Place(variable.file, right) if right is not None and is_value else None


def switched_on(variable: Variable) -> Place | None:
    """X of ``switch v := X.(type)``."""
    listed = variable.declaration.parent
    outer = listed.parent if listed is not None else None
    value = outer.field("value") if outer is not None else None
    is_switch = outer is not None and outer.kind == "type_switch_statement"
    return Place(variable.file, value) if value is not None and is_switch else None


def enclosing_call(node: Node) -> tuple[Node, int] | None:
    """The call that gets the expression as an argument, and the argument's place."""
    inner = outer_parentheses(node)
    listed = inner.parent
    call = listed.parent if listed is not None else None
    if listed is None or call is None or listed.kind != "argument_list":
        return None
    return call, listed.named_children.index(inner)
