"""Where memory is read or written through a pointer or slice."""

from __future__ import annotations

from golsp_mem.analysis.lifetime.reading.expressions import conversion, static_type
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.source.package import Place, arguments_of, callee_of
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized

_TEXT, _BYTES = ("string",), ("[]byte", "[]rune")
_POINTERS = ("Add", "Slice", "String", "SliceData", "StringData")


def _makes_pointer(package: Package, call: Place, argument: Node) -> bool:
    """Whether a call is a conversion, or ``unsafe.Add(p, n)`` of its first argument."""
    if conversion(package, call) is not None:
        return True
    callee, given = callee_of(call), arguments_of(call)
    is_pointer = callee is not None and callee.package == "unsafe" and callee.name in _POINTERS
    return is_pointer and unparenthesized(given[0]).start == unparenthesized(argument).start


def _is_with_text(expression: Node, operand: Node) -> bool:
    """Whether the other operand is a literal text that is not empty: to compare with that reads, as
    to add it does."""
    other = expression.field("left")
    if other is not None and other.start == operand.start:
        other = expression.field("right")
    return other is not None and (
        other.kind in ("interpreted_string_literal", "raw_string_literal")
        and other.end - other.start > len('""')
    )


def _is_of_texts(package: Package, table: Place) -> bool:
    """Whether a map's keys are texts: to look one up reads it."""
    return (static_type(package, table) or "").startswith("map[string]")


def reads_memory(package: Package, expression: Place) -> bool:
    """Whether the place reads or writes what a pointer or slice refers to, conversions of it
    (``*(*byte)(p)``) passed over."""
    node = outer_parentheses(expression.node)
    outer = node.parent
    while outer is not None and outer.kind in ("argument_list", "binary_expression"):
        if outer.kind == "binary_expression":
            if _is_with_text(outer, node):
                return True  # of a text in that memory
            # Of a number that is an address.
            operator = outer.field("operator")
            if operator is None or expression.file.tree.source(operator) not in ("+", "-"):
                return False
            node = outer_parentheses(outer)
            outer = node.parent
            continue
        if outer.parent is None or not _makes_pointer(package, expression.of(outer.parent), node):
            return False
        called = outer.parent.field("function")
        if called is not None and expression.file.tree.source(called) == "string":
            return True  # it copies the bytes
        node = outer_parentheses(outer.parent)
        outer = node.parent
    while outer is not None and outer.kind == "slice_expression" and outer.field("operand") is node:
        node = outer_parentheses(outer)
        outer = node.parent
    if outer is None:
        return False
    if outer.kind == "index_expression" and outer.field("operand") is node:
        return True
    if outer.kind == "index_expression":
        return _is_of_texts(package, expression.of(outer.field("operand") or outer))
    if outer.kind == "unary_expression":
        return expression.file.tree.source(outer).startswith("*")
    if outer.kind == "range_clause":
        return outer.field("right") is node
    return outer.kind == "selector_expression" and outer.field("operand") is node


def is_copied(package: Package, expression: Place) -> bool:
    """Whether a conversion around an expression copies its bytes: ``string(b)``; one between two
    types of texts, or two of slices, does not."""
    place = expression.of(unparenthesized(expression.node))
    while (inner := conversion(package, place)) is not None:
        function = place.node.field("function")
        name = place.file.tree.source(function) if function is not None else ""
        written = static_type(package, inner) or ""
        written = package.syntax.types.get(written, written)
        if (name in _TEXT and written not in _TEXT) or (name in _BYTES and written in _TEXT):
            return True
        if inner.node.start == place.node.start:
            break
        place = inner.of(unparenthesized(inner.node))
    return False
