"""Values of which a KeepAlive keeps nothing: numbers, and structs and arrays of numbers.

The compiler tells the types (`reading.typed`). A value without pointers keeps nothing but the
variable that it is read from, and that matters only to who has its address: nobody, where the text
takes none but for the KeepAlive itself. Strings and slices lead to memory, which may be somebody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.expressions import root_of
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.source.package import PackageSyntax, Place, callee_of, initial_value
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable, is_assigned_again

_NUMBER = re.compile(
    r"(?:untyped )?(?:u?int(?:8|16|32|64)?|uintptr|byte|rune|bool|float(?:32|64)?)"
    r"|time\.Duration|syscall\.(?:Signal|Errno)"
)
_ARRAY = re.compile(r"\[[^\]]+\]")
_DEPTH = 6
_TYPES = ("type_spec", "type_alias", "type_parameter_declaration")
# What an argument may be made of, beside names: each makes a value of its own, or reads a part.
_COPIES = frozenset(
    {
        *("parenthesized_expression", "binary_expression", "selector_expression"),
        *("index_expression", "composite_literal", "literal_value", "literal_element"),
        *("keyed_element", "array_type", "implicit_length_array_type", "argument_list"),
        *("field_identifier", "type_identifier", "int_literal", "call_expression"),
        *("type_conversion_expression", "identifier"),
    }
)


@frozen
class Pointerless:
    """What a KeepAlive is given: ``variables`` are those that it is read from."""

    variables: tuple[Variable, ...]
    is_address: bool
    is_number: bool


def asked_types(argument: Place) -> Iterator[Place]:
    """The names in the argument of a KeepAlive of which the types matter."""
    listed = list(_named(_operand(argument)[0]))
    if all(one.kind in _COPIES for one in listed):
        for one in listed:
            if one.kind == "identifier" and not _is_called(one):
                yield argument.of(one)


def pointerless(known: Package, argument: Place) -> Pointerless | None:
    """The argument, if the compiler and the text say that it keeps nothing."""
    node, is_address = _operand(argument)
    listed = list(_named(node))
    if any(one.kind not in _COPIES for one in listed) or (is_address and len(listed) > 1):
        return None
    variables: list[Variable] = []
    is_number = True
    for one in listed:
        place = argument.of(one)
        if one.kind in ("call_expression", "type_conversion_expression"):
            if not _converts(known, place):
                return None
        elif one.kind == "composite_literal":
            written = one.field("type")
            text = argument.file.tree.source(written) if written is not None else ""
            if not _has_no_pointer(known.syntax, text, argument):
                return None
            is_number = False
        elif one.kind == "identifier" and not _is_called(one):
            variable = known.variable(place)
            kind = known.types.known.get((argument.file.path, one.start), "")
            if variable is None or not _has_no_pointer(known.syntax, kind, argument):
                return None
            if any(_is_reached(known.syntax, variable, use, node) for use in variable.uses):
                return None
            is_number = is_number and _is_number(known.syntax, kind)
            variables.append(variable)
    return Pointerless(tuple(variables), is_address, is_number) if variables else None


def _named(node: Node) -> Iterator[Node]:
    yield node
    for one in node.named_children:
        yield from _named(one)


def copied_from(known: Package, argument: Place) -> Variable | None:
    """The variable t of ``c := *t`` or ``name := t.name``, where the argument is such a copy and
    nothing but texts and numbers: it keeps no more of what t points to than a text's memory."""
    variable = known.variable(argument) if argument.node.kind == "identifier" else None
    kind = known.types.known.get((argument.file.path, argument.node.start), "")
    start = initial_value(variable) if variable is not None else None
    if variable is None or start is None or is_assigned_again(variable):
        return None
    if not _has_no_pointer(known.syntax, kind, argument, texts=True):
        return None
    node = start[0].node
    operand = node.field("operand")
    if operand is None or not (node.kind == "selector_expression" or node.token("*") is not None):
        return None
    owner = root_of(known, start[0].of(operand)).place
    return known.variable(owner) if owner.node.kind == "identifier" else None


def _operand(argument: Place) -> tuple[Node, bool]:
    """What the argument reads, and whether it is the address of that."""
    node = unparenthesized(argument.node)
    operand = node.field("operand") if node.kind == "unary_expression" else None
    if operand is not None and node.token("&") is not None:
        return unparenthesized(operand), True
    return node, False


def _is_called(node: Node) -> bool:
    parent = node.parent
    return (
        parent is not None
        and parent.kind == "call_expression"
        and (parent.field("function") is node)
    )


def _converts(known: Package, call: Place) -> bool:
    """Whether a call is a conversion to a type without pointers."""
    if call.node.kind == "type_conversion_expression":
        written = call.node.field("type")
        text = call.file.tree.source(written) if written is not None else ""
        return _has_no_pointer(known.syntax, text, call)
    callee = callee_of(call)
    if callee is None or callee.package:
        return False
    is_type = callee.name in known.syntax.types or _NUMBER.fullmatch(callee.name) is not None
    return is_type and _has_no_pointer(known.syntax, callee.name, call)


def _has_no_pointer(
    syntax: PackageSyntax, written: str, near: Place, depth: int = _DEPTH, *, texts: bool = False
) -> bool:
    """Whether values of a type hold no pointer, ``texts`` apart; types that a function declares may
    have any name, so where the declaration ``near`` has some nothing is known."""
    if depth == 0 or (depth == _DEPTH and _declares(near, written)):
        return False
    if _NUMBER.fullmatch(written) or (texts and written == "string"):
        return written not in syntax.types
    array = _ARRAY.match(written)
    if array is not None:
        return _has_no_pointer(syntax, written[array.end() :], near, depth - 1, texts=texts)
    if written not in syntax.types or syntax.type_parameters.get(written):
        return False
    if syntax.types[written].startswith("struct"):
        inner = (*syntax.structs[written].values(), *syntax.embedded.get(written, ()))
        return all(_has_no_pointer(syntax, one, near, depth - 1, texts=texts) for one in inner)
    return _has_no_pointer(syntax, syntax.types[written], near, depth - 1, texts=texts)


def _is_number(syntax: PackageSyntax, written: str) -> bool:
    for _ in range(_DEPTH):
        if _NUMBER.fullmatch(written):
            return True
        written = syntax.types.get(written, "")
    return False


def _declares(place: Place, name: str) -> bool:
    around = place.file.tree.top_level(place.node.start)
    base = name.rpartition("]")[2]
    return around is not None and any(
        place.file.tree.source(one) == base
        for node in around.walk()
        if node.kind in _TYPES
        for one in node.fields("name")
    )


def _is_reached(syntax: PackageSyntax, variable: Variable, use: Node, but_for: Node) -> bool:
    """Whether a use gives somebody the address of the variable or of a part of it."""
    if but_for.start <= use.start < but_for.end:
        return False
    node = use
    for one in use.ancestors():
        if one.kind == "unary_expression":
            return one.token("&") is not None
        if one.kind == "slice_expression":
            return one.field("operand") is node
        if one.kind == "selector_expression":
            name = one.field("field")
            text = variable.file.tree.source(name) if name is not None else ""
            # A method may have a pointer for its receiver.
            if text in syntax.methods or text not in syntax.fields:
                return True
        elif one.kind not in ("index_expression", "parenthesized_expression") or (
            one.field("index") is node
        ):
            return False
        node = one
    return False
