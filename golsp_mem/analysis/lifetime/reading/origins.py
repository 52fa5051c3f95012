"""Where a value comes from: made here, the caller's, held outside, or nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import partial

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.callees import callees, parameters, receiver
from golsp_mem.analysis.lifetime.reading.cleanups import CleanupCall
from golsp_mem.analysis.lifetime.reading.definitions import Missing, below, definitions
from golsp_mem.analysis.lifetime.reading.expressions import (
    Path,
    conversion,
    is_of_net,
    root_of,
)
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.package import Package, cleanups_on, role_of
from golsp_mem.analysis.lifetime.reading.pools import made_by_pool
from golsp_mem.analysis.lifetime.reading.returns import handed_over, return_statements, values_of
from golsp_mem.analysis.lifetime.reading.standard import constructed
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place, arguments_of, callee_of
from golsp_mem.source.parts.tree import Node, element_value, unparenthesized
from golsp_mem.source.variables import Variable, function_node, share_a_loop

_DEPTH = 16
# Values that lead to each other in many ways, as lists that grow in loops do, cost without end:
# of one question so many are asked, the rest may be held by anybody.
_MOST = 200
# Wrappers around wrappers lead to paths without end.
_LONGEST = 5
_Key = tuple[str, int, int, "Path | None", int]
_PLAIN = ("int_literal", "float_literal", "rune_literal", "imaginary_literal", "true", "false",
          "interpreted_string_literal", "raw_string_literal", "nil", "func_literal")  # fmt: skip
# Methods of the standard library that return what holds their receiver, and such that do not.
_HOLDING_METHODS = frozenset({"SyscallConn"})
# What is loaded by these is not there any more.
TAKING_OUT = frozenset({"Swap", "LoadAndDelete"})
_COPYING_METHODS = frozenset({"File"})


class Origin(StrEnum):
    """``NEW``: made in this package with its cleanup, or by a function of the standard library
    that returns a new one. ``CONTAINER``: made here, but not of a type that owns. ``UNMARKED``:
    made here, no cleanup was set on it. ``CALLER``: a parameter's. ``OUTSIDE``: a package
    variable's. ``FOREIGN``: a function's of which only the name is known."""

    NEW = "new"
    CONTAINER = "container"
    UNMARKED = "unmarked"
    CALLER = "caller"
    OUTSIDE = "outside"
    FOREIGN = "foreign"


@frozen
class Source:
    """One way that a value may have come; ``variable`` and ``path``: of the caller's."""

    origin: Origin
    variable: Variable | None = None
    path: Path | None = None
    text: str = ""


# Whether a function stores what lies below its variable where it outlives the function.
IsKept = Callable[[Variable, Path | None], bool]


@frozen
class Argument:
    """An argument of a call, or its receiver, by its place (byte offsets), and the path below."""

    start: int
    end: int
    path: Path | None


