"""A function that is too costly to be inlined: its slow path as a function of its own.

What a function returns by address is on the heap because its callers get it; in a caller that the
function is inlined into it may stay in the frame. The compiler inlines up to a cost of 80
(cmd/compile/internal/inline, inlineMaxBudget), of which a call takes 57: a block that ends in a
return can be moved behind one call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row, declared_around
from golsp_mem.advice.fixes.shape import function_around, holds, newline, node_of
from golsp_mem.advice.fixes.shape import statements_of as listed
from golsp_mem.analysis.proof.trades import Instead
from golsp_mem.model import Code, FateKind, Finding
from golsp_mem.source.edits import TextEdit, default_name
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, variable_at

_MOST_TRIED = 3
# Smaller ones cost less than the call that would stand for them.
_LEAST_BYTES = 60
_TRACE = "its stack traces show one function more"
_QUALIFIED = re.compile(r"\b(\w+)\.\w+")
_KEEPS_ITS_PLACE = ("goto_statement", "labeled_statement", "defer_statement", "const_declaration",
                    "type_declaration")  # fmt: skip


@frozen(eq=False)
class _Slow:
    """The statements from ``first`` to ``last``, after which the function has ended, and the
    variables of the function that they use."""

    function: Node
    first: Node
    last: Node
    taken: tuple[tuple[Variable, Node], ...]


def _paths(context: FixContext, file: GoFile, finding: Finding) -> list[_Slow]:
    """The paths that can be moved, the longest first."""
    if finding.fate is None or finding.fate.kind is not FateKind.RETURNED:
        return []
    if finding.callee is not None:
        return []
    node = node_of(file, finding.span)
    function = function_around(node)
    body = function.field("body") if function is not None else None
    named = function.field("name") if function is not None else None
    if function is None or body is None or named is None or function.kind == "func_literal":
        return []
    if function.field("result") is None or function.field("type_parameters") is not None:
        return []
    if holds(body, *_KEEPS_ITS_PLACE) or not context.calls_of(file.tree.source(named)):
        return []
    pieces = []
    statements = [one for one in listed(body) if one.kind != "comment"]
    for index, one in enumerate(statements):
        if one.kind == "if_statement":
            pieces += [
                (inside[0], inside[-1])
                for block in (one.field("consequence"), one.field("alternative"))
                if block is not None and block.kind == "block" and (inside := listed(block))
            ]
        if index:
            pieces.append((one, statements[-1]))
    slow = [
        made
        for first, last in pieces
        if not first.start <= node.start < last.end
        and last.end - first.start >= _LEAST_BYTES
        and (made := _slow(file, function, first, last)) is not None
    ]
    slow.sort(key=lambda one: one.first.start - one.last.end)
    return slow[:_MOST_TRIED]


def _slow(file: GoFile, function: Node, first: Node, last: Node) -> _Slow | None:
    if last.kind != "return_statement" or not last.named_children:
        return None
    taken: dict[int, tuple[Variable, Node]] = {}
    touching = file.tree.nodes_touching(first.start, last.end)
    inside = [one for one in touching if first.start <= one.start < last.end]
    if any(one.kind == "return_statement" and not one.named_children for one in inside):
        return None
    if any(one.kind == "identifier" and file.tree.source(one) == "recover" for one in inside):
        return None
    for one in inside:
        variable = variable_at(file, one) if one.kind == "identifier" else None
        if variable is None or first.start <= variable.declaration.start < last.end:
            continue
        if not function.start <= variable.declaration.start < function.end:
            continue
        if _is_shared(function, variable, first, last):
            return None
        taken.setdefault(variable.declaration.start, (variable, one))
    names = {one.name for one, _ in taken.values()}
    own = _declared_in(file, first, last)
    words = {w.decode("utf-8", "replace") for w in re.findall(rb"\w+", _text(file, first, last))}
    if (declared_around(file, first) - names - own) & words:
        return None
    return _Slow(function, first, last, tuple(taken[key] for key in sorted(taken)))


def _text(file: GoFile, first: Node, last: Node) -> bytes:
    return file.tree.text[first.start : last.end]


def _declared_in(file: GoFile, first: Node, last: Node) -> set[str]:
    return {
        file.tree.source(one)
        for one in file.tree.nodes_touching(first.start, last.end)
        if one.kind == "identifier"
        and first.start <= one.start < last.end
        and (variable := variable_at(file, one)) is not None
        and first.start <= variable.declaration.start < last.end
    }


def _is_shared(function: Node, variable: Variable, first: Node, last: Node) -> bool:
    """Whether it is a result, or something outside of the path may hold the variable itself."""
    result = function.field("result")
    if result is not None and result.start <= variable.declaration.start < result.end:
        return True
    return any(
        not first.start <= use.start < last.end
        and (
            function_around(use) is not function
            or (use.parent is not None and use.parent.token("&") is not None)
        )
        for use in variable.uses
        if use.start != variable.declaration.start
    )


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    for slow in _paths(context, file, finding):
        for variable, use in slow.taken:
            if not variable.is_parameter:
                yield Place(file, use)


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    for slow in _paths(context, file, finding):
        made = _moved(context, file, finding, slow)
        if made is not None:
            yield made


def _moved(context: FixContext, file: GoFile, finding: Finding, slow: _Slow) -> Candidate | None:
    tree, function = file.tree, slow.function
    named, result = function.field("name"), function.field("result")
    receiver = function.field("receiver")
    assert named is not None and result is not None
    name = tree.source(named)
    wanted = f"{name[0].lower()}{name[1:]}Slow"
    if any(wanted.encode() in words for words in (each.text for each in context.files.values())):
        return None
    if wanted in context.words_beside:
        return None
    own = _receiver_name(file, receiver) if receiver is not None else None
    if receiver is not None and own in (None, "_"):
        return None
    parameters = []
    for variable, use in slow.taken:
        if variable.name == own:
            continue
        type_ = _type(context, file, variable, use)
        if type_ is None:
            return None
        parameters.append((variable.name, type_))
    listed_ = ", ".join(f"{each} {type_}" for each, type_ in parameters)
    given = ", ".join(each for each, _ in parameters)
    line = newline(file)
    head = f"func {tree.source(receiver)} " if receiver is not None else "func "
    text = (
        f"{line}{line}{head}{wanted}({listed_}) {tree.source(result)} {{{line}"
        f"\t{_text(file, slow.first, slow.last).decode('utf-8', 'replace')}{line}}}"
    )
    call = f"return {own + '.' if own else ''}{wanted}({given})"
    package = finding.function.removesuffix(_own(finding.function))
    moved_ = tuple(
        one
        for one in context.near(file, function, *(code for code in Code if code.is_heap))
        if slow.first.start <= tree.bounds(one.span)[0] < slow.last.end
    )
    made = f"{package}{_linked(file, receiver)}{wanted}"
    subject = finding.subject or "what it returns"
    return Candidate(
        row="outlining",
        title=f"Move the slow path to {wanted}: {name} is inlined, {subject} stays with callers",
        edits=(
            TextEdit(tree.span(slow.first.start, slow.last.end), call),
            TextEdit(tree.span(function.end, function.end), text),
        ),
        findings=(finding,),
        gone=moved_,
        instead=tuple(Instead(made, one.code) for one in moved_),
        spared=(finding,),
        corner=_TRACE,
    )


def _own(symbol: str) -> str:
    """The name behind the package of a function's symbol."""
    return symbol.rpartition("/")[2].partition(".")[2]


