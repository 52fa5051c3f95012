"""What stands around a selector: a call, a method value, a copy."""

from __future__ import annotations

from golsp_mem.analysis.lifetime.reading.expressions import root_of
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.source.package import Place, arguments_of, callee_of, initial_value
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.variables import is_assigned_again

_LITERALS = ("int_literal", "interpreted_string_literal")


def uninstantiated(node: Node) -> Node:
    if node.kind in ("type_instantiation_expression", "index_expression"):
        inner = node.named_children[0] if node.named_children else None
        return inner if inner is not None and inner.kind == "identifier" else node
    return node


def is_of_literal(package: Package, literal: Place, owner: Place) -> bool:
    """Whether an owner is a variable of a function literal, or is made in it."""
    root = root_of(package, owner).place
    if root.node.kind != "identifier":
        return literal.node.start <= root.node.start < literal.node.end
    held = package.variable(root)
    return held is not None and held.is_declared_in(literal.node)


def is_of_another(package: Package, indexed: Place, taken: Place) -> bool:
    """Whether ``fds["b"]`` is of a literal in which another element has what was taken."""
    operand, index = indexed.node.field("operand"), indexed.node.field("index")
    is_name = operand is not None and operand.kind == "identifier"
    variable = package.variable(indexed.of(operand)) if operand is not None and is_name else None
    start = initial_value(variable) if variable is not None else None
    if index is None or index.kind not in _LITERALS or variable is None or start is None:
        return False
    body = start[0].node.field("body") if start[0].node.kind == "composite_literal" else None
    if body is None or is_assigned_again(variable) or taken.file is not start[0].file:
        return False
    listed = [one for one in body.named_children if one.kind != "comment"]
    for place, element in enumerate(listed):
        if element.start <= taken.node.start < element.end:
            if element.kind != "keyed_element":
                is_plain = all(one.kind != "keyed_element" for one in listed[:place])
                return is_plain and indexed.of(index).text != str(place)
            key = element.named_children[0]
            key = key.named_children[0] if key.kind == "literal_element" else key
            return key.kind == index.kind and indexed.of(index).text != start[0].of(key).text
    return False


def is_type_parameter(place: Place, name: str) -> bool:
    top = place.file.tree.top_level(place.node.start)
    listed = top.field("type_parameters") if top is not None else None
    return listed is not None and any(
        node.kind == "identifier" and place.file.tree.source(node) == name for node in listed.walk()
    )


def is_called(selector: Node) -> bool:
    node = outer_parentheses(selector)
    return (
        node.parent is not None
        and node.parent.kind == "call_expression"
        and node.parent.field("function") is node
    )


def is_bound(selector: Node) -> bool:
    """Whether a field or method of what the selector names is taken, and not called: ``c.w.do``,
    which holds what ``c.w`` points to."""
    outer = outer_parentheses(selector).parent
    return outer is not None and outer.kind == "selector_expression" and not is_called(outer)


def is_called_on(selector: Node) -> bool:
    """Whether a method, or a function in a field, of what the selector names is called."""
    outer = outer_parentheses(selector).parent
    return outer is not None and outer.kind == "selector_expression" and is_called(outer)


def is_value(selector: Node) -> bool:
    """Whether what the selector names is copied: not selected from, pointed to or called on."""
    outer = outer_parentheses(selector).parent
    if outer is None or outer.kind in ("selector_expression", "index_expression"):
        return False
    return outer.kind != "unary_expression" or outer.token("&") is None


def method_value(package: Package, chosen: Place) -> Place | None:
    """``f.Fd`` where ``get`` was set to it, and to nothing else."""
    variable = package.variable(chosen) if chosen.node.kind == "identifier" else None
    start = initial_value(variable) if variable is not None else None
    if variable is None or start is None or is_assigned_again(variable):
        return None
    return start[0] if start[0].node.kind == "selector_expression" else None


def loaded_field(call: Place, chosen: Place) -> Place | None:
    """The field in ``h.fd.Load()`` of sync/atomic's types and ``atomic.LoadInt32(&h.fd)``."""
    operand, name = chosen.node.field("operand"), chosen.node.field("field")
    if operand is None or name is None:
        return None
    called = chosen.file.tree.source(name)
    callee, given = callee_of(call), arguments_of(call)
    if callee is not None:
        if callee.package != "sync/atomic" or not called.startswith("Load") or not given:
            return None
        pointed = unparenthesized(given[0])
        operand = pointed.field("operand") if pointed.kind == "unary_expression" else None
    elif called != "Load" or given:
        return None
    field = call.of(unparenthesized(operand)) if operand is not None else None
    return field if field is not None and field.node.kind == "selector_expression" else None


def run_once(package: Package, call: Place) -> tuple[Place, ...]:
    """The literal that a call of what ``sync.OnceValue`` made of it runs, the first time."""
    function = call.node.field("function")
    is_name = function is not None and function.kind == "identifier"
    variable = package.variable(call.of(function)) if function is not None and is_name else None
    start = initial_value(variable) if variable is not None else None
    if variable is None or start is None or is_assigned_again(variable):
        return ()
    callee, given = callee_of(start[0]), arguments_of(start[0])
    if callee is None or callee.package != "sync" or not callee.name.startswith("OnceValue"):
        return ()
    return tuple(start[0].of(one) for one in given if one.kind == "func_literal")
