"""Who sees how much room lies behind the elements of a slice.

How far an append grows a slice is not specified; but who appends twice to one slice gets two that
share their elements where there was room, and two that do not where there was none.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import FixContext
from golsp_mem.advice.fixes.shape import function_around
from golsp_mem.source.parts.tree import Node, outer_parentheses
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, variable_at


def shows_room(context: FixContext, file: GoFile, variable: Variable) -> bool:
    """Whether the function that fills a slice, or a caller in the package that gets it, does what
    depends on its room. Other packages are not looked at."""
    if _shows_capacity(file, variable) or _cuts_or_shares(file, variable):
        return True
    return any(
        _shows_capacity(other, given) or _cuts_or_shares(other, given)
        for other, given in _given_to(context, file, variable)
    )


def _given_to(
    context: FixContext, file: GoFile, variable: Variable
) -> Iterator[tuple[GoFile, Variable]]:
    """The variables of callers that get the slice as a result."""
    function = function_around(variable.declaration)
    named = function.field("name") if function is not None else None
    if function is None or named is None:
        return
    positions = set()
    for use in variable.uses:
        node = outer_parentheses(use)
        listed = node.parent
        if listed is None or listed.parent is None or listed.parent.kind != "return_statement":
            continue
        if function_around(use) is function:
            positions.add(listed.named_children.index(node))
    for other, call in context.calls_of(file.tree.source(named)) if positions else ():
        listed = outer_parentheses(call).parent
        statement = listed.parent if listed is not None else None
        if statement is None or statement.kind != "short_var_declaration":
            continue
        left = statement.field("left")
        targets = left.named_children if left is not None and left is not listed else ()
        for position in positions:
            if position < len(targets) and targets[position].kind == "identifier":
                given = variable_at(other, targets[position])
                if given is not None:
                    yield other, given


def _shows_capacity(file: GoFile, variable: Variable) -> bool:
    """Whether anything reads how much room there is."""
    for use in variable.uses:
        listed = use.parent
        call = listed.parent if listed is not None and listed.kind == "argument_list" else None
        function = call.field("function") if call is not None else None
        if function is not None and file.tree.source(function) == "cap":
            return True
    return False


def appends_to_itself(file: GoFile, call: Node | None, name: str) -> bool:
    """Whether a call is that of ``v = append(v, …)``, v being no element of it."""
    given = call.field("arguments") if call is not None else None
    listed = outer_parentheses(call).parent if call is not None else None
    statement = listed.parent if listed is not None else None
    if given is None or statement is None or statement.kind != "assignment_statement":
        return False
    left = statement.field("left")
    return (
        left is not None
        and file.tree.source(left) == name
        and file.tree.source(given.named_children[0]) == name
        and sum(file.tree.source(one) == name for one in given.named_children) == 1
    )


def _cuts_or_shares(file: GoFile, variable: Variable) -> bool:
    """Whether anything depends on how much room lies behind the elements: an append whose result
    is another slice shares it or not, and a slice may be cut longer than it is."""
    for use in variable.uses:
        parent = use.parent
        if parent is None:
            continue
        if parent.kind == "slice_expression" and parent.field("operand") is use:
            end = parent.field("end")
            if end is not None and f"len({variable.name})" not in file.tree.source(end):
                return True
        call = parent.parent if parent.kind == "argument_list" else None
        function = call.field("function") if call is not None else None
        if call is None or function is None or file.tree.source(function) != "append":
            continue
        first = parent.named_children[0] is use
        if first and not appends_to_itself(file, call, variable.name):
            return True
    return False
