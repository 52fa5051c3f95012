"""What the expressions of one declaration carry of raw resources, given what its names hold."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve

from golsp_mem.analysis.lifetime.reading.callees import (
    callees,
    parameters,
    promoted,
    receiver,
    returns_parameter,
)
from golsp_mem.analysis.lifetime.reading.expressions import bare
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT, element_of
from golsp_mem.analysis.lifetime.reading.memory import is_copied
from golsp_mem.analysis.lifetime.reading.origins import is_spread
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.addresses import address_of, makes_pointer
from golsp_mem.analysis.lifetime.reading.raw.carrying import (
    below_names,
    elements_of,
    is_reference,
    numbers,
    stored_values,
)
from golsp_mem.analysis.lifetime.reading.raw.library import Library
from golsp_mem.analysis.lifetime.reading.raw.options import by_options, set_by
from golsp_mem.analysis.lifetime.reading.raw.passing import Passed
from golsp_mem.analysis.lifetime.reading.raw.surroundings import elements_put, is_of_literal
from golsp_mem.analysis.lifetime.reading.raw.taking import (
    BEHIND,
    CALLED,
    PUT,
    SOME,
    Carried,
    Taking,
)
from golsp_mem.analysis.lifetime.reading.raw.takings import Takings
from golsp_mem.analysis.lifetime.reading.returns import return_statements, returned, values_of
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.analysis.lifetime.reading.using import Raw, uses_resource
from golsp_mem.source.package import Place, arguments_of, callee_of, results_of
from golsp_mem.source.parts.tree import element_value, unparenthesized
from golsp_mem.source.places.candidate import NUMBER_TYPES

_ARITHMETIC = ("+", "-", "|", "&", "^", "&^", "<<", ">>")
_POINTERS = frozenset(
    {("unsafe", name) for name in ("Slice", "Add", "String", "SliceData", "StringData")}
)

# They say with which path a call failed: nobody opens that.
_ERRORS = ("fs.PathError", "os.PathError", "os.LinkError")


class Values(ABC):
    """The raw resources of expressions; which names hold any ``held`` tells."""

    def __init__(
        self, package: Package, takings: Takings, declaration: Place, called: Mapping[int, Taking]
    ) -> None:
        self.declaration = declaration
        self.package = package
        self._takings = takings
        # What calls return, by where they begin.
        self._returned_by = called
        self._addresses: dict[int, Taking | None] = {}
        self._memories: dict[Taking, Taking] = {}
        # The function literals of which the results are being read.
        self._open: set[int] = set()
        self._is_sorting = False
        self._library = Library(package, takings, self.carried_at)

    @abstractmethod
    def held(self, name: Place) -> set[Carried]:
        """What the variable of a name holds."""

    @abstractmethod
    def _hands_on(self, function: Place) -> tuple[Passed, ...]:
        """What a function of the package hands on of its parameters."""

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
                found = tuple(self.returned_by(one))
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
            for passed in self._hands_on(one):
                for taking, path in carried.get(passed.parameter, ()):
                    if taking.is_memory and _is_counted(one, passed):
                        continue
                    rest = path[len(passed.path) :]
                    if path[: len(passed.path)] == passed.path or (taking.is_part and not path):
                        yield passed, (taking, (*passed.inside, *rest))

    def carried_at(self, expression: Place) -> set[Carried]:
        """The raw resources of an expression's value, each with where below it it lies."""
        found = self._carried(expression)
        if any(one.is_memory for one, _ in found) and is_copied(self.package, expression):
            return {one for one in found if not one[0].is_memory or one[1]}
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
        node = inner.node
        operand = node.field("operand")
        if listed:
            kinds = {one.kind for one in listed}
            put = {one for one in self._put_there(inner) if one[0].kind in kinds}
            return put.union(*map(self._taken, listed))
        if node.kind == "identifier":
            return self.held(inner)
        if node.kind == "composite_literal":
            kind = node.field("type")
            body = node.field("body")
            text = inner.of(kind).text if kind is not None else ""
            if text in _ERRORS:
                return set()
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
            if text not in self.package.syntax.fields and self._works_with_number(text):
                # A method value has a copy of its receiver.
                bound |= numbers(one for one in found if not one[0].is_part)
            return below_names((CALLED,), bound) or set(self._selected(found, text))
        found = self.carried_at(inner.of(operand))
        if node.kind == "index_expression":
            others = self._of_other_elements(inner, found) if found else set()
            return {one for one in elements_of(found) if one[0] not in others}
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
            return {(one, path[1:] if path[:1] == (BEHIND,) else path) for one, path in found
                    if path or not is_reference(one)} if (
                inner.text.startswith("*")) else set()  # fmt: skip
        return set()

    def _of_other_elements(self, indexed: Place, found: Iterable[Carried]) -> set[Taking]:
        """What only elements with other names or numbers have."""
        if self._is_sorting:
            return set()
        here: set[Taking] = set()
        elsewhere: set[Taking] = set()
        self._is_sorting = True
        try:
            for value, is_other in elements_put(self.package, indexed):
                put = {one for one, _ in self.carried_at(value)}
                put |= {
                    one
                    for one, _ in found
                    if value.node.start <= one.expression.node.start < value.node.end
                }
                (elsewhere if is_other else here).update(put)
        finally:
            self._is_sorting = False
        return elsewhere - here

    def _put_there(self, selector: Place) -> set[Carried]:
        """What a field of an owner has of another one: ``d.fd`` behind ``d := &T{fd: h.fd}``."""
        operand, name = selector.node.field("operand"), selector.node.field("field")
        if operand is None or name is None or operand.kind != "identifier":
            return set()
        return set(self._selected(
            (one for one in self.held(selector.of(operand)) if one[1]), selector.of(name).text
        ))  # fmt: skip

    def _works_with_number(self, method: str) -> bool:
        """Whether a method of this name gives its receiver, or a field of it, to what takes
        descriptors."""
        return any(
            uses_resource(self.package, one, receiver(one), what)
            for one in self.package.syntax.methods.get(method, ())
            for what in (Raw.NUMBER, Raw.PART)
        )

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
        handed: set[Carried] = set()
        for function in callees(self.package, call):
            index = returns_parameter(self.package, function)
            if index is not None and 0 <= index < len(given):
                return self.carried_at(call.of(given[index]))
            if index is not None and index < 0:
                return self._receiver(call)
            handed |= self._captured(function, call)
        handed |= {one for result, one in (*self._returned(call), *self._of_literals(call))
                  if result == 0}  # fmt: skip
        handed.update(
            by_options(self.package, call, self.held, self._takings.optional, self.carried_at)
        )
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
                found |= below_names((CALLED,), self.held(literal.of(node)))
        return found

    def _put_by(self, literal: Place) -> set[Carried]:
        """What a function literal puts into the only struct that it gets."""
        found = set_by(literal)
        return below_names((CALLED, PUT), self.held(literal.of(found[0]))) if found else set()

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

    def returned_by(self, function: Place) -> Iterator[tuple[int, Carried]]:
        """(result, what it carries) for each return statement of the function itself."""
        for statement in return_statements(function):
            values = values_of(statement)
            if not values:
                listed = function.node.field("result")
                names = [name for child in (listed.named_children if listed is not None else ())
                         for name in child.fields("name")]  # fmt: skip
                for index, name in enumerate(names):
                    yield from ((index, one) for one in self.held(function.of(name)))
            elif len(values) == 1 and values[0].kind == "call_expression":
                yield from self.results(function.of(values[0]))
            else:
                for index, value in enumerate(values):
                    if value.kind == "func_literal":
                        literal = function.of(value)
                        found = self.captured_by(literal) | self._put_by(literal)
                        yield from ((index, one) for one in found)
                    yield from ((index, one) for one in self.carried_at(function.of(value)))


def _is_counted(function: Place, passed: Passed) -> bool:
    """Whether a result is a number, no address: what memory says is read when it is returned."""
    types = [written for _, written in results_of(function)]
    written = types[passed.result] if passed.into is None and passed.result < len(types) else ""
    return written in NUMBER_TYPES - {"uintptr"}
