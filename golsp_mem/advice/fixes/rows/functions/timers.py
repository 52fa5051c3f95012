"""``time.After`` in a select of a loop: one Timer for all rounds.

Since Go 1.23 a Timer that was Reset sends nothing that was due before, and one that nobody can
reach is collected although it was not stopped (time/sleep.go; go.mod's go line decides, the
GODEBUG setting asynctimerchan takes it back).
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    arguments,
    base_of,
    called_of,
    found,
    is_alone_on_lines,
    is_path,
    line_above,
    loop_around,
    node_of,
    replace,
    statement_around,
    statements_of,
)
from golsp_mem.analysis.proof.trades import CallGone
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import default_name
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import variable_at

_SINCE = 23
_PLAIN = ("int_literal", "float_literal", "binary_expression", "parenthesized_expression")
_NAMES = ("timer", "timeout", "afterTimer")


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    call = unparenthesized(node_of(file, finding.span))
    if called_of(file, call, "time") != "After" or context.language < _SINCE:
        return
    if context.old_timers:
        return
    select = _select(call)
    loop = loop_around(select) if select is not None else None
    labeled = statement_around(loop) if loop is not None else None
    statement = statement_around(select) if select is not None else None
    given = arguments(call)
    if select is None or loop is None or labeled is None or statement is None or len(given) != 1:
        return
    if statement is not select or not is_alone_on_lines(file, labeled):
        return
    if not is_alone_on_lines(file, select) or not _is_known_before(file, given[0], select, loop):
        return
    name = context.fresh(file, call, *_NAMES)
    function = call.field("function")
    operand = function.field("operand") if function is not None else None
    if name is None or operand is None:
        return
    package, duration = file.tree.source(operand), file.tree.source(given[0])
    yield Candidate(
        row="timers",
        title="Use one Timer and Reset it: 1 timer for all rounds, not 1 for each",
        edits=(
            line_above(file, labeled, f"{name} := {package}.NewTimer({duration})"),
            line_above(file, select, f"{name}.Reset({duration})"),
            replace(file, call, f"{name}.C"),
        ),
        findings=(finding,),
        calls=(CallGone(finding.owner, "time.After", ("time.NewTimer", "time.(*Timer).Reset")),),
    )


def _select(call: Node) -> Node | None:
    """The select of which a case receives from the call, the only such case of it."""
    received = outer_parentheses(call).parent
    if received is None or received.kind != "unary_expression":
        return None
    for one in received.ancestors():
        if one.kind == "communication_case":
            head = one.field("communication")
            inside = head is not None and head.start <= call.start < head.end
            select = one.parent
            if not inside or select is None or select.kind != "select_statement":
                return None
            return select
        if one.kind in ("block", "func_literal", "call_expression"):
            return None
    return None


def _is_known_before(file: GoFile, duration: Node, select: Node, loop: Node) -> bool:
    """Whether the duration can be read before the loop and does nothing else: numbers, constants of
    packages, variables that are there already. A field may be one of nil: only where the loop reads
    it first thing, whatever happens."""
    first = loop.field("body")
    statements = statements_of(first) if first is not None else ()
    always = bool(statements) and statements[0] is select and _is_endless(loop)
    if _waits_before(file, select):
        return False
    calls = any(
        one.kind in ("call_expression", "unary_expression")
        for case in select.named_children
        if (head := case.field("communication")) is not None
        for one in found(head, "call_expression")
        if called_of(file, one, "time") != "After"
    )
    pending, constant = [duration], True
    while pending:
        node = unparenthesized(pending.pop())
        if node.kind in _PLAIN:
            pending += node.named_children
            continue
        if node.kind in ("call_expression", "type_conversion_expression"):
            if called_of(file, node, "time") != "Duration":
                return False
            pending += arguments(node)
            continue
        if not is_path(node):
            return False
        base = base_of(node)
        variable = variable_at(file, base)
        if variable is not None:
            constant = False
            if variable.declaration.start >= loop.start or (base is not node and not always):
                return False
        elif base is not node and not _is_package(file, base):
            return False
    return constant or not calls


def _waits_before(file: GoFile, select: Node) -> bool:
    """Whether a case above the one with the timer calls or receives something to know its channel
    or value: what that takes would count as waiting. ``ctx.Done()`` takes no time."""
    for case in select.named_children:
        head = case.field("communication")
        if head is None:
            continue
        calls = list(found(head, "call_expression"))
        if any(called_of(file, one, "time") == "After" for one in calls):
            return False
        receives = sum(one.token("<-") is not None for one in found(head, "unary_expression"))
        if receives > (0 if head.kind == "send_statement" else 1):
            return True
        if not all(_is_done(file, one) for one in calls):
            return True
    return False


def _is_done(file: GoFile, call: Node) -> bool:
    function = call.field("function")
    name = function.field("field") if function is not None else None
    operand = function.field("operand") if function is not None else None
    return (
        name is not None
        and operand is not None
        and file.tree.source(name) == "Done"
        and is_path(operand)
        and not arguments(call)
    )


def _is_endless(loop: Node) -> bool:
    return loop.named_children[0].kind == "block"


def _is_package(file: GoFile, base: Node) -> bool:
    name = file.tree.source(base)
    return any((one.name or default_name(one.path)) == name for one in file.imports)


ROW = Row("timers", frozenset({Code.HEAP_CALL}), _candidates)
