"""A pointer that a function returns to callers of its own package which only read through it: the
value itself, which stays in the frames.

Only where every use of the function is seen: it is unexported and no method, and each caller keeps
what it gets in a variable of which only fields and methods are used. A method that keeps its
receiver takes the variable to the heap, and the compiler refuses the edit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    found,
    function_around,
    has_comment,
    holds,
    node_of,
    replace,
    statement_around,
)
from golsp_mem.model import Code, FateKind, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import is_assigned_again, setter, variable_at

# What the callers copy instead (bytes): more costs about what the allocation does.
_MOST_BYTES = 128
# Copies of these are mistakes (vet: copylocks), or lose their address.
_PINNED = re.compile(r"\b(?:sync|atomic|unsafe|noCopy|Mutex|WaitGroup|Builder|Buffer)\b")


@frozen(eq=False)
class _Function:
    file: GoFile
    node: Node
    name: str
    result: Node
    type: str


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    if finding.fate is None or finding.fate.kind is not FateKind.RETURNED:
        return
    if finding.callee is not None or finding.bytes is None or finding.bytes > _MOST_BYTES:
        return
    function = _function(context, file, finding)
    if function is None or not _may_be_copied(context, function.type):
        return
    made = _made(function)
    used = _used(context, function) if made is not None else None
    if made is None or used is None:
        return
    findings = tuple(
        one
        for one in context.near(
            file, function.node, Code.HEAP_LITERAL, Code.HEAP_VARIABLE, Code.HEAP_NEW
        )
        if one.fate is not None and one.fate.kind is FateKind.RETURNED
    )
    places = "1 place" if used == 1 else f"{used} places"
    yield Candidate(
        row="returned",
        title=f"Return the {function.type} itself: its callers ({places}) only read it",
        edits=(replace(file, function.result, function.type), *made),
        findings=findings,
        gone=findings,
        names=(function.name,),
    )


def _function(context: FixContext, file: GoFile, finding: Finding) -> _Function | None:
    """The declared function around the finding that gives back one pointer to a type of the
    package, and that nothing outside of what is seen can name."""
    node = function_around(node_of(file, finding.span))
    if node is None or node.kind != "function_declaration":
        return None
    named, result = node.field("name"), node.field("result")
    if named is None or result is None or result.kind != "pointer_type":
        return None
    if node.field("type_parameters") is not None:
        return None
    name = file.tree.source(named)
    written = file.tree.source(result)[1:].strip()
    if name[0].isupper() or written not in context.package.types or name in ("main", "init", "_"):
        return None
    if name in context.words_beside or has_comment(file, result):
        return None
    return _Function(file, node, name, result, written)


def _may_be_copied(context: FixContext, type_: str) -> bool:
    seen: set[str] = set()
    pending = [type_]
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        text = context.package.types.get(name, "")
        if _PINNED.search(text):
            return False
        pending += [word for word in re.findall(r"\w+", text) if word in context.package.types]
    return context.package.types.get(type_, "").startswith("struct")


def _made(function: _Function) -> list[TextEdit] | None:
    """The edits of what the function returns; None where that is not made right there."""
    file, edits = function.file, dict[tuple[int, int], TextEdit]()
    if holds(function.node, "defer_statement"):
        return None
    returns = list(found(function.node, "return_statement"))
    for one in returns:
        values = one.named_children[0].named_children if one.named_children else ()
        if len(values) != 1 or has_comment(file, one):
            return None
        value = unparenthesized(values[0])
        literal = _pointed_literal(file, value, function.type)
        if literal is not None:
            edits[value.start, value.end] = replace(file, value, literal)
            continue
        for edit in _of_variable(file, value, function.type) or ():
            start, end = file.tree.bounds(edit.span)
            edits[start, end] = edit
        if (value.start, value.end) not in edits:
            return None
    return list(edits.values()) if returns else None


def _pointed_literal(file: GoFile, value: Node, type_: str) -> str | None:
    """``T{…}`` of ``&T{…}``."""
    operand = value.field("operand")
    if value.kind != "unary_expression" or operand is None or value.token("&") is None:
        return None
    written = operand.field("type")
    if operand.kind != "composite_literal" or written is None:
        return None
    return file.tree.source(operand) if file.tree.source(written) == type_ else None


def _of_variable(file: GoFile, value: Node, type_: str) -> list[TextEdit] | None:
    """The edits of ``return &v`` and of ``return v`` for a v that is declared as ``&T{…}``: nothing
    else may hold its address."""
    if value.kind == "unary_expression" and value.token("&") is not None:
        operand = value.field("operand")
        if operand is None or operand.kind != "identifier":
            return None
        variable = variable_at(file, operand)
        if variable is None or not _only_selected(variable.uses, but=operand.start):
            return None
        return [replace(file, value, file.tree.source(operand))]
    variable = variable_at(file, value) if value.kind == "identifier" else None
    statement = statement_around(variable.declaration) if variable is not None else None
    if variable is None or statement is None or statement.kind != "short_var_declaration":
        return None
    right = statement.field("right")
    if right is None or len(right.named_children) != 1 or is_assigned_again(variable):
        return None
    made = unparenthesized(right.named_children[0])
    literal = _pointed_literal(file, made, type_)
    uses = [use for use in variable.uses if use.start != variable.declaration.start]
    if literal is None or not _only_selected(uses, but=value.start):
        return None
    return [replace(file, made, literal), replace(file, value, file.tree.source(value))]


def _only_selected(uses: Iterable[Node], but: int) -> bool:
    """Whether all uses but one are the declaration, returns of it, or of fields and methods, in one
    function: a literal would keep the variable. A method that keeps its address takes it to the
    heap, which the compiler says."""
    uses = list(uses)
    around = {function.start for use in uses if (function := function_around(use)) is not None}
    return len(around) <= 1 and all(
        use.start == but or _is_selected(use) or _is_declared(use) or _is_returned(use)
        for use in uses
    )


def _is_declared(use: Node) -> bool:
    parent = use.parent
    if parent is not None and parent.kind == "var_spec":
        return use in parent.fields("name")
    owner = setter(use)
    return owner is not None and owner.kind == "short_var_declaration"


def _is_returned(use: Node) -> bool:
    node = outer_parentheses(use)
    if node.parent is not None and node.parent.kind == "unary_expression":
        node = node.parent
    owner = node.parent.parent if node.parent is not None else None
    return owner is not None and owner.kind == "return_statement"


def _goes_on(selector: Node) -> bool:
    """Whether the selected thing is called, or pointed at."""
    below = selector
    for one in selector.ancestors():
        if one.kind == "call_expression":
            return one.field("function") is below
        if one.kind == "unary_expression":
            return one.token("&") is not None
        if one.kind == "slice_expression":
            return one.field("operand") is below
        if one.kind not in ("selector_expression", "index_expression", "parenthesized_expression"):
            return False
        if one.kind == "index_expression" and one.field("operand") is not below:
            return False
        below = one
    return False


def _used(context: FixContext, function: _Function) -> int | None:
    """At how many places it is called; None where one does more with the result than to read it."""
    count = 0
    for file in context.files.values():
        for node in file.tree.root.walk():
            if node.kind != "identifier" or file.tree.source(node) != function.name:
                continue
            if node.parent is not None and node.parent.kind == "function_declaration":
                continue
            if file.is_local(function.name, node.start):
                continue
            call = node.parent
            if call is None or call.kind != "call_expression" or call.field("function") is not node:
                return None
            if not _only_reads(file, call):
                return None
            count += 1
    return count or None


def _only_reads(file: GoFile, call: Node) -> bool:
    outer = outer_parentheses(call)
    parent = outer.parent
    if parent is not None and parent.kind == "selector_expression":
        return not _goes_on(parent) and not _is_target(parent)
    statement = parent.parent if parent is not None and parent.kind == "expression_list" else None
    if statement is None or statement.kind != "short_var_declaration":
        return False
    left = statement.field("left")
    if left is None or len(left.named_children) != 1 or statement.field("left") is parent:
        return False
    variable = variable_at(file, left.named_children[0])
    if variable is None or variable.declaration.start != left.start:
        return False
    uses = [use for use in variable.uses if use.start != variable.declaration.start]
    function = function_around(call)
    return not is_assigned_again(variable) and all(
        _is_selected(use) and function_around(use) is function for use in uses
    )


def _is_target(selector: Node) -> bool:
    parent = selector.parent
    if parent is None:
        return True
    if parent.kind in ("inc_statement", "dec_statement"):
        return True
    owner = setter(selector)
    return owner is not None and owner.kind == "assignment_statement"


def _is_selected(use: Node) -> bool:
    """Whether a field or a method of it is used: not the pointer itself."""
    selector = use.parent
    if selector is None or selector.kind != "selector_expression":
        return False
    if selector.field("operand") is not use:
        return False
    outer = selector.parent
    # A method value would keep the receiver as it is.
    is_called = outer is not None and outer.kind == "call_expression"
    return is_called or not _goes_on(selector)


ROW = Row(
    "returned", frozenset({Code.HEAP_LITERAL, Code.HEAP_VARIABLE, Code.HEAP_NEW}), _candidates
)
