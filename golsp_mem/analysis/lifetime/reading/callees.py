"""Which functions of the package a call runs."""

from __future__ import annotations

from collections.abc import Iterator, Set

from golsp_mem.analysis.lifetime.reading.expressions import bare, static_type
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import (
    Place,
    callee_of,
    initial_value,
    receiver_of,
)
from golsp_mem.source.parts.functions import parameter_names
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable, is_assigned_again

_DEPTH = 4


def callees(package: Package, call: Place) -> tuple[Place, ...]:
    """The functions of this package, declared or literal, that a call may run; empty where it
    runs others, or nobody knows."""
    function = call.node.field("function")
    if function is None:
        return ()
    node = _without_type_arguments(unparenthesized(function))
    if node.kind == "func_literal":
        return (call.of(node),)
    if node.kind == "index_expression":  # of a package variable: `handlers["x"](fd)`
        node = node.field("operand") or node
        is_local = package.variable(call.of(node)) is not None
        named = call.file.tree.source(node)
        return () if is_local else package.syntax.functions_in_variables.get(named, ())
    if node.kind == "identifier":
        return _named(package, call.of(node))
    operand, name = node.field("operand"), node.field("field")
    if node.kind != "selector_expression" or operand is None or name is None:
        return ()
    if callee_of(call) is not None:
        return ()
    return methods(package, call.of(operand), call.file.tree.source(name))


def _named(package: Package, name: Place) -> tuple[Place, ...]:
    """The functions that an identifier may mean."""
    variable = package.variable(name)
    if variable is None:
        found = package.syntax.functions.get(name.text)
        if found is None:
            return package.syntax.functions_in_variables.get(name.text, ())
        return (found,)
    literal = literal_of(variable)
    if literal is not None:
        return (literal,)
    start = initial_value(variable)
    if start is None or start[0].node.kind != "identifier" or is_assigned_again(variable):
        return ()
    return () if start[0].text == name.text else _named(package, start[0])


def methods(package: Package, operand: Place, name: str) -> tuple[Place, ...]:
    """The methods of the package that ``operand.name`` may be."""
    known = static_type(package, operand)
    if known is not None:
        found = promoted(package, base_of(known), name)
        if found is not None:
            return (found,)
        if base_of(known) in package.syntax.structs or "." in known:
            return ()
    listed = package.syntax.methods.get(name, ())
    asked = package.syntax.interfaces.get(base_of(known or ""), frozenset())
    return tuple(one for one in listed if _has_methods(package, one, asked)) if asked else listed


def _has_methods(package: Package, method: Place, names: Set[str]) -> bool:
    """Whether the type of a method has, by name, all methods of an interface."""
    kind = receiver_of(method)
    return (
        kind is None
        or all(promoted(package, kind, name) is not None for name in names)
        or bool(package.syntax.embedded.get(kind))
    )


def promoted(package: Package, kind: str, name: str, depth: int = _DEPTH) -> Place | None:
    """The method of a type, its own or that of what it embeds."""
    own = package.syntax.functions.get(f"{kind}.{name}")
    if own is not None or depth == 0:
        return own
    for written in package.syntax.embedded.get(kind, ()):
        found = promoted(package, base_of(written), name, depth - 1)
        if found is not None:
            return found
    return None


def literal_of(variable: Variable) -> Place | None:
    """The function literal that a variable starts with, if it keeps it."""
    start = initial_value(variable)
    if start is None or start[0].node.kind != "func_literal" or is_assigned_again(variable):
        return None
    return start[0]


def _without_type_arguments(node: Node) -> Node:
    if node.kind in ("type_instantiation_expression", "index_expression"):
        inner = node.named_children[0] if node.named_children else None
        return inner if inner is not None and inner.kind == "identifier" else node
    return node


def parameters(function: Place) -> tuple[Node | None, ...]:
    """The names of a function's parameters in order, None for what has no name."""
    listed = function.node.field("parameters")
    found: list[Node | None] = []
    for child in listed.named_children if listed is not None else ():
        names: list[Node | None] = list(child.fields("name"))
        found += names or [None]
    return tuple(found)


def function_parameters(function: Place) -> Iterator[tuple[int, str]]:
    """(place, name) of the parameters that are functions."""
    for index, name in enumerate(parameters(function)):
        kind = name.parent.field("type") if name is not None and name.parent is not None else None
        if name is not None and kind is not None and kind.kind == "function_type":
            yield index, function.file.tree.source(name)


def function_given(package: Package, argument: Place) -> Place | None:
    """The function of the package, declared or literal, that an argument is."""
    node = argument.node
    if node.kind == "func_literal":
        return argument
    if node.kind == "identifier":
        is_local = package.variable(argument) is not None
        return package.syntax.functions.get(argument.text) if not is_local else None
    operand, name = node.field("operand"), node.field("field")
    if node.kind != "selector_expression" or operand is None or name is None:
        return None
    kind = base_of(argument.of(operand).text.strip("()"))
    return package.syntax.functions.get(f"{kind}.{argument.file.tree.source(name)}")


def receiver(function: Place) -> Node | None:
    """The name of a method's receiver."""
    listed = function.node.field("receiver")
    return next(iter(parameter_names(listed)), None) if listed is not None else None


def parameter_at(function: Place, index: int) -> Node | None:
    """The parameter that gets the argument; a variadic one gets all that are left."""
    listed = parameters(function)
    if not listed:
        return None
    return listed[min(index, len(listed) - 1)]


def returns_parameter(package: Package, function: Place) -> int | None:
    """The parameter that a function returns as it is, converted or not; -1: its receiver."""
    key = ("returns parameter", function.file.path, function.node.start)
    return package.once(key, lambda: _returned_parameter(package, function))


def _returned_parameter(package: Package, function: Place) -> int | None:
    names = parameters(function)
    own = receiver(function)
    for node in function.node.walk():
        if node.kind != "return_statement" or not node.named_children:
            continue
        values = node.named_children[0].named_children
        inner = bare(package, function.of(values[0])) if len(values) == 1 else None
        is_name = inner is not None and inner.node.kind == "identifier"
        held = package.variable(inner) if inner is not None and is_name else None
        if held is not None and own is not None and held.declaration.start == own.start:
            return -1
        for index, name in enumerate(names):
            if held is not None and name is not None and held.declaration.start == name.start:
                return index
    return None
