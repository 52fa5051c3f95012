"""The variable of a loop that a function literal keeps, before Go 1.22: a copy for each round.

All rounds share it there, so that it is on the heap; of a copy that nobody sets the literal keeps
the value. From Go 1.22 on (go.mod's go line) each round has its own already, and the compiler
keeps the values of variables that are not set after the literal was made.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    function_around,
    indent,
    is_alone_on_lines,
    newline,
    node_of,
    statements_of,
)
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import variable_at

_OWN_SINCE = 22


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    if context.language >= _OWN_SINCE or finding.callee is not None:
        return
    node = node_of(file, finding.span)
    loop = _declaring(node)
    variable = variable_at(file, node) if node.kind == "identifier" else None
    body = loop.field("body") if loop is not None else None
    if variable is None or loop is None or body is None:
        return
    inside = [use for use in variable.uses if body.start <= use.start < body.end]
    around = function_around(loop)
    if not any(function_around(use) is not around for use in inside):
        return
    if any(_is_set(use) for use in inside):
        return
    first = statements_of(body)[0]
    if not is_alone_on_lines(file, first):
        return
    start = file.tree.line_bounds(file.tree.line_of(first.start))[0]
    name = variable.name
    text = f"{indent(file, first)}{name} := {name}{newline(file)}"
    yield Candidate(
        row="captures",
        title=f"Copy {name} in each round: the closure keeps the value, {name} stays in the frame",
        edits=(TextEdit(file.tree.span(start, start), text),),
        findings=(finding,),
        gone=(finding,),
        corner="closures of different rounds then have variables of their own, as since Go 1.22",
    )


def _declaring(node: Node) -> Node | None:
    """The loop in whose head the variable is declared."""
    for one in node.ancestors():
        if one.kind == "block":
            return None
        if one.kind == "for_statement":
            return one
    return None


def _is_set(use: Node) -> bool:
    """Whether a use sets the variable or hands its address on; a field or an element of it may be
    set by either, and a method may take its address."""
    parent = use.parent
    if parent is None:
        return True
    if parent.kind in ("inc_statement", "dec_statement", "unary_expression"):
        return parent.kind != "unary_expression" or parent.token("&") is not None
    if parent.kind in ("selector_expression", "index_expression", "slice_expression"):
        return parent.field("operand") is use and parent.kind == "slice_expression"
    owner = parent.parent if parent.kind == "expression_list" else None
    return owner is not None and owner.field("left") is parent


ROW = Row("captures", frozenset({Code.HEAP_VARIABLE}), _candidates)
