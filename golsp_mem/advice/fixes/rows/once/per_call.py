"""Calls of the standard library that make the same from the same constant each time.

``regexp.MustCompile`` of a literal and ``strings.NewReplacer`` of literals are made once, as a
package variable: both may be used by several goroutines at once. ``fmt.Errorf`` without verbs is
`errors.New`, which formats nothing; Go 1.26 and later do so themselves (fmt/errors.go,
https://go.dev/cl/708836), so that nothing would be gained there.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.rows.once.package_value import above, is_in_a_function, too_early
from golsp_mem.advice.fixes.shape import (
    arguments,
    called_of,
    has_comment,
    is_alone_on_lines,
    newline,
    node_of,
    replace,
    statement_around,
    without_lines,
)
from golsp_mem.analysis.proof.trades import CallGone, Instead
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, is_assigned_again, variable_at

_ERRORF_UNTIL = 25
_COMPILES = frozenset({"MustCompile", "MustCompilePOSIX"})
_LITERALS = ("interpreted_string_literal", "raw_string_literal")
# What changes a Regexp that others use, too.
_CHANGES = frozenset({"Longest", "UnmarshalText"})


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    if finding.code is Code.HEAP_LITERAL and finding.callee != "strings.NewReplacer":
        return
    call = unparenthesized(node_of(file, finding.span))
    if call.kind != "call_expression" or has_comment(file, call):
        return
    given = arguments(call)
    if called_of(file, call, "strings") == "NewReplacer":
        # Of an odd number of arguments it panics.
        constant = all(unparenthesized(one).kind in _LITERALS for one in given)
        if given and constant and len(given) % 2 == 0:
            made = "strings.NewReplacer"
            yield from _once(context, file, finding, call, made, "Replacer", None)
        return
    if finding.code is not Code.HEAP_CALL:
        return
    literal = unparenthesized(given[0]) if len(given) == 1 else None
    if literal is None or literal.kind not in _LITERALS:
        return
    compiles = called_of(file, call, "regexp")
    if compiles in _COMPILES:
        yield from _once(
            context, file, finding, call, f"regexp.{compiles}", "Pattern",
            "when the program starts, where a wrong pattern then panics",
        )  # fmt: skip
    elif called_of(file, call, "fmt") == "Errorf":
        yield from _message(context, file, finding, call, literal)


def _message(
    context: FixContext, file: GoFile, finding: Finding, call: Node, literal: Node
) -> Iterator[Candidate]:
    text = file.tree.source(literal)
    if context.release > _ERRORF_UNTIL or "%" in text or "\\" in text:
        return
    errors = context.qualifier(file, call, "errors")
    if errors is None:
        return
    yield Candidate(
        row="errors",
        title="Use errors.New: nothing is formatted, and the formatted copy goes",
        edits=(replace(file, call, f"{errors}New({text})"),),
        findings=(finding,),
        instead=(Instead(finding.function, Code.HEAP_LITERAL),),
        needs=("errors",),
        drops=("fmt",),
        calls=(CallGone(finding.owner, "fmt.Errorf"),),
    )


def _once(
    context: FixContext,
    file: GoFile,
    finding: Finding,
    call: Node,
    callee: str,
    noun: str,
    corner: str | None,
) -> Iterator[Candidate]:
    """What a call makes, as a package variable: only methods that change nothing are called."""
    top = file.tree.top_level(call.start)
    named = top.field("name") if top is not None else None
    place = above(file, call)
    if named is None or place is None or not is_in_a_function(file, call):
        return
    statement = statement_around(call)
    variable = _variable(file, statement, call) if statement is not None else None
    if variable is None and not _is_asked_at_once(file, call):
        return
    function = file.tree.source(named)
    suffix = noun if variable is None else variable.name[0].upper() + variable.name[1:]
    wanted = f"{function[0].lower()}{function[1:]}{suffix}"
    name = context.fresh(file, call, wanted, of_package=True)
    if name is None:
        return
    line = f"var {name} = {file.tree.source(call)}{newline(file) * 2}"
    edits = [TextEdit(file.tree.span(place, place), line)]
    if variable is None or statement is None:
        edits.append(replace(file, call, name))
    else:
        edits.append(without_lines(file, statement))
        edits += [replace(file, use, name) for use in _uses(variable)]
    # What is inlined is a finding of the function's own.
    gone = tuple(
        one
        for one in context.near(file, call, Code.HEAP_LITERAL, Code.HEAP_APPEND)
        if one.callee == callee
    )
    early = too_early(context)
    yield Candidate(
        row="once",
        title=f"Make it once, as the package variable {name}, not by each call",
        edits=tuple(edits),
        findings=gone or (finding,),
        gone=gone,
        at_start=True,
        calls=() if gone else (CallGone(finding.owner, callee),),
        corner="; ".join(one for one in (corner, early) if one) or None,
    )


def _variable(file: GoFile, statement: Node, call: Node) -> Variable | None:
    """The variable of ``re := regexp.MustCompile(…)`` that is only asked to match."""
    left, right = statement.field("left"), statement.field("right")
    if statement.kind != "short_var_declaration" or left is None or right is None:
        return None
    if len(left.named_children) != 1 or len(right.named_children) != 1:
        return None
    if unparenthesized(right.named_children[0]) is not call or has_comment(file, statement):
        return None
    variable = variable_at(file, left.named_children[0])
    if variable is None or is_assigned_again(variable) or not is_alone_on_lines(file, statement):
        return None
    uses = _uses(variable)
    return variable if uses and all(_is_asked(file, use) for use in uses) else None


def _uses(variable: Variable) -> list[Node]:
    return [use for use in variable.uses if use.start != variable.declaration.start]


def _is_asked_at_once(file: GoFile, call: Node) -> bool:
    return _is_asked(file, outer_parentheses(call))


def _is_asked(file: GoFile, value: Node) -> bool:
    """Whether a method of it is called that changes nothing."""
    selector = value.parent
    if selector is None or selector.kind != "selector_expression":
        return False
    name, outer = selector.field("field"), selector.parent
    if name is None or outer is None or selector.field("operand") is not value:
        return False
    if outer.kind != "call_expression" or outer.field("function") is not selector:
        return False
    return file.tree.source(name) not in _CHANGES


ROW = Row("per call", frozenset({Code.HEAP_CALL, Code.HEAP_LITERAL}), _candidates)
