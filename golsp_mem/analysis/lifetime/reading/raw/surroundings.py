"""What stands around a selector: a call, a method value, a copy."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.analysis.lifetime.reading.expressions import root_of
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.source.package import Place, arguments_of, callee_of, initial_value
from golsp_mem.source.parts.tree import Node, element_value, outer_parentheses, unparenthesized
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


def elements_put(package: Package, indexed: Place) -> Iterator[tuple[Place, bool]]:
    """What is put into ``fds`` of ``fds["b"]``, as far as it is an element with a name or number,
    each with whether it surely is another."""
    operand, index = indexed.node.field("operand"), indexed.node.field("index")
    is_name = operand is not None and operand.kind == "identifier"
    variable = package.variable(indexed.of(operand)) if operand is not None and is_name else None
    if variable is None or index is None or index.kind not in _LITERALS:
        return
    wanted = (index.kind, indexed.of(index).text)
    start = initial_value(variable)
    body = start[0].node.field("body") if start is not None else None
    if start is not None and body is not None and start[0].node.kind == "composite_literal":
        listed = [one for one in body.named_children if one.kind != "comment"]
        has_keys = any(one.kind == "keyed_element" for one in listed)
        for place, element in enumerate(listed):
            key = element.named_children[0] if has_keys and element.named_children else None
            key = key.named_children[0] if key is not None and key.named_children else key
            named = (key.kind, start[0].of(key).text) if key is not None else None
            named = named or ("int_literal", str(place))
            yield start[0].of(element_value(element)), named[0] == wanted[0] and named != wanted
    for use in variable.uses:
        target = use.parent
        statement = target.parent.parent if target is not None and target.parent else None
        key = target.field("index") if target is not None else None
        left = statement.field("left") if statement is not None else None
        right = statement.field("right") if statement is not None else None
        if target is None or key is None or left is None or right is None or statement is None:
            continue
        if statement.kind == "assignment_statement" and target in left.named_children:
            values = right.named_children
            at = left.named_children.index(target)
            if at < len(values) == len(left.named_children):
                own = Place(variable.file, key)
                is_other = key.kind == wanted[0] and own.text != wanted[1]
                yield own.of(values[at]), is_other


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
