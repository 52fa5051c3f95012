"""Operands that syntax can only guess at: values put into interfaces, strings joined."""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.model import Code
from golsp_mem.source.parts.tree import Node, SourceTree, outer_parentheses, unparenthesized
from golsp_mem.source.places.candidate import (
    BUILTINS,
    CONSTANTS,
    NUMBER_TYPES,
    NUMERIC,
    ONLY_BY_SUBJECT,
    STRINGS,
    Candidate,
    called_name,
    takes_address,
    whole,
)

_ARITHMETIC = ("-", "*", "/", "%", "<<", ">>", "&", "|", "^", "&^", "==", "!=", "<", ">")
# Functions that by custom take values as interfaces: Sprintf, Errorf, Fatalln, Log.
_PRINTS = re.compile(r"(?:[A-Z]\w*(?:f|ln)|\w*(?:Print|Log|Fatal|Panic|Skip)|Error)")


def added_terms(node: Node) -> Iterator[Node]:
    """The terms of a chain of additions, parentheses ignored as the compiler does."""
    pending = [node]
    while pending:
        term = unparenthesized(pending.pop())
        operator = term.field("operator") if term.kind == "binary_expression" else None
        if operator is None or operator.kind != "+":
            yield term
            continue
        sides = (term.field("right"), term.field("left"))
        pending.extend(side for side in sides if side is not None)


def concat_rank(node: Node) -> int | None:
    operator = node.field("operator")
    if operator is None or operator.kind != "+":
        return None
    terms = list(added_terms(node))
    if any(is_numeric(term) for term in terms) or all(term.kind in CONSTANTS for term in terms):
        return None
    return 0 if any(term.kind in STRINGS for term in terms) else 1


def is_numeric(term: Node) -> bool:
    if term.kind in NUMERIC:
        return True
    if term.kind == "binary_expression":
        operator = term.field("operator")
        return operator is not None and operator.kind in _ARITHMETIC
    if term.kind == "unary_expression":
        operator = term.field("operator")
        return operator is not None and operator.kind not in ("*", "<-")
    return False


def inside_concat(node: Node) -> bool:
    parent = outer_parentheses(node).parent
    if parent is None or parent.kind != "binary_expression":
        return False
    operator = parent.field("operator")
    return operator is not None and operator.kind == "+"


def boxing(tree: SourceTree, node: Node) -> Iterator[Candidate]:
    rank = _boxing_rank(tree, node)
    if rank is None:
        return
    inner = unparenthesized(node)
    if inner.kind in CONSTANTS:
        rank += 20  # read-only data, nothing to allocate
    elif inner.kind == "func_literal" or takes_address(inner) or tree.source(inner) == "err":
        rank += 10  # a pointer, or an interface already
    # The compiler reports the operand, in whose place the implicit conversion stands.
    yield whole(Code.HEAP_BOXING, node, rank=rank)


def _boxing_rank(tree: SourceTree, node: Node) -> int | None:
    parent = node.parent
    if parent is None or not node.kind.endswith(
        ("_expression", "_literal", "identifier", "true", "false", "literal_value", "iota")
    ):
        return None
    if node.kind in ("package_identifier", "type_identifier", "field_identifier"):
        return None
    if parent.kind == "argument_list":
        call = parent.parent
        function = call.field("function") if call is not None else None
        if call is None or function is None:
            return None
        name = tree.source(function) if function.kind == "identifier" else None
        if name == "any":
            return ONLY_BY_SUBJECT
        if name == "panic":
            return 0
        if name in BUILTINS - {"append"} or name in NUMBER_TYPES:
            return None
        return 0 if _PRINTS.fullmatch(called_name(tree, call) or "") else 1
    if parent.kind == "type_conversion_expression":
        written = parent.field("type")
        return 0 if written is not None and written.kind == "interface_type" else 2
    if parent.kind == "send_statement":
        return 2 if parent.field("value") is node else None
    if parent.kind == "literal_element":
        return 2
    if parent.kind == "expression_list" and parent.parent is not None:
        owner = parent.parent
        if owner.kind == "return_statement":
            return 2
        if owner.kind in ("assignment_statement", "var_spec"):
            return 2 if owner.field("left") is not parent else None
        if owner.kind == "expression_case":
            return 3
    if parent.kind == "binary_expression":
        operator = parent.field("operator")
        return 3 if operator is not None and operator.kind in ("==", "!=") else None
    if parent.kind == "index_expression":
        return 3 if parent.field("index") is node else None
    return None
