"""With what a recursion starts: the constants that everybody who calls a function gives it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from golsp_mem.analysis.again import Sources
from golsp_mem.analysis.stack.assignments import assigned_variable
from golsp_mem.analysis.stack.constants import constant_value
from golsp_mem.analysis.stack.recursion.bounds import is_set, parameters_of
from golsp_mem.analysis.stack.recursion.makings import base_of
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import variable_at

_NAMES = ("identifier", "field_identifier")
_DECODES = re.compile(rb"Unmarshal|Decode\(")
Measure = Callable[[GoFile, Node], int | None]
"""A number that is known of an argument: its value, its length; None where none is."""
_MAIN = re.compile(rb"(?m)^package main\b")


def largest_start(
    function: FunctionSyntax,
    position: int,
    paths: Collection[str],
    sources: Sources,
    hops: int = 2,
    measure: Measure = constant_value,
) -> int | None:
    """The largest number, by what ``measure`` says of an argument, that a function is called with
    from outside of itself, through parameters of its callers too; None where it is given anything
    else, where it is handed on as a value, and where other packages may call it."""
    if function.is_literal:
        return _start_of_literal(function, position, sources, measure)
    name = function.name.rpartition(".")[2]
    if "[" in function.name:
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
            value = measure(file, given)
            if value is None and hops and (outer := _parameter(file, given)) is not None:
                value = largest_start(*outer, paths, sources, hops - 1, measure)
            if value is None or value < 0:
                return None
            found.append(value)
    return max(found, default=None)


def _start_of_literal(
    function: FunctionSyntax, position: int, sources: Sources, measure: Measure
) -> int | None:
    """The same of a literal in a local variable that is only called."""
    file = sources(function.span.file)
    name = assigned_variable(file, function) if file is not None else None
    variable = variable_at(file, name) if file is not None and name is not None else None
    if file is None or name is None or variable is None:
        return None
    found: list[int] = []
    for use in variable.uses:
        span = file.tree.node_span(use)
        if function.span.contains(span.line, span.column) and _called_by(use) is not None:
            continue
        if use.start in (name.start, variable.declaration.start):
            continue
        given = _given(use, position)
        value = measure(file, given) if given is not None else None
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
    here = name in listed and not is_set(file, function, name)
    return (function, listed.index(name)) if here else None


def largest_of_field(
    owner: str,
    field: str,
    function: FunctionSyntax,
    paths: Collection[str],
    sources: Sources,
) -> int | None:
    """The largest constant that literals of a struct type give a field, none below zero; None where
    it is given anything else, is set or counted outside of ``function``, and where other packages
    or decoders may set it."""
    found: list[int] = []
    name = re.escape(owner.encode())
    literal = re.compile(
        rb"(?P<into>\*[\w.]+ *= *&?)?\b(?P<owner>" + name + rb")(?:\[[^\]\n]*\])?\{"
    )
    mention = re.compile(rb"\.(" + re.escape(field.encode()) + rb")\b")
    files = [file for path in sorted(paths) if (file := sources(path)) is not None]
    indexes = [index for one in files if (index := _index(one, owner, field)) is not None]
    elided = re.compile(rb"\]\*?" + name + rb"\b(?!\{\})")
    for file in files if len(indexes) == 1 else ():
        if elided.search(file.text):
            return None
        if field[:1].isupper() and (not _MAIN.search(file.text) or _DECODES.search(file.text)):
            return None
        for match in mention.finditer(file.text):
            place = file.tree.smallest(match.start(1), match.end(1))
            if _may_set(file, function, place) and not _is_of_another(file, owner, place):
                return None
        for match in literal.finditer(file.text):
            made = _made(file, match.start("owner"))
            if match["into"] or made is None:
                return None
            given = _element(file, made, field, indexes[0])
            if given is None:
                continue
            value = constant_value(file, given)
            if value is None and (outer := _parameter(file, given)) is not None:
                value = largest_start(*outer, paths, sources)
            if value is None or value < 0:
                return None
            found.append(value)
    return max(found, default=None)


def _index(file: GoFile, owner: str, field: str) -> int | None:
    """The place of a field in its struct."""
    heading = re.compile(rb"(?m)^(?:type|\t)\s*" + owner.encode() + rb"\b[^\n]*?\b(struct)\b")
    declared = heading.search(file.text)
    if declared is None:
        return None
    word = file.tree.smallest(declared.start(1), declared.end(1))
    struct = next((one for one in (word, *word.ancestors()) if one.kind == "struct_type"), None)
    names: list[str] = []
    for listed in struct.named_children if struct is not None else ():
        for one in listed.named_children:
            if one.kind == "field_declaration":
                names += [file.tree.source(name) for name in one.fields("name")] or [""]
    return names.index(field) if field in names else None


def _made(file: GoFile, start: int) -> Node | None:
    """The literal whose type is named there; None where it is of a list of such."""
    for outer in file.tree.smallest(start, start + 1).ancestors():
        if outer.kind == "composite_literal":
            type_ = outer.field("type")
            return outer if type_ is not None and type_.start == start else None
    return None


def _element(file: GoFile, made: Node, field: str, index: int) -> Node | None:
    """What a literal gives a field; None for nothing."""
    body = made.field("body")
    listed = [one for one in body.named_children if one.kind != "comment"] if body else []
    for one in listed:
        if one.kind == "keyed_element":
            if file.tree.source(one.named_children[0]) == field:
                return _inner(one.named_children[-1])
        elif listed.index(one) == index:
            return _inner(one)
    return None


def _inner(element: Node) -> Node:
    return element.named_children[0] if element.kind == "literal_element" else element


def _is_of_another(file: GoFile, owner: str, name: Node) -> bool:
    """Whether it is a field of a parameter or receiver that has another type."""
    span = file.tree.node_span(name)
    function = file.function_at(span.line, span.column)
    operand = name.parent.field("operand") if name.parent is not None else None
    if function is None or operand is None or operand.kind != "identifier":
        return False
    place = file.tree.node_span(operand)
    declared = file.declaration_of(place.line, place.column)
    here = [one for one in function.parameters if one.span == declared]
    outer = file.tree.smallest(*file.tree.bounds(here[0].span)).parent if here else None
    type_ = outer.field("type") if outer is not None else None
    return type_ is not None and base_of(file.tree.source(type_)) != owner


def _may_set(file: GoFile, function: FunctionSyntax, name: Node) -> bool:
    """Whether a field that is named outside of a function may be set there."""
    span = file.tree.node_span(name)
    if function.span.file == file.path and function.span.contains(span.line, span.column):
        return False
    outer = name.parent.parent if name.parent is not None else None
    if outer is None or outer.kind in ("inc_statement", "dec_statement"):
        return True
    if outer.kind == "unary_expression":
        return file.tree.source(outer).startswith("&")
    assignment = outer.parent
    left = assignment.field("left") if assignment is not None else None
    return outer.kind == "expression_list" and left is not None and left.start == outer.start
