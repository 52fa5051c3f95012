"""Numbers that get an owner after they were made: ``f := os.NewFile(uintptr(fd), name)``. From then
on the owner releases what the number stands for, whoever has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from golsp_mem.analysis.lifetime.reading.callees import callees
from golsp_mem.analysis.lifetime.reading.cleanups import ADD_CLEANUP, literal_of_pointer
from golsp_mem.analysis.lifetime.reading.expressions import Path, bare, conversion
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.passing import Passed
from golsp_mem.analysis.lifetime.reading.raw.taking import Taking
from golsp_mem.analysis.lifetime.reading.standard import constructed, releases_by_name
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place, arguments_of, callee_of, results_of
from golsp_mem.source.parts.guards import statement_around
from golsp_mem.source.parts.tree import Node, element_value
from golsp_mem.source.variables import Variable, setter

_DEPTH = 3
_MADE = ("call_expression", "unary_expression", "composite_literal")

# What a function hands on of its parameters.
HandsOn = Callable[[Place], Iterable[Passed]]


class Adopting:
    """Answers for one package; ``hands_on`` tells what its functions do with their parameters."""

    def __init__(self, package: Package, hands_on: HandsOn) -> None:
        self._package = package
        self._hands_on = hands_on
        self._released = {(one.type, path) for one in package.cleanups.calls
                          for path in one.paths if not one.removes}  # fmt: skip
        self._kinds = frozenset(kind for kind, _ in self._released)
        self._known: dict[tuple[str, int, int], Taking] = {}

    def of_value(self, target: Place, value: Place, index: int) -> Iterator[tuple[Place, Taking]]:
        """(number, taking) for the numbers that result ``index`` of a value takes over, which
        becomes ``target``."""
        if target.node.kind not in ("identifier", "selector_expression") or target.text == "_":
            return
        for number, kind, path in self._taken_over(value, index):
            if self._is_number(number):
                yield number, self._taking(number, value, target, kind, path)

    def of_call(self, call: Place) -> Iterator[tuple[Place, Taking]]:
        """The same for ``runtime.AddCleanup(guard, release, fd)``."""
        for mark in self._package.cleanups.calls:
            if mark.place.node.start != call.node.start or mark.place.file is not call.file:
                continue
            number = bare(self._package, call.of(mark.argument)) if mark.argument else None
            if mark.kind != ADD_CLEANUP or number is None or mark.value.kind != "identifier":
                continue
            if self._is_number(number) and any(map(releases_by_name, mark.releases)):
                yield number, self._taking(number, call, call.of(mark.value), mark.type or "", ())

    def _taken_over(
        self, value: Place, index: int, depth: int = _DEPTH
    ) -> Iterator[tuple[Place, str, Path]]:
        """(number, type of its owner, where below the value that is)."""
        literal = literal_of_pointer(value)
        is_struct = value.node.kind == "composite_literal"
        if literal is not None or is_struct:
            yield from self._of_literal(value.of(literal or value.node), depth, not is_struct)
        if value.node.kind != "call_expression" or conversion(self._package, value) is not None:
            return
        callee, given = callee_of(value), arguments_of(value)
        if callee is not None and (callee.package, callee.name) == ("os", "NewFile") and given:
            known = constructed("os", "NewFile", index)
            if known is not None:
                yield bare(self._package, value.of(given[0])), f"{known.package}.{known.name}", ()
            return
        for function in callees(self._package, value) if self._kinds else ():
            results = results_of(function)
            kind = base_of(results[index][1]) if index < len(results) else ""
            for one in self._hands_on(function) if kind in self._kinds else ():
                is_owned = one.result == index and (kind, one.inside) in self._released
                if is_owned and not one.path and 0 <= one.parameter < len(given):
                    yield bare(self._package, value.of(given[one.parameter])), kind, ()

    def _of_literal(
        self, literal: Place, depth: int, is_pointer: bool
    ) -> Iterator[tuple[Place, str, Path]]:
        written = literal.node.field("type")
        kind = base_of(literal.of(written).text) if written is not None else ""
        body = literal.node.field("body")
        names = self._package.syntax.members.get(kind, ())
        if body is None or not names:
            return
        for place, element in enumerate(body.named_children):
            key = names[place] if place < len(names) else ""
            if element.kind == "keyed_element":
                key = literal.of(element.named_children[0]).text
            value = literal.of(element_value(element))
            if is_pointer and (kind, (key,)) in self._released:
                yield bare(self._package, value), kind, ()
            elif depth and value.node.kind in _MADE:
                for number, inner, path in self._taken_over(value, 0, depth - 1):
                    yield number, inner, (key, *path)

    def _is_number(self, place: Place) -> bool:
        """Whether a value is a variable of the function, which has it afterwards too."""
        return place.node.kind == "identifier" and self._package.variable(place) is not None

    def _taking(self, number: Place, value: Place, owner: Place, kind: str, path: Path) -> Taking:
        key = (number.file.path, number.node.start, owner.node.start)
        if key not in self._known:
            self._known[key] = Taking(value, owner, path, kind, is_adopted=True)
        return self._known[key]


def is_adopted_at(taking: Taking, number: Variable | None, use: Node) -> bool:
    """Whether a number that got an owner has it at a use, on every way there, and is the same."""
    adopting = taking.expression.node
    statement = statement_around(adopting)
    listed = statement.parent if statement is not None else None
    if listed is None or statement is None or use.start < statement.end:
        return False
    return listed.start <= use.start < listed.end and not any(
        statement.end <= one.start < use.start and setter(one) is not None
        for one in (number.uses if number is not None else ())
    )
