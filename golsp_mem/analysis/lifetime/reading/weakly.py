"""Strong pointers got again from weak ones: ``weak.Make(d).Value()`` is d, or nil where nothing
holds d any more."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.source.package import Place, arguments_of, callee_of, initial_value
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.variables import is_assigned_again, variable_at


def strong_of(package: Package, call: Place) -> Place | None:
    """What the weak pointer was made of whose ``Value`` is called."""
    node = call.node
    chosen, given = node.field("function"), node.field("arguments")
    operand = chosen.field("operand") if chosen is not None else None
    name = chosen.field("field") if chosen is not None else None
    if operand is None or name is None or given is None or given.named_children:
        return None
    if node.kind != "call_expression" or call.file.tree.source(name) != "Value":
        return None
    made = call.of(unparenthesized(operand))
    if made.node.kind == "identifier":
        variable = package.variable(made)
        start = initial_value(variable) if variable is not None else None
        if variable is None or start is None or is_assigned_again(variable):
            return None
        made = start[0]
    if not is_made_weak(made):
        return None
    return made.of(arguments_of(made)[0])


def is_made_weak(call: Place) -> bool:
    callee = callee_of(call) if call.node.kind == "call_expression" else None
    return (
        callee is not None
        and (callee.package, callee.name) == ("weak", "Make")
        and len(arguments_of(call)) == 1
    )


def strong_again(made: Place) -> Iterator[Node]:
    """The calls of ``Value`` on what ``weak.Make`` returned, at once or by its name."""
    yield from _value_of(made, outer_parentheses(made.node))
    listed = made.node.parent
    statement = listed.parent if listed is not None else None
    left = statement.field("left") if statement is not None else None
    if left is None or len(left.named_children) != 1 or left.named_children[0].kind != "identifier":
        return
    name = left.named_children[0]
    variable = variable_at(made.file, name)
    if variable is not None and variable.declaration.start == name.start:
        for use in variable.uses if not is_assigned_again(variable) else ():
            yield from _value_of(made, use)


def _value_of(made: Place, weak: Node) -> Iterator[Node]:
    chosen = weak.parent
    name = chosen.field("field") if chosen is not None else None
    call = chosen.parent if chosen is not None else None
    if chosen is None or name is None or call is None or call.field("function") is not chosen:
        return
    if chosen.field("operand") is weak and made.file.tree.source(name) == "Value":
        yield call
