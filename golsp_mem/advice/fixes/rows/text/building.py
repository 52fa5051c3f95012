"""``s += x`` in a loop: a strings.Builder.

Each round copies all that is there already. The builder grows as an append does.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    called_of,
    found,
    function_around,
    has_comment,
    holds,
    indent,
    is_alone_on_lines,
    is_fresh_result,
    line_above,
    loop_around,
    newline,
    node_of,
    replace,
    siblings,
    statement_around,
)
from golsp_mem.analysis.proof.trades import Instead
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.places.operands import added_terms
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, variable_at

_LITERALS = ("interpreted_string_literal", "raw_string_literal")
_CALLS = ("call_expression", "type_conversion_expression", "unary_expression", "func_literal")
# More pieces than these in one round read better as they are.
_MOST_PIECES = 4
_LEAST_ROUNDS = 4


@frozen(eq=False)
class _Growth:
    """``added`` are the statements ``s += …`` of the loop, with the terms that each adds; a named
    result has no ``declaration`` that is a statement."""

    variable: Variable
    declaration: Node | None
    initial: str
    labeled: Node
    added: tuple[tuple[Node, tuple[Node, ...]], ...]


def _added(file: GoFile, statement: Node) -> tuple[Node, tuple[Node, ...]] | None:
    """The variable and the terms of ``s += a + b`` and of ``s = s + a``."""
    left, right = statement.field("left"), statement.field("right")
    operator = statement.field("operator")
    if statement.kind != "assignment_statement" or left is None or right is None:
        return None
    if operator is None or len(left.named_children) != 1 or len(right.named_children) != 1:
        return None
    target, value = left.named_children[0], right.named_children[0]
    if target.kind != "identifier":
        return None
    terms = list(added_terms(value))
    if operator.kind == "=":
        name = file.tree.source(target)
        if len(terms) < 2 or file.tree.source(terms[0]) != name:
            return None
        terms = terms[1:]
    elif operator.kind != "+=":
        return None
    return target, tuple(terms)


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    growth = _growth(file, finding)
    if growth is None or not context.means_builtin(file, growth.labeled, "string"):
        return
    qualifier = context.qualifier(file, growth.labeled, "strings")
    name = growth.variable.name
    builder = context.fresh(file, growth.variable.declaration, f"{name}Builder")
    if qualifier is None or builder is None:
        return
    if growth.declaration is not None:
        edits = [replace(file, growth.declaration, _declared(file, growth, qualifier, builder))]
    else:
        edits = [line_above(file, growth.labeled, f"var {builder} {qualifier}Builder")]
    for statement, terms in growth.added:
        text = f"{newline(file)}{indent(file, statement)}".join(
            f"{builder}.WriteString({file.tree.source(term)})" for term in terms
        )
        edits.append(replace(file, statement, text))
    only = _only_read(growth) if growth.declaration is not None else None
    if only is not None:
        edits.append(replace(file, only, f"{builder}.String()"))
    else:
        end = file.tree.line_bounds(file.tree.line_of(growth.labeled.end))[1]
        sign = "=" if growth.declaration is None else ":="
        text = f"{newline(file)}{indent(file, growth.labeled)}{name} {sign} {builder}.String()"
        edits.append(TextEdit(file.tree.span(end, end), text))
    concats = tuple(
        one
        for statement, _ in growth.added
        for one in context.near(file, statement, Code.HEAP_CONCAT)
    )
    writes = sum(len(terms) for _, terms in growth.added) + bool(growth.initial)
    yield Candidate(
        row="building",
        title=f"Build {name} with strings.Builder: a copy in each round → a buffer that grows, "
        "which is less from about three rounds on",
        edits=tuple(edits),
        findings=concats,
        gone=concats,
        instead=(Instead(finding.function, Code.HEAP_APPEND, writes),),
        needs=("strings",),
    )


def _declared(file: GoFile, growth: _Growth, qualifier: str, builder: str) -> str:
    lines = [f"var {builder} {qualifier}Builder"]
    if growth.initial:
        lines.append(f"{builder}.WriteString({growth.initial})")
    depth = growth.declaration or growth.labeled
    return f"{newline(file)}{indent(file, depth)}".join(lines)


def _growth(file: GoFile, finding: Finding) -> _Growth | None:
    statement = statement_around(node_of(file, finding.span))
    added = _added(file, statement) if statement is not None else None
    loop = loop_around(statement) if statement is not None else None
    if added is None or loop is None:
        return None
    variable = variable_at(file, added[0])
    if variable is None:
        return None
    # The outermost loop that the variable lives through.
    while (outer := loop_around(loop)) is not None and outer.start > variable.declaration.start:
        loop = outer
    labeled = statement_around(loop)
    if labeled is None or not is_alone_on_lines(file, labeled) or _has_few_rounds(loop):
        return None
    if is_fresh_result(variable, labeled):
        # A bare return in the loop, or a deferred call, would see what is there so far.
        added_to = _all_added(file, loop, variable)
        function = function_around(labeled)
        if added_to is None or function is None or holds(loop, "return_statement"):
            return None
        if holds(function, "defer_statement", "goto_statement"):
            return None
        return _Growth(variable, None, "", labeled, added_to)
    declared = _declaration(file, variable)
    if declared is None:
        return None
    declaration, initial = declared
    listed = siblings(declaration)
    if labeled not in listed or declaration not in listed:
        return None
    within = _all_added(file, loop, variable)
    between = [use for use in variable.uses if declaration.end < use.start < labeled.start]
    if within is None or between or not _is_read_after(variable, labeled):
        return None
    if holds(loop, "goto_statement"):
        return None
    return _Growth(variable, declaration, initial, labeled, within)


def _has_few_rounds(loop: Node) -> bool:
    """Whether it ranges over a literal of two elements or so: a builder costs more there."""
    head = loop.named_children[0] if loop.named_children else None
    ranged = head.field("right") if head is not None and head.kind == "range_clause" else None
    body = ranged.field("body") if ranged is not None else None
    if ranged is None or body is None or ranged.kind != "composite_literal":
        return False
    return len(body.named_children) < _LEAST_ROUNDS


def _only_read(growth: _Growth) -> Node | None:
    """The one place that reads the string, once, when it is whole."""
    uses = [use for use in growth.variable.uses if use.start >= growth.labeled.end]
    if len(uses) != 1:
        return None
    [use] = uses
    around = growth.labeled.parent
    for one in use.ancestors():
        if one is around:
            break
        if one.kind in ("for_statement", "func_literal", "assignment_statement"):
            return None
        if one.kind in ("inc_statement", "unary_expression", "defer_statement", "go_statement"):
            return None
    return use


def _is_read_after(variable: Variable, labeled: Node) -> bool:
    return any(use.start >= labeled.end for use in variable.uses)


def _declaration(file: GoFile, variable: Variable) -> tuple[Node, str] | None:
    """The statement that declares a string, and its first value where that is not empty."""
    statement = statement_around(variable.declaration)
    if statement is None or not is_alone_on_lines(file, statement) or has_comment(file, statement):
        return None
    if statement.kind == "var_declaration":
        specs = list(found(statement, "var_spec"))
        if len(specs) != 1 or len(specs[0].fields("name")) != 1:
            return None
        written, value = specs[0].field("type"), specs[0].field("value")
        if written is None or file.tree.source(written) != "string" or value is not None:
            return None
        return statement, ""
    left, right = statement.field("left"), statement.field("right")
    if statement.kind != "short_var_declaration" or left is None or right is None:
        return None
    if len(left.named_children) != 1 or len(right.named_children) != 1:
        return None
    value = unparenthesized(right.named_children[0])
    if value.kind not in _LITERALS:
        return None
    text = file.tree.source(value)
    return statement, "" if len(text) == 2 else text


def _all_added(
    file: GoFile, loop: Node, variable: Variable
) -> tuple[tuple[Node, tuple[Node, ...]], ...] | None:
    """The additions of the loop; None where it does anything else with the variable."""
    uses = {use.start for use in variable.uses if loop.start <= use.start < loop.end}
    additions = []
    for statement in found(loop, "assignment_statement"):
        added = _added(file, statement)
        if added is None or added[0].start not in uses:
            continue
        _, terms = added
        inside = {use for use in uses if statement.start <= use < statement.end}
        operator = statement.field("operator")
        if len(inside) != (1 if operator is not None and operator.kind == "+=" else 2):
            return None
        if len(terms) > _MOST_PIECES or not is_alone_on_lines(file, statement):
            return None
        if has_comment(file, statement) or not _is_in_order(file, terms):
            return None
        uses -= inside
        additions.append((statement, terms))
    return tuple(additions) if additions and not uses else None


def _is_in_order(file: GoFile, terms: tuple[Node, ...]) -> bool:
    """Whether written one by one the terms are what they are when added at once: Go reads the
    variables of an expression after its calls, which may have changed them."""
    if len(terms) < 2 or not any(holds(one, *_CALLS) for one in terms):
        return True
    last = [one for one in terms if not _is_fixed(file, one)]
    # Of these packages nothing is a conversion, which would read its operand later.
    return len(last) < 2 or all(
        called_of(file, one, "strconv") or called_of(file, one, "strings") for one in last
    )


def _is_fixed(file: GoFile, term: Node) -> bool:
    """Whether no call can change it: a literal, a variable that only this function sets."""
    if term.kind in _LITERALS:
        return True
    variable = variable_at(file, term) if term.kind == "identifier" else None
    if variable is None:
        return False
    around = function_around(variable.declaration)
    return all(function_around(use) is around and not _is_pointed_at(use) for use in variable.uses)


def _is_pointed_at(use: Node) -> bool:
    parent = outer_parentheses(use).parent
    return parent is not None and parent.kind == "unary_expression"


ROW = Row("building", frozenset({Code.HEAP_CONCAT}), _candidates)
