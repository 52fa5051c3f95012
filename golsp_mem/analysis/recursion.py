"""Whether the source of a recursive function visibly bounds how deep it goes.

Syntax only, and only the two forms that are common and safe to recognise: a depth parameter
that is counted up and tested against a bound, and an argument that is divided on each call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.source.functions import FunctionSyntax
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.tree import Node, SourceTree

_COMPARISONS = frozenset({"<", "<=", ">", ">=", "=="})
_DIVISIONS = frozenset({"/", ">>", "%"})
_BOUND_FIELD = re.compile(r"max|limit|depth|bound|level", re.IGNORECASE)


def bounded_by(file: GoFile, function: FunctionSyntax) -> str | None:
    """The parameter that bounds the depth of a function that calls itself; None when none does.

    Every call of itself must pass the parameter on counted up (``p + 1``) while the body tests
    it against a number, a name declared outside of the function or a field that is called a
    limit; or divided (``p / 2``, ``p >> 1``, ``a % p``), which goes as deep as there are digits.
    Counting down is no bound: where it starts is data.
    """
    parameters = [one.name for one in function.parameters if one.role == "parameter"]
    start, end = file.tree.bounds(function.span)
    body = [
        node
        for node in file.tree.nodes_touching(start, end)
        if start <= node.start and node.end <= end
    ]
    calls = list(_own_calls(file.tree, function, body))
    if not calls:
        return None
    for position, name in enumerate(parameters):
        passed = [call[position] if position < len(call) else None for call in calls]
        if all(node is not None and _divides(node) for node in passed):
            return name
        counted = all(node is not None and _counts(file.tree, node, name) for node in passed)
        if counted and any(_tests(file, function, node, name) for node in body):
            return name
    return None


def _own_calls(
    tree: SourceTree, function: FunctionSyntax, body: list[Node]
) -> Iterator[tuple[Node, ...]]:
    short = function.name.rsplit(".", 1)[-1].removesuffix("[...]").rstrip(")")
    for node in body:
        if node.kind != "call_expression":
            continue
        callee, arguments = node.field("function"), node.field("arguments")
        if callee is None or arguments is None:
            continue
        if tree.source(callee).rsplit(".", 1)[-1] == short:
            yield arguments.named_children


def _operands(node: Node) -> tuple[Node, str, Node] | None:
    left, operator, right = (node.field(n) for n in ("left", "operator", "right"))
    if node.kind != "binary_expression" or left is None or operator is None or right is None:
        return None
    return left, operator.kind, right


def _divides(node: Node) -> bool:
    parts = _operands(node)
    return parts is not None and parts[1] in _DIVISIONS


def _counts(tree: SourceTree, node: Node, name: str) -> bool:
    parts = _operands(node)
    if parts is None or parts[1] != "+":
        return False
    left, _, right = parts
    return tree.source(left) == name and right.kind == "int_literal"


def _tests(file: GoFile, function: FunctionSyntax, node: Node, name: str) -> bool:
    parts = _operands(node)
    if parts is None or parts[1] not in _COMPARISONS:
        return False
    left, _, right = parts
    tree = file.tree
    if tree.source(right) == name:
        left, right = right, left
    if tree.source(left) != name:
        return False
    if right.kind == "int_literal":
        return True
    if right.kind == "selector_expression":
        name_node = right.field("field")
        return name_node is not None and _BOUND_FIELD.search(tree.source(name_node)) is not None
    if right.kind != "identifier":
        return False
    span = tree.node_span(right)
    declared = file.declaration_of(span.line, span.column)
    # Declared elsewhere, or outside of the function: not from its data.
    return declared is None or not function.span.contains(declared.line, declared.column)
