"""A variable that a function literal keeps, and that is set before the literal is made: a copy.

The compiler lets a literal keep the value of a variable that nobody sets after its declaration, up
to 128 bytes (cmd/compile/internal/escape, flowClosure); any other is on the heap, with the literal
holding its address. Where nobody sets it once the literal is made, a copy is the same.

The variable of a loop is another in each round since Go 1.22 (go.mod's go line); before, all rounds
share it, so that a copy changes what the literals see.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    function_around,
    holds,
    is_alone_on_lines,
    is_operand,
    line_above,
    node_of,
    replace,
    statement_around,
)
from golsp_mem.model import Code, Finding
from golsp_mem.source.package import Place
from golsp_mem.source.parts.guards import FUNCTIONS
from golsp_mem.source.parts.tree import Node, outer_parentheses
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, is_pointed_at, is_target, setter, variable_at

_OWN_SINCE = 22
# cmd/compile/internal/escape/escape.go: larger ones are kept by address whatever happens.
_MOST_BYTES = 128
_SHARED = "closures of different rounds then have variables of their own, as since Go 1.22"
_POINTING = ("*", "[]", "map[", "chan ", "func(", "<-chan ")


@frozen(eq=False)
class _Kept:
    """``uses`` in literals of a variable, the first of them in ``statement``. ``loop`` declares the
    variable in its head."""

    variable: Variable
    uses: tuple[Node, ...]
    statement: Node
    loop: Node | None


def _kept(file: GoFile, finding: Finding) -> _Kept | None:
    if finding.callee is not None or finding.bytes is None or finding.bytes > _MOST_BYTES:
        return None
    node = node_of(file, finding.span)
    variable = variable_at(file, node) if node.kind == "identifier" else None
    if variable is None or _is_result(variable):
        return None
    around = function_around(variable.declaration)
    if around is None or holds(around, "goto_statement"):
        return None
    uses = tuple(use for use in variable.uses if function_around(use) is not around)
    literal = _literal(uses[0], around) if uses else None
    statement = statement_around(literal.parent) if literal and literal.parent else None
    if statement is None or not is_alone_on_lines(file, statement):
        return None
    return _Kept(variable, uses, statement, _declaring(variable.declaration))


def _literal(use: Node, around: Node) -> Node | None:
    """The outermost literal of the function around it that holds a use."""
    found = None
    for one in use.ancestors():
        if one is around:
            break
        if one.kind in FUNCTIONS:
            found = one
    return found


def _is_result(variable: Variable) -> bool:
    """Whether a return sets it."""
    for one in variable.declaration.ancestors():
        if one.kind in FUNCTIONS:
            result = one.field("result")
            return result is not None and result.start <= variable.declaration.start < result.end
    return True


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    del context
    kept = _kept(file, finding)
    asked = _asked(kept) if kept is not None else None
    if kept is not None and asked is not None:
        yield Place(file, asked)


def _asked(kept: _Kept) -> Node | None:
    """A use that tells the type: not one that is set, nor the declaration."""
    declaration = kept.variable.declaration
    return next(
        (
            use
            for use in kept.variable.uses
            if use.start != declaration.start and not is_set_by(use)
        ),
        None,
    )


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    kept = _kept(file, finding)
    if kept is None or not _are_read(context, file, kept):
        return
    shared = kept.loop is not None and context.language_of(file) < _OWN_SINCE
    if not _is_set_no_more(kept, pointing=_is_pointing(context, file, kept)):
        return
    block = kept.statement.parent
    if block is None or not all(block.start <= use.start < block.end for use in kept.uses):
        return
    name = kept.variable.name
    copied: str | None = name
    if _block(kept.variable.declaration) is _block(kept.statement):
        copied = context.fresh(file, kept.variable.declaration, f"{name}Copy")
    if copied is None:
        return
    edits = [line_above(file, kept.statement, f"{copied} := {name}")]
    if copied != name:
        edits += [replace(file, use, copied) for use in kept.uses]
    round_ = " in each round" if kept.loop is not None else ""
    yield Candidate(
        row="captures",
        title=f"Copy {name}{round_}: the closure keeps the value, {name} stays in the frame",
        edits=tuple(edits),
        findings=(finding,),
        gone=(finding,),
        corner=_SHARED if shared else None,
    )


def _declaring(node: Node) -> Node | None:
    """The loop in whose head the variable is declared."""
    for one in node.ancestors():
        if one.kind in ("block", *FUNCTIONS):
            return None
        if one.kind == "for_statement":
            return one
    return None


def _block(node: Node) -> Node | None:
    """What a name declared by the node's statement is declared in: a list of statements; the body
    of the function for its parameters."""
    for one in node.ancestors():
        if one.kind == "statement_list":
            return one.parent
        if one.kind == "for_statement":
            return one
        if one.kind in FUNCTIONS:
            return one.field("body")
    return None


def _are_read(context: FixContext, file: GoFile, kept: _Kept) -> bool:
    """Whether the literals only read it, and nobody takes its address unseen: by calling a method,
    or by slicing it. Through a pointer others may be set."""
    if _is_pointing(context, file, kept):
        return not any(is_set_by(use) and not is_operand(use) for use in kept.uses)
    return not any(map(is_set_by, kept.uses)) and not any(
        map(_may_give_address, kept.variable.uses)
    )


def _is_pointing(context: FixContext, file: GoFile, kept: _Kept) -> bool:
    asked = _asked(kept)
    type_ = (context.type_of(file, asked) or "") if asked is not None else ""
    return type_ == "string" or type_.startswith(_POINTING)


def _may_give_address(use: Node) -> bool:
    node = outer_parentheses(use)
    parent = node.parent
    if parent is None or parent.field("operand") is not node:
        return False
    if parent.kind == "selector_expression":
        return parent.parent is None or parent.parent.kind == "call_expression"
    return parent.kind == "slice_expression"


def is_set_by(use: Node) -> bool:
    """Whether a use of a variable sets it or a part of it, or hands its address on."""
    if is_target(use):
        return True
    owner = setter(outer_parentheses(use))
    return owner is not None and owner.kind in ("short_var_declaration", "receive_statement")


def _is_set_no_more(kept: _Kept, *, pointing: bool) -> bool:
    """Whether all that sets the variable has run for good when the literal is made. The head of its
    own loop sets the variable of the next round (before Go 1.22 that is the same: the title says
    so)."""
    declaration, loop = kept.variable.declaration, kept.loop
    for use in kept.variable.uses:
        if use.start == declaration.start or not is_set_by(use):
            continue
        if pointing and is_operand(use):
            continue
        if is_pointed_at(use):
            return False
        body = loop.field("body") if loop is not None else None
        if loop is not None and body is not None and use.start < body.start:
            continue
        if use.end > kept.statement.start or _repeats(kept, use):
            return False
    return True


def _repeats(kept: _Kept, use: Node) -> bool:
    """Whether a loop that begins after the declaration runs both again."""
    return any(
        one.kind == "for_statement"
        and one is not kept.loop
        and one.start > kept.variable.declaration.start
        and one.start <= use.start < one.end
        for one in kept.statement.ancestors()
    )


ROW = Row("captures", frozenset({Code.HEAP_VARIABLE}), _candidates, _asks)
