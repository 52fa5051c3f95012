"""With what a recursion starts: the constants that everybody who calls a function gives it."""

from __future__ import annotations

import re
from collections.abc import Collection

from golsp_mem.analysis.again import Sources
from golsp_mem.analysis.stack.constants import constant_value
from golsp_mem.analysis.stack.recursion.bounds import parameters_of
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_NAMES = ("identifier", "field_identifier")
_MAIN = re.compile(rb"(?m)^package main\b")


def largest_start(
    function: FunctionSyntax,
    position: int,
    paths: Collection[str],
    sources: Sources,
    hops: int = 2,
) -> int | None:
    """The largest constant that a function is called with from outside of itself, through
    parameters of its callers too; None where it is given anything else, where it is handed on as a
    value, and where other packages may call it."""
    name = function.name.rpartition(".")[2]
    if function.is_literal or "[" in function.name:
        return None
    found: list[int] = []
    word = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
    for path in sorted(paths):
        file = sources(path)
        if file is None or (name[:1].isupper() and not _MAIN.search(file.text)):
            return None
        for match in word.finditer(file.text):
            node = file.tree.smallest(match.start(), match.end())
            if node.kind not in _NAMES or _is_its_own(file, function, node):
                continue
            given = _given(node, position)
            if given is None:
                return None
            value = constant_value(file, given)
            if value is None and hops and (outer := _parameter(file, given)) is not None:
                value = largest_start(*outer, paths, sources, hops - 1)
            if value is None or value < 0:
                return None
            found.append(value)
    return max(found, default=None)


def _is_its_own(file: GoFile, function: FunctionSyntax, node: Node) -> bool:
    span = file.tree.node_span(node)
    inside = function.span.file == file.path and function.span.contains(span.line, span.column)
    return inside and (span.start == function.name_span.start or _called_by(node) is not None)


def _called_by(node: Node) -> Node | None:
    """The call of what a name, or a selector that ends with it, means."""
    outer = node.parent
    if outer is not None and outer.kind == "selector_expression":
        node, outer = outer, outer.parent
    called = outer.field("function") if outer is not None else None
    is_call = outer is not None and outer.kind == "call_expression" and called is not None
    return outer if is_call and called is not None and called.end == node.end else None


def _given(node: Node, position: int) -> Node | None:
    call = _called_by(node)
    listed = call.field("arguments") if call is not None else None
    given = listed.named_children if listed is not None else ()
    return given[position] if position < len(given) else None


def _parameter(file: GoFile, given: Node) -> tuple[FunctionSyntax, int] | None:
    """The function and the position of a parameter that a call hands on, and nothing sets."""
    span = file.tree.node_span(given)
    function = file.function_at(span.line, span.column)
    if given.kind != "identifier" or function is None:
        return None
    name = file.tree.source(given)
    listed = [one.name for one in parameters_of(file, function)]
    start, end = file.tree.bounds(function.span)
    text = file.text[start:end].decode("latin-1")
    is_set = re.search(
        rf"(?<![\w.]){name}\b(?:, \w+)* *(?::?=[^=]|[-+*/|&^%]=|\+\+|--)|&{name}\b", text
    )
    return (function, listed.index(name)) if name in listed and not is_set else None
