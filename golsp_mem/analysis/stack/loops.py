"""Loops as a text shows them, and the parameters of what is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.analysis.stack.constants import constant_value
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile


def typed(file: GoFile, function: Node) -> Iterator[tuple[str, str]]:
    """(name, type) of a declared function's receiver and parameters."""
    for part in ("receiver", "parameters"):
        listed = function.field(part)
        for declaration in listed.named_children if listed is not None else ():
            type_ = declaration.field("type")
            if type_ is not None:
                for name in declaration.fields("name"):
                    yield file.tree.source(name), file.tree.source(type_)


def loops_around(node: Node) -> list[Node]:
    return [one for one in node.ancestors() if one.kind == "for_statement"]


def is_of_a_round(file: GoFile, loop: Node, name: str) -> bool:
    """Whether each round of a loop has a variable of that name of its own."""
    body = loop.field("body")
    declared = rf"\bvar {re.escape(name)}\b|(?<![\w.])(?:\w+, *)*{re.escape(name)}(?:, *\w+)* := "
    # So does a range, of what it goes over.
    ranges = [one for one in loop.named_children if one.kind == "range_clause"]
    return any(
        re.search(declared, file.tree.source(one)) is not None
        for one in (*ranges, *([body] if body is not None else ()))
    )


def is_set_afresh(file: GoFile, loop: Node, name: str) -> bool:
    """Whether each round of a loop gets an error of its own: ``_, err = w.Write(b)``."""
    if "err" not in name.lower():
        return False
    word = re.escape(name)
    before, behind = r"(?m)(?:^|[;{]|\bif)\s*(?:\w+, )*", r"[^;\n]*(?<![\w.])"
    setting = rf"{before}{word} :?= (?!&)(?!{behind}{word}\b)"
    return re.search(setting, file.tree.source(loop)) is not None


def calls_its_elements(file: GoFile, loop: Node) -> bool:
    """Whether a loop calls what it ranges over: functions, of which a program registers some."""
    clause = next((one for one in loop.named_children if one.kind == "range_clause"), None)
    left, body = clause.field("left") if clause is not None else None, loop.field("body")
    if left is None or body is None or not left.named_children:
        return False
    name = re.escape(file.tree.source(left.named_children[-1]))
    return re.search(rf"(?<![\w.]){name}\(", file.tree.source(body)) is not None


def is_short(file: GoFile, loop: Node) -> bool:
    """Whether a loop has so many rounds as its text says: a constant, the elements of a literal."""
    clause = next((one for one in loop.named_children if one.kind.endswith("_clause")), None)
    if clause is None:
        return False
    if clause.kind == "range_clause":
        right = clause.field("right")
        return right is not None and (
            constant_value(file, right) is not None or right.kind == "composite_literal"
        )
    condition = clause.field("condition")
    limit = condition.field("right") if condition is not None else None
    sign = condition.field("operator") if condition is not None else None
    first = clause.field("initializer")
    return (
        limit is not None
        and first is not None
        and sign is not None
        and sign.kind in ("<", "<=")
        and constant_value(file, limit) is not None
    )
