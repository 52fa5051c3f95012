"""Numbers that a variable has no longer: something else was put there on every way to its use."""

from __future__ import annotations

from golsp_mem.source.parts.guards import CASES, FUNCTIONS, SWITCHES
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.variables import Variable, function_node, in_same_function, setter

_SETTERS = ("assignment_statement", "short_var_declaration")
# Behind all that a text has: what may be put there whenever.
ANY_TIME = 1 << 62


def put_at(variable: Variable | None, target: Node) -> int:
    """Where a variable gets a value, as a byte offset that `emptied_at` compares with."""
    if variable is None or not in_same_function(variable, target):
        return ANY_TIME
    return target.start


def emptied_at(variable: Variable, use: Node, field: str = "") -> int:
    """The byte offset of the last statement on every way to a use that puts something else into the
    whole variable, or into a field of it: what was put there before is gone at the use. -1: there
    is none."""
    sets = [owner for one in variable.uses
            if one.start < use.start and (target := _target(variable, one, field)) is not None
            and (owner := setter(target)) is not None
            and owner.kind in _SETTERS and _is_plain(variable, owner)]  # fmt: skip
    home = function_node(use)
    if not sets or home is None:
        return -1
    for listed in use.ancestors():
        if listed.kind in FUNCTIONS:
            break
        if listed.kind != "statement_list":
            continue
        before = [one for one in listed.named_children if one.end <= use.start]
        for statement in reversed(before):
            if _puts(statement, sets):
                return statement.start
    return -1


def _target(variable: Variable, use: Node, field: str) -> Node | None:
    outer = use.parent
    if not field:
        return use
    name = outer.field("field") if outer is not None else None
    return outer if name is not None and variable.file.tree.source(name) == field else None


def _is_plain(variable: Variable, statement: Node) -> bool:
    operator = statement.field("operator")
    return operator is None or variable.file.tree.source(operator) == "="


def _puts(statement: Node, sets: list[Node]) -> bool:
    """Whether a statement puts something there on every way through it."""
    if statement.kind in _SETTERS:
        return any(one.start == statement.start for one in sets)
    branches = _branches(statement)
    return bool(branches) and all(
        _puts(one, sets) if one.kind == "if_statement" else any(
            _puts(inner, sets) or inner.kind == "return_statement"
            for listed in one.named_children if listed.kind == "statement_list"
            for inner in listed.named_children
        )
        for one in branches
    )  # fmt: skip


def _branches(statement: Node) -> list[Node]:
    """The branches of a statement that takes one of them in any case."""
    if statement.kind == "if_statement":
        both = statement.field("consequence"), statement.field("alternative")
        return [one for one in both if one is not None] if None not in both else []
    cases = [one for one in statement.named_children if one.kind in CASES]
    is_whole = statement.kind in SWITCHES and any(one.kind == "default_case" for one in cases)
    return cases if is_whole else []
