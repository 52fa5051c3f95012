"""Where an owner is dropped from what outlives the function: ``delete(open, k)``,
``slot.Store(nil)``, ``current = nil``. From then on that holds it no longer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.analysis.lifetime.order import is_around, is_used_later
from golsp_mem.analysis.lifetime.reading.callees import callees
from golsp_mem.analysis.lifetime.reading.origins import TAKING_OUT
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.sites import Site, When
from golsp_mem.source.package import Place, arguments_of, initial_value
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.variables import Variable, function_node

# What holds owners, and which of them; "": all, or the only one.
Slot = tuple[str, str]

_STATEMENTS = ("assignment_statement", "expression_statement")
_NAMES = ("identifier", "selector_expression")


def is_replaced(package: Package, variable: Variable, site: Node) -> bool:
    """Whether what the variable was taken from is dropped there before the site whatever happens:
    ``h := current``, ``current = nil``."""
    start = initial_value(variable)
    slot = slot_of(start[0]) if start is not None else None
    return start is not None and slot is not None and is_dropped(package, start[0], slot, site)


def is_stored_and_dropped(package: Package, use: Place, site: Node) -> bool:
    """Whether a use stores what is dropped there again before the site whatever happens."""
    slot = _stored_in(use)
    return slot is not None and is_dropped(package, use, slot, site)


def is_left_in(holder: Variable, call: Place, site: Node) -> bool:
    """Whether what a call found in a variable of the function is there still, and the function
    needs that behind the site: ``p.Load().fd``, then ``p.Swap(nil)``."""
    function = call.node.field("function")
    name = call.of(function).text.rpartition(".")[2] if function is not None else ""
    at = Site(site, When.NOW)
    return name not in TAKING_OUT and is_used_later(holder, at, call.node.end)


def slot_of(value: Place) -> Slot | None:
    """Where an expression finds an owner: ``current``, ``open[k]``, ``slot.Load()``."""
    node = unparenthesized(value.node)
    text = value.file.tree.source
    if node.kind in _NAMES:
        return text(node), ""
    operand = node.field("operand")
    if node.kind == "index_expression" and operand is not None:
        index = node.field("index")
        return text(operand), text(index) if index is not None else ""
    called = _called(value.of(node))
    given = arguments_of(value.of(node)) if called is not None else ()
    if called is None or called[1] not in ("Load", "LoadOrStore"):
        return None
    return called[0], text(given[0]) if given else ""


def _stored_in(use: Place) -> Slot | None:
    node = outer_parentheses(use.node)
    listed = node.parent
    statement = listed.parent if listed is not None else None
    if listed is None or statement is None:
        return None
    if listed.kind == "expression_list" and statement.kind == "assignment_statement":
        left = statement.field("left")
        if left is None or left is listed:
            return None
        targets, index = left.named_children, listed.named_children.index(node)
        return slot_of(use.of(targets[index])) if index < len(targets) else None
    called = _called(use.of(statement)) if listed.kind == "argument_list" else None
    if called is None or called[1] != "Store":
        return None
    given = arguments_of(use.of(statement))
    return called[0], use.file.tree.source(given[0]) if len(given) == 2 else ""


def is_dropped(package: Package, held: Place, slot: Slot, site: Node) -> bool:
    """Whether a slot is emptied, or gets another, between a place and a site whatever happens, and
    nobody names what has the slot meanwhile."""
    function = function_node(site)
    if function is None or not function.start <= held.node.start < function.end:
        return False
    for node in function.walk():
        if node.kind not in _STATEMENTS or not held.node.end <= node.start < site.start:
            continue
        if not {slot, (slot[0], "")} & set(_drops(held.of(node))):
            continue
        between = [one for one in function.walk() if held.node.end <= one.start < node.start]
        is_named = any(_names(package, held.of(one), slot[0].partition(".")[0]) for one in between)
        return not is_named and is_around(node, site, node.kind)
    return False


def _names(package: Package, place: Place, name: str) -> bool:
    """Whether a node is the name, or calls a function of the package that has it in its text."""
    if place.node.kind == "identifier":
        return place.text == name
    if place.node.kind != "call_expression":
        return False
    return any(re.search(rf"\b{re.escape(name)}\b", one.text) for one in callees(package, place))


def _drops(statement: Place) -> Iterator[Slot]:
    """What a statement empties, or fills with something else."""
    node, source = statement.node, statement.file.tree.source
    if node.kind == "assignment_statement":
        left, right = node.field("left"), node.field("right")
        values = " ".join(map(source, right.named_children)) if right is not None else ""
        for target in left.named_children if left is not None else ():
            slot = slot_of(statement.of(target))
            if slot is not None and slot[0] not in values:
                yield slot
        return
    call = unparenthesized(node.named_children[0]) if node.named_children else node
    if call.kind != "call_expression":
        return
    given = [source(one) for one in arguments_of(statement.of(call))]
    function = call.field("function")
    name = source(function) if function is not None else ""
    called = _called(statement.of(call))
    if name == "delete" and len(given) == 2:
        yield given[0], given[1]
    elif name == "clear" and given:
        yield given[0], ""
    elif called is not None and called[1] in ("Delete", "Clear"):
        yield called[0], given[0] if given else ""
    elif called is not None and called[1] == "Store":
        yield called[0], given[0] if len(given) == 2 else ""


def _called(call: Place) -> tuple[str, str] | None:
    """What a method is called on, and its name."""
    function = call.node.field("function") if call.node.kind == "call_expression" else None
    chosen = unparenthesized(function) if function is not None else None
    operand = chosen.field("operand") if chosen is not None else None
    name = chosen.field("field") if chosen is not None else None
    if chosen is None or operand is None or name is None or chosen.kind != "selector_expression":
        return None
    return call.file.tree.source(operand), call.file.tree.source(name)
