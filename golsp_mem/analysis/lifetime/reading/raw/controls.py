"""syscall.RawConn, which hands out its descriptor for as long as a function literal runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.analysis.lifetime.reading.callees import parameters
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.source.package import Place, arguments_of
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.variables import function_node

RAW_CONN = "syscall.RawConn"
_CONTROLS = ("Control", "Read", "Write")


def controlling(package: Package, identifier: Place) -> Place | None:
    """``rc.Control`` for the parameter of a literal that it may be called with."""
    passed = _passed(package, identifier)
    function = passed[2].field("function") if passed is not None else None
    if function is None or function.kind != "selector_expression":
        return None
    return identifier.of(function)


def parameter_of_literal(package: Package, identifier: Place) -> tuple[Place, int, int] | None:
    """The call that gets the literal of which an identifier means a parameter, the literal's place
    among the arguments, and the parameter's."""
    variable, passed = package.variable(identifier), _passed(package, identifier)
    if variable is None or passed is None:
        return None
    literal, listed, call = passed
    for index, name in enumerate(parameters(identifier.of(literal))):
        if name is not None and name.start == variable.declaration.start:
            return identifier.of(call), listed.named_children.index(literal), index
    return None


def _passed(package: Package, identifier: Place) -> tuple[Node, Node, Node] | None:
    """The function literal of which an identifier means a parameter, the arguments that it is one
    of, and their call."""
    variable = package.variable(identifier)
    if variable is None or not variable.is_parameter or not variable.function.is_literal:
        return None
    literal = function_node(variable.declaration)
    listed = literal.parent if literal is not None else None
    call = listed.parent if listed is not None else None
    if literal is None or listed is None or call is None or listed.kind != "argument_list":
        return None
    return (literal, listed, call) if call.kind == "call_expression" else None


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


def is_inside_control(expression: Place, node: Node) -> bool:
    """Whether the place runs while RawConn holds the descriptor that it handed out there."""
    if expression.node.kind != "identifier":
        return False
    literal = function_node(expression.node)
    if literal is None or not literal.start <= node.start < literal.end:
        return False
    names = (name for name in parameters(expression.of(literal)) if name is not None)
    return any(expression.of(name).text == expression.text for name in names)
