"""How long what is converted can be, as far as the text of one file tells."""

from __future__ import annotations

import re

from golsp_mem.model import Span
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import node_at
from golsp_mem.source.written import expression_type

_ARRAY = re.compile(r"\*?\[(\d+)\]")
_INTEGER = "int_literal"


def longest(file: GoFile, conversion: Span) -> int | None:
    """The most elements that the operand of a conversion written there has: a slice of an array
    is no longer than that. None where the text does not say it."""
    node = unparenthesized(node_at(file, conversion))
    operand = node.field("operand") or _only_argument(node)
    operand = unparenthesized(operand) if operand is not None else None
    if operand is None or operand.kind != "slice_expression":
        return None
    sliced = operand.field("operand")
    type_ = expression_type(file, sliced) if sliced is not None else None
    array = _ARRAY.match(type_) if type_ is not None else None
    return int(array[1]) if array is not None else None


def is_filled(file: GoFile, span: Span) -> bool | None:
    """Whether a string, or what is converted to one, has any bytes, by the bounds that are written
    there: ``s[:2]``, ``string(sum[:4])``. None where they do not say it."""
    node = unparenthesized(node_at(file, span))
    while node.kind != "slice_expression":
        inner = node.field("operand") if node.kind == "type_conversion_expression" else None
        inner = inner or _only_argument(node)
        if inner is None:
            return None
        name = node.field("function")
        if name is not None and file.tree.source(name) != "string":
            return None  # what a function returns is nothing that its argument tells
        node = unparenthesized(inner)
    start, end = node.field("start"), node.field("end")
    first = 0 if start is None else _number(file, start)
    last = None if end is None else _number(file, end)
    return None if first is None or last is None else last > first


def _number(file: GoFile, node: Node) -> int | None:
    """Of an octal one (``017``) None."""
    try:
        return int(file.tree.source(node), 0) if node.kind == _INTEGER else None
    except ValueError:
        return None


def is_cut(file: GoFile, node: Node) -> bool:
    """Whether a slice expression has a bound above 0: what it is cut from is not nil."""
    bounds = (node.field(name) for name in ("start", "end", "capacity"))
    return any((_number(file, one) or 0) > 0 for one in bounds if one is not None)


def _only_argument(call: Node) -> Node | None:
    listed = call.field("arguments") if call.kind == "call_expression" else None
    given = listed.named_children if listed is not None else ()
    return given[0] if len(given) == 1 else None
