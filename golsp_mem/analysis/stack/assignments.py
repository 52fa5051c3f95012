"""Function literals and the variables that they are assigned to."""

from __future__ import annotations

from golsp_mem.source.parts.functions import DECLARATIONS, FunctionSyntax
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile

_ASSIGNMENTS = frozenset({"assignment_statement", "short_var_declaration", "var_spec"})


def assigned_variable(file: GoFile, literal: FunctionSyntax) -> Node | None:
    """The name on the left of ``x = func…`` or ``x := func…``."""
    start, end = file.tree.bounds(literal.span)
    inner = file.tree.smallest(start, end)
    for outer in inner.ancestors():
        if outer.kind in _ASSIGNMENTS:
            pairs = _pairs(outer)
            return next((left for left, right in pairs if right.start == start), None)
        if (outer.start, outer.end) != (start, end) and outer.kind != "expression_list":
            return None
    return None


def _pairs(assignment: Node) -> list[tuple[Node, Node]]:
    """The names and values of an assignment or declaration; none where they do not pair."""
    if assignment.kind == "var_spec":
        left = assignment.fields("name")
    else:
        listed = assignment.field("left")
        left = listed.named_children if listed is not None else ()
    values = assignment.field("right") or assignment.field("value")
    right = values.named_children if values is not None else ()
    return list(zip(left, right, strict=True)) if len(left) == len(right) else []


def literals_of(file: GoFile, callee: Node) -> frozenset[int]:
    """The lines of the function literals that a local variable is assigned, if only those."""
    values = values_of(file, callee)
    if any(value.kind != "func_literal" for value in values):
        return frozenset()
    return frozenset(file.tree.node_span(value).line for value in values)


def values_of(file: GoFile, variable: Node) -> tuple[Node, ...]:
    """All that a local variable is assigned, as written; where it is one of several results, the
    whole assignment."""
    tree = file.tree
    if variable.kind != "identifier":
        return ()
    span = tree.node_span(variable)
    declared = file.declaration_of(span.line, span.column)
    around = [one for one in variable.ancestors() if one.kind in DECLARATIONS]
    if declared is None or not around:
        return ()
    values = []
    # The declaration around the variable was looked at as a whole by whoever has the variable.
    assigned = tree.once((_assigned_in, around[-1]), lambda: _assigned_in(file, around[-1]))
    for left, right in assigned.get(tree.source(variable), ()):
        place = tree.node_span(left)
        if file.declaration_of(place.line, place.column) == declared:
            values.append(right)
    return tuple(values)


def _assigned_in(file: GoFile, declaration: Node) -> dict[str, list[tuple[Node, Node]]]:
    """By name the identifiers in a declaration that are assigned something, and that."""
    found: dict[str, list[tuple[Node, Node]]] = {}
    for node in declaration.walk():
        if node.kind not in _ASSIGNMENTS:
            continue
        for left, right in _pairs(node) or [(one, node) for one in _lefts(node)]:
            if left.kind != "identifier":
                continue
            if right.kind == "var_spec" and not right.field("value"):
                continue  # var walk func(…), without a value
            name = file.tree.source(left)
            found.setdefault(name, []).append((left, unparenthesized(right)))
    return found


def _lefts(assignment: Node) -> tuple[Node, ...]:
    if assignment.kind == "var_spec":
        return assignment.fields("name")
    listed = assignment.field("left")
    return listed.named_children if listed is not None else ()
