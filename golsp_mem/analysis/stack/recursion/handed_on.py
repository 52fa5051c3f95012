"""Whether a recursion goes down its data: what its calls hand on.

Where every call of a cycle hands on what the function itself got, constants and new values, no
part of anything, it is no nesting of data that makes it deep: the functions are states, or try
again. How often they do no text tells.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node, element_value, unparenthesized
from golsp_mem.source.syntax import GoFile

_LITERALS = (
    *("int_literal", "float_literal", "rune_literal", "true", "false", "nil", "iota"),
    *("interpreted_string_literal", "raw_string_literal", "imaginary_literal"),
)
_DEPTH = 4


def goes_down(texts: Sequence[tuple[GoFile, FunctionSyntax]]) -> bool:
    """Whether a call between functions, which call each other, may hand on a part of what its
    function got, or anything computed."""
    names = {one.name.rsplit(".", 1)[-1].removesuffix("[...]") for _, one in texts}
    # Each of them goes on unchanged; what one of them takes apart, the whole cycle does.
    for file, syntax in texts:
        calls = list(_calls(file, syntax, names))
        if not calls or any(not _is_same(file, syntax, one) for call in calls for one in call):
            return True
    return False


def _calls(
    file: GoFile, syntax: FunctionSyntax, names: Collection[str]
) -> Iterator[tuple[Node, ...]]:
    """The receiver and the arguments of each call of one of the functions."""
    start, end = file.tree.bounds(syntax.span)
    for node in file.tree.smallest(start, end).walk():
        called = node.field("function") if node.kind == "call_expression" else None
        if called is None or file.tree.source(called).rsplit(".", 1)[-1] not in names:
            continue
        listed = node.field("arguments")
        operand = called.field("operand") if called.kind == "selector_expression" else None
        given = listed.named_children if listed is not None else ()
        yield (*([operand] if operand is not None else ()), *given)


def _is_same(file: GoFile, syntax: FunctionSyntax, node: Node, depth: int = _DEPTH) -> bool:
    """Whether an expression is what the function got, a constant, or made of nothing else."""
    node = unparenthesized(node)
    if node.kind in _LITERALS:
        return True
    if depth == 0:
        return False
    if node.kind == "identifier":
        return _is_same_name(file, syntax, node, depth)
    if node.kind == "unary_expression":
        operand = node.field("operand")
        is_plain = operand is not None and node.token("<-") is None
        return is_plain and operand is not None and _is_same(file, syntax, operand, depth - 1)
    if node.kind == "composite_literal":
        body = node.field("body")
        return body is not None and all(
            _is_same(file, syntax, value, depth - 1) for value in _elements(body)
        )
    if node.kind == "selector_expression":
        operand = node.field("operand")
        if operand is None or operand.kind != "identifier":
            return False
        span = file.tree.node_span(operand)
        imported = {one.name or _last_name(one.path) for one in file.imports}
        return (
            file.declaration_of(span.line, span.column) is None
            and file.tree.source(operand) in imported
        )
    return False


def _last_name(path: str) -> str:
    """The name of a package by its path, versions left out: ``yaml`` of ``gopkg.in/yaml.v3``."""
    parts = [one for one in path.split("/") if not re.fullmatch(r"v\d+", one)] or [path]
    return parts[-1].partition(".")[0]


def _elements(body: Node) -> Iterator[Node]:
    for element in body.named_children:
        value = element_value(element)
        if value.kind == "literal_value":
            yield from _elements(value)
        else:
            yield value


def _is_same_name(file: GoFile, syntax: FunctionSyntax, node: Node, depth: int) -> bool:
    span = file.tree.node_span(node)
    declared = file.declaration_of(span.line, span.column)
    if declared is None:
        return True  # of the package, or of another file of it
    if any(one.span == declared for one in syntax.parameters):
        return not _is_assigned(file, syntax, node)
    if not syntax.span.contains(declared.line, declared.column):
        return True
    start, end = file.tree.bounds(declared)
    listed = file.tree.smallest(start, end).parent
    statement = listed.parent if listed is not None else None
    if listed is None or statement is None or statement.kind != "short_var_declaration":
        return False
    right = statement.field("right")
    values = right.named_children if right is not None else ()
    if len(values) != len(listed.named_children) or _is_assigned(file, syntax, node):
        return False
    index = next((i for i, one in enumerate(listed.named_children) if one.start == start), None)
    return index is not None and _is_same(file, syntax, values[index], depth - 1)


def _is_assigned(file: GoFile, syntax: FunctionSyntax, node: Node) -> bool:
    """Whether the name is set again anywhere in the function: ``n = n.next``, ``depth++``. What
    only grows (``xs = append(xs, …)``) is no part of what it was."""
    name = file.tree.source(node)
    start, end = file.tree.bounds(syntax.span)
    for one in file.tree.smallest(start, end).walk():
        if one.kind == "assignment_statement":
            left = one.field("left")
            targets = left.named_children if left is not None else ()
            if file.tree.collapsed(one).replace(" ", "").startswith(f"{name}=append({name},"):
                continue
        elif one.kind in ("inc_statement", "dec_statement"):
            targets = one.named_children
        else:
            continue
        if any(target.kind == "identifier" and file.tree.source(target) == name
               for target in targets):  # fmt: skip
            return True
    return False
