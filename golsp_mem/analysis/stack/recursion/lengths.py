"""How long a text, list or reader is that a recursion uses up: what everybody who calls it gives.

A rest that each call hands on is no longer than what was given first: a literal, or what the caller
refuses where it is longer (``if len(s) > 255 { return nil }``). A reader ends where it is limited.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from golsp_mem.analysis.again import Sources
from golsp_mem.analysis.stack.assignments import values_of
from golsp_mem.analysis.stack.bound import Bound
from golsp_mem.analysis.stack.constants import constant_value
from golsp_mem.analysis.stack.recursion.bounds import parameters_of
from golsp_mem.analysis.stack.recursion.counted import alternatives, leaves
from golsp_mem.analysis.stack.recursion.members import Member, body_of, calls_to
from golsp_mem.analysis.stack.recursion.starts import largest_start
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile

_BYTES = re.compile(r"\[\](?:byte|rune)\((\".*\")\)")
_CUTS = re.compile(r"(?:strings|bytes)\.Cut(?:Prefix|Suffix)?\(,")
_STRINGS = ("interpreted_string_literal", "raw_string_literal")


def used_up(one: Member, paths: Collection[str], sources: Sources) -> Bound | None:
    """What bounds a function that calls itself with the rest of what it got; None: nothing."""
    body = body_of(one)
    calls = calls_to(one, body, one.called) if body is not None else []
    tree = one.file.tree
    for position, parameter in enumerate(parameters_of(one.file, one.syntax) if calls else ()):
        listed = [call.field("arguments") for call in calls]
        given = [each.named_children if each is not None else () for each in listed]
        if not parameter.name or any(position >= len(each) for each in given):
            continue
        handed = [each[position] for each in given]
        if all(tree.source(each) == parameter.name for each in handed):
            measure = limit_of_reader
        elif all(_is_rest(one, each, parameter.name) for each in handed):
            measure = length_of
        else:
            continue
        most = _refused(one.file, calls[0], parameter.name) if measure is length_of else None
        if most is None:
            most = largest_start(one.syntax, position, paths, sources, measure=measure)
        if most is not None:
            return Bound(parameter.name, most + 1)
    return None


def _is_rest(one: Member, node: Node, name: str) -> bool:
    """``s[1:]``, or ``rest`` of ``head, rest, found := strings.Cut(s, ".")``."""
    if node.kind == "identifier":
        start, end = one.file.tree.bounds(one.syntax.span)
        text = one.file.text[start:end].decode("latin-1")
        set_to = re.findall(
            rf"(?m)(?<![\w.]){re.escape(one.file.tree.source(node))}(?:, \w+)* :?= ?(.*)$", text
        )
        return len(set_to) == 1 and _CUTS.match(set_to[0].replace(f"({name},", "(,")) is not None
    operand, first = node.field("operand"), node.field("start")
    is_cut = node.kind == "slice_expression" and operand is not None and first is not None
    return (
        is_cut
        and operand is not None
        and first is not None
        and one.file.tree.source(operand) == name
        and one.file.tree.source(first) != "0"
    )


def limit_of_reader(file: GoFile, node: Node) -> int | None:
    """``n`` of ``io.LimitReader(r, n)``, buffered or not."""
    node = unparenthesized(node)
    called, listed = node.field("function"), node.field("arguments")
    if called is None or listed is None:
        values = values_of(file, node)
        return limit_of_reader(file, values[0]) if len(values) == 1 else None
    name, given = file.tree.source(called), listed.named_children
    if name == "io.LimitReader" and len(given) > 1:
        return constant_value(file, given[1])
    return limit_of_reader(file, given[0]) if name == "bufio.NewReader" and given else None


def length_of(file: GoFile, node: Node) -> int | None:
    """How long a text or list may be: that of a literal, or beyond which its function leaves in
    front of the call."""
    node = unparenthesized(node)
    text = file.tree.source(node)
    if node.kind in _STRINGS:
        return len(text)
    if (converted := _BYTES.fullmatch(text)) is not None:
        return len(converted[1])
    if node.kind == "composite_literal" and (body := node.field("body")) is not None:
        keyed = any(one.kind == "keyed_element" for one in body.named_children)
        return None if keyed else len(body.named_children)
    return _refused(file, node, text) if node.kind == "identifier" else None


def _refused(file: GoFile, node: Node, name: str) -> int | None:
    span = file.tree.node_span(node)
    function = file.function_at(span.line, span.column)
    if function is None:
        return None
    member = Member(file, function, "")
    for outer in node.ancestors():
        if outer.kind in ("func_literal", *DECLARATIONS):
            return None
        for test in outer.named_children if outer.kind == "statement_list" else ():
            condition, then = test.field("condition"), test.field("consequence")
            if test.kind != "if_statement" or test.end > node.start:
                continue
            if condition is None or then is None or not leaves(member, then):
                continue
            setting = rf"(?<![\w.]){re.escape(name)}\b(?:, *\w+)* *(?::?=[^=]|\+=)"
            between = file.text[test.end : node.start].decode("latin-1")
            for part in alternatives(condition):
                most = _most(file, part, name)
                if most is not None and re.search(setting, between) is None:
                    return most
    return None


def _most(file: GoFile, test: Node, name: str) -> int | None:
    """``n`` of ``len(name) > n``."""
    left, sign, right = (test.field(one) for one in ("left", "operator", "right"))
    if test.kind != "binary_expression" or left is None or sign is None or right is None:
        return None
    is_length = file.tree.source(left) == f"len({name})" and sign.kind in (">", ">=")
    return constant_value(file, right) if is_length else None
