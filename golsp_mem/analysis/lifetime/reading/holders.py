"""Who else holds a value: other variables of the function, and what outlives it.

What a variable's own text does with its value ``climbing`` tells, what calls do with their
arguments ``keeping``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from attrs import evolve, field, frozen

from golsp_mem.analysis.lifetime.reading.callees import (
    callees,
)
from golsp_mem.analysis.lifetime.reading.climbing import Climbing
from golsp_mem.analysis.lifetime.reading.definitions import Missing, below, definitions
from golsp_mem.analysis.lifetime.reading.effects import Effect, Holder
from golsp_mem.analysis.lifetime.reading.expressions import (
    Path,
    conversion,
    root_of,
    static_type,
)
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.keeping import Keeping, is_plain
from golsp_mem.analysis.lifetime.reading.origins import Origin, Origins
from golsp_mem.analysis.lifetime.reading.package import Package, role_of
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import (
    Place,
    arguments_of,
    callee_of,
)
from golsp_mem.source.parts.tree import (
    Node,
    element_value,
    unparenthesized,
)
from golsp_mem.source.variables import (
    Variable,
)

_LONGEST = 5
# Functions that hand a variable on to each other, one inside the other: each costs ten frames of
# Python's stack, which a thread of a server has 1000 of.
_DEEPEST = 50


@frozen(eq=False)
class Sharing:
    """Answers for one package; what a function keeps is asked once."""

    package: Package
    origins: Origins = field(init=False)
    _kept: dict[tuple[str, int, Path | None], bool] = field(factory=dict, init=False)
    _asked: set[tuple[str, int, Path | None]] = field(factory=set, init=False)
    _lent: dict[tuple[str, int, Path | None], bool] = field(factory=dict, init=False)
    _weighed: set[tuple[str, int, Path | None]] = field(factory=set, init=False)
    keeping: Keeping = field(init=False)
    climbing: Climbing = field(init=False)

    @origins.default
    def _origins(self) -> Origins:
        return Origins(self.package, self.is_kept, self.is_lent)

    @keeping.default
    def _calls(self) -> Keeping:
        return Keeping(self.package, self.is_kept, self.is_lent)

    @climbing.default
    def _climbing(self) -> Climbing:
        return Climbing(self.package, self.origins, self.keeping)

    def holders(self, variable: Variable, path: Path | None) -> tuple[Holder, ...]:
        """All that hold what lies at ``path`` below the variable: the variable first, then what
        its value came from or went to."""
        found: dict[int, Holder] = {}
        ways: dict[int, list[tuple[int, Node]]] = defaultdict(list)
        pending: list[tuple[Variable, Path | None]] = [(variable, path)]
        while pending:
            one, way = pending.pop(0)
            start = one.declaration.start
            known = found.get(start)
            if known is not None and (known.path is None or known.path == way):
                continue
            if known is not None or (way is not None and len(way) > _LONGEST):
                way = None
            effects = tuple(self.climbing.effects(one, way))
            found[start] = Holder(one, way, effects)
            for effect in effects:
                if effect.variable is not None:
                    pending.append((effect.variable, effect.path))
                    ways[effect.variable.declaration.start].append((start, effect.use))
            for source, left, node in self._came_from(one, way):
                pending.append((source, left))
                ways[source.declaration.start].append((start, node))
        return tuple(evolve(one, ways=tuple(ways[start])) for start, one in found.items())

    def is_kept(self, variable: Variable, path: Path | None) -> bool:
        """Whether the variable's function stores the value where it outlives the function."""
        key = (variable.file.path, variable.declaration.start, path)
        if key in self._asked:
            self.origins.cuts += 1
        if key not in self._kept and self._is_deep():
            self.origins.cuts += 1
            return True  # nobody knows: nothing is told of what may be kept
        if key not in self._kept:
            self._asked.add(key)
            self._kept[key] = False
            self._kept[key] = any(
                effect.effect in (Effect.KEPT, Effect.LENT, Effect.CONCURRENT)
                for holder in self.holders(variable, path)
                for effect in holder.effects
                if effect.variable is not variable  # what it stores in itself
            )
            self._asked.discard(key)
        return self._kept[key]

    def is_lent(self, variable: Variable, path: Path | None) -> bool:
        """Whether all that may keep the value are function values that got it: options, say."""
        key = (variable.file.path, variable.declaration.start, path)
        if key not in self._lent and self._is_deep():
            return False
        if key not in self._lent:
            # Functions that hand it to each other: what else there is decides.
            self._weighed.add(key)
            self._lent[key] = True
            self._lent[key] = not any(
                effect.effect in (Effect.KEPT, Effect.CONCURRENT)
                for holder in self.holders(variable, path)
                for effect in holder.effects
                if effect.variable is not variable
            )
            self._weighed.discard(key)
        return self._lent[key]

    def _is_deep(self) -> bool:
        return len(self._asked) + len(self._weighed) >= _DEEPEST

    def _came_from(
        self, variable: Variable, path: Path | None
    ) -> Iterator[tuple[Variable, Path | None, Node]]:
        """What the variable's value came from, with the expressions that it was set to."""
        for one in definitions(self.package, variable):
            try:
                rest = below(path, one.path)
            except Missing:
                continue
            for source, left in self.reached(one.value, rest, one.index):
                yield source, left, one.value.node

    def reached(
        self, value: Place, path: Path | None, index: int = 0
    ) -> Iterator[tuple[Variable, Path | None]]:
        """The variables of an expression from which its value is reached. A channel gives away
        what is received from it. ``index``: which result of the expression; of what a range
        clause goes through it is -1."""
        if is_received(value):
            return
        root = root_of(self.package, value)
        held = self.package.variable(root.place) if root.place.node.kind == "identifier" else None
        if held is not None:
            middle = (ELEMENT,) if index < 0 else ()
            yield held, ((*root.path, *middle, *path) if path is not None else None)
            return
        if root.place.node.kind == "composite_literal" and path and index >= 0:
            yield from self._put_into(root.place, (*root.path, *path))
        if root.is_call:
            whole = (*root.path, *path) if path is not None and index >= 0 else None
            behind = self.origins.arguments_behind(root.place, whole, max(index, 0))
            if behind is not None:
                for one in behind:
                    node = root.place.file.tree.smallest(one.start, one.end)
                    yield from self.reached(root.place.of(node), one.path)
                return
            for node in self._may_return(root.place):
                yield from self.reached(root.place.of(node), None)

    def _put_into(self, literal: Place, path: Path) -> Iterator[tuple[Variable, Path | None]]:
        """The variables whose value a literal has at a path: ``f`` in ``&conn{file: f}``."""
        written, body = literal.node.field("type"), literal.node.field("body")
        kind = base_of(literal.of(written).text) if written is not None else ""
        names = self.package.syntax.members.get(kind, ())
        for number, element in enumerate(body.named_children if body is not None else ()):
            key = names[number] if number < len(names) else ELEMENT
            if element.kind == "keyed_element" and names:
                key = literal.of(element.named_children[0]).text
            if key == path[0]:
                yield from self.reached(literal.of(element_value(element)), path[1:])

    def _may_return(self, call: Place) -> Iterator[Node]:
        """The receiver and the arguments of a call that a result of it may hold."""
        function = call.node.field("function")
        chosen = unparenthesized(function) if function is not None else None
        operand = chosen.field("operand") if chosen is not None else None
        is_method = operand is not None and callee_of(call) is None
        if (
            operand is not None
            and is_method
            and (self.keeping.returns(call, None) or self._may_be_part(call))
        ):
            yield operand
        if (
            chosen is not None
            and chosen.kind == "identifier"
            and (value := self.package.variable(call.of(chosen))) is not None
            and not _is_parameter(value)
        ):
            yield chosen  # a function value, `sync.OnceValue(…)`, may hold what it returns
        for index, argument in enumerate(arguments_of(call)):
            is_value = argument.kind == "func_literal" or self._is_number(call.of(argument))
            if not is_value and self.keeping.returns(call, index):
                yield argument

    def _is_number(self, value: Place) -> bool:
        function = value.node.field("function")
        written = static_type(self.package, value) or ""
        if conversion(self.package, value) is not None and function is not None:
            written = value.file.tree.source(function)
        return is_plain(written)

    def _may_be_part(self, call: Place) -> bool:
        """Whether a method of which nothing is known may return what its receiver holds:
        ``device.File()``."""
        return not callees(self.package, call) and any(
            one.origin is Origin.FOREIGN for one in self.origins.of(call)
        )


def is_received(value: Place) -> bool:
    """Whether the expression is what comes out of a channel, or lies below it."""
    node = unparenthesized(value.node)
    while True:
        if node.kind == "unary_expression" and value.file.tree.source(node).startswith("<-"):
            return True
        inner = node.field("operand")
        if inner is None or node.kind == "call_expression":
            return False
        node = unparenthesized(inner)


def _is_parameter(variable: Variable) -> bool:
    return role_of(variable) in ("parameter", "receiver")
