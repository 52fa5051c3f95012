"""Finalizers and cleanups of variables of which the function returns a copy."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.cleanups import ADD_CLEANUP, CleanupCall
from golsp_mem.analysis.lifetime.reading.expressions import root_of, variable_type
from golsp_mem.analysis.lifetime.reading.package import Package, role_of
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node, outer_parentheses
from golsp_mem.source.variables import Variable, in_same_function


@frozen(eq=False)
class Copied:
    """``return t`` where the object of ``mark`` is ``t`` itself: who gets the copy does not hold
    it."""

    mark: CleanupCall
    variable: Variable
    statement: Place


def copied_out(known: Package) -> Iterator[Copied]:
    """One for each cleanup that may run as soon as its function has returned a copy."""
    for mark in known.cleanups.calls:
        variable = _object(known, mark)
        if variable is None or mark.removes or mark.forwards is not None:
            continue
        copies = [one for one in map(_return_of, variable.uses) if one is not None]
        if copies and _is_held_by_nothing(known, variable, mark) and _releases(known, mark):
            yield Copied(mark, variable, mark.place.of(copies[0]))


def _object(known: Package, mark: CleanupCall) -> Variable | None:
    """The struct variable whose address the cleanup is set on."""
    operand = mark.value.field("operand") if mark.value.kind == "unary_expression" else None
    if operand is None or operand.kind != "identifier" or mark.value.token("&") is None:
        return None
    variable = known.variable(mark.place.of(operand))
    if variable is None or role_of(variable) in ("receiver", "result"):
        return None
    return variable if variable_type(known, variable) in known.syntax.structs else None


def _return_of(use: Node) -> Node | None:
    node = outer_parentheses(use)
    listed = node.parent
    statement = listed.parent if listed is not None else None
    is_it = statement is not None and statement.kind == "return_statement"
    return statement if is_it and listed is not None and listed.kind == "expression_list" else None


def _is_held_by_nothing(known: Package, variable: Variable, mark: CleanupCall) -> bool:
    """Whether nothing but the cleanup has the variable's address: it is read and set by fields,
    and returned."""
    for use in variable.uses:
        if use.start == variable.declaration.start or _return_of(use) is not None:
            continue
        if mark.value.start <= use.start < mark.value.end:
            continue
        if not in_same_function(variable, use):
            return False
        node, outer = use, use.parent
        while outer is not None and outer.kind == "selector_expression":
            name = outer.field("field")
            text = variable.file.tree.source(name) if name is not None else ""
            if text in known.syntax.methods and text not in known.syntax.fields:
                return False
            node, outer = outer, outer.parent
        is_part = node is not use and outer is not None
        if not is_part or outer is None or outer.kind in ("unary_expression", "slice_expression"):
            return False
    return True


def _releases(known: Package, mark: CleanupCall) -> bool:
    """Whether the cleanup releases what the copy has, too."""
    if mark.kind != ADD_CLEANUP or mark.argument is None:
        return bool(mark.releases)
    root = root_of(known, mark.place.of(mark.argument))
    held = known.variable(root.place) if root.place.node.kind == "identifier" else None
    return bool(root.path) and held is _object(known, mark)
