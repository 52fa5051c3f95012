"""Where a variable is last needed: from then on it no longer keeps its block alive."""

from __future__ import annotations

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.cleanups import pointed_type
from golsp_mem.compiler.text.liveness import LiveFact, LiveKind, Liveness
from golsp_mem.model import Position, Span
from golsp_mem.source.package import (
    PackageSyntax,
    Place,
    arguments_of,
    callee_of,
    initial_value,
)
from golsp_mem.source.parts.tree import Node, outer_parentheses
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, in_same_function, variable_at

_REFERENCE_TYPES = ("pointer_type", "slice_type", "map_type", "channel_type")
_MAKERS = frozenset({("", "make"), ("", "new"), ("", "append")})
_MEASURES = frozenset({("", "len"), ("", "cap")})


@frozen
class LastNeeded:
    """``line`` is the last at which the variable is needed, ``use`` the last use that needs its
    block (its declaration if nothing does), ``live`` the last call at which the compiler keeps
    it (None: at no call). ``measured_later``: only ``len`` and ``cap`` come after that."""

    variable: str
    line: int
    use: Span
    live: LiveFact | None
    measured_later: bool
    text: str


def last_needed(file: GoFile, live: Liveness, position: Position) -> LastNeeded | None:
    """For the variable at the place (line and byte column); None where it cannot be told.

    That is: no local variable there, one that references no block as far as text and compiler
    tell, one that a function literal, ``defer`` or ``go`` holds, or generic code. ``live`` is of
    the package's compile with absolute file names, this text's own.
    """
    variable = _variable(file, position)
    if variable is None or "[...]" in variable.function.name:
        return None
    if any(not in_same_function(variable, use) for use in variable.uses
           if use.start != variable.declaration.start):  # fmt: skip
        return None
    if any(_is_delayed(use) for use in variable.uses):
        return None
    facts = _facts(file, live, variable)
    if not facts and not _references(variable):
        return None
    needing = [use for use in variable.uses if not _is_measured(variable, use)]
    last_use = max(needing or [variable.declaration], key=lambda node: node.start)
    span = file.tree.node_span(last_use)
    last_live = max(facts, key=lambda fact: fact.position, default=None)
    line = span.line
    if last_live is not None:
        line = max(line, last_live.position.line)
    later = any(use.start > last_use.start for use in variable.uses)
    return LastNeeded(
        variable.name, line, span, last_live, later, _text(variable, line, last_live, later)
    )


def _variable(file: GoFile, position: Position) -> Variable | None:
    offset = file.tree.offset(position.line, position.column)
    node = file.tree.smallest(offset, min(offset + 1, len(file.text)))
    if node.kind != "identifier" and offset:
        node = file.tree.smallest(offset - 1, offset)
    return variable_at(file, node) if node.kind == "identifier" else None


def _facts(file: GoFile, live: Liveness, variable: Variable) -> list[LiveFact]:
    """The calls at which the compiler lists the variable, behind its declaration."""
    scope = _scope(file, variable)
    start = file.tree.node_span(variable.declaration)
    return [
        fact
        for fact in live.in_file(file.path)
        if fact.kind is not LiveKind.ENTRY
        and scope.contains(fact.position.line, fact.position.column)
        and (fact.position.line, fact.position.column) >= (start.line, start.column)
        and variable.name in fact.variables
    ]


def _scope(file: GoFile, variable: Variable) -> Span:
    """The block that the variable is declared in: another of its name may stand elsewhere."""
    for node in variable.declaration.ancestors():
        if node.kind in ("block", "for_statement", "if_statement"):
            return file.tree.node_span(node)
    return variable.function.span


def _is_delayed(use: Node) -> bool:
    for node in use.ancestors():
        if node.kind in ("defer_statement", "go_statement"):
            return True
        if node.kind == "block":
            return False
    return False


def _is_measured(variable: Variable, use: Node) -> bool:
    """Whether the use is ``len(v)`` or ``cap(v)``: those need no block."""
    node = outer_parentheses(use)
    listed = node.parent
    call = listed.parent if listed is not None else None
    if listed is None or call is None or listed.kind != "argument_list":
        return False
    callee = callee_of(Place(variable.file, call))
    return callee is not None and (callee.package, callee.name) in _MEASURES


def _references(variable: Variable) -> bool:
    """Whether the text shows that the variable's value is a reference to a block."""
    parent = variable.declaration.parent
    written = parent.field("type") if parent is not None else None
    if parent is not None and parent.kind == "variadic_parameter_declaration":
        return True
    if written is not None:
        return written.kind in _REFERENCE_TYPES
    if pointed_type(PackageSyntax((variable.file,)), variable) is not None:
        return True
    start = initial_value(variable)
    if start is None:
        return False
    value = start[0]
    if value.node.kind == "unary_expression":
        return value.text.startswith("&")
    if value.node.kind == "composite_literal":
        kind = value.node.field("type")
        return kind is not None and kind.kind in _REFERENCE_TYPES
    if value.node.kind != "call_expression" or not arguments_of(value):
        return False
    callee = callee_of(value)
    return callee is not None and (callee.package, callee.name) in _MAKERS


def _text(variable: Variable, line: int, live: LiveFact | None, measured_later: bool) -> str:
    name = variable.name
    text = f"{name} is last needed at line {line}; from then on it does not keep its block alive"
    if live is not None and live.position.line == line:
        called = f"the call to {live.target}" if live.target else "the call"
        text = (
            f"{name} is last needed at line {line}: it is live until {called} there returns; "
            "from then on it does not keep its block alive"
        )
    if measured_later:
        text += " (len and cap later on need only the length)"
    return text
