"""A bytes.Buffer of which only the string is taken: a strings.Builder, whose String copies nothing.

A Buffer begins with 64 bytes (bytes/buffer.go, smallBufferSize), a Builder with what is written
first, so that it would grow more often: it is given as much at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    called_of,
    found,
    has_comment,
    is_alone_on_lines,
    line_above,
    node_of,
    replace,
    siblings,
    statement_around,
)
from golsp_mem.analysis.proof.trades import Instead
from golsp_mem.model import Code, Finding
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, variable_at

_FIRST_BYTES = 64
# What both have, and does the same.
_SHARED = frozenset({"Write", "WriteByte", "WriteRune", "WriteString", "String", "Len", "Grow"})
# Functions that only write to what they are given.
_PRINTS = frozenset({"Fprint", "Fprintf", "Fprintln"})
_ROOM = f"{_FIRST_BYTES} bytes are then taken also where nothing is written"
_STRING = "bytes.(*Buffer).String"


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    if finding.callee is None or not finding.callee.endswith(_STRING):
        return
    variable = _buffer(file, finding)
    declaration = _declaration(context, file, variable) if variable is not None else None
    if variable is None or declaration is None or not _is_only_written(file, variable):
        return
    strings = context.qualifier(file, declaration, "strings")
    if strings is None:
        return
    name = variable.name
    edits = [replace(file, declaration, f"var {name} {strings}Builder")]
    grows = any(_method(file, use) == "Grow" for use in variable.uses)
    first, corner = _first_user(declaration, variable), None
    if not grows and first is not None and is_alone_on_lines(file, first):
        edits.append(line_above(file, first, f"{name}.Grow({_FIRST_BYTES})"))
        if first.kind != "expression_statement":
            corner = _ROOM
    function = finding.function
    yield Candidate(
        row="buffers",
        title=f"Make {name} a strings.Builder: the copy that String makes goes",
        edits=tuple(edits),
        findings=(finding,),
        gone=(finding,),
        # Buffer's methods are calls; those of Builder are inlined, and grow in the function.
        instead=(
            Instead(function, Code.HEAP_APPEND, len(variable.uses)),
            Instead(function, Code.HEAP_MAKE_SLICE),
        ),
        needs=("strings",),
        drops=("bytes",),
        corner=corner,
    )


def _buffer(file: GoFile, finding: Finding) -> Variable | None:
    """The variable whose String is called."""
    node = node_of(file, finding.span)
    for one in found(node, "selector_expression"):
        operand, name = one.field("operand"), one.field("field")
        if operand is None or name is None or operand.kind != "identifier":
            continue
        if file.tree.source(name) == "String":
            return variable_at(file, operand)
    return None


def _declaration(context: FixContext, file: GoFile, variable: Variable) -> Node | None:
    """``var b bytes.Buffer`` as a statement of its own."""
    statement = statement_around(variable.declaration)
    if statement is None or statement.kind != "var_declaration":
        return None
    specs = list(found(statement, "var_spec"))
    if len(specs) != 1 or len(specs[0].fields("name")) != 1:
        return None
    written = specs[0].field("type")
    if written is None or specs[0].field("value") is not None or has_comment(file, statement):
        return None
    qualifier = context.qualifier(file, statement, "bytes")
    if qualifier is None or file.tree.source(written) != f"{qualifier}Buffer":
        return None
    return statement if is_alone_on_lines(file, statement) else None


def _first_user(declaration: Node, variable: Variable) -> Node | None:
    """The statement beside the declaration that uses the variable first: what returns before it
    needs no room."""
    uses = [use.start for use in variable.uses if use.start >= declaration.end]
    return next(
        (one for one in siblings(declaration) if any(one.start <= use < one.end for use in uses)),
        None,
    )


def _is_only_written(file: GoFile, variable: Variable) -> bool:
    """Whether all uses are methods that both kinds have, or printing to it."""
    strings = 0
    for use in variable.uses:
        if use.start == variable.declaration.start:
            continue
        method = _method(file, use)
        strings += method == "String"
        if method not in _SHARED and not _is_printed_to(file, use):
            return False
    return strings > 0


def _method(file: GoFile, use: Node) -> str | None:
    """The method of the variable that is called."""
    selector = use.parent
    if selector is None or selector.kind != "selector_expression":
        return None
    call, name = selector.parent, selector.field("field")
    if call is None or call.kind != "call_expression" or name is None:
        return None
    return file.tree.source(name) if call.field("function") is selector else None


def _is_printed_to(file: GoFile, use: Node) -> bool:
    address = use.parent
    if address is None or address.kind != "unary_expression":
        return False
    listed = address.parent
    call = listed.parent if listed is not None and listed.kind == "argument_list" else None
    if call is None or listed is None or listed.named_children[0] is not address:
        return False
    return file.tree.source(address).startswith("&") and called_of(file, call, "fmt") in _PRINTS


ROW = Row("buffers", frozenset({Code.HEAP_CONVERSION}), _candidates)
