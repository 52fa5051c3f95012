"""Who owns a resource: where a value comes from, and whether anything else may hold it.

A variable that is dead at a call says little while another variable, a field, a closure or the
caller holds the same value. These are the conditions under which nothing of that is so, from
the text alone; where it does not tell, the answer is no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.analysis.lifetime.cleanups import CleanupCall, pointed_type
from golsp_mem.analysis.lifetime.package import (
    Package,
    cleanups_on,
    facts_at,
    place_of_call,
    role_of,
)
from golsp_mem.analysis.lifetime.standard import constructed, standard_type
from golsp_mem.source.package import (
    Place,
    arguments_of,
    callee_of,
    initial_value,
    method_call,
)
from golsp_mem.source.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.variables import (
    Variable,
    in_same_function,
    is_assigned_again,
    share_a_loop,
    variable_at,
)

_DEPTH = 3
_BUILTINS = frozenset({("", "new"), ("", "make"), ("", "append")})
_DELAYED = ("defer_statement", "go_statement")
_HARMLESS_CALLS = frozenset(
    {("runtime", "SetFinalizer"), ("runtime", "AddCleanup"), ("runtime", "KeepAlive")}
)


def may_lose(package: Package, variable: Variable, use: Node) -> bool:
    """Whether the value can be collected at ``use`` once its variable is dead there."""
    if is_assigned_again(variable) or not in_same_function(variable, use):
        return False
    if _is_stopped(package, variable) or _is_shared(package, variable, use):
        return False
    role = role_of(variable)
    if role in ("parameter", "receiver"):
        return not _is_held_by_callers(package, variable, _DEPTH)
    return role is None


def has_own_cleanup(package: Package, variable: Variable, use: Node) -> bool:
    """Whether this value, not only its type, is known to have a finalizer or cleanup at ``use``.

    A parameter's type must do: whoever made the value is not here.
    """
    if role_of(variable) in ("parameter", "receiver"):
        return True
    if any(not one.removes and one.place.node.end <= use.start
           for one in cleanups_on(package, variable)):  # fmt: skip
        return True
    start = initial_value(variable)
    if start is None or start[0].node.kind != "call_expression":
        return False
    callee = callee_of(start[0])
    if callee is None:
        return False
    if callee.package:
        return constructed(callee.package, callee.name, start[1]) is not None
    return _makes(package, callee.name, start[1], _DEPTH)


def is_made_here(variable: Variable) -> bool:
    """Whether the variable starts with the result of a function: its block is no stack's."""
    start = initial_value(variable)
    if start is None or start[0].node.kind != "call_expression":
        return False
    callee = callee_of(start[0])
    return callee is not None and (callee.package, callee.name) not in _BUILTINS


def _makes(package: Package, name: str, result: int, depth: int) -> bool:
    """Whether a function of the package returns a new value that got a cleanup there."""
    function = package.syntax.functions.get(name)
    body = function.node.field("body") if function is not None else None
    if function is None or body is None or depth == 0:
        return False
    made = False
    for node in body.walk():
        if node.kind != "return_statement" or _literal_between(node, function.node):
            continue
        listed = node.named_children[0].named_children if node.named_children else ()
        if len(listed) == 1 and listed[0].kind == "call_expression":
            callee = callee_of(function.of(listed[0]))
            if (
                callee is None
                or callee.package
                or not _makes(package, callee.name, result, depth - 1)
            ):
                return False
            made = True
            continue
        value = unparenthesized(listed[result]) if result < len(listed) else None
        if value is None:
            return False
        if function.of(value).text == "nil":
            continue
        variable = variable_at(function.file, value) if value.kind == "identifier" else None
        if variable is None or is_assigned_again(variable):
            return False
        marks = [one for one in cleanups_on(package, variable) if not one.removes]
        if not marks or _is_shared(package, variable, node):
            return False
        made = True
    return made


def _literal_between(node: Node, function: Node) -> bool:
    for outer in node.ancestors():
        if outer.start == function.start:
            return False
        if outer.kind == "func_literal":
            return True
    return False


def _is_stopped(package: Package, variable: Variable) -> bool:
    """Whether the function takes the finalizer or cleanup off again."""
    marks = cleanups_on(package, variable)
    if any(one.removes or _is_result_used(one) for one in marks):
        return True
    for use in variable.uses:
        outer = use.parent
        around = outer.parent if outer is not None else None
        if outer is None or around is None or around.kind != "selector_expression":
            continue
        field = around.field("field")
        if field is not None and variable.file.tree.source(field) == "Stop":
            return True
    return False


