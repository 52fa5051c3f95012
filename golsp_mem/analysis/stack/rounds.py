"""The rounds of a recursion: by which calls a function reaches itself, and what each way costs.

Depth is counted in entries of one function. The compiler inlines recursive functions into
themselves and into each other, so that one frame may be several entries: each call knows what was
entered on the way to it (`Call.entered`). Rounds differ, so a depth is a range: the cheapest round
alone fills the stack last, the dearest first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from attrs import field, frozen

from golsp_mem.analysis.stack.callgraph import CallGraph
from golsp_mem.analysis.stack.growth import PathFrame, max_depth
from golsp_mem.analysis.stack.reached.asked import bytes_asked
from golsp_mem.analysis.stack.reached.callees import package_of
from golsp_mem.analysis.stack.reached.maybe import MaybeCall
from golsp_mem.compiler.objects.calls import Call
from golsp_mem.compiler.objects.symbols import folded_name
from golsp_mem.compiler.stackfacts import StackPlatform

# A parser of fifty functions has more rounds than anybody can count. Beyond this many steps the
# dearest is bounded by all frames together.
_MOST_STEPS = 4_000
# So many functions of other packages are looked through for the one that calls back.
_MOST_BETWEEN = 64


@frozen
class Edge:
    """One call of a round. ``maybe`` is set where only the source says that it may lead there."""

    target: int
    call: Call
    maybe: MaybeCall | None = None


@frozen
class Round:
    """One way from a function back to itself: its frames, and how often it enters the function
    that is counted. ``maybe`` are the calls that only may lead on, ``hidden`` those of them that
    other packages make with frames that are not known."""

    frames: tuple[PathFrame, ...]
    entries: int
    maybe: tuple[MaybeCall, ...] = ()
    hidden: frozenset[MaybeCall] = frozenset()

    @property
    def round_bytes(self) -> int:
        return sum(frame.passed_bytes for frame in self.frames)

    def depth(self, platform: StackPlatform, *, used: int, size: int, limit: int) -> int | None:
        """Entries until the stack of ``limit`` bytes is full, if every round were this one."""
        rounds = max_depth(platform, self.frames, used=used, size=size, limit=limit)
        return None if rounds is None else rounds * self.entries


@frozen
class Recursion:
    """How ``counted`` recurses: its cheapest and dearest round, and all functions of its group.

    ``complete`` is False where there are too many rounds to look at each: then ``dearest`` is a
    round through all functions, which no real one exceeds.
    """

    counted: str
    group: tuple[int, ...]
    cheapest: Round
    dearest: Round
    complete: bool = True


class Recursions:
    """The recursions among the functions of a graph, direct and possible calls together.

    ``maybe`` gives the possible calls of a function; without it only direct calls count.
    """

    def __init__(
        self,
        graph: CallGraph,
        platform: StackPlatform,
        members: Iterable[int],
        maybe: Callable[[int], Iterable[MaybeCall]] = lambda _: (),
        foreign: Callable[[str], CallGraph | None] = lambda _: None,
    ) -> None:
        self._graph = graph
        self._platform = platform
        self._maybe = maybe
        self._foreign = foreign
        self._members = frozenset(members)
        self._edges: dict[int, tuple[Edge, ...]] = {}
        self._taken: dict[str, int | None] = {}

    def edges(self, number: int) -> tuple[Edge, ...]:
        """The calls of a function that stay among the members."""
        known = self._edges.get(number)
        if known is None:
            direct = [
                Edge(target, call)
                for target, call in self._graph.edges(number)
                if target in self._members
            ]
            possible = [
                Edge(one.target, one.call, one)
                for one in self._maybe(number)
                if one.target in self._members
            ]
            known = self._edges[number] = (*direct, *possible)
        return known

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The groups of functions that can reach each other, direct and possible calls alike."""
        targets = {n: [edge.target for edge in self.edges(n)] for n in self._members}
        return tuple(self._graph.recursive_groups(self._members, targets.__getitem__))

    def depths(self, recursion: Recursion, *, used: int, limit: int) -> tuple[int, int] | None:
        """(least, most) entries until the stack is full, ``used`` bytes of it at the first;
        None where nothing on the way checks the stack."""
        found = [
            one.depth(self._platform, used=used, size=self._platform.start_bytes, limit=limit)
            for one in (recursion.dearest, recursion.cheapest)
        ]
        known = [depth for depth in found if depth is not None]
        return (min(known), max(known)) if len(known) == len(found) else None

    def depths_without(
        self, recursion: Recursion, root: int, *, used: int, limit: int
    ) -> tuple[int, int] | None:
        """The same of all rounds of the group that never enter ``root``, each counted where it
        begins; None where there are none."""
        found: list[int] = []
        pending = [frozenset(recursion.group) - {root}]
        while pending:
            members = pending.pop()
            targets = {n: [e.target for e in self.edges(n) if e.target in members] for n in members}
            for group in self._graph.recursive_groups(members, targets.__getitem__):
                name = self._graph.functions[group[0]].name
                other = self._recursion(name, group[0], group)
                found += (other and self.depths(other, used=used, limit=limit)) or ()
                pending.append(frozenset(group) - {group[0]})
        return (min(found), max(found)) if found else None

    def of(self, number: int) -> Recursion | None:
        """How a function recurses; None when it does not.

        A function that is only ever entered inlined is found in the group of those that hold it.
        """
        name = self._graph.functions[number].name
        for group in self.groups:
            if number in group:
                return self._recursion(name, number, group)
        for group in self.groups:
            for member in group:
                if any(name in edge.call.entered for edge in self.edges(member)):
                    return self._recursion(name, member, group)
        return None

    def _recursion(self, counted: str, root: int, group: tuple[int, ...]) -> Recursion | None:
        search = _Search(self._inside(group), root)
        rounds = []
        for path in search.paths():
            one = self._round(counted, root, path)
            if one.entries and one.round_bytes > 0:
                rounds.append(one)
        if not rounds:
            return None
        # A round of direct calls is surer than one through an unresolved call.
        sure = [one for one in rounds if not one.maybe] or rounds
        cheapest = min(sure, key=_cost)
        dearest = max(sure, key=_cost)
        if not search.complete:
            dearest = self._all_frames(group, dearest)
        return Recursion(counted, group, cheapest, dearest, search.complete)

    def _inside(self, group: Collection[int]) -> Mapping[int, tuple[Edge, ...]]:
        members = set(group)
        return {
            number: tuple(edge for edge in self.edges(number) if edge.target in members)
            for number in group
        }

    def _round(self, counted: str, root: int, path: Sequence[Edge]) -> Round:
        frames = []
        entries = 0
        number = root
        for edge in path:
            function = self._graph.functions[number]
            passed = edge.call.stack_delta
            passed += self._platform.call_bytes if edge.call.pushes else 0
            passed += self._between(edge)
            frames.append(PathFrame(function.name, function.frame_bytes, function.checks, passed))
            # Instances of generic code call each other: all are entries of one function.
            entries += folded_name(function.name) == folded_name(counted)
            entries += sum(folded_name(name) == folded_name(counted) for name in edge.call.entered)
            number = edge.target
        maybe = tuple(edge.maybe for edge in path if edge.maybe is not None)
        return Round(tuple(frames), entries, maybe, frozenset(filter(self._is_hidden, maybe)))

    def _is_hidden(self, one: MaybeCall) -> bool:
        """Whether another package's function makes the call, and not surely itself."""
        if one.between is None or one.between.startswith("runtime."):
            return False
        if self._asked(one.between) is not None:
            return False
        number = self._graph.find(one.between)
        if number is None or not self._graph.functions[number].unknown_calls:
            return True
        # Where it also calls others that call what only the run time knows, they may be the ones.
        return any(self._graph.functions[one].unknown_calls for one, _ in self._graph.edges(number))

    def _asked(self, between: str) -> int | None:
        """What fmt takes, or who else asks for a method, if ``between`` is a function of them."""
        if between not in self._taken:
            known = self._graph.find(between) is not None
            graph = self._graph if known else self._foreign(package_of(between))
            taken = bytes_asked(graph, between, self._platform.call_bytes) if graph else None
            self._taken[between] = taken
        return self._taken[between]

    def _between(self, edge: Edge) -> int:
        """What the functions of other packages take that make a call in the caller's name: the
        shortest way to one that calls what it was given."""
        if edge.maybe is None or edge.maybe.between is None:
            return 0
        if (asked := self._asked(edge.maybe.between)) is not None:
            return asked
        number = self._graph.find(edge.maybe.between)
        if number is None:
            return 0
        functions = self._graph.functions
        if edge.maybe.between.startswith("runtime."):
            return functions[number].frame_bytes + self._platform.call_bytes
        seen = {number}
        ways = [(number, 0)]
        for number, above in ways:
            function = functions[number]
            if function.unknown_calls:
                return above + function.frame_bytes + self._platform.call_bytes
            for target, call in self._graph.edges(number):
                if target not in seen and len(seen) < _MOST_BETWEEN:
                    seen.add(target)
                    ways.append((target, above + call.stack_delta + self._platform.call_bytes))
        return functions[ways[0][0]].frame_bytes + self._platform.call_bytes

    def _all_frames(self, group: Sequence[int], dearest: Round) -> Round:
        frames = tuple(
            PathFrame(
                one.name, one.frame_bytes, one.checks, one.frame_bytes + self._platform.call_bytes
            )
            for one in (self._graph.functions[number] for number in group)
        )
        return Round(frames, 1, dearest.maybe)


def _cost(one: Round) -> tuple[float, int]:
    return one.round_bytes / one.entries, one.round_bytes


@frozen(eq=False)
class _Search:
    """The simple rounds from ``root``, depth first, within `_MOST_STEPS`."""

    _edges: Mapping[int, tuple[Edge, ...]]
    _root: int
    _steps: list[int] = field(factory=lambda: [0])

    @property
    def complete(self) -> bool:
        return self._steps[0] < _MOST_STEPS

    def paths(self) -> Iterator[tuple[Edge, ...]]:
        path: list[Edge] = []
        on_path = {self._root}
        work = [iter(self._edges[self._root])]
        while work and self.complete:
            edge = next(work[-1], None)
            if edge is None:
                work.pop()
                if path:
                    on_path.discard(path.pop().target)
                continue
            self._steps[0] += 1
            if edge.target == self._root:
                yield (*path, edge)
            elif edge.target not in on_path:
                path.append(edge)
                on_path.add(edge.target)
                work.append(iter(self._edges[edge.target]))
