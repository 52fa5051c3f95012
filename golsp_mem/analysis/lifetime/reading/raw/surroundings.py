"""What stands around a selector: a call, a method value, a copy."""

from __future__ import annotations

from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node, outer_parentheses


def uninstantiated(node: Node) -> Node:
    if node.kind in ("type_instantiation_expression", "index_expression"):
        inner = node.named_children[0] if node.named_children else None
        return inner if inner is not None and inner.kind == "identifier" else node
    return node


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
