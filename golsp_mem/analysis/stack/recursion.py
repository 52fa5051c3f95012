"""What the source says of recursion: closures that call themselves, and visible bounds.

Syntax only. A function literal calls itself through the variable that holds it, which object
code does not show. Of bounds only the two forms are recognised that are common and safe to
tell: a depth parameter that is counted up and tested against a limit, and an argument that is
divided on each call.
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


# var walk func(…) … walk = func(…): without the first line a literal cannot name itself.
_DECLARED = re.compile(rb"\bvar\s+(\w+)\s+func\b")
_ASSIGNED = re.compile(rb"\b(\w+)\s*=\s*(func)\b")


def recursive_literals(file: GoFile) -> Iterator[tuple[FunctionSyntax, str]]:
    """Function literals that call themselves by the variable they are assigned to, with its name.

    ``var walk func(n *node)`` followed by ``walk = func(n *node) { … walk(n.left) … }``.
    """
    # The text is searched first: walking the trees of all files would cost more than the rest.
    declared = set(_DECLARED.findall(file.text))
    tree = file.tree
    for match in _ASSIGNED.finditer(file.text) if declared else ():
        if match[1] not in declared:
            continue
        span = tree.span(match.start(2), match.end(2))
        function = file.function_at(span.line, span.column)
        if function is None or function.name_span != span:
            continue
        start, end = tree.bounds(function.span)
        target = _assigned_to(tree.smallest(start, end))
        if target is not None and _calls(file, target, start, end):
            yield function, tree.source(target)


def _calls(file: GoFile, variable: Node, start: int, end: int) -> bool:
    """Whether the code from ``start`` to ``end`` calls what the variable holds."""
    tree = file.tree
    name = tree.source(variable)
    callees = [
        callee
        for node in tree.nodes_touching(start, end)
        if node.kind == "call_expression" and (callee := node.field("function")) is not None
        if callee.kind == "identifier" and callee.start >= start and tree.source(callee) == name
    ]
    declared = file.declaration_of(*_place(tree, variable)) if callees else None
    return declared is not None and any(
        file.declaration_of(*_place(tree, callee)) == declared for callee in callees
    )


def _place(tree: SourceTree, node: Node) -> tuple[int, int]:
    span = tree.node_span(node)
    return span.line, span.column


def _assigned_to(literal: Node) -> Node | None:
    """The variable on the left of ``x = func…``."""
    for outer in (literal, *literal.ancestors()):
        if outer.kind == "assignment_statement":
            left, right = outer.field("left"), outer.field("right")
            if (
                left is None
                or right is None
                or (right.start, right.end)
                != (
                    literal.start,
                    literal.end,
                )
            ):
                return None
            names = left.named_children
            return names[0] if len(names) == 1 and names[0].kind == "identifier" else None
        if (outer.start, outer.end) != (literal.start, literal.end):
            return None
    return None


def bounded_by(file: GoFile, function: FunctionSyntax, called: str | None = None) -> str | None:
    """The parameter that bounds the depth of a function that calls itself; None when none does.

    Every call of itself must pass the parameter on counted up (``p + 1``) while the body tests
    it against a number, a name declared outside of the function or a field that is called a
    limit; or divided (``p / 2``, ``p >> 1``, ``a % p``), which goes as deep as there are digits.
    Counting down is no bound: where it starts is data. ``called`` is the name by which a
    literal calls itself.
    """
    parameters = [one.name for one in function.parameters if one.role == "parameter"]
    start, end = file.tree.bounds(function.span)
    body = [
        node
        for node in file.tree.nodes_touching(start, end)
        if start <= node.start and node.end <= end
    ]
    name = called or function.name.rsplit(".", 1)[-1].removesuffix("[...]")
    calls = list(_own_calls(file.tree, name, body))
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


def _own_calls(tree: SourceTree, name: str, body: list[Node]) -> Iterator[tuple[Node, ...]]:
    for node in body:
        if node.kind != "call_expression":
            continue
        callee, arguments = node.field("function"), node.field("arguments")
        if callee is None or arguments is None:
            continue
        if tree.source(callee).rsplit(".", 1)[-1] == name:
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
