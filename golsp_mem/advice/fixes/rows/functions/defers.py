"""A ``defer`` in a loop: the body as a function, at whose end the deferred calls run.

Their records are then in the frame, and what they release is released after each round instead of
at the end: that is another program, which a person has to want.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    called_of,
    found,
    function_around,
    holds,
    indent,
    loop_around,
    newline,
    node_of,
    statements_of,
)
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile

_CORNER = "deferred calls then run after each round, not at the end of the function"


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    node = node_of(file, finding.span)
    statement = next(
        (one for one in (node, *node.ancestors()) if one.kind == "defer_statement"), None
    )
    loop = loop_around(statement) if statement is not None else None
    body = loop.field("body") if loop is not None else None
    if loop is None or body is None or finding.callee is not None or not _is_whole(file, body):
        return
    returns = list(found(body, "return_statement"))
    if holds(body, "goto_statement", "labeled_statement", *_ENDS):
        return
    if returns and not (
        _gives_one_error(file, loop) and all(_is_an_error(file, one) for one in returns)
    ):
        return
    if returns and not (
        context.means_builtin(file, loop, "error", "nil") and context.is_free(file, loop, "failed")
    ):
        return
    line, inner = newline(file), f"{indent(file, loop)}\t"
    opening, closing = "func() {", "}()"
    if returns:
        opening = "if failed := func() error {"
        closing = (
            f"\treturn nil{line}{inner}}}(); failed != nil {{{line}"
            f"{inner}\treturn failed{line}{inner}}}"
        )
    tree = file.tree
    start = tree.line_bounds(tree.line_of(body.start))[1]
    end = tree.line_bounds(tree.line_of(body.end))[0]
    defers = context.near(file, body, Code.HEAP_DEFER)
    yield Candidate(
        row="defers",
        title="Make the loop's body a function: the records of deferred calls stay in the frame",
        edits=(
            TextEdit(tree.span(start, start), f"{line}{inner}{opening}"),
            TextEdit(tree.span(end, end), f"{inner}{closing}{line}"),
        ),
        findings=defers,
        gone=defers,
        corner=_CORNER,
    )


_ENDS = ("continue_statement", "break_statement", "fallthrough_statement")


def _is_whole(file: GoFile, body: Node) -> bool:
    """Whether its braces have lines of their own."""
    tree = file.tree
    _, start = tree.line_bounds(tree.line_of(body.start))
    end, _ = tree.line_bounds(tree.line_of(body.end))
    head, tail = tree.text[body.start + 1 : start], tree.text[end : body.end - 1]
    return not head.strip() and not tail.strip() and bool(statements_of(body))


def _gives_one_error(file: GoFile, loop: Node) -> bool:
    function = function_around(loop)
    result = function.field("result") if function is not None else None
    return result is not None and file.tree.source(result) == "error"


def _is_an_error(file: GoFile, returned: Node) -> bool:
    """Whether a return surely gives an error: of ``if err != nil { return err }``, or a new one."""
    values = returned.named_children[0].named_children if returned.named_children else ()
    if len(values) != 1:
        return False
    value = unparenthesized(values[0])
    if called_of(file, value, "errors") == "New" or called_of(file, value, "fmt") == "Errorf":
        return True
    block = returned.parent.parent if returned.parent is not None else None
    outer = block.parent if block is not None else None
    if outer is None or outer.kind != "if_statement" or outer.field("consequence") is not block:
        return False
    condition = outer.field("condition")
    first = statements_of(block)[0] if block is not None else None
    if value.kind != "identifier" or first is not returned or condition is None:
        return False
    return file.tree.source(condition) == f"{file.tree.source(value)} != nil"


ROW = Row("defers", frozenset({Code.HEAP_DEFER}), _candidates)
