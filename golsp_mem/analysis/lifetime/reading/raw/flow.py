"""Where a raw resource goes in one declaration: which variables hold it, and where below them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve

from golsp_mem.analysis.lifetime.reading.callees import (
    callees,
    parameters,
    promoted,
    receiver,
    returns_parameter,
)
from golsp_mem.analysis.lifetime.reading.expressions import bare, root_of, static_type
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT, element_of
from golsp_mem.analysis.lifetime.reading.origins import is_spread
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.addresses import address_of, makes_pointer
from golsp_mem.analysis.lifetime.reading.raw.adopting import Adopting
from golsp_mem.analysis.lifetime.reading.raw.carrying import (
    below_names,
    elements_of,
    is_reference,
    numbers,
    stored_values,
)
from golsp_mem.analysis.lifetime.reading.raw.library import Library
from golsp_mem.analysis.lifetime.reading.raw.options import by_options
from golsp_mem.analysis.lifetime.reading.raw.overwriting import emptied_at, put_at
from golsp_mem.analysis.lifetime.reading.raw.passing import Passed
from golsp_mem.analysis.lifetime.reading.raw.surroundings import is_of_literal
from golsp_mem.analysis.lifetime.reading.raw.taking import CALLED, SOME, Carried, Taking
from golsp_mem.analysis.lifetime.reading.raw.takings import Takings
from golsp_mem.analysis.lifetime.reading.returns import return_statements, returned, values_of
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place, arguments_of, callee_of
from golsp_mem.source.parts.tree import element_value, unparenthesized

_ARITHMETIC = ("+", "-", "|", "&", "^", "&^", "<<", ">>")
_ROUNDS = 4
_SHARED = ("pointer_type", "map_type", "channel_type")
_POINTERS = frozenset({("unsafe", name) for name in ("Slice", "Add", "String", "SliceData")})


class Flow:
    """The raw resources of one top-level declaration."""

    def __init__(
        self, package: Package, takings: Takings, declaration: Place,
        seeds: Mapping[int, set[Carried]] | None = None,
        called: Mapping[int, Taking] | None = None,
    ) -> None:  # fmt: skip
        self.declaration = declaration
        self.package = package
        self._takings = takings
        # By the variable's declaration, of package variables by name; where it was put there last.
        self._held: dict[int | str, dict[Carried, int]] = defaultdict(dict)
        for start, carried in (seeds or {}).items():
            self._held[start] = dict.fromkeys(carried, start)
        # What calls return, by where they begin.
        self._returned_by = called or {}
        self._addresses: dict[int, Taking | None] = {}
        self._memories: dict[Taking, Taking] = {}
        # The function literals of which the results are being read.
        self._open: set[int] = set()
        self._library = Library(package, takings, self.carried_at)
        self._adopting = Adopting(package, lambda one: takings.passing.of(one, self._results_of))
        for _ in range(_ROUNDS):
            before = self._size()
            for node in declaration.node.walk():
                self._assign(declaration.of(node))
            if self._size() == before:
                break

    def _size(self) -> int:
        return sum(map(len, self._held.values()))

    def covers(self, place: Place) -> bool:
        """Whether the place is in the declaration."""
        node = self.declaration.node
        return place.file is self.declaration.file and (node.start <= place.node.start < node.end)

    def carried(self, expression: Place) -> set[Taking]:
        """The raw resources that an expression's value is or contains."""
        return {taking for taking, _ in self.carried_at(expression)}

    def receiver_copied(self, call: Place) -> Taking | None:
        """The copy of the owner that a call of a method with a value receiver begins with."""
        return self._takings.receiver_copied(call)

    def held(self, name: Place) -> set[Carried]:
        """What the variable of a name holds."""
        return self._of_name(name)

    def results(self, call: Place) -> Iterator[tuple[int, Carried]]:
        """(which result, what it carries) of a call."""
        found = [one for one in self._takings.results(call) if one.into is None]
        for one in found:
            yield from ((one.result, carried) for carried in self._taken(one))
        if not found:
            yield from self._returned(call)
            yield from self._of_literals(call)
            yield from ((0, one) for one in self.carried_at(call))

    def _of_literals(self, call: Place) -> Iterator[tuple[int, Carried]]:
        """What the function literals of the declaration that a call runs return: their variables,
        and those that they capture, are the declaration's."""
        for one in callees(self.package, call):
            if one.node.kind != "func_literal" or not self.covers(one):
                continue
            if one.node.start not in self._open:
                self._open.add(one.node.start)
                found = tuple(returned_by(self, one))
                self._open.discard(one.node.start)
                yield from (carried for carried in found if not self._is_of(one, carried[1][0]))

    def _is_of(self, literal: Place, taking: Taking) -> bool:
        """Whether the owner is a variable of the literal, or made there: its caller has it not."""
        return is_of_literal(self.package, literal, taking.owner)

    def _returned(self, call: Place) -> Iterator[tuple[int, Carried]]:
        return ((one.result, found) for one, found in self._handed_on(call) if one.into is None)

    def _handed_on(self, call: Place) -> Iterator[tuple[Passed, Carried]]:
        """What the functions of the package that a call runs hand on of what they get."""
        function = call.node.field("function")
        operand = unparenthesized(function).field("operand") if function is not None else None
        given = {-1: operand} if callee_of(call) is None else {}
        carried = {
            index: self.carried_at(call.of(one))
            for index, one in {**given, **dict(enumerate(arguments_of(call)))}.items()
            if one is not None
        }
        if not any(carried.values()):
            return
        for one in callees(self.package, call):
            if one.node.kind == "func_literal":
                continue
            for passed in self._takings.passing.of(one, self._results_of):
                for taking, path in carried.get(passed.parameter, ()):
                    rest = path[len(passed.path) :]
                    if path[: len(passed.path)] == passed.path or (taking.is_part and not path):
                        yield passed, (taking, (*passed.inside, *rest))

    def _results_of(
        self, function: Place, seeds: Mapping[int, set[Carried]]
    ) -> Iterator[tuple[int, int | None, Carried]]:
        flow = Flow(self.package, self._takings, function, seeds)
        yield from ((result, None, one) for result, one in returned_by(flow, function))
        yield from ((0, into, one) for into, one in stored_by(flow, function))

    def carried_at(self, expression: Place) -> set[Carried]:
        """The raw resources of an expression's value, each with where below it it lies."""
        found = self._carried(expression)
        if any(not one.is_memory and not path for one, path in found) and makes_pointer(
            self.package, expression
        ):
            return {(self._memory(one), path) if not path else (one, path) for one, path in found}
        return found

    def _memory(self, taking: Taking) -> Taking:
        """An address that was turned into a pointer: what it leads to is read through it."""
        if taking.is_memory or taking.is_address or taking.is_part:
            return taking
        return self._memories.setdefault(taking, evolve(taking, is_memory=True))

    def _carried(self, expression: Place) -> set[Carried]:
        inner = bare(self.package, expression)
        # A struct that a function returns may have several, each in a field of its own.
        listed = [one for one in self._takings.results(inner) if one.result == 0
                  and one.into is None]  # fmt: skip
        if not listed:
            other = self.address(expression) or self._takings.copied(inner)
            listed = [other] if other is not None else []
        if listed:
            return set().union(*map(self._taken, listed))
        node = inner.node
        operand = node.field("operand")
        if node.kind == "identifier":
            return self._of_name(inner)
        if node.kind == "composite_literal":
            kind = node.field("type")
            body = node.field("body")
            text = inner.of(kind).text if kind is not None else ""
            return self._elements(inner.of(body), text) if body is not None else set()
        if node.kind == "binary_expression":
            return self._computed(inner)
        if node.kind == "call_expression":
            return self._of_call(inner)
        if operand is None:
            return set()
        if node.kind == "selector_expression":
            name = node.field("field")
            text = inner.file.tree.source(name) if name is not None else ""
            found = self.carried_at(inner.of(operand))
            bound = {one for one in found if self._is_bound(one[0], text)}
            if text in self.package.syntax.methods and text not in self.package.syntax.fields:
                # A method value has a copy of its receiver.
                bound |= numbers(one for one in found if not one[0].is_part)
            return below_names((CALLED,), bound) or set(self._selected(found, text))
        found = self.carried_at(inner.of(operand))
        if node.kind == "index_expression":
            return set(elements_of(found))
        if node.kind == "slice_expression":
            return {one for one in found if not one[0].is_array}
        if node.kind == "type_assertion_expression":
            return found
        if node.kind == "unary_expression":
            if inner.text.startswith("<-"):
                return set(elements_of(found))
            if inner.text.startswith("&"):
                return self._pointed(inner.of(operand), found)
            # What is below memory or an address is a plain value.
            return {one for one in found if one[1] or not is_reference(one[0])} if (
                inner.text.startswith("*")) else set()  # fmt: skip
        return set()

    def _is_bound(self, taking: Taking, name: str) -> bool:
        """Whether the name is a method of a part that the owner only points to."""
        kind = base_of(taking.written)
        return taking.written.startswith("*") and promoted(self.package, kind, name) is not None

    def _taken(self, taking: Taking) -> set[Carried]:
        """What was taken from a copy is what the copy was made of."""
        if taking.is_of_copy:
            copied = {(one, taking.inside) for one, path in self.carried_at(taking.owner)
                      if one.is_part and not path}  # fmt: skip
            if copied:
                return copied
        return {(taking, taking.inside)}

    def _pointed(self, operand: Place, found: set[Carried]) -> set[Carried]:
        """``&data[0]`` leads into the memory; ``&c.fds`` and ``&c.fds[0]`` into the owner itself,
        which it holds."""
        node = unparenthesized(operand.node)
        inner = node.field("operand")
        if node.kind == "index_expression" and inner is not None:
            below = self.carried_at(operand.of(inner))
            memory = {one for one in below if one[0].is_memory and not one[1]}
            if memory:
                return memory
            if any(one.is_array and not path for one, path in below) and node.kind:
                return set()
        if self._takings.of(operand) is not None:
            return set()
        return found

    def _of_name(self, name: Place) -> set[Carried]:
        variable = self.package.variable(name)
        if variable is None:
            return set(self._held.get(name.text, ()))
        held = self._held.get(variable.declaration.start)
        emptied = emptied_at(variable, name.node) if held else -1
        return {one for one, put in held.items() if put >= emptied} if held else set()

    def _selected(self, found: Iterable[Carried], name: str) -> Iterator[Carried]:
        for taking, path in found:
            if path and path[0] in (name, SOME):
                yield taking, path[1:]
            elif not path and taking.is_part and name in self._takings.names:
                yield taking, ()

    def _of_call(self, call: Place) -> set[Carried]:
        if call.node.start in self._returned_by:
            return {(self._returned_by[call.node.start], ())}
        callee = callee_of(call)
        given = arguments_of(call)
        for function in callees(self.package, call):
            index = returns_parameter(self.package, function)
            if index is not None and 0 <= index < len(given):
                return self.carried_at(call.of(given[index]))
            if index is not None and index < 0:
                return self._receiver(call)
            captured = self._captured(function, call)
            if captured:
                return captured
        handed = {one for result, one in (*self._returned(call), *self._of_literals(call))
                  if result == 0}  # fmt: skip
        handed.update(by_options(self.package, call, self._of_name, self._takings.optional))
        if handed:
            return handed
        if callee is None:
            return self._library.loaded(call)
        if (callee.package, callee.name) in _POINTERS:
            return set().union(*(self.carried_at(call.of(one)) for one in given[:1]))
        if not callee.package and callee.name in ("min", "max"):
            return set().union(*(self.carried_at(call.of(one)) for one in given))
        if not callee.package and callee.name == "append" and given:
            found = set(self.carried_at(call.of(given[0])))
            is_copied = is_spread(call)
            for one in given[1:]:
                added = self.carried_at(call.of(one))
                # The bytes of memory are copied.
                found |= numbers(added) if is_copied else below_names((ELEMENT,), added)
            return found
        return self._library.returned(call, callee)

    def _receiver(self, call: Place) -> set[Carried]:
        """What the receiver of a call carries, or is a copy of."""
        copied = self._takings.receiver_copied(call)
        function = call.node.field("function")
        operand = unparenthesized(function).field("operand") if function is not None else None
        if copied is not None or operand is None:
            return {(copied, ())} if copied is not None else set()
        return self.carried_at(call.of(operand))

    def captured_by(self, literal: Place) -> set[Carried]:
        """The raw resources that a function literal has of the variables around it."""
        found: set[Carried] = set()
        for node in literal.node.walk():
            if node.kind != "identifier":
                continue
            variable = self.package.variable(literal.of(node))
            if variable is not None and variable.declaration.start < literal.node.start:
                found |= below_names((CALLED,), self._of_name(literal.of(node)))
        return found

    def _captured(self, function: Place, call: Place) -> set[Carried]:
        """What a function literal that is returned has of the arguments."""
        found: set[Carried] = set()
        names = parameters(function)
        given = arguments_of(call)
        for value in returned(function):
            for name in names if value.node.kind == "func_literal" else ():
                variable = self.package.variable(function.of(name)) if name is not None else None
                index = names.index(name)
                if variable is None or index >= len(given):
                    continue
                if any(value.node.start <= use.start < value.node.end for use in variable.uses):
                    found |= below_names((CALLED,), self.carried_at(call.of(given[index])))
        return found

    def address(self, expression: Place) -> Taking | None:
        """The pointer that ``uintptr(unsafe.Pointer(p))`` turns into a number."""
        start = expression.node.start
        if start not in self._addresses:
            self._addresses[start] = address_of(self.package, expression)
        return self._addresses[start]

    def _computed(self, expression: Place) -> set[Carried]:
        operator = expression.node.field("operator")
        left, right = expression.node.field("left"), expression.node.field("right")
        if operator is None or expression.file.tree.source(operator) not in _ARITHMETIC:
            return set()
        found = set().union(*(self.carried_at(expression.of(one)) for one in (left, right) if one))
        return {one for one in found if not one[0].is_address} | self._library.joined(expression)

    def _elements(self, body: Place, written: str) -> set[Carried]:
        """What the elements of a literal of the written type carry."""
        syntax = self.package.syntax
        element = element_of(written) or element_of(syntax.types.get(written, ""))
        names = syntax.members.get(written.partition("[")[0], ()) if element is None else ()
        found: set[Carried] = set()
        for number, one in enumerate(body.node.named_children):
            value, key = element_value(one), names[number] if number < len(names) else SOME
            if one.kind == "keyed_element":
                key = body.of(one.named_children[0]).text
            if element is not None:
                key = ELEMENT
            if value.kind == "literal_value":
                kind = element or syntax.structs.get(written, {}).get(key, "")
                inside = self._elements(body.of(value), kind.lstrip("*"))
            else:
                inside = stored_values(self.carried_at(body.of(value)))
                if value.kind == "func_literal":
                    inside = self.captured_by(body.of(value))
            found |= below_names((key,), inside)
        return found

    def _assign(self, statement: Place) -> None:
        node = statement.node
        if node.kind == "range_clause":
            self._range(statement)
            return
        if node.kind == "call_expression":
            self._stored_by(statement)
            return
        if node.kind in ("short_var_declaration", "assignment_statement"):
            left, right = node.field("left"), node.field("right")
            names = left.named_children if left is not None else ()
        elif node.kind == "var_spec":
            names, right = node.fields("name"), node.field("value")
        elif node.kind == "send_statement":
            channel, value = node.field("channel"), node.field("value")
            if channel is not None and value is not None:
                found = self.carried_at(statement.of(value))
                self._hold(statement.of(channel), below_names((ELEMENT,), found))
            return
        else:
            return
        values = right.named_children if right is not None else ()
        if len(values) == len(names):
            for name, value in zip(names, values, strict=True):
                self._hold(statement.of(name), self.carried_at(statement.of(value)))
                self._adopt(statement.of(name), statement.of(value), 0)
        elif len(values) == 1 and names:
            only = statement.of(values[0])
            for index, name in enumerate(names):
                self._adopt(statement.of(name), only, index)
            for index, carried in self.results(only) if only.node.kind == "call_expression" else ():
                if index < len(names):
                    self._hold(statement.of(names[index]), {carried})
            if values[0].kind != "call_expression":  # `v, ok := m[k]`
                self._hold(statement.of(names[0]), self.carried_at(only))

    def _adopt(self, target: Place, value: Place, index: int) -> None:
        for number, taking in self._adopting.of_value(target, value, index):
            self._hold(number, {(taking, ())})

    def _stored_by(self, call: Place) -> None:
        """What a function that is called stores below what it gets: ``c.attach(f)``."""
        for number, taking in self._adopting.of_call(call):
            self._hold(number, {(taking, ())})
        for container, found in self._library.stored(call):
            self._hold(container, found)
        if call.node.field("function") is None:
            return
        stored = [(one.into, below_names(one.inside, ((own, ()) for own, _ in self._taken(one))))
                  for one in self._takings.results(call) if one.into is not None]  # fmt: skip
        stored += [(one.into, {found}) for one, found in self._handed_on(call)
                   if one.into is not None]  # fmt: skip
        for into, found in stored:
            target = _given_for(call, into)
            if target is not None:
                self._hold(target, found)

    def _range(self, clause: Place) -> None:
        left, right = clause.node.field("left"), clause.node.field("right")
        names = left.named_children if left is not None else ()
        if right is None or not names:
            return
        place = clause.of(unparenthesized(right))
        if right.kind == "call_expression":
            for taking in self._takings.yielded(place):
                if taking.result < len(names):
                    self._hold(clause.of(names[taking.result]), {(taking, taking.inside)})
        # Of a channel the only name is the element; of all else an index.
        self._hold(clause.of(names[-1]), set(elements_of(self.carried_at(place)))
                   if len(names) == 2 or _is_channel(self.package, place) else set())  # fmt: skip

    def _hold(self, target: Place, found: set[Carried]) -> None:
        if not found or target.text == "_":
            return
        root = root_of(self.package, target)
        if root.place.node.kind != "identifier":
            return
        variable = self.package.variable(root.place)
        key = root.place.text if variable is None else variable.declaration.start
        put = put_at(variable, target.node)
        for one in below_names(root.path, found if not root.path else stored_values(found)):
            self._held[key][one] = max(put, self._held[key].get(one, -1))


