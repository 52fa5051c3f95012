"""Where a raw resource is used: in which call, by reading through it, by returning it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import takewhile

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.callees import callees, parameter_at, parameters, receiver
from golsp_mem.analysis.lifetime.reading.cleanups import ADD_CLEANUP
from golsp_mem.analysis.lifetime.reading.expressions import Path, bare, conversion, root_of
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.keeping import is_plain
from golsp_mem.analysis.lifetime.reading.memory import reads_memory
from golsp_mem.analysis.lifetime.reading.package import Package, role_of
from golsp_mem.analysis.lifetime.reading.raw.adopting import is_adopted_at
from golsp_mem.analysis.lifetime.reading.raw.controls import is_inside_control
from golsp_mem.analysis.lifetime.reading.raw.flow import Flow
from golsp_mem.analysis.lifetime.reading.raw.library import registers
from golsp_mem.analysis.lifetime.reading.raw.taking import (
    CALLED,
    WATCHED,
    WRAPPED,
    Taking,
    is_within,
)
from golsp_mem.analysis.lifetime.reading.raw.takings import Takings
from golsp_mem.analysis.lifetime.reading.returns import returned
from golsp_mem.analysis.lifetime.reading.sites import Resource, Within
from golsp_mem.analysis.lifetime.reading.standard import RAW_PACKAGES
from golsp_mem.analysis.lifetime.reading.telling import SAYING
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.analysis.lifetime.reading.using import (
    Raw,
    is_by_key,
    reads_field,
    receiver_takes_raw,
    takes_raw,
    writes_by,
)
from golsp_mem.source.package import Callee, Place, arguments_of, callee_of, results_of
from golsp_mem.source.parts.guards import statement_around
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.variables import Variable, function_node

# They put a path, say, into a text.
_RUN_NOTHING = (*SAYING, "strings", "path", "path/filepath")
# They use what they get by its methods.
_BY_METHODS = ("io", "fmt", "bufio")
_BUILTIN = ("len", "cap", "append", "copy", "print", "println", "string", "panic")
_VALUES = ("identifier", "selector_expression", "index_expression", "type_assertion_expression")
# Expressions that are called by what they are, in a message.
_NAMES = ("identifier", "selector_expression", "index_expression", "unary_expression")
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
    """One use. ``place`` is what holds the resource there, at ``path`` below it; ``node`` the
    call, the read, the return statement or the assignment that stores it where it outlives the
    function; ``named``: a named result, which the place does not name; ``by_method``: methods of
    the place's value use it."""

    taking: Taking
    place: Place
    node: Node
    how: How
    named: str | None = None
    path: Path = ()
    by_method: bool = False

    @property
    def is_later(self) -> bool:
        """Whether it is at work when the function has returned."""
        return self.how in (How.RETURN, How.STORED)

    @property
    def text(self) -> str:
        """The resource, as it can be called there."""
        if self.taking.into is not None:
            return f"what {self.taking.text} has taken of it"
        if self.taking.is_part and not self.path:
            if self.is_kept and self.place.node.kind == "selector_expression":
                return self._written  # the number in the part
            return f"what {self._written} has of it" if self._is_name else "what is copied of it"
        if not self.is_kept or (self._is_name and not self.path and not self.by_method):
            return self._written
        if self._is_name and all(one.isidentifier() for one in self.path) and self.path:
            return ".".join([self._written, *self.path])
        return self.taking.text

    @property
    def holder(self) -> str | None:
        """What has the resource, where `text` is of the place that it was taken at."""
        is_other = self.is_watched or (self.is_kept and self.text == self.taking.text)
        is_other &= self._written != self.text
        return self._written if self._is_name and is_other else None

    @property
    def is_watched(self) -> bool:
        return self.path[-1:] == (WATCHED,)

    @property
    def _written(self) -> str:
        return self.named or " ".join(self.place.text.split())

    @property
    def _is_name(self) -> bool:
        is_value = self.place.node.kind in _NAMES and not self.place.text.startswith("&")
        return self.named is not None or is_value

    @property
    def within(self) -> Within | None:
        """Where the resource lies below what a call gets, where that is a field with a name."""
        node = unparenthesized(self.place.node)
        is_address = node.kind == "unary_expression" and node.token("&") is not None
        inner = node.field("operand") if is_address else None
        path = tuple(takewhile(str.isidentifier, self.path))
        kind = Raw.MEMORY if self.taking.is_memory else Raw.NUMBER
        return Within((inner or node).start, Resource(path, kind)) if path else None

    @property
    def is_kept(self) -> bool:
        """Whether the resource went through a variable."""
        return self.place.node.start != self.taking.expression.node.start or self.taking.is_adopted


