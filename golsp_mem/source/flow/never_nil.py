"""Slices that are never nil, as far as their own function tells."""

from __future__ import annotations

from golsp_mem.model import Span
from golsp_mem.source.flow.coldpaths import place_of
from golsp_mem.source.lengths import is_cut
from golsp_mem.source.parts.tree import Node, outer_parentheses
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, variable_at
from golsp_mem.source.written import expression_type


def is_never_nil(file: GoFile, span: Span) -> bool:
    """Whether the slice written there is none that may be nil: made, a literal, appended to, cut at
    a bound above 0, or a local variable that is only ever set to such."""
    return _never_nil(file, place_of(file.tree, span), frozenset())


def _never_nil(file: GoFile, node: Node, known: frozenset[int]) -> bool:
    """``known`` are the variables on the way here, by their declarations: what is set to something
    made of itself (``x = append(x, …)``) is nil no sooner than it was."""
    if node.kind == "parenthesized_expression":
        return _never_nil(file, node.named_children[0], known)
    if node.kind == "composite_literal":
        return True
    if node.kind == "slice_expression":
        operand = node.field("operand")
        return is_cut(file, node) or (operand is not None and _never_nil(file, operand, known))
    if node.kind == "type_conversion_expression":
        # Of a string; that of a slice gives what it is given.
        operand = node.field("operand")
        return operand is not None and (
            expression_type(file, operand) == "string" or _never_nil(file, operand, known)
        )
    if node.kind == "call_expression":
        return _is_made(file, node, known)
    if node.kind != "identifier":
        return False
    variable = variable_at(file, node)
    if variable is None or variable.is_parameter:
        return False
    if variable.declaration.start in known:
        return True
    known |= {variable.declaration.start}
    return all(_keeps(file, variable, use, known) for use in variable.uses)


def _is_made(file: GoFile, call: Node, known: frozenset[int]) -> bool:
    function, arguments = call.field("function"), call.field("arguments")
    if function is None or arguments is None:
        return False
    name = file.tree.source(function)
    given = arguments.named_children
    if name == "make":
        return True
    if name != "append" or not given:
        return False
    # A slice that is spread may be empty.
    spread = any(one.kind == "variadic_argument" for one in given)
    return (len(given) > 1 and not spread) or _never_nil(file, given[0], known)


def _keeps(file: GoFile, variable: Variable, use: Node, known: frozenset[int]) -> bool:
    """Whether a use leaves the variable what it is: it is read, or set to what is never nil."""
    node = outer_parentheses(use)
    parent = node.parent
    if parent is None:
        return False
    if parent.kind in ("unary_expression", "selector_expression"):
        # Its address is taken, as a method's receiver too.
        return False
    if parent.kind == "var_spec":
        return node not in parent.fields("name") or _is_given(file, parent, node, known)
    if parent.kind == "expression_list" and parent.parent is not None:
        owner = parent.parent
        if owner.field("left") == parent:
            return owner.kind in ("assignment_statement", "short_var_declaration") and _is_given(
                file, owner, node, known
            )
        return True
    # A case of a select, the head of a type switch: declared in ways that are not looked at.
    return use.start != variable.declaration.start


def _is_given(file: GoFile, owner: Node, target: Node, known: frozenset[int]) -> bool:
    """Whether the value of this target is never nil."""
    left = owner.field("left")
    names = left.named_children if left is not None else owner.fields("name")
    value = owner.field("right") or owner.field("value")
    if value is None:
        return False
    values = value.named_children if value.kind == "expression_list" else [value]
    if len(values) != len(names):
        return False
    return _never_nil(file, values[names.index(target)], known)