def returned_by(flow: Flow, function: Place) -> Iterator[tuple[int, Carried]]:
    """(result, what it carries) for each return statement of the function itself."""
    for statement in return_statements(function):
        values = values_of(statement)
        if not values:
            listed = function.node.field("result")
            names = [name for child in (listed.named_children if listed is not None else ())
                     for name in child.fields("name")]  # fmt: skip
            for index, name in enumerate(names):
                yield from ((index, one) for one in flow.held(function.of(name)))
        elif len(values) == 1 and values[0].kind == "call_expression":
            yield from flow.results(function.of(values[0]))
        else:
            for index, value in enumerate(values):
                if value.kind == "func_literal":
                    yield from ((index, one) for one in flow.captured_by(function.of(value)))
                yield from ((index, one) for one in flow.carried_at(function.of(value)))


def stored_by(flow: Flow, function: Place) -> Iterator[tuple[int, Carried]]:
    """(parameter, what it carries) of what is stored below the function's pointers, maps and
    channels; -1: its receiver."""
    for index, name in [(-1, receiver(function)), *enumerate(parameters(function))]:
        kind = name.parent.field("type") if name is not None and name.parent is not None else None
        if name is not None and kind is not None and kind.kind in _SHARED:
            yield from ((index, one) for one in flow.held(function.of(name)))


def _given_for(call: Place, parameter: int) -> Place | None:
    """What a call gives for a parameter (-1: the receiver), ``&`` passed over."""
    function, given = call.node.field("function"), arguments_of(call)
    target = unparenthesized(function).field("operand") if function is not None else None
    if parameter >= 0:
        target = given[parameter] if parameter < len(given) else None
    if target is not None and target.kind == "unary_expression":
        target = target.field("operand")
    return call.of(unparenthesized(target)) if target is not None else None


def _is_channel(package: Package, place: Place) -> bool:
    written = static_type(package, place) or ""
    return written.startswith(("chan ", "<-chan "))
