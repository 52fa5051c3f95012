"""How long what is converted can be, as far as the text of one file tells."""

from __future__ import annotations

import re

from golsp_mem.model import Span
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import node_at
from golsp_mem.source.written import expression_type

_ARRAY = re.compile(r"\*?\[(\d+)\]")


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


def _only_argument(call: Node) -> Node | None:
    listed = call.field("arguments") if call.kind == "call_expression" else None
    given = listed.named_children if listed is not None else ()
    return given[0] if len(given) == 1 else None