def uses_of(package: Package, flow: Flow) -> Iterator[RawUse]:
    """Every use in the declaration of a flow. Who got a copy of an owner's struct can keep
    nothing: those who made it are told."""
    return (
        one
        for one in _uses_of(package, flow)
        if not one.taking.is_of_copy
        and not _is_held_by_loop(package, one)
        and (not one.taking.is_adopted or _is_adopted(package, one))
    )


def _is_adopted(package: Package, use: RawUse) -> bool:
    root = root_of(package, use.place).place
    number = package.variable(root) if root.node.kind == "identifier" else None
    return is_adopted_at(use.taking, number, use.node)


def _is_held_by_loop(package: Package, use: RawUse) -> bool:
    """Whether the use is in the loop over an iterator that was made with the owner: as long as it
    runs it has what it was made with."""
    taken = outer_parentheses(use.taking.expression.node)
    clause = taken.parent
    loop = clause.parent if clause is not None else None
    if clause is None or loop is None or clause.kind != "range_clause":
        return False
    is_named = root_of(package, use.taking.owner).place.node.kind == "identifier"
    if is_named or not (clause.start <= use.node.start < loop.end):
        return False
    made = callees(package, use.taking.expression)
    return not made or any(_captures_parameters(package, one) for one in made)


def _captures_parameters(package: Package, function: Place) -> bool:
    """Whether a function literal that is returned names what the function got."""
    own = {name.start for name in (receiver(function), *parameters(function)) if name is not None}
    for value in returned(function):
        for node in value.node.walk() if value.node.kind == "func_literal" else (value.node,):
            held = package.variable(value.of(node)) if node.kind == "identifier" else None
            if held is not None and held.declaration.start in own and not _is_plain(held):
                return True
    return False


def _is_plain(variable: Variable) -> bool:
    parent = variable.declaration.parent
    written = parent.field("type") if parent is not None else None
    return written is not None and is_plain(variable.file.tree.source(written))


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
                    held = bare(package, place.of(right))
                    yield RawUse(taking, held, node, How.CALL, path=path)
        elif node.kind == "var_spec" and declaration.node.kind == "var_declaration":
            yield from _declared(package, flow, place)
        elif node.kind == "assignment_statement":
            yield from _stored(package, flow, place)
        elif node.kind == "send_statement":
            yield from _sent(package, flow, place)
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
        for taking, path in flow.carried_at(statement.of(value)):
            if not taking.is_address and not is_within(node, taking):
                held = bare(package, statement.of(value))
                yield RawUse(taking, held, node, How.RETURN, path=path)
    around = function_node(node)
    listed = around.field("result") if around is not None and not node.named_children else None
    for child in listed.named_children if listed is not None else ():
        for name in child.fields("name"):
            for taking, path in flow.carried_at(statement.of(name)):
                if not taking.is_address:
                    text = statement.of(name).text
                    yield RawUse(taking, statement, node, How.RETURN, text, path)


def _stored(package: Package, flow: Flow, statement: Place) -> Iterator[RawUse]:
    """What is put where it outlives the function: a package variable, below a parameter."""
    left, right = statement.node.field("left"), statement.node.field("right")
    targets = left.named_children if left is not None else ()
    values = right.named_children if right is not None else ()
    for target, value in zip(targets, values, strict=False) if len(targets) == len(values) else ():
        place = statement.of(target)
        if not _outlives(package, place):
            continue
        given = statement.of(value)
        is_literal = value.kind == "func_literal"
        for taking, path in flow.captured_by(given) if is_literal else flow.carried_at(given):
            if not taking.is_address and not is_within(statement.node, taking):
                held = bare(package, given)
                yield RawUse(taking, held, statement.node, How.STORED, path=path)


