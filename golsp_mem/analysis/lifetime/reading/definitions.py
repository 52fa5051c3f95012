"""What is stored in a variable, or below it, as far as its own text names it."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.expressions import Path, root_of
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.source.package import Place, initial_value
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable


@frozen(eq=False)
class Definition:
    """``v = E`` (``path`` empty), ``v.a = E``, ``v[i] = E``, ``v <- E``; ``index`` is the result
    of E that it is. ``is_behind``: it is stored where the variable points to, by ``*v = E``."""

    value: Place
    index: int
    path: Path = ()
    is_behind: bool = False


def definitions(package: Package, variable: Variable) -> tuple[Definition, ...]:
    """Everything that is ever stored in the variable or below it, as far as it is named."""
    found = []
    start = initial_value(variable)
    if start is not None:
        found.append(Definition(start[0], start[1]))
    parent = variable.declaration.parent
    outer = parent.parent if parent is not None else None
    if outer is not None and parent is not None:
        found += _other_start(variable, outer)
    for use in variable.uses:
        found += _stored(package, variable, use)
    return tuple(found)


def _other_start(variable: Variable, outer: Node) -> Iterator[Definition]:
    """Variables of range clauses, receives in a select, and type switches."""
    if outer.kind == "range_clause":
        right = outer.field("right")
        if right is not None:
            yield Definition(Place(variable.file, right), -1)
    elif outer.kind == "receive_statement":
        right = outer.field("right")
        if right is not None:
            yield Definition(Place(variable.file, unparenthesized(right)), 0)
    elif outer.kind == "type_switch_statement":
        value = outer.field("value")
        if value is not None:
            yield Definition(Place(variable.file, value), 0)


def _stored(package: Package, variable: Variable, use: Node) -> Iterator[Definition]:
    target = use
    while target.parent is not None and target.parent.kind in (
        "selector_expression", "index_expression", "parenthesized_expression", "unary_expression",
    ):  # fmt: skip
        operand = target.parent.field("operand")
        if target.parent.kind != "parenthesized_expression" and operand is not target:
            return
        target = target.parent
    listed = target.parent
    if listed is None:
        return
    path = root_of(package, Place(variable.file, target)).path
    if listed.kind == "send_statement" and listed.field("channel") is target:
        value = listed.field("value")
        if value is not None:
            yield Definition(Place(variable.file, value), 0, (*path, ELEMENT))
        return
    statement = listed.parent
    if listed.kind != "expression_list" or statement is None:
        return
    left, right = statement.field("left"), statement.field("right")
    if left is not listed or right is None or target is variable.declaration:
        return
    if statement.kind not in ("assignment_statement", "short_var_declaration"):
        return
    index, values = listed.named_children.index(target), right.named_children
    is_behind = target.kind == "unary_expression"
    if len(values) == len(listed.named_children):
        yield Definition(Place(variable.file, values[index]), 0, path, is_behind)
    elif len(values) == 1:
        yield Definition(Place(variable.file, values[0]), index, path, is_behind)


class Missing(Exception):
    """What was asked for does not lie below what was stored."""


def below(path: Path | None, stored: Path) -> Path | None:
    """What is left of a path behind a stored prefix; `Missing` where it is not below it."""
    if path is None:
        return None
    if path[: len(stored)] == stored:
        return path[len(stored) :]
    raise Missing


def is_emptied(variable: Variable) -> bool:
    """Whether the function takes something out again of what the variable, or a field of it,
    holds: by ``delete(r.m, k)`` or ``clear(r.m)``."""
    for use in variable.uses:
        node = use
        while node.parent is not None and node.parent.kind == "selector_expression":
            node = node.parent
        listed = node.parent
        call = listed.parent if listed is not None else None
        called = call.field("function") if call is not None else None
        if listed is None or listed.kind != "argument_list" or called is None:
            continue
        if listed.named_children[0] is node and (
            variable.file.tree.source(called) in ("delete", "clear")
        ):
            return True
    return False