class Origins:
    """Asks for the origins of one package's values."""

    def __init__(self, package: Package, is_kept: IsKept, is_lent: IsKept) -> None:
        self._package = package
        self._is_kept = is_kept
        self._is_lent = is_lent
        self._open: set[_Key] = set()
        # What hung on nothing that was being asked already, or went too deep (``cuts``).
        self._known: dict[_Key, frozenset[Source]] = {}
        self.cuts = 0
        self._left = 0

    def of(
        self, value: Place, path: Path | None = (), index: int = 0, depth: int = _DEPTH
    ) -> frozenset[Source]:
        """The origins of result ``index`` of an expression, and of what lies at ``path`` below;
        path None: somewhere below."""
        # `new(T).init()` begins where `new(T)` does.
        key = (value.file.path, value.node.start, value.node.end, path, index)
        known = self._known.get(key)
        if known is not None:
            return known
        if not self._open:
            self._left = _MOST
        self._left -= 1
        is_endless = path is not None and len(path) > _LONGEST
        if depth == 0 or key in self._open or is_endless:
            self.cuts += 1
            return frozenset()
        if self._left < 0:
            self.cuts += 1
            return frozenset({Source(Origin.OUTSIDE, text=value.text)})
        cuts = self.cuts
        self._open.add(key)
        try:
            found = frozenset(self._of(value, path, index, depth))
        finally:
            self._open.discard(key)
        if cuts == self.cuts:
            self._known[key] = found
        return found

    def _of(self, value: Place, path: Path | None, index: int, depth: int) -> Iterator[Source]:
        if index < 0:  # a range clause's variable
            path, index = (ELEMENT, *path) if path is not None else None, 0
        root = root_of(self._package, value)
        node = root.place.node
        whole = (*root.path, *path) if path is not None else None
        if node.kind == "identifier":
            yield from self._of_name(root.place, whole, depth)
        elif node.kind == "composite_literal":
            yield from self._of_literal(root.place, whole, depth)
        elif node.kind == "call_expression":
            yield from self._of_call(root.place, whole, index, depth)
        elif node.kind == "selector_expression":
            yield Source(Origin.OUTSIDE, text=root.place.text)
        elif node.kind not in _PLAIN:
            yield Source(Origin.FOREIGN, text=root.place.text)

    def _of_name(self, name: Place, path: Path | None, depth: int) -> Iterator[Source]:
        if name.text == "nil":
            return
        variable = self._package.variable(name)
        if variable is None:
            yield Source(Origin.OUTSIDE, text=name.text)
            return
        yield from self.of_variable(variable, path, depth)

    def of_variable(
        self,
        variable: Variable,
        path: Path | None = (),
        depth: int = _DEPTH,
        taken: Node | None = None,
    ) -> Iterator[Source]:
        """The origins of what lies at ``path`` below the variable, when ``taken`` runs."""
        marks = cleanups_on(self._package, variable)
        is_marked = any(map(self._is_mark, marks)) or self._is_marked_inside(variable)
        if role_of(variable) in ("parameter", "receiver"):
            yield Source(Origin.CALLER, variable, path)
        for one in definitions(self._package, variable):
            try:
                rest = below(path, one.path)
            except Missing:
                continue
            if taken is not None and _is_set_afterwards(one.value.node, taken):
                continue
            for source in self.of(one.value, rest, one.index, depth - 1):
                is_object = source.origin is Origin.UNMARKED or (
                    source.origin is Origin.CONTAINER and path == () and not one.path
                )
                if is_object and is_marked:
                    yield Source(Origin.NEW, text=source.text)
                else:
                    yield source
        yield from self._stored_by_callees(variable, path, depth)

    def _stored_by_callees(
        self, variable: Variable, path: Path | None, depth: int
    ) -> Iterator[Source]:
        """What functions of the package that get the variable, or its address, store below it:
        ``l.open()``, ``fill(&l)``."""
        for use in variable.uses if depth > 0 else ():
            outer = use.parent
            is_address = outer is not None and outer.kind == "unary_expression"
            if path == () and not is_address:
                continue
            for call, name in passed(self._package, variable, use):
                for function in callees(self._package, call):
                    own = name(function)
                    held = self._package.variable(function.of(own)) if own is not None else None
                    for one in definitions(self._package, held) if held is not None else ():
                        try:
                            rest = below(path, one.path)
                        except Missing:
                            continue
                        if not one.path and not (one.is_behind and is_address):
                            continue
                        found = self.of(one.value, rest, one.index, depth - 1)
                        yield from self._for_caller(call, function, found, depth)

    def arguments_behind(
        self, call: Place, path: Path | None, index: int = 0
    ) -> frozenset[Argument] | None:
        """The arguments from which what lies at ``path`` below a result of a call is reached;
        None where the functions of the package do not tell."""
        found: set[Argument] = set()
        functions = callees(self._package, call)
        for function in functions:
            sources = frozenset(self._returned(function, path, index, _DEPTH))
            if not sources or any(one.origin is Origin.FOREIGN for one in sources):
                return None
            for source in sources:
                if source.origin is Origin.CALLER and source.variable is not None:
                    given = argument_at(call, function, source.variable)
                    found |= {Argument(one.start, one.end, source.path) for one in given}
        return frozenset(found) if functions else None

    def of_result(self, function: Place, index: int, path: Path = ()) -> frozenset[Source]:
        """The origins of what lies at a path below a result of a function, parameters being the
        caller's."""
        return frozenset(self._returned(function, path, index, _DEPTH))

    def _owns(self, kind: str) -> bool:
        return (
            bool(self._package.cleanups.of_type(kind)) or self._package.owner_of(kind) is not None
        )

    def _is_mark(self, mark: CleanupCall) -> bool:
        """Whether a cleanup makes its object an owner: one that only counts, say, does not where
        others of the type release something."""
        others = self._package.cleanups.of_type(mark.type or "")
        return not mark.removes and (bool(mark.paths) or not any(one.paths for one in others))

    def _is_marked_inside(self, variable: Variable) -> bool:
        """Whether a function of the package that gets the variable sets a cleanup on it."""
        for use in variable.uses:
            called = use.parent.field("field") if use.parent is not None else None
            text = variable.file.tree.source(called) if called is not None else ""
            if text and any(one.marks(text) for one in self._package.foreign.values()):
                return True
            for call, name in passed(self._package, variable, use):
                for function in callees(self._package, call):
                    own = name(function)
                    held = self._package.variable(function.of(own)) if own is not None else None
                    marks = cleanups_on(self._package, held) if held is not None else ()
                    if any(map(self._is_mark, marks)):
                        return True
        return False

    def _of_literal(self, literal: Place, path: Path | None, depth: int) -> Iterator[Source]:
        written = literal.node.field("type")
        kind = base_of(literal.of(written).text) if written is not None else ""
        if not path:
            owns = self._owns(kind)
            yield Source(Origin.UNMARKED if owns and path == () else Origin.CONTAINER, text=kind)
        if path == ():
            return
        body = literal.node.field("body")
        names = self._package.syntax.members.get(kind, ())
        for number, element in enumerate(body.named_children if body is not None else ()):
            key, value = None, element_value(element)
            if element.kind == "keyed_element":
                key = literal.of(element.named_children[0]).text
            elif number < len(names):
                key = names[number]
            if value.kind in _PLAIN:
                continue
            if path and path[0] != ELEMENT and key is not None and key != path[0]:
                continue
            rest = path[1:] if path else None
            if value.kind == "literal_value":
                yield from self._of_elements(literal.of(value), rest, depth)
            else:
                yield from self.of(literal.of(value), rest, 0, depth - 1)

    def _of_elements(self, value: Place, path: Path | None, depth: int) -> Iterator[Source]:
        for element in value.node.named_children:
            inner = element_value(element)
            key = (
                value.of(element.named_children[0]).text
                if element.kind == "keyed_element"
                else None
            )
            if inner.kind in _PLAIN or (path and key is not None and key != path[0]):
                continue
            rest = path[1:] if path else None
            if inner.kind == "literal_value":
                yield from self._of_elements(value.of(inner), rest, depth)
            else:
                yield from self.of(value.of(inner), rest, 0, depth - 1)

    def _of_call(self, call: Place, path: Path | None, index: int, depth: int) -> Iterator[Source]:
        callee = callee_of(call)
        own = callees(self._package, call)
        if callee is not None and not callee.package and not own:
            given = arguments_of(call)
            if callee.name == "new" and given:
                kind = call.of(given[0]).text
                owns = self._owns(base_of(kind))
                yield Source(Origin.UNMARKED if owns and not path else Origin.CONTAINER, text=kind)
            elif callee.name == "append":
                for number, argument in enumerate(given):
                    rest = path if number == 0 or not path else path[1:]
                    yield from self.of(call.of(argument), rest, 0, depth - 1)
            elif callee.name == "make":
                yield Source(Origin.CONTAINER, text=callee.name)
            else:
                # A package variable that holds a function: what that returns it may hold too.
                yield Source(Origin.OUTSIDE, text=callee.name)
            return
        if own:
            for function in own:
                if path and path[0] == ELEMENT:
                    yield from self._yielded(function, path[1:], depth)
                yield from self._of_results(call, function, path, index, depth)
            return
        owner = self._package.foreign.get(callee.package) if callee is not None else None
        if callee is not None and owner is not None:
            made = owner.makes(callee.name, index, path or ())
            origin = {True: Origin.NEW, False: Origin.OUTSIDE, None: Origin.FOREIGN}[made]
            yield Source(origin, text=f"{callee.package}.{callee.name}")
            return
        if callee is not None:
            known = constructed(callee.package, callee.name, index) is not None
            text = f"{callee.package}.{callee.name}"
            yield Source(Origin.NEW if known else Origin.FOREIGN, text=text)
            return
        yield from self._of_method(call, depth)

    def _of_method(self, call: Place, depth: int) -> Iterator[Source]:
        function = call.node.field("function")
        chosen = unparenthesized(function) if function is not None else None
        operand = chosen.field("operand") if chosen is not None else None
        name = chosen.field("field") if chosen is not None else None
        if chosen is None or operand is None or name is None:
            yield Source(Origin.FOREIGN, text=call.text)
            return
        called = call.file.tree.source(name)
        pooled = made_by_pool(self._package, call.of(operand)) if called == "Get" else None
        if called in _HOLDING_METHODS:
            yield from self.of(call.of(operand), None, 0, depth - 1)
        elif called in _COPYING_METHODS and is_of_net(self._package, call.of(operand)):
            yield Source(Origin.NEW, text=called)
        elif pooled is not None:
            yield from self.of(pooled, (), 0, depth - 1)
        elif called in TAKING_OUT and self._is_outside(call.of(operand)):
            yield Source(Origin.CONTAINER, text=call.text)
        elif self._is_outside(call.of(operand)):
            yield Source(Origin.OUTSIDE, text=call.of(operand).text)
        else:
            yield Source(Origin.FOREIGN, text=call.of(chosen).text)

    def _is_outside(self, operand: Place) -> bool:
        """Whether a package variable, or what lies below one, is called."""
        root = root_of(self._package, operand).place
        return (
            root.node.kind == "identifier"
            and root.text in self._package.syntax.variables
            and (self._package.variable(root) is None)
        )

    def _of_results(
        self, call: Place, function: Place, path: Path | None, index: int, depth: int
    ) -> Iterator[Source]:
        yield from self._for_caller(
            call, function, self._returned(function, path, index, depth), depth
        )

    def _for_caller(
        self, call: Place, function: Place, sources: Iterable[Source], depth: int
    ) -> Iterator[Source]:
        """The sources that a called function tells, its parameters being what the call gives."""
        for source in sources:
            if source.origin is not Origin.CALLER or source.variable is None:
                yield source
                continue
            given = argument_at(call, function, source.variable)
            if not given:
                yield source
            # ``track(&T{…})``: what it gets has a cleanup from then on.
            is_marked = any(map(self._is_mark, cleanups_on(self._package, source.variable)))
            path = source.path
            if path and path[0] == ELEMENT and is_variadic(source.variable) and not is_spread(call):
                path = path[1:]
            for argument in given:
                for one in self.of(call.of(argument), path, 0, depth - 1):
                    is_now = is_marked and not source.path and one.origin is Origin.UNMARKED
                    yield Source(Origin.NEW, text=one.text) if is_now else one

    def _returned(
        self, function: Place, path: Path | None, index: int, depth: int
    ) -> Iterator[Source]:
        for statement in return_statements(function):
            values = values_of(statement)
            if not values:
                yield from self._named_result(function, path, index, depth)
                continue
            if len(values) == 1:
                value, result = function.of(values[0]), index
            elif index < len(values):
                value, result = function.of(values[index]), 0
            else:
                continue
            root = root_of(self._package, value)
            variable = self._package.variable(root.place)
            whole = (*root.path, *path) if path is not None else None
            if variable is not None and self._is_kept(variable, whole):
                if self._is_lent(variable, whole):
                    name = function.node.field("name")
                    text = function.file.tree.source(name) if name is not None else "it"
                    yield Source(Origin.FOREIGN, text=f"a function given to {text}")
                else:
                    yield Source(Origin.OUTSIDE, text=root.place.text)
            yield from self.of(value, path, result, depth - 1)

    def _yielded(self, function: Place, path: Path, depth: int) -> Iterator[Source]:
        """What an iterator that the function returns hands to the body of the loop."""
        for given in handed_over(function):
            if given:
                yield from self.of(function.of(given[-1]), path, 0, depth - 1)

    def _named_result(
        self, function: Place, path: Path | None, index: int, depth: int
    ) -> Iterator[Source]:
        listed = function.node.field("result")
        names = [name for child in (listed.named_children if listed is not None else ())
                 for name in child.fields("name")]  # fmt: skip
        variable = self._package.variable(function.of(names[index])) if index < len(names) else None
        if variable is not None:
            yield from self.of_variable(variable, path, depth - 1)


