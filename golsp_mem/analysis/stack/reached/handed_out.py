"""Function values that are handed to other packages, which call them: ``strings.Map(func…, s)``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from attrs import frozen

from golsp_mem.analysis.stack.assignments import values_of
from golsp_mem.model import Span
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_PLAIN_VERBS = re.compile(r"(?:[^%]|%%|%\+?[vsq])*")
_FORMATS = re.compile(r"(?:Sp|Fp|P)rint(?:f|ln)?|Errorf|Append(?:f|ln)?")
_MARSHALS = re.compile(r"Marshal(?:Indent)?")
_ASKED_BY = {
    "String": ("fmt", _FORMATS),
    "Error": ("fmt", _FORMATS),
    "MarshalJSON": ("encoding/json", _MARSHALS),
}
ASKED = frozenset(_ASKED_BY)
"""The methods by which fmt and encoding/json ask a value for its text."""
_CALLED = ("selector_expression", "identifier", "type_instantiation_expression")


@frozen
class HandedOut:
    """One function value among the arguments of a call: ``callee`` is the called function's last
    name, ``text`` the callee as written. The value is a literal that stands on ``literal``, or the
    function or method ``name``; ``place`` (line, column) is where the value is written."""

    callee: str
    text: str
    line: int
    place: tuple[int, int]
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
    start, end = file.tree.bounds(function.span)
    for node in file.tree.nodes_touching(start, end):
        called, listed = node.field("function"), node.field("arguments")
        if node.kind != "call_expression" or called is None or listed is None:
            continue
        if called.kind not in _CALLED:
            continue
        text = file.tree.collapsed(called)
        callee = text.partition("[")[0].rpartition(".")[2]
        if callee not in wanted and not also_literals:
            continue
        line = file.tree.node_span(node).line
        for argument in listed.named_children:
            # What a variable holds is looked for in the whole function.
            held = values_of(file, argument) if callee in wanted else ()
            for value in (argument, *held):
                yield from _value(file, value, callee, text, line)


def _value(file: GoFile, value: Node, callee: str, text: str, line: int) -> Iterator[HandedOut]:
    span = file.tree.node_span(value)
    place = (span.line, span.column)
    if value.kind == "func_literal":
        yield HandedOut(callee, text, line, place, literal=span.line)
    elif value.kind in ("identifier", "selector_expression"):
        name = file.tree.source(value).rpartition(".")[2]
        yield HandedOut(callee, text, line, place, name=name)


@frozen
class Asked:
    """A call by which a method gives its receiver, as it is, or a ``field`` of it, to who asks for
    the same again: ``fmt.Sprintf("%v", t.left)`` in String. With the callee's full name."""

    callee: str
    text: str
    line: int
    field: str | None = None


def asks_again(file: GoFile, function: FunctionSyntax) -> Iterator[Asked]:
    """The calls by which a method has itself called again."""
    method = function.name.rpartition(".")[2]
    receiver = next((one for one in function.parameters if one.role == "receiver"), None)
    if receiver is None or method not in _ASKED_BY:
        return
    changed = _is_changed(file, function, receiver.name)
    path, asked = _ASKED_BY[method]
    imported = {one.name or one.path.rpartition("/")[2]: one.path for one in file.imports}
    start, end = file.tree.bounds(function.span)
    for node in file.tree.nodes_touching(start, end):
        called, listed = node.field("function"), node.field("arguments")
        if node.kind != "call_expression" or called is None or listed is None or node.start < start:
            continue
        text = file.tree.collapsed(called)
        qualifier, _, name = text.rpartition(".")
        if imported.get(qualifier) != path or not asked.fullmatch(name):
            continue
        given = listed.named_children
        formats = [one for one in given[:2] if one.kind.endswith("string_literal")]
        plain = formats and _PLAIN_VERBS.fullmatch(file.tree.source(formats[0]))
        for one in given:
            if not _is_asked(one):
                continue
            line = file.tree.node_span(node).line
            is_own = _means(file, one, receiver.span)
            if is_own and not changed and (plain or not name.endswith("f")):
                yield Asked(f"{path}.{name}", text, line)
            operand, field = one.field("operand"), one.field("field")
            if operand is not None and field is not None and _means(file, operand, receiver.span):
                yield Asked(f"{path}.{name}", text, line, file.tree.source(field))


def _means(file: GoFile, name: Node, declared: Span) -> bool:
    span = file.tree.node_span(name)
    is_name = name.kind == "identifier"
    return is_name and file.declaration_of(span.line, span.column) == declared


def _is_changed(file: GoFile, function: FunctionSyntax, name: str) -> bool:
    """Whether a function sets a variable of that name, or a field of it."""
    start, end = file.tree.bounds(function.span)
    word = re.escape(name)
    fields, signs = r"(?:\.\w+)*(?:, *[\w.]+)*", r"(?::?=[^=]|[-+*/|&^%]=|\+\+|--)"
    setting = rf"(?<![\w.]){word}{fields} *{signs}|&{word}\b"
    return re.search(setting, file.text[start:end].decode("latin-1")) is not None


def _is_asked(argument: Node) -> bool:
    """Whether the call runs when the method does, not in a function literal of it."""
    return not any(one.kind == "func_literal" for one in argument.ancestors())