def _is_result_used(mark: CleanupCall) -> bool:
    """Whether what AddCleanup returns is kept in a variable, by which it may be stopped."""
    listed = mark.place.node.parent
    statement = listed.parent if listed is not None else None
    left = statement.field("left") if statement is not None else None
    if listed is None or listed.kind != "expression_list" or left is None:
        return False
    return any(
        one.kind == "identifier" and mark.place.of(one).text != "_" for one in left.named_children
    )


def _is_shared(package: Package, variable: Variable, place: Node) -> bool:
    """Whether something else may hold the value when ``place`` runs."""
    return any(
        not _is_harmless(package, variable, use, _DEPTH)
        for use in variable.uses
        if use.start != variable.declaration.start
        and (use.start < place.end or share_a_loop(use, place))
    )


def _is_harmless(package: Package, variable: Variable, use: Node, depth: int) -> bool:
    """Whether a use leaves no other reference to the value behind."""
    if not in_same_function(variable, use) or depth == 0:
        return False
    node = outer_parentheses(use)
    outer = node.parent
    if outer is None:
        return False
    if outer.kind == "selector_expression":
        return _is_harmless_selection(package, variable, outer, depth)
    if outer.kind == "binary_expression":
        return True
    if outer.kind == "argument_list" and outer.parent is not None:
        return _is_harmless_argument(package, variable, node, outer.parent, depth)
    if outer.kind == "expression_list" and outer.parent is not None:
        return outer.parent.kind == "return_statement"
    return False


def _is_harmless_selection(
    package: Package, variable: Variable, selection: Node, depth: int
) -> bool:
    kind = pointed_type(package.syntax, variable)
    field = selection.field("field")
    outer = outer_parentheses(selection).parent
    if kind is None or field is None or outer is None:
        return False
    name = variable.file.tree.source(field)
    if outer.kind == "call_expression" and outer.field("function") is selection:
        if _is_delayed(outer):
            return False
        if standard_type(kind) is not None:
            return True
        method = package.syntax.functions.get(f"{kind}.{name}")
        return method is not None and _stays(package, method, None, depth - 1)
    if f"{kind}.{name}" in package.syntax.functions or standard_type(kind) is not None:
        return False  # a method value holds its receiver
    if outer.kind == "selector_expression":
        around = outer.parent
        return around is None or around.kind != "call_expression"
    if outer.kind == "unary_expression":
        operator = outer.field("operator")
        return operator is None or variable.file.tree.source(operator) != "&"
    return outer.kind != "slice_expression"


def _is_harmless_argument(
    package: Package, variable: Variable, node: Node, call: Node, depth: int
) -> bool:
    if call.kind != "call_expression" or _is_delayed(call):
        return False
    place = Place(variable.file, call)
    given = arguments_of(place)
    callee = callee_of(place)
    index = next((i for i, one in enumerate(given) if one.start == node.start), None)
    if callee is None or index is None:
        return False
    if (callee.package, callee.name) in _HARMLESS_CALLS:
        return index == 0
    if (callee.package, callee.name) == ("unsafe", "Pointer"):
        return _is_uintptr(place)
    function = package.syntax.functions.get(callee.name) if not callee.package else None
    return function is not None and _stays(package, function, index, depth - 1)


def _is_uintptr(pointer: Place) -> bool:
    """Whether ``unsafe.Pointer(p)`` is turned into a number on the spot."""
    outer = pointer.node.parent.parent if pointer.node.parent is not None else None
    if outer is None or outer.kind != "call_expression":
        return False
    callee = callee_of(pointer.of(outer))
    return callee is not None and (callee.package, callee.name) == ("", "uintptr")


def _is_delayed(call: Node) -> bool:
    return call.parent is not None and call.parent.kind in _DELAYED


