"""Function values that are handed to other packages, which call them: ``strings.Map(func…, s)``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from attrs import evolve, frozen

from golsp_mem.analysis.stack.assignments import values_of
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_CALLED = ("selector_expression", "identifier", "type_instantiation_expression")


@frozen
class HandedOut:
    """One function value among the arguments of a call, at ``position``: ``callee`` is the called
    function's last name, ``text`` the callee as written. The value is a literal that stands on
    ``literal``, or the function or method ``name``; ``place`` (line, column) is where the value is
    written."""

    callee: str
    text: str
    line: int
    place: tuple[int, int]
    position: int
    literal: int | None = None
    name: str | None = None


def handed_out(
    file: GoFile, function: FunctionSyntax, wanted: Collection[str], *, also_literals: bool
) -> Sequence[HandedOut]:
    """What a function hands out, in its own calls and in those of its literals: to functions with
    one of the last names, and ``also_literals`` to any."""
    names = frozenset(wanted)
    return file.tree.once(
        (handed_out, function.span, names, also_literals),
        lambda: tuple(_found(file, function, names, also_literals=also_literals)),
    )


def _found(
    file: GoFile, function: FunctionSyntax, wanted: frozenset[str], *, also_literals: bool
) -> Iterator[HandedOut]:
    for text, listed in _calls(file, function):
        callee = _last(text)
        if callee not in wanted and not also_literals:
            continue
        assert listed.parent is not None
        line = file.tree.line_of(listed.parent.start)
        for position, argument in enumerate(listed.named_children):
            # What a variable holds is looked for in the whole function.
            held = values_of(file, argument) if callee in wanted else ()
            for value in (argument, *held):
                span = file.tree.node_span(value)
                one = HandedOut(callee, text, line, (span.line, span.column), position)
                if value.kind == "func_literal":
                    yield evolve(one, literal=span.line)
                elif value.kind in ("identifier", "selector_expression"):
                    yield evolve(one, name=file.tree.source(value).rpartition(".")[2])


def _calls(file: GoFile, function: FunctionSyntax) -> Sequence[tuple[str, Node]]:
    """What a function calls by a name, its text, and with which arguments."""

    def find() -> Iterator[tuple[str, Node]]:
        for node in file.tree.nodes_touching(*file.tree.bounds(function.span)):
            if node.kind == "call_expression":
                called, listed = node.field("function"), node.field("arguments")
                if called is not None and listed is not None and called.kind in _CALLED:
                    yield file.tree.collapsed(called), listed

    return file.tree.once((_calls, function.span), lambda: tuple(find()))


def _last(text: str) -> str:
    return text.partition("[")[0].rpartition(".")[2]


def hands_only_literals(file: GoFile, function: FunctionSyntax, callee: str, position: int) -> bool:
    """Whether a function, in all its own calls of what has a last name, writes a function literal
    as the argument at a position."""
    start, end = file.tree.bounds(function.span)
    given = [
        listed.named_children
        for node in file.tree.nodes_touching(start, end)
        if node.kind == "call_expression"
        and (called := node.field("function")) is not None
        and (listed := node.field("arguments")) is not None
        and _last(file.tree.collapsed(called)) == callee
    ]
    return bool(given) and all(
        position < len(one) and one[position].kind == "func_literal" for one in given
    )