def _is_set_afterwards(value: Node, taken: Node) -> bool:
    around, home = function_node(value), function_node(taken)
    if around is None or home is None or around.start != home.start:
        return False
    return value.start >= taken.end and not share_a_loop(value, taken)


def is_spread(call: Place) -> bool:
    """Whether the last argument is a slice of arguments: ``f(xs...)``."""
    text = call.file.text[call.node.start : call.node.end]
    return text.rstrip(b") \t\r\n,").endswith(b"...")


def is_variadic(variable: Variable) -> bool:
    parent = variable.declaration.parent
    return parent is not None and parent.kind == "variadic_parameter_declaration"


def argument_at(call: Place, function: Place, variable: Variable) -> tuple[Node, ...]:
    """What a call gives for a parameter or the receiver of the function that it runs; several for
    a variadic one, none where the variable is no parameter of that function."""
    if variable.file is not function.file:
        return ()
    declared = variable.declaration.start
    own = receiver(function)
    chosen = call.node.field("function")
    operand = unparenthesized(chosen).field("operand") if chosen is not None else None
    if own is not None and operand is not None and declared == own.start:
        return (operand,)
    listed = parameters(function)
    where = next((number for number, name in enumerate(listed)
                  if name is not None and name.start == declared), None)  # fmt: skip
    if where is None:
        return ()
    given = arguments_of(call)
    return given[where : where + 1] if where < len(listed) - 1 else given[where:]


def passed(
    package: Package, variable: Variable, use: Node
) -> Iterator[tuple[Place, Callable[[Place], Node | None]]]:
    """(call, which name of the callee's gets the variable) for a use as receiver or argument."""
    parent = use.parent
    if parent is not None and parent.kind == "unary_expression" and parent.token("&") is not None:
        use, parent = parent, parent.parent
    outer = parent.parent if parent is not None else None
    if parent is None or outer is None or outer.kind != "call_expression":
        return
    call = Place(variable.file, outer)
    if parent.kind == "selector_expression" and outer.field("function") is parent:
        yield call, receiver
    elif parent.kind == "argument_list" and conversion(package, call) is None:
        index = parent.named_children.index(use)
        yield call, partial(_nth, index)


def _nth(index: int, function: Place) -> Node | None:
    listed = parameters(function)
    return listed[index] if index < len(listed) else None
