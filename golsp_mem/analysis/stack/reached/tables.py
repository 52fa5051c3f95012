"""Function values in tables: ``macros[c](r)``, and all that a package puts into one.

A table is known by the last part of its name, a variable or field. Into it go the elements of a
literal that it is given, what is assigned to an index of it, and what callers hand to a function
that does so (``register("list", decodeList)``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import frozen

from golsp_mem.analysis.stack.assignments import values_of
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.tree import Node, element_value, unparenthesized
from golsp_mem.source.syntax import GoFile

_ENTRIES = ("index_expression", "type_instantiation_expression")
_NAMES = ("identifier", "selector_expression")
_GIVES = ("assignment_statement", "short_var_declaration", "var_spec")


@frozen
class Put:
    """A function that is put into a table: a literal that stands on ``line`` of ``file``, or the
    function or method ``name``."""

    file: str
    line: int | None = None
    name: str | None = None


def table_of(file: GoFile, callee: Node) -> str | None:
    """The last name of the table from which a called value comes: ``ops[c]``, ``f`` behind ``f, ok
    := p.prefix[c]``, a field of such an entry."""
    callee = unparenthesized(callee)
    if callee.kind == "selector_expression":
        operand = callee.field("operand")
        return _entry(file, operand) if operand is not None else None
    return _entry(file, callee)


def _entry(file: GoFile, node: Node) -> str | None:
    values = [node]
    for value in values_of(file, node):
        # Of several results the whole assignment: f, ok := table[c].
        right = (value.field("right") or value.field("value")) if value.kind in _GIVES else value
        listed = right is not None and right.kind == "expression_list"
        values += right.named_children[:1] if right is not None and listed else [right or value]
    # Of a.b[c.d[e.f]] the syntax does not tell whether these are types.
    entries = [one for one in values if one.kind in _ENTRIES]
    names = [file.tree.source(one).partition("[")[0].rpartition(".")[2] for one in entries]
    return next((one for one in names if one.isidentifier()), None)


def put_into(table: str, files: Sequence[GoFile]) -> frozenset[Put]:
    """The functions that the files of a package put into a table."""
    return frozenset(
        put
        for file in files
        for value, function in _given(file, table)
        for put in _puts(file, value, function, files)
    )


def _given(file: GoFile, table: str) -> Iterator[tuple[Node, Node | None]]:
    """The values, with the declared functions around them."""
    word = re.compile(
        rb"\b" + re.escape(table.encode()) + rb"\b(?=\s*(?:\[[^\n]*\]\s*=|:?=[^=]|:|[^\n=()]*=))"
    )
    for match in word.finditer(file.text):
        name = file.tree.smallest(match.start(), match.end())
        function = next((one for one in name.ancestors() if one.kind in DECLARATIONS), None)
        for outer in name.ancestors():
            if outer.kind == "keyed_element":
                if outer.named_children[0].start == name.start:
                    yield from ((one, function) for one in _elements(outer.named_children[-1]))
                break
            if outer.kind in _GIVES:
                yield from _assigned(outer, name, function)
                break
            if outer.kind in ("block", *DECLARATIONS):
                break


def _assigned(outer: Node, name: Node, function: Node | None) -> Iterator[tuple[Node, Node | None]]:
    left = outer.field("left") or outer.field("name")
    right = outer.field("right") or outer.field("value")
    if left is None or right is None or not left.start <= name.start < left.end:
        return
    target = left.named_children[0] if left.named_children else left
    for value in right.named_children if right.kind == "expression_list" else [right]:
        if target.kind == "index_expression":
            yield value, function
        yield from ((one, function) for one in _elements(value))


def _elements(value: Node) -> Iterator[Node]:
    """What a literal of a table holds; of entries that are literals themselves what they hold."""
    while value.kind == "literal_element" and value.named_children:
        value = value.named_children[0]
    body = value.field("body") if value.kind == "composite_literal" else None
    if value.kind == "literal_value":
        body = value
    for element in body.named_children if body is not None else ():
        inner = element_value(element)
        yield inner
        yield from _elements(inner)


def _puts(
    file: GoFile, value: Node, function: Node | None, files: Sequence[GoFile]
) -> Iterator[Put]:
    given = _position(file, value, function) if value.kind in _NAMES else None
    if given is None:
        yield from _put(file, value)
        return
    for other in files:
        for argument in _arguments(other, *given):
            yield from _put(other, argument)


def _put(file: GoFile, value: Node) -> Iterator[Put]:
    if value.kind == "func_literal":
        yield Put(file.path, line=file.tree.node_span(value).line)
    elif value.kind in _NAMES:
        yield Put(file.path, name=file.tree.source(value).rpartition(".")[2])


def _position(file: GoFile, value: Node, function: Node | None) -> tuple[str, int] | None:
    """The function, by name, and the place of its parameter that a value is."""
    listed = function.field("parameters") if function is not None else None
    named = function.field("name") if function is not None else None
    names = [
        file.tree.source(one)
        for declaration in (listed.named_children if listed is not None else ())
        for one in declaration.fields("name")
    ]
    text = file.tree.source(value)
    return (file.tree.source(named), names.index(text)) if named and text in names else None


def _arguments(file: GoFile, name: str, position: int) -> Iterator[Node]:
    called = re.compile(rb"\b" + re.escape(name.encode()) + rb"\(")
    for match in called.finditer(file.text):
        inner = file.tree.smallest(match.start(), match.end() - 1)
        call = next((one for one in inner.ancestors() if one.kind == "call_expression"), None)
        listed = call.field("arguments") if call is not None else None
        if listed is not None and listed.start == match.end() - 1:
            given = listed.named_children
            if position < len(given):
                yield given[position]