def _sent(package: Package, flow: Flow, statement: Place) -> Iterator[RawUse]:
    """What is sent to whoever receives from a channel that outlives the function."""
    channel, value = statement.node.field("channel"), statement.node.field("value")
    root = root_of(package, statement.of(channel)).place if channel is not None else None
    variable = package.variable(root) if root is not None else None
    if root is None or value is None or root.node.kind != "identifier":
        return
    if variable is None or role_of(variable) in ("parameter", "receiver"):
        for taking, path in flow.carried_at(statement.of(value)):
            if not taking.is_address and not is_within(statement.node, taking):
                held = bare(package, statement.of(value))
                yield RawUse(taking, held, statement.node, How.STORED, path=path)


def _declared(package: Package, flow: Flow, spec: Place) -> Iterator[RawUse]:
    """``var fd = int(must(os.Open(p)).Fd())`` outside of functions."""
    value = spec.node.field("value")
    for one in value.named_children if value is not None and not function_node(spec.node) else ():
        for taking, path in flow.carried_at(spec.of(one)):
            if not taking.is_address:
                yield RawUse(taking, bare(package, spec.of(one)), spec.node, How.STORED, path=path)


def _outlives(package: Package, place: Place, *, is_number: bool = False) -> bool:
    """Whether what is put at a place is there when the function has returned: in a package
    variable, below a parameter; ``is_number``: in what the number there stands for."""
    root = root_of(package, place).place
    if root.node.kind != "identifier" or root.text == "_":
        return False
    variable = package.variable(root)
    if variable is None:
        return root.text in package.syntax.variables
    is_its_own = place.node.kind == "identifier" and not is_number
    return not is_its_own and role_of(variable) in ("parameter", "receiver")


def _watched(package: Package, flow: Flow, call: Place) -> Iterator[RawUse]:
    """``EpollCtl(p.epfd, EPOLL_CTL_ADD, fd, &event)``, where the instance outlives the function."""
    callee, given = callee_of(call), arguments_of(call)
    if callee is None or callee.name != "EpollCtl" or callee.package not in RAW_PACKAGES:
        return
    if len(given) > 2 and registers(call) and _outlives(package, call.of(given[0]), is_number=True):
        for taking, path in flow.carried_at(call.of(given[2])):
            if not path and not taking.is_address and not is_within(call.node, taking):
                yield RawUse(taking, bare(package, call.of(given[2])), call.node, How.STORED)


def _is_watched_no_more(flow: Flow, taking: Taking, wait: Node) -> bool:
    """Whether a descriptor was taken out again before a call that waits, whatever happens, here or
    in a function that got its owner."""
    owner = root_of(flow.package, taking.owner).place.text
    for node in flow.declaration.node.walk():
        if (
            node.kind != "call_expression"
            or not taking.expression.node.end <= node.end <= wait.start
        ):
            continue
        statement = statement_around(node)
        listed = statement.parent if statement is not None else None
        if listed is None or not listed.start <= wait.start < listed.end:
            continue
        call = flow.declaration.of(node)
        bodies = [call.text] if "EpollCtl" in call.text else []
        bodies += [one.text for one in callees(flow.package, call)]
        if any("_CTL_DEL" in one for one in bodies) and any(
            flow.declaration.of(one).text == owner or taking in flow.carried(call.of(one))
            for one in arguments_of(call)
        ):
            return True
    return False


def _given(package: Package, flow: Flow, call: Place) -> Iterator[RawUse]:
    callee = callee_of(call)
    is_file = callee is not None and (callee.package, callee.name) == ("os", "NewFile")
    yield from _watched(package, flow, call)
    for index, argument in enumerate(arguments_of(call)):
        for taking, path in flow.carried_at(call.of(argument)):
            if is_inside_control(taking.expression, call.node) or is_within(call.node, taking):
                continue
            if taking.is_address and flow.address(call.of(argument)) is not None:
                continue  # the compiler keeps it until the call returns (unsafe, rule 4)
            held = bare(package, call.of(argument))
            if path[:1] == (WRAPPED,):
                if _runs_wrapped(call) and not _is_told(callee, index):
                    yield RawUse(taking, held, call.node, How.CALL, path=path)
            elif takes_raw(package, call, index, what := _what(taking, path)) or any(
                _works_with_field(package, taking, path, one, parameter_at(one, index))
                for one in callees(package, call)
            ):
                if what is Raw.WATCHED and _is_watched_no_more(flow, taking, call.node):
                    continue
                how = How.SECOND_OWNER if is_file else How.CALL
                by_method = callee is not None and callee.package in _BY_METHODS
                yield RawUse(taking, held, call.node, how, path=path, by_method=by_method)