def _stays(package: Package, function: Place, index: int | None, depth: int) -> bool:
    """Whether a function keeps nothing of a parameter (None: its receiver)."""
    if depth <= 0 or function.node.field("body") is None:
        return False
    known = function.file.function_at(function.span.line, function.span.column)
    if known is None:
        return False
    if index is None:
        wanted = [one for one in known.parameters if one.role == "receiver"]
        if not wanted:
            return True  # nameless: it cannot be used
        parameter = wanted[0]
    else:
        wanted = [one for one in known.parameters if one.role == "parameter"]
        if index >= len(wanted):
            return False
        parameter = wanted[index]
    node = function.file.tree.smallest(*function.file.tree.bounds(parameter.span))
    variable = variable_at(function.file, node) if node.kind == "identifier" else None
    if variable is None:
        return parameter.name == "_"
    return not is_assigned_again(variable) and all(
        _is_harmless(package, variable, use, depth) and not _is_returned(use)
        for use in variable.uses
        if use.start != variable.declaration.start
    )


def _is_returned(use: Node) -> bool:
    outer = outer_parentheses(use).parent
    return (
        outer is not None and outer.parent is not None and (outer.parent.kind == "return_statement")
    )


def _is_held_by_callers(package: Package, parameter: Variable, depth: int) -> bool:
    """Whether every caller has the argument live at its call, or cannot be judged.

    Callers outside the package are unknown: they do not count as holding it.
    """
    function = parameter.function
    if function.is_literal or depth == 0:
        return True
    name = function.name.rsplit(".", 1)[-1]
    if name[:1].isupper() and package.syntax.name != "main":
        return False
    held = False
    for argument, call in _arguments_for(package, parameter):
        held = True
        if argument is None or argument.kind != "identifier":
            continue
        caller = variable_at(call.file, argument)
        if caller is None:
            continue
        at = facts_at(package.live, call.file, place_of_call(call))
        if any(caller.name in fact.variables or fact.made for fact in at):
            continue
        if may_lose_at_call(package, caller, call.node, depth - 1):
            return False
    return held


def may_lose_at_call(package: Package, caller: Variable, call: Node, depth: int) -> bool:
    """may_lose for a caller's variable, with the depth of callers that is left."""
    if is_assigned_again(caller) or not in_same_function(caller, call):
        return False
    role = role_of(caller)
    if role in ("parameter", "receiver"):
        return not _is_held_by_callers(package, caller, depth)
    return role is None and not _is_shared_but_for(package, caller, call)


def _is_shared_but_for(package: Package, caller: Variable, call: Node) -> bool:
    return any(
        not _is_harmless(package, caller, use, _DEPTH)
        for use in caller.uses
        if use.start != caller.declaration.start
        and not call.start <= use.start < call.end
        and (use.start < call.start or share_a_loop(use, call))
    )


def _arguments_for(package: Package, parameter: Variable) -> Iterator[tuple[Node | None, Place]]:
    """What each call in the package passes for the parameter; None where it cannot be told."""
    function = parameter.function
    name = function.name.rsplit(".", 1)[-1]
    receiver = role_of(parameter) == "receiver"
    listed = [one.span for one in function.parameters if one.role == "parameter"]
    span = parameter.file.tree.node_span(parameter.declaration)
    index = listed.index(span) if span in listed else None
    for call in package.syntax.calls_near(re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")):
        method = method_call(call)
        if function.receiver is not None:
            called = call.node.field("function")
            field = called.field("field") if called is not None else None
            if field is None or call.file.tree.source(field) != name:
                continue
            if method is not None and not _may_be(package, call, method[0], function.receiver):
                continue
            if receiver:
                yield (method[0] if method is not None else None), call
                continue
        else:
            callee = callee_of(call)
            if callee is None or callee.package or callee.name != name:
                continue
        given = arguments_of(call)
        in_range = index is not None and index < len(given)
        yield (unparenthesized(given[index]) if in_range and index is not None else None), call


def _may_be(package: Package, call: Place, operand: Node, receiver: str) -> bool:
    variable = variable_at(call.file, operand)
    kind = pointed_type(package.syntax, variable) if variable is not None else None
    return kind is None or kind == receiver.lstrip("*")


def is_cleanup_of(package: Package, variable: Variable) -> bool:
    """Whether the variable is the object of a function that runs as its cleanup."""
    if role_of(variable) not in ("parameter", "receiver"):
        return False
    around = next(
        (node for node in variable.declaration.ancestors()
         if variable.file.tree.node_span(node) == variable.function.span), None
    )  # fmt: skip
    return around is not None and package.cleanups.runs(around)
