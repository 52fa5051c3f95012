"""A function value that each round of a loop makes from the same variables: made once before it.

A literal refers to its variables, not to their values, so one that uses nothing which the loop
declares is the same in each round. A method value keeps its receiver as it is when it is made: only
those of a pointer that nobody sets are the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    function_around,
    holds,
    is_alone_on_lines,
    line_above,
    loop_around,
    node_of,
    replace,
    statement_around,
    statements_of,
)
from golsp_mem.model import Code, Finding
from golsp_mem.source.package import Place
from golsp_mem.source.parts.functions import receiver_type
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.places.constructs import declares
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import is_assigned_again, variable_at

_NAMES = ("fn", "callback", "closure")
_LEAVES_LOOP = ("return_statement", "break_statement", "continue_statement", "goto_statement")
_LEAVES = ("identifier", "type_identifier", "field_identifier", "package_identifier", "label_name")


def _value(file: GoFile, finding: Finding) -> Node | None:
    """The literal or method value of a finding in the function's own text."""
    node = unparenthesized(node_of(file, finding.span))
    for one in (node, *node.ancestors()):
        if one.kind in ("func_literal", "selector_expression"):
            return one
        if one.kind.endswith("statement"):
            return None
    return None


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    del context
    value = _value(file, finding)
    operand = value.field("operand") if value is not None else None
    if operand is not None and operand.kind == "identifier" and loop_around(operand) is not None:
        yield Place(file, operand)


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    value = _value(file, finding)
    loop = loop_around(value) if value is not None else None
    labeled = statement_around(loop) if loop is not None else None
    if value is None or loop is None or labeled is None or finding.callee is not None:
        return
    if not is_alone_on_lines(file, labeled) or not _is_always_made(loop, value):
        return
    if value.kind == "func_literal":
        if not _uses_nothing_of(file, loop, value):
            return
    elif not _has_one_receiver(context, file, loop, value):
        return
    name = context.fresh(file, value, *_NAMES)
    if name is None:
        return
    yield Candidate(
        row="closures",
        title="Make the function value once before the loop: 1 allocation for all rounds",
        edits=(
            line_above(file, labeled, f"{name} := {file.tree.source(value)}"),
            replace(file, outer_parentheses(value), name),
        ),
        findings=(finding,),
    )


def _is_always_made(loop: Node, value: Node) -> bool:
    """Whether each round makes it, as an argument or to be stored: it stands in a statement of the
    loop's own list, before which nothing ends the round."""
    body = loop.field("body")
    last = statements_of(body)[-1:] if body is not None else ()
    if any(one.kind in _LEAVES_LOOP for one in last):
        return False  # no second round
    # A literal holds statements of its own.
    statement = statement_around(value.parent) if value.parent is not None else None
    if body is None or statement is None or statement not in statements_of(body):
        return False
    if any(
        one.kind in ("block", "func_literal", "expression_case", "communication_case")
        or one.kind.endswith("_case")
        for one in value.ancestors()
        if statement.start <= one.start and one is not statement and one.end <= statement.end
    ):
        return False
    outer = outer_parentheses(value).parent
    if outer is not None and outer.kind == "call_expression":
        return False  # called where it stands: a go or defer statement has its own rules
    before = [one for one in statements_of(body) if one.end <= statement.start]
    return not any(
        holds(one, "continue_statement", "break_statement", "goto_statement", "return_statement",
              "labeled_statement")
        for one in before
    )  # fmt: skip


def _uses_nothing_of(file: GoFile, loop: Node, literal: Node) -> bool:
    """Whether no name that the loop declares outside of the literal is written in it."""
    inside = {file.tree.source(one) for one in literal.walk() if one.kind in _LEAVES}
    declared = {
        file.tree.source(one)
        for one in loop.walk()
        if one.kind in _LEAVES
        and not literal.start <= one.start < literal.end
        and (declares(one) or _names_a_type(one))
    }
    return not inside & declared


def _names_a_type(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.kind in ("type_spec", "type_alias", "const_spec")


def _has_one_receiver(context: FixContext, file: GoFile, loop: Node, value: Node) -> bool:
    operand, method = value.field("operand"), value.field("field")
    if operand is None or method is None or operand.kind != "identifier":
        return False
    variable = variable_at(file, operand)
    if variable is None or variable.declaration.start >= loop.start:
        return False
    around = function_around(variable.declaration)
    if is_assigned_again(variable) or function_around(value) is not around:
        return False
    if any(function_around(use) is not around for use in variable.uses):
        return False
    type_ = (context.type_of(file, operand) or "").partition("[")[0]
    known = context.package.functions.get(f"{type_.lstrip('*')}.{file.tree.source(method)}")
    if known is None:
        return False
    receiver = receiver_type(known.file.tree, known.node)
    # Of a value, too: its address is taken, which is the same in each round.
    return receiver is not None and receiver[0].startswith("*")


ROW = Row("closures", frozenset({Code.HEAP_CLOSURE}), _candidates, _asks)