def _works_with_field(
    package: Package, taking: Taking, path: Path, function: Place, name: Node | None
) -> bool:
    """Whether a function reads the memory, or uses the writer, that a field of what it gets has."""
    works_with = reads_field if taking.is_memory else writes_by
    is_field = len(path) == 1 and path[0].isidentifier()
    return is_field and works_with(package, function, name, path[0])


def _called_on(package: Package, flow: Flow, call: Place) -> Iterator[RawUse]:
    """``fd.Write(b)``, ``request.send()``: a method of what is, or holds, the resource."""
    function = call.node.field("function")
    chosen = unparenthesized(function) if function is not None else None
    operand = chosen.field("operand") if chosen is not None else None
    if chosen is not None and (
        chosen.kind in ("identifier", "index_expression")
        or (chosen.kind == "selector_expression" and not _names_method(package, call.of(chosen)))
    ):
        for taking, path in flow.carried_at(call.of(chosen)):
            if path[:1] == (CALLED,) and not is_inside_control(taking.expression, call.node):
                yield RawUse(taking, call.of(chosen), call.node, How.CALL, path=path)
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
        what = _what(taking, path)
        is_read = any(
            _works_with_field(package, taking, path, one, receiver(one))
            for one in callees(package, call)
        )
        if is_wrapped or is_read or receiver_takes_raw(package, call, what):
            if what is Raw.WATCHED and _is_watched_no_more(flow, taking, call.node):
                continue
            held = bare(package, call.of(operand))
            yield RawUse(taking, held, call.node, How.CALL, path=path, by_method=True)


def _names_method(package: Package, selector: Place) -> bool:
    """Whether a selector is of a method, not of a field that holds a function."""
    name = selector.node.field("field")
    text = selector.file.tree.source(name) if name is not None else ""
    return text in package.syntax.methods and text not in package.syntax.fields


def _is_told(callee: Callee | None, index: int) -> bool:
    """Whether a call needs only the text of an argument, or its length."""
    if callee is None or callee.package not in ("", "fmt"):
        return False
    if not callee.package:
        return callee.name in _BUILTIN
    return index > 0 or not callee.name.startswith("F")


def _runs_wrapped(call: Place) -> bool:
    """Whether a call may run the methods of what a writer, say, was made with: it makes no other
    writer around it, and does not reset it."""
    function = call.node.field("function")
    callee = callee_of(call)
    if callee is not None and callee.package in _RUN_NOTHING:
        return False
    name = call.file.tree.source(function).rpartition(".")[2] if function is not None else ""
    return not name.startswith(("New", "Multi", "Tee", "Limit", "Reset", "Buffered", "Size"))


def _what(taking: Taking, path: tuple[str, ...]) -> Raw:
    if path[-1:] == (WATCHED,):
        return Raw.WATCHED
    if taking.is_part or any(name != ELEMENT for name in path):
        return Raw.PART
    return Raw.MEMORY if taking.is_memory else Raw.NUMBER


# What a package variable may be set to: a table of thousands of lines is not read.
_MAKES = re.compile(rb"\bfunc\(|\.Fd\(\)")


def flows(package: Package, takings: Takings) -> Iterator[Flow]:
    """One for each declaration that takes a raw resource, gives one an owner, or turns an address
    into a number."""
    copying = takings.copies.methods()
    names = [name.encode() for name in (*takings.names, *copying, *_adopting(package))]
    for file in package.syntax.files:
        for declaration in file.tree.declarations:
            text = file.text[declaration.start : declaration.end]
            if declaration.kind not in _FUNCTIONS and (
                declaration.kind != "var_declaration" or not _MAKES.search(text)
            ):
                continue
            if b"uintptr" in text or any(name in text for name in names):
                yield Flow(package, takings, Place(file, declaration))


def _adopting(package: Package) -> Iterator[str]:
    """The names of what may give a number an owner: types with cleanups, and what returns them."""
    kinds = {one.type for one in package.cleanups.calls if one.paths and one.type}
    yield from kinds
    if package.cleanups.calls:
        yield ADD_CLEANUP
    for name, function in package.syntax.functions.items() if kinds else ():
        if any(base_of(written) in kinds for _, written in results_of(function)):
            yield name.rpartition(".")[2]
