"""``strings.Split`` of which the parts are only ranged over: ``SplitSeq``, which makes no slice.

The loop's body becomes a function that the iterator calls. Where the release does not inline that
(Go 1.24 does not), its variables go to the heap, and the compiler refuses the edit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import called_of, found, holds, node_of, replace, statement_around
from golsp_mem.analysis.proof.trades import CallGone
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import variable_at

# strings/iter.go, since Go 1.24.
_SINCE = 24
# An append begins in the frame, but not for a variable of the function around (growsliceBuf).
_APPENDS_TO_FRAME = 26
# Of strings, or copies of them in the function that they are inlined into.
_ITERATORS = (".splitSeq.func", ".FieldsSeq.func", ".explodeSeq.func")
_SPLITS = frozenset({"Split", "SplitAfter", "Fields"})

_FRAMES = "runtime.Caller counts two frames more in the loop's body"
_CALLERS = re.compile(rb"\bruntime\s*\.\s*Callers?\b")


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    call = unparenthesized(node_of(file, finding.span))
    name = called_of(file, call, "strings")
    if name not in _SPLITS or context.language < _SINCE:
        return
    clause = _ranged(file, call)
    function = call.field("function")
    field = function.field("field") if function is not None else None
    if clause is None or field is None:
        return
    edits = _without_index(file, clause)
    # A deferred call of the body would need a record of its own on the heap.
    if edits is None or clause.parent is None or holds(clause.parent, "defer_statement"):
        return
    if context.release >= _APPENDS_TO_FRAME and _appends(file, clause.parent):
        return
    yield Candidate(
        row="splitting",
        title=f"Range over strings.{name}Seq: the slice of the parts goes",
        edits=(*edits, replace(file, field, f"{name}Seq")),
        findings=(finding,),
        calls=(CallGone(finding.owner, f"strings.{name}", through=_ITERATORS),),
        corner=_FRAMES if _counts_frames(context) else None,
    )


def _counts_frames(context: FixContext) -> bool:
    """Whether the package asks who called whom: the loop's body is a function then, which an
    iterator calls."""
    return any(_CALLERS.search(file.text) for file in context.files.values())


def _appends(file: GoFile, loop: Node) -> bool:
    return any(
        function is not None and file.tree.source(function) == "append"
        for function in (call.field("function") for call in found(loop, "call_expression"))
    )


def _ranged(file: GoFile, call: Node) -> Node | None:
    """The range clause that gets the parts: at once, or by a variable that nothing else uses."""
    outer = outer_parentheses(call)
    if outer.parent is not None and outer.parent.kind == "range_clause":
        return outer.parent if outer.parent.field("right") is outer else None
    statement = statement_around(call)
    if statement is None or statement.kind != "short_var_declaration":
        return None
    left, right = statement.field("left"), statement.field("right")
    if left is None or right is None or len(left.named_children) != 1:
        return None
    if len(right.named_children) != 1 or unparenthesized(right.named_children[0]) is not call:
        return None
    variable = variable_at(file, left.named_children[0])
    if variable is None or variable.declaration.start != left.start:
        return None
    uses = [use for use in variable.uses if use.start != variable.declaration.start]
    if len(uses) != 1:
        return None
    clause = uses[0].parent
    if clause is None or clause.kind != "range_clause" or clause.field("right") is not uses[0]:
        return None
    return clause


def _without_index(file: GoFile, clause: Node) -> tuple[TextEdit, ...] | None:
    """The edit of ``_, part`` to ``part``; None where the loop uses the number of the part, or
    keeps the part elsewhere than in a variable."""
    left = clause.field("left")
    if left is None:
        return ()
    names = left.named_children
    if len(names) != 2 or any(one.kind != "identifier" for one in names):
        return None
    index, part = (file.tree.source(one) for one in names)
    if index != "_" or part == "_":
        return None
    return (replace(file, left, part),)


ROW = Row("splitting", frozenset({Code.HEAP_CALL}), _candidates)