def _linked(file: GoFile, receiver: Node | None) -> str:
    """``(*T).`` and ``T.`` as the linker writes them."""
    if receiver is None:
        return ""
    written = file.tree.source(receiver).strip("()").split()[-1]
    return f"({written})." if written.startswith("*") else f"{written}."


def _receiver_name(file: GoFile, receiver: Node) -> str | None:
    words = file.tree.source(receiver).strip("()").split()
    return words[0] if len(words) == 2 else None


def _type(context: FixContext, file: GoFile, variable: Variable, use: Node) -> str | None:
    """The type of a variable as a parameter may have it."""
    if variable.is_parameter:
        declaration = variable.declaration.parent
        written = declaration.field("type") if declaration is not None else None
        if declaration is None or written is None:
            return None
        is_variadic = declaration.kind == "variadic_parameter_declaration"
        return f"{'[]' if is_variadic else ''}{file.tree.source(written)}"
    type_ = context.type_of(file, use)
    if type_ is None or "struct{" in type_ or type_.startswith("untyped"):
        return None
    known = {one.name or default_name(one.path) for one in file.imports}
    return type_ if set(_QUALIFIED.findall(type_)) <= known else None


ROW = Row(
    "outlining", frozenset({Code.HEAP_LITERAL, Code.HEAP_VARIABLE, Code.HEAP_NEW}), _candidates,
    _asks,
)  # fmt: skip
