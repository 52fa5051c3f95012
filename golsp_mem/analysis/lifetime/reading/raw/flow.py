"""Where a raw resource goes in one declaration: which variables hold it, and where below them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from golsp_mem.analysis.lifetime.reading.callees import (
    parameters,
    receiver,
)
from golsp_mem.analysis.lifetime.reading.expressions import Path, root_of, static_type
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.adopting import Adopting
from golsp_mem.analysis.lifetime.reading.raw.carrying import (
    below_names,
    elements_of,
    stored_values,
)
from golsp_mem.analysis.lifetime.reading.raw.overwriting import emptied_at, put_at
from golsp_mem.analysis.lifetime.reading.raw.passing import Passed
from golsp_mem.analysis.lifetime.reading.raw.taking import Carried, Taking
from golsp_mem.analysis.lifetime.reading.raw.takings import Takings
from golsp_mem.analysis.lifetime.reading.raw.values import Values
from golsp_mem.source.package import Place, arguments_of
from golsp_mem.source.parts.tree import Node, unparenthesized

_ROUNDS = 4
_SHARED = ("pointer_type", "map_type", "channel_type")


class Flow(Values):
    """The raw resources of one top-level declaration."""

    def __init__(
        self, package: Package, takings: Takings, declaration: Place,
        seeds: Mapping[int, set[Carried]] | None = None,
        called: Mapping[int, Taking] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(package, takings, declaration, called or {})
        # By the variable's declaration, of package variables by name; where it was put there last.
        self._held: dict[int | str, dict[Carried, int]] = defaultdict(dict)
        for start, carried in (seeds or {}).items():
            self._held[start] = dict.fromkeys(carried, start)
        self._paired: dict[tuple[int, int, Path], Taking] = {}
        self._adopting = Adopting(package, self._hands_on)
        for _ in range(_ROUNDS):
            before = self._size()
            for node in declaration.node.walk():
                self._assign(declaration.of(node))
            if self._size() == before:
                break

    def _size(self) -> int:
        return sum(map(len, self._held.values()))

    def _hands_on(self, function: Place) -> tuple[Passed, ...]:
        return self._takings.passing.of(function, self._results_of)

    def _results_of(
        self, function: Place, seeds: Mapping[int, set[Carried]]
    ) -> Iterator[tuple[int, int | None, Carried]]:
        flow = Flow(self.package, self._takings, function, seeds)
        yield from ((result, None, one) for result, one in flow.returned_by(function))
        yield from ((0, into, one) for into, one in stored_by(flow, function))

    def held(self, name: Place) -> set[Carried]:
        variable = self.package.variable(name)
        if variable is None:
            return set(self._held.get(name.text, ()))
        held = self._held.get(variable.declaration.start)
        if not held:
            return set()
        below = {one[1][0] for one in held if one[1] and one[1][0].isidentifier()}
        emptied = {field: emptied_at(variable, name.node, field) for field in ("", *below)}
        return {
            one for one, put in held.items()
            if put >= emptied[""] and not (one[1] and put < emptied.get(one[1][0], -1))
        }  # fmt: skip

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
            self._pair(statement, only, names)
            for index, carried in self.results(only) if only.node.kind == "call_expression" else ():
                if index < len(names):
                    self._hold(statement.of(names[index]), {carried})
            if values[0].kind != "call_expression":  # `v, ok := m[k]`
                self._hold(statement.of(names[0]), self.carried_at(only))

    def _pair(self, statement: Place, call: Place, names: Sequence[Node]) -> None:
        """``f, fd := open()``: the number is of what another of the names gets."""
        for one in self._takings.pairs(call) if call.node.kind == "call_expression" else ():
            owner = statement.of(names[one.parameter or 0])
            if owner.text == "_" and one.parameter:
                continue  # it has no name, and is not the call's first result
            key = (call.node.start, one.result, one.inside)
            if key not in self._paired:
                self._paired[key] = Taking(
                    call, owner if owner.text != "_" else call, one.path, one.kind, one.is_memory,
                    result=one.result, inside=one.inside,
                )  # fmt: skip
            self._hold(statement.of(names[one.result]), {(self._paired[key], one.inside)})

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
