"""Calls of ``debug.SetMaxStack`` in Go source, and what their constant argument amounts to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from attrs import frozen

from golsp_mem.model import Span
from golsp_mem.source.edits import import_name
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.tree import Node, SourceTree

_PACKAGE, _FUNCTION = "runtime/debug", "SetMaxStack"
# Constants beyond this need no exact value: the runtime's ceiling is below 2**31.
_LARGEST_SHIFT = 512
_LARGEST_EXPONENT = 400
_MAX_DEPTH = 20
_INTEGER = re.compile(r"0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*")
_DECIMAL = re.compile(r"[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?")
_INTEGER_TYPES = frozenset({"int", "int64", "uint64", "uint", "int32", "uint32"})


@frozen
class StackLimitCall:
    """``debug.SetMaxStack(argument)``: ``value`` in bytes where the argument is constant."""

    span: Span
    argument_span: Span
    argument: str
    value: int | None


def stack_limit_calls(file: GoFile) -> tuple[StackLimitCall, ...]:
    """The calls in one file, in source order; an import under another name is understood."""
    if _FUNCTION.encode() not in file.text:
        return ()
    package = import_name(file, _PACKAGE)
    if package is None:
        return ()
    return tuple(_calls(file, package))


def _calls(file: GoFile, package: str) -> Iterator[StackLimitCall]:
    tree = file.tree
    for node in tree.root.walk():
        if node.kind != "call_expression":
            continue
        function, arguments = node.field("function"), node.field("arguments")
        wanted = f"{package}.{_FUNCTION}" if package else _FUNCTION
        if function is None or arguments is None or tree.source(function) != wanted:
            continue
        given = arguments.named_children
        if len(given) != 1:
            continue
        local = file.declaration_of(*_start(tree, function)) if package else None
        if local is not None:
            continue  # a variable that hides the package
        yield StackLimitCall(
            span=tree.node_span(node),
            argument_span=tree.node_span(given[0]),
            argument=tree.source(given[0]),
            value=constant_value(file, given[0]),
        )


def _start(tree: SourceTree, node: Node) -> tuple[int, int]:
    span = tree.node_span(node)
    return span.line, span.column


def constant_value(file: GoFile, node: Node) -> int | None:
    """The value of a constant integer expression; None for anything that is not surely one.

    Understands literals, arithmetic and shifts, ``int(…)`` and constants declared in the file.
    """
    value = _evaluate(file, node, 0)
    return int(value) if value is not None and value.denominator == 1 else None


def _evaluate(file: GoFile, node: Node, depth: int) -> Fraction | None:
    if depth > _MAX_DEPTH:
        return None
    tree = file.tree
    kind = node.kind
    if kind in ("int_literal", "float_literal"):
        return _literal(tree.source(node))
    if kind == "parenthesized_expression":
        inner = next(iter(node.named_children), None)
        return _evaluate(file, inner, depth + 1) if inner is not None else None
    if kind == "unary_expression":
        return _unary(file, node, depth)
    if kind == "binary_expression":
        return _binary(file, node, depth)
    if kind in ("call_expression", "type_conversion_expression"):
        return _converted(file, node, depth)
    if kind == "identifier":
        return _named(file, node, depth)
    return None


def _literal(text: str) -> Fraction | None:
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(digits):
        if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
            return Fraction(int(digits, 8))
        return Fraction(int(digits, 0))
    match = _DECIMAL.fullmatch(digits)
    if match is None or not any(character.isdigit() for character in digits):
        return None
    exponent = match[1]
    if exponent is not None and abs(int(exponent[1:])) > _LARGEST_EXPONENT:
        return None
    return Fraction(digits)


def _unary(file: GoFile, node: Node, depth: int) -> Fraction | None:
    operand = node.field("operand")
    value = _evaluate(file, operand, depth + 1) if operand is not None else None
    if value is None:
        return None
    operator = node.field("operator")
    sign = file.tree.source(operator) if operator is not None else ""
    return {"-": -value, "+": value}.get(sign)


def _binary(file: GoFile, node: Node, depth: int) -> Fraction | None:
    left_node, right_node, operator = (node.field(n) for n in ("left", "right", "operator"))
    if left_node is None or right_node is None or operator is None:
        return None
    left = _evaluate(file, left_node, depth + 1)
    right = _evaluate(file, right_node, depth + 1)
    if left is None or right is None:
        return None
    sign = file.tree.source(operator)
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    if left.denominator != 1 or right.denominator != 1:
        return None
    return _whole_numbers(int(left), int(right), sign)


def _whole_numbers(left: int, right: int, sign: str) -> Fraction | None:
    if sign in ("/", "%"):
        if right == 0:
            return None
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return Fraction(quotient if sign == "/" else left - quotient * right)
    if sign in ("<<", ">>"):
        if not 0 <= right <= _LARGEST_SHIFT:
            return None
        return Fraction(left << right if sign == "<<" else left >> right)
    bits = {"|": left | right, "&": left & right, "^": left ^ right, "&^": left & ~right}
    return Fraction(bits[sign]) if sign in bits else None


def _converted(file: GoFile, node: Node, depth: int) -> Fraction | None:
    if node.kind == "call_expression":
        function, arguments = node.field("function"), node.field("arguments")
        operand = arguments.named_children if arguments is not None else ()
    else:
        function, only = node.field("type"), node.field("operand")
        operand = (only,) if only is not None else ()
    if function is None or len(operand) != 1:
        return None
    if file.tree.source(function) not in _INTEGER_TYPES:
        return None
    return _evaluate(file, operand[0], depth + 1)


def _named(file: GoFile, node: Node, depth: int) -> Fraction | None:
    tree = file.tree
    declared = file.declaration_of(*_start(tree, node))
    if declared is None:
        return None
    start, end = tree.bounds(declared)
    name = tree.smallest(start, end)
    spec = name.parent
    if spec is None or spec.kind != "const_spec":
        return None
    names = [one.start for one in spec.fields("name") if one.kind == "identifier"]
    values = spec.field("value")
    listed = values.named_children if values is not None else ()
    if name.start not in names or len(names) != len(listed):
        return None
    return _evaluate(file, listed[names.index(name.start)], depth + 1)


def program_limit(calls: tuple[StackLimitCall, ...]) -> int | None:
    """The program's own limit: the value of its calls when all agree on one constant."""
    values = {call.value for call in calls}
    return values.pop() if len(values) == 1 else None
