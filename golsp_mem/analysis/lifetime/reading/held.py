"""Whether the value of an expression holds an object: points to it, or into its block."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.analysis.lifetime.reading.cleanups import pointed_type
from golsp_mem.analysis.lifetime.reading.definitions import definitions
from golsp_mem.analysis.lifetime.reading.expressions import bare, root_of
from golsp_mem.analysis.lifetime.reading.fields import Fields
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.source.package import (
    Place,
    arguments_of,
    callee_of,
    initial_value,
    parameters_of,
    selected,
)
from golsp_mem.source.parts.functions import receiver_type
from golsp_mem.source.parts.tree import Node, element_value, unparenthesized
from golsp_mem.source.variables import Variable, is_assigned_again

_DEPTH = 4


def holds(known: Package, value: Place, owner: Variable, depth: int = _DEPTH) -> Node | None:
    """The place in ``value`` that names the object of ``owner``, a pointer that is set once; None
    where the value does not hold it, as far as the text tells.

    Followed are conversions, variables that are set once, composite literals, addresses and slices
    of the object's own block, function literals and what they capture, method values with a pointer
    receiver, and functions of the package that return a literal around their parameter.
    """
    place = bare(known, value)
    node = place.node
    if depth == 0:
        return None
    if node.kind == "identifier":
        return _of_variable(known, place, owner, depth)
    if node.kind == "func_literal":
        starts = {use.start for use in owner.uses}
        return next((one for one in node.walk() if one.start in starts
                     and one.kind == "identifier"), None)  # fmt: skip
    if node.kind in ("composite_literal", "literal_value"):
        # The elements of `[]*T{{…}}` leave their type out.
        body = node.field("body") if node.kind == "composite_literal" else node
        values = map(element_value, body.named_children if body is not None else ())
        inside = (holds(known, place.of(one), owner, depth - 1) for one in values)
        return next((one for one in inside if one is not None), None)
    operand = node.field("operand")
    if operand is not None and node.kind == "unary_expression" and place.text.startswith("&"):
        inner = unparenthesized(operand)
        if inner.kind == "composite_literal":
            return holds(known, place.of(inner), owner, depth - 1)
        return _in_block(known, place.of(inner), owner)
    if operand is not None and node.kind == "slice_expression":
        return _in_block(known, place.of(operand), owner, ends_with="[")
    if node.kind == "selector_expression":
        return _method_value(known, place, owner)
    if node.kind == "call_expression":
        return _made_around(known, place, owner, depth)
    return None


def _of_variable(known: Package, place: Place, owner: Variable, depth: int) -> Node | None:
    variable = known.variable(place)
    if variable is None:
        return None
    if variable.declaration.start == owner.declaration.start:
        return place.node
    start = initial_value(variable)
    if start is None or start[1] != 0 or is_assigned_again(variable):
        return None
    if any(one.path and one.value.text == "nil" for one in definitions(known, variable)):
        return None  # taken out again
    return place.node if holds(known, start[0], owner, depth - 1) is not None else None


def _in_block(known: Package, place: Place, owner: Variable, ends_with: str = "") -> Node | None:
    """A field that lies in the object's own block: not behind a pointer, slice or map."""
    root = root_of(known, place)
    kind = pointed_type(known.syntax, owner)
    held = known.variable(root.place) if root.place.node.kind == "identifier" else None
    if held is None or held.declaration.start != owner.declaration.start or kind is None:
        return None
    fields = Fields(known.syntax)
    found = fields.walk(kind, root.path) if root.path else None
    if found is None or fields.block_of(kind, root.path[:-1]):
        return None
    is_array = found[1].startswith("[") and not found[1].startswith("[]")
    return root.place.node if not ends_with or is_array else None


def _method_value(known: Package, place: Place, owner: Variable) -> Node | None:
    bound = selected(place)
    kind = pointed_type(known.syntax, owner)
    if bound is None or kind is None:
        return None
    held = known.variable(place.of(bound[0])) if bound[0].kind == "identifier" else None
    method = known.syntax.functions.get(f"{kind}.{bound[1]}")
    if held is None or method is None or held.declaration.start != owner.declaration.start:
        return None
    written = receiver_type(method.file.tree, method.node)
    return bound[0] if written is not None and written[0].startswith("*") else None


def _made_around(known: Package, call: Place, owner: Variable, depth: int) -> Node | None:
    """``closer(r)``, which returns a literal that captures its parameter."""
    callee = callee_of(call)
    function = known.syntax.functions.get(callee.name) if callee and not callee.package else None
    if function is None:
        return None
    captured = set(_captured(known, function))
    for (name, written), given in zip(parameters_of(function), arguments_of(call), strict=False):
        if name in captured and written.startswith("*"):
            found = holds(known, call.of(given), owner, depth - 1)
            if found is not None:
                return found
    return None


def _captured(known: Package, function: Place) -> Iterator[str]:
    """The parameters that a literal in a return statement captures."""
    for node in function.node.walk():
        listed = node.named_children if node.kind == "return_statement" else ()
        for literal in (one for value in listed for one in value.walk()):
            for one in literal.walk() if literal.kind == "func_literal" else ():
                variable = known.variable(function.of(one)) if one.kind == "identifier" else None
                if variable is None or variable.is_declared_in(literal):
                    continue
                if variable.is_parameter:
                    yield variable.name
