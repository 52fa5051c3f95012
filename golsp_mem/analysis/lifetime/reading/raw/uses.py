"""Where a raw resource is used: in which call, by reading through it, by returning it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.callees import (
    Raw,
    is_by_key,
    reads_memory,
    receiver_takes_raw,
    takes_raw,
)
from golsp_mem.analysis.lifetime.reading.expressions import bare, conversion, root_of
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.package import Package, role_of
from golsp_mem.analysis.lifetime.reading.raw.controls import is_inside_control
from golsp_mem.analysis.lifetime.reading.raw.flow import Flow
from golsp_mem.analysis.lifetime.reading.raw.taking import CALLED, WRAPPED, Taking, is_within
from golsp_mem.analysis.lifetime.reading.raw.takings import Takings
from golsp_mem.source.package import Place, arguments_of, callee_of
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.variables import function_node

# They put a path, say, into a text.
_TELLING = ("errors", "log", "log/slog", "strings", "path", "path/filepath")
_VALUES = ("identifier", "selector_expression", "index_expression", "type_assertion_expression")
_FUNCTIONS = ("function_declaration", "method_declaration")


class How(StrEnum):
    """What happens to a raw resource at its use."""

    CALL = "call"
    READ = "read"
    RETURN = "return"
    SECOND_OWNER = "second owner"
    STORED = "stored"
    KEY = "key"


@frozen(eq=False)
class RawUse:
    """One use. ``place`` is the resource as written there, ``node`` the call, the read, the
    return statement or the assignment that stores it where it outlives the function; ``named``:
    a named result, which the place does not name."""

    taking: Taking
    place: Place
    node: Node
    how: How
    named: str | None = None

    @property
    def is_later(self) -> bool:
        """Whether it is at work when the function has returned."""
        return self.how in (How.RETURN, How.STORED)

    @property
    def text(self) -> str:
        """The resource as written."""
        return self.named or " ".join(self.place.text.split())

    @property
    def is_kept(self) -> bool:
        """Whether the resource went through a variable."""
        return self.place.node.start != self.taking.expression.node.start


def uses_of(package: Package, flow: Flow) -> Iterator[RawUse]:
    """Every use in the declaration of a flow. Who got a copy of an owner's struct can keep
    nothing: those who made it are told."""
    return (
        one
        for one in _uses_of(package, flow)
        if not one.taking.is_of_copy and not _is_held_by_loop(package, one)
    )


def _is_held_by_loop(package: Package, use: RawUse) -> bool:
    """Whether the use is in the loop over an iterator that was made with the owner: as long as it
    runs it has what it was made with."""
    taken = outer_parentheses(use.taking.expression.node)
    clause = taken.parent
    loop = clause.parent if clause is not None else None
    if clause is None or loop is None or clause.kind != "range_clause":
        return False
    is_named = root_of(package, use.taking.owner).place.node.kind == "identifier"
    return not is_named and clause.end <= use.node.start < loop.end


def _uses_of(package: Package, flow: Flow) -> Iterator[RawUse]:
    declaration = flow.declaration
    for node in declaration.node.walk():
        place = declaration.of(node)
        if node.kind == "call_expression" and conversion(package, place) is None:
            yield from _given(package, flow, place)
            yield from _called_on(package, flow, place)
        elif node.kind == "return_statement":
            yield from _returned(package, flow, place)
        elif node.kind == "range_clause":
            right = node.field("right")
            for taking, path in flow.carried_at(place.of(right)) if right is not None else ():
                if path[:1] == (CALLED,) and right is not None:
                    # The loop runs an iterator that has the resource.
                    yield RawUse(taking, bare(package, place.of(right)), node, How.CALL)
        elif node.kind == "assignment_statement":
            yield from _stored(package, flow, place)
        elif node.kind in _VALUES and reads_memory(package, place):
            for taking, path in flow.carried_at(place):
                is_kept = node.kind == "identifier" or not is_within(node, taking)
                if taking.is_memory and not path and is_kept:
                    yield RawUse(taking, place, node, How.READ)
        elif node.kind == "index_expression" and is_by_key(package):
            key = node.field("index")
            for taking in flow.carried(place.of(key)) if key is not None else ():
                if not taking.is_memory and not taking.is_address and not taking.is_part:
                    yield RawUse(taking, bare(package, place.of(key or node)), node, How.KEY)


def _returned(package: Package, flow: Flow, statement: Place) -> Iterator[RawUse]:
    node = statement.node
    for value in node.named_children[0].named_children if node.named_children else ():
        for taking in flow.carried(statement.of(value)):
            if not taking.is_address and not is_within(node, taking):
                yield RawUse(taking, bare(package, statement.of(value)), node, How.RETURN)
    around = function_node(node)
    listed = around.field("result") if around is not None and not node.named_children else None
    for child in listed.named_children if listed is not None else ():
        for name in child.fields("name"):
            for taking in flow.carried(statement.of(name)):
                if not taking.is_address:
                    yield RawUse(taking, statement, node, How.RETURN, statement.of(name).text)


def _stored(package: Package, flow: Flow, statement: Place) -> Iterator[RawUse]:
    """What is put where it outlives the function: a package variable, below a parameter."""
    left, right = statement.node.field("left"), statement.node.field("right")
    targets = left.named_children if left is not None else ()
    values = right.named_children if right is not None else ()
    for target, value in zip(targets, values, strict=False) if len(targets) == len(values) else ():
        place = statement.of(target)
        root = root_of(package, place)
        if root.place.node.kind != "identifier" or root.place.text == "_":
            continue
        variable = package.variable(root.place)
        is_own = (
            target.kind == "identifier" or role_of(variable) not in ("parameter", "receiver")
            if (variable is not None)
            else root.place.text not in package.syntax.variables
        )
        if is_own:
            continue
        for taking in flow.carried(statement.of(value)):
            if not taking.is_address and not is_within(statement.node, taking):
                yield RawUse(taking, bare(package, statement.of(value)), statement.node, How.STORED)


def _given(package: Package, flow: Flow, call: Place) -> Iterator[RawUse]:
    callee = callee_of(call)
    is_file = callee is not None and (callee.package, callee.name) == ("os", "NewFile")
    for index, argument in enumerate(arguments_of(call)):
        for taking, path in flow.carried_at(call.of(argument)):
            if is_inside_control(taking.expression, call.node) or is_within(call.node, taking):
                continue
            if taking.is_address and flow.address(call.of(argument)) is not None:
                continue  # the compiler keeps it until the call returns (unsafe, rule 4)
            if path[:1] == (WRAPPED,):
                if _runs_wrapped(call):
                    yield RawUse(taking, bare(package, call.of(argument)), call.node, How.CALL)
            elif takes_raw(package, call, index, _what(taking, path)):
                how = How.SECOND_OWNER if is_file else How.CALL
                yield RawUse(taking, bare(package, call.of(argument)), call.node, how)


def _called_on(package: Package, flow: Flow, call: Place) -> Iterator[RawUse]:
    """``fd.Write(b)``, ``request.send()``: a method of what is, or holds, the resource."""
    function = call.node.field("function")
    chosen = unparenthesized(function) if function is not None else None
    operand = chosen.field("operand") if chosen is not None else None
    if chosen is not None and (
        chosen.kind == "identifier"
        or (chosen.kind == "selector_expression" and not _names_method(package, call.of(chosen)))
    ):
        for taking, path in flow.carried_at(call.of(chosen)):
            if path[:1] == (CALLED,) and not is_inside_control(taking.expression, call.node):
                yield RawUse(taking, call.of(chosen), call.node, How.CALL)
    if operand is None or chosen is None or chosen.kind != "selector_expression":
        return
    if callee_of(call) is not None:
        return
    copied = flow.receiver_copied(call)
    carried = flow.carried_at(call.of(operand)) | ({(copied, ())} if copied is not None else set())
    for taking, path in carried:
        if is_within(call.node, taking) or is_inside_control(taking.expression, call.node):
            continue
        is_wrapped = path[:1] == (WRAPPED,) and _runs_wrapped(call)
        if is_wrapped or receiver_takes_raw(package, call, _what(taking, path)):
            yield RawUse(taking, bare(package, call.of(operand)), call.node, How.CALL)


def _names_method(package: Package, selector: Place) -> bool:
    """Whether a selector is of a method, not of a field that holds a function."""
    name = selector.node.field("field")
    text = selector.file.tree.source(name) if name is not None else ""
    return text in package.syntax.methods and text not in package.syntax.fields


def _runs_wrapped(call: Place) -> bool:
    """Whether a call may run the methods of what a writer, say, was made with: it makes no other
    writer around it, and does not reset it."""
    function = call.node.field("function")
    callee = callee_of(call)
    if callee is not None and callee.package in _TELLING:
        return False
    name = call.file.tree.source(function).rpartition(".")[2] if function is not None else ""
    return not name.startswith(("New", "Multi", "Tee", "Limit", "Reset", "Buffered", "Size"))


def _what(taking: Taking, path: tuple[str, ...]) -> Raw:
    if taking.is_part or any(name != ELEMENT for name in path):
        return Raw.PART
    return Raw.MEMORY if taking.is_memory else Raw.NUMBER


def flows(package: Package, takings: Takings) -> Iterator[Flow]:
    """One for each declaration that takes a raw resource or turns an address into a number."""
    for file in package.syntax.files:
        for declaration in file.tree.declarations:
            text = file.text[declaration.start : declaration.end]
            if declaration.kind not in _FUNCTIONS and (
                declaration.kind != "var_declaration" or b"func(" not in text
            ):
                continue
            if b"uintptr" in text or any(name.encode() in text for name in takings.names):
                yield Flow(package, takings, Place(file, declaration))
