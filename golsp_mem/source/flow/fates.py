"""What becomes of a value, as far as the function that makes it tells."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.model import Fate, FateKind, Span
from golsp_mem.source.flow.coldpaths import place_of
from golsp_mem.source.parts.tree import Node, outer_parentheses
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, variable_at

_ORDER = (FateKind.RETURNED, FateKind.STORED, FateKind.CAPTURED, FateKind.PASSED)
# What hands on what it is given: conversions, literals, addresses, arguments of append.
_HANDS_ON = (
    "parenthesized_expression", "unary_expression", "literal_element", "keyed_element",
    "literal_value", "composite_literal", "type_conversion_expression", "slice_expression",
    "type_assertion_expression", "expression_list",
)  # fmt: skip


def fate_of(file: GoFile, span: Span) -> Fate | None:
    """The fate of what a finding's place makes; None where the text does not tell.

    Of a declared variable, that of its address; where several things are done with a value, what
    keeps it longest.
    """
    place = place_of(file.tree, span)
    if place.kind == "identifier" and _declares(place):
        variable = variable_at(file, place)
        return _of_variable(file, variable, set()) if variable is not None else None
    return _longest(_of_value(file, place, set()))


def _declares(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    if parent.kind in ("var_spec", "parameter_declaration"):
        return True
    owner = parent.parent if parent.kind == "expression_list" else parent
    if owner is None or owner.kind not in ("short_var_declaration", "range_clause"):
        return False
    left = owner.field("left")
    return left is not None and left.start <= node.start < left.end


def _longest(fates: Iterator[Fate]) -> Fate | None:
    known = list(fates)
    return min(known, key=lambda fate: _ORDER.index(fate.kind), default=None)


def _of_variable(file: GoFile, variable: Variable, seen: set[int]) -> Fate | None:
    """``seen`` are the variables on whose way this is, by where they are declared: each is followed
    once. ``dst = append(dst, …)`` leads back to itself, and buffers lead to each other."""
    if variable.declaration.start in seen:
        return None
    seen.add(variable.declaration.start)
    return _longest(
        fate
        for use in variable.uses
        if use.start != variable.declaration.start
        for fate in (*_captured(use, variable), *_of_value(file, use, seen))
    )


def _captured(use: Node, variable: Variable) -> Iterator[Fate]:
    for node in use.ancestors():
        if node.start <= variable.declaration.start < node.end:
            return
        if node.kind == "func_literal":
            yield Fate(FateKind.CAPTURED)
            return


def _of_value(file: GoFile, value: Node, seen: set[int]) -> Iterator[Fate]:
    node = outer_parentheses(value)
    while node.parent is not None:
        parent = node.parent
        if parent.kind == "return_statement":
            yield Fate(FateKind.RETURNED)
            return
        if parent.kind == "send_statement":
            yield Fate(FateKind.STORED)
            return
        if parent.kind == "argument_list" and parent.parent is not None:
            yield from _as_argument(file, parent.parent, seen)
            return
        if parent.kind == "expression_list" and parent.parent is not None:
            owner = parent.parent
            if owner.kind == "return_statement":
                yield Fate(FateKind.RETURNED)
                return
            if owner.kind in ("assignment_statement", "short_var_declaration", "var_spec"):
                yield from _assigned(file, owner, parent, node, seen)
                return
        if parent.kind not in _HANDS_ON:
            return
        node = parent


def _as_argument(file: GoFile, call: Node, seen: set[int]) -> Iterator[Fate]:
    function = call.field("function")
    if function is None:
        return
    name = file.tree.collapsed(function)
    if name == "append":
        yield from _of_value(file, call, seen)
        return
    yield Fate(FateKind.PASSED, name)


def _assigned(
    file: GoFile, owner: Node, values: Node, value: Node, seen: set[int]
) -> Iterator[Fate]:
    left = owner.field("left")
    if left is not None and left is values:
        return
    names = left.named_children if left is not None else owner.fields("name")
    given = values.named_children
    if len(given) != len(names) or value not in given:
        return
    target = names[given.index(value)]
    if target.kind != "identifier":
        yield Fate(FateKind.STORED)
        return
    if file.tree.source(target) == "_":
        return
    variable = variable_at(file, target)
    if variable is None:
        yield Fate(FateKind.STORED)
    elif value.start > target.start:
        fate = _of_variable(file, variable, seen)
        if fate is not None:
            yield fate
