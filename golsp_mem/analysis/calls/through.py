"""What a call of a function allocates at least and at most, with all that it calls, and what lies
behind it: the ways to its nearest allocations, and the calls that nobody can follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from typing import TypeVar
from urllib.parse import unquote

from attrs import evolve, frozen

from golsp_mem.analysis.calls.bodies import RUNTIME, Bodies, Named
from golsp_mem.analysis.calls.body import Body, Event, EventKind
from golsp_mem.analysis.calls.glimpses import Glimpses
from golsp_mem.analysis.calls.least import Least
from golsp_mem.analysis.calls.returning import Returning, alive, caught
from golsp_mem.analysis.calls.summaries import (
    NOTHING_AT_ALL,
    Summary,
    Total,
    Way,
    way_along,
)
from golsp_mem.analysis.costs import FREE, UNBOUNDED, Bounds, Cost, path_costs
from golsp_mem.compiler.calling import Unknown
from golsp_mem.compiler.objects.symbols import folded_name, package_of
from golsp_mem.model import UnknownCall
from golsp_mem.source.flow.flowgraph import components

K = TypeVar("K")


@frozen
class Reach:
    """What lies behind a function. ``sure`` and ``any`` count the calls on the shortest way to an
    allocation that always happens where its way is taken, and to any (0: in its own code; None:
    there is none). ``unknown`` and ``needs`` are sets of numbers, as bits: of calls that cannot be
    followed, and of the packages that any of this was read from or looked for in."""

    sure: int | None = None
    any: int | None = None
    unknown: int = 0
    needs: int = 0


def cost_of(event: Event) -> Cost:
    """What one allocation costs where its way is taken."""
    size = event.bytes if event.most == 1 else None
    least = (event.least_bytes or 0) if event.sure else 0
    return Cost(Bounds(int(event.sure), event.most), Bounds(least, size))


class Through:
    """Totals of functions, each computed once. Belongs to one program (`Bodies`).

    It takes what other programs left (`Bodies.summaries`), and adds to it what it finds out.
    """

    def __init__(self, bodies: Bodies) -> None:
        self.bodies = bodies
        self._summaries = bodies.summaries
        self._totals: dict[Named, Total] = {}
        self._reach: dict[Named, Reach] = {}
        self._known: dict[Named, Summary] = {}
        self._crossed: dict[Named, None] = {}
        self._called: dict[Named, tuple[Named, ...]] = {}
        self._happens: dict[Named, tuple[Event, ...]] = {}
        self._unknown: dict[UnknownCall, int] = {}
        self._needed: dict[str, int] = {RUNTIME: 0}
        self._looked = 0
        self.returning = Returning(self)
        self._least_objects = Least(self, self.returning, cost_of, lambda cost: cost.objects)
        self._least_bytes = Least(self, self.returning, cost_of, lambda cost: cost.bytes)
        self.glimpses = Glimpses(self, self.returning, self._least_objects)

    def total(self, function: Named) -> Total:
        """What a call of the function costs. Raises ArchiveError."""
        if function not in self._totals:
            self._sum(function)
        return self._totals[function]

    def reach(self, function: Named) -> Reach:
        """What lies behind the function. Raises ArchiveError."""
        self.total(function)
        return self._reach[function]

    def way(self, function: Named, *, sure: bool) -> Way | None:
        """The shortest way to an allocation, of several the one that stands first in the code.
        Raises ArchiveError."""
        first = self.reach(function)
        length = first.sure if sure else first.any
        if length is None:
            return None

        def known(one: Named) -> Way | None:
            found = self._known.get(one)
            return None if found is None else found.sure if sure else found.any

        return way_along(
            function, length, known, partial(self._step, sure=sure),
            lambda event, one: not self.returning.avoids(event, one),
        )  # fmt: skip

    def _step(self, function: Named, depth: int, *, sure: bool) -> tuple[Event, Named | None]:
        for event in self.events(function):
            if event.kind is EventKind.ALLOCATES and depth == 0 and (event.sure or not sure):
                return event, None
            if event.kind is EventKind.CALLS and depth:
                callee = self.callee(event, function)
                if callee is not None:
                    behind = self._reach[callee]
                    if (behind.sure if sure else behind.any) == depth - 1:
                        return event, callee
        raise AssertionError(f"{function.name}: no way of {depth} calls")

    def unknown_calls(self, reach: Reach) -> Iterator[UnknownCall]:
        """The calls that cannot be followed, files as object files name them."""
        return _chosen(self._unknown, reach.unknown)

    def needed(self, package: str) -> frozenset[str]:
        """The packages that all that is known of a package's functions was made of."""
        bits = self._looked
        for function, reach in self._reach.items():
            if function.package == package:
                bits |= reach.needs
        return frozenset(_chosen(self._needed, bits)) | {package, RUNTIME}

    def declared(self, function: Named) -> tuple[str, int]:
        """The file and line where a function begins. Raises ArchiveError."""
        known = self._known.get(function)
        if known is not None:
            return known.file, known.line
        body = self.bodies.body(function)
        return body.file, body.line

    def keep(self) -> None:
        """Keep on disk what was found out of functions that others call."""
        if self._summaries is None:
            return
        for one in {**self._crossed, **self.glimpses.asked}:
            if one in self._totals and one not in self._known:
                reach = self._reach[one]
                needs = frozenset(_chosen(self._needed, reach.needs)) | {RUNTIME}
                unknown = tuple(self.unknown_calls(reach))
                file, line = self.declared(one)
                self._summaries.add(
                    one.package,
                    Summary(
                        one.name, one.abi, file, line, self._totals[one],
                        self.way(one, sure=True), self.way(one, sure=False),
                    ),
                    unknown,
                    needs,
                )  # fmt: skip
        for function, part in self.glimpses.parts():
            needs = frozenset(_chosen(self._needed, self._read_for(function))) | {RUNTIME}
            self._summaries.add(function.package, part, (), needs)
        self._summaries.save()

    def recall(self, function: Named) -> bool:
        """Whether a summary tells of the function."""
        if function in self._totals:
            return True
        found = self._summaries.of(*function) if self._summaries is not None else None
        if found is None:
            return False
        summary, unknown, needs = found
        self._known[function] = summary
        self._totals[function] = summary.total
        self._reach[function] = Reach(
            summary.sure.depth if summary.sure else None,
            summary.any.depth if summary.any else None,
            _bits(self._unknown, unknown), _bits(self._needed, needs),
        )  # fmt: skip
        return True

    def recall_part(self, function: Named) -> Summary | None:
        """What a summary tells of the function that is not whole."""
        found = self._summaries and self._summaries.of(*function, part=True)
        if not found:
            return None
        summary, _, needs = found
        self._looked |= _bits(self._needed, needs)
        return summary

    def _read_for(self, function: Named) -> int:
        """The packages of all that was read so far and that a call may come to, as bits."""
        bits, seen = 0, {function}
        pending = [function]
        for one in pending:
            if one in self._reach:
                bits |= self._reach[one].needs
            elif self.bodies.is_read(one):
                bits |= _bits(self._needed, _packages(one, self.bodies.body(one)))
                for callee in self._callees(one):
                    if callee not in seen:
                        seen.add(callee)
                        pending.append(callee)
        return bits

    def callee(self, event: Event, caller: Named) -> Named | None:
        """Whom a call leads to; None where that has no body here, or is the runtime's."""
        found = self.bodies.find(event.target, caller.package, caller)
        return None if found is None or found.package == RUNTIME else found

    def is_followed(self, event: Event, caller: Named) -> bool:
        """Whether what a call does is known: in a body, or by the runtime's rules."""
        if event.kind is not EventKind.CALLS:
            return event.kind is EventKind.ALLOCATES
        return self.bodies.find(event.target, caller.package, caller) is not None

    def unknown(self, event: Event, caller: Named) -> Unknown | None:
        """Why a call cannot be followed, None where it can."""
        if event.kind is EventKind.UNKNOWN:
            return Unknown(event.target)
        return None if self.is_followed(event, caller) else Unknown.NO_BODY

    def events(self, function: Named) -> Sequence[Event]:
        """What the function itself does on ways that come back."""
        found = self._happens.get(function)
        if found is None:
            self.total(function)
            for callee in self._callees(function):
                self.total(callee)
            body = self.bodies.body(function)
            found = self._happens[function] = self._happening(function, body)
        return found

    def looked_at(self, function: Named, body: Body) -> None:
        """Something is said that depends on a function, and on whom it calls."""
        self._looked |= _bits(self._needed, _packages(function, body))

    def _happening(self, function: Named, body: Body) -> tuple[Event, ...]:
        if not body.known or not body.events:
            return body.events
        alive = self._alive(function, body, self._totals)
        return tuple(event for event in body.events if event.node in alive)

    def reached(self, function: Named) -> dict[Named, tuple[Named, Event] | None]:
        """All functions that a call comes to, each with the call that leads to it first (breadth
        first, so that chains are the shortest)."""
        self.total(function)
        found: dict[Named, tuple[Named, Event] | None] = {function: None}
        pending = [function]
        for one in pending:
            for event in self.events(one):
                if event.kind is not EventKind.CALLS:
                    continue
                callee = self.callee(event, one)
                if callee is not None and callee not in found:
                    found[callee] = (one, event)
                    pending.append(callee)
        return found

    def _sum(self, function: Named) -> None:
        """Callees before callers; functions that call each other together."""
        order: dict[Named, int] = {function: 0}
        targets: list[tuple[Named, ...]] = []
        for one in (pending := [function]):
            called = () if self.recall(one) else self._callees(one)
            targets.append(called)
            for callee in called:
                if callee not in order:
                    order[callee] = len(order)
                    pending.append(callee)
        edges = [frozenset(order[callee] for callee in called) for called in targets]
        for group in components(edges, set(range(len(edges)))):
            members = [pending[number] for number in sorted(group)]
            round_trip = len(group) > 1 or any(number in edges[number] for number in group)
            if members[0] in self._totals and not round_trip:
                continue
            self._sum_group(members, round_trip=round_trip)

    def _callees(self, one: Named) -> tuple[Named, ...]:
        found = self._called.get(one)
        if found is None:
            called = (
                self.callee(event, one)
                for event in self.bodies.body(one).events
                if event.kind is EventKind.CALLS
            )
            found = tuple(dict.fromkeys(callee for callee in called if callee is not None))
            self._called[one] = found
            self._crossed.update((other, None) for other in found if other.package != one.package)
        return found

    def _sum_group(self, members: Sequence[Named], *, round_trip: bool) -> None:
        if not round_trip:
            [one] = members
            self._totals[one] = self._of_body(one, self._totals)
        else:
            # A round trip may be made any number of times, or never: how often bounds nothing.
            assumed = {**dict.fromkeys(members, NOTHING_AT_ALL)}
            first = [self._of_body(one, {**self._around(members), **assumed}) for one in members]
            costs = any(not total.cost.nothing for total in first)
            unknown = any(total.unknown for total in first)
            again = Total(UNBOUNDED if costs else FREE, unknown)
            around = {**self._around(members), **dict.fromkeys(members, again)}
            found = {one: self._at_least(one, self._of_body(one, around)) for one in members}
            self._totals.update(found)
        self._spread(members)

    def _at_least(self, function: Named, total: Total) -> Total:
        """With what the cheapest way costs that comes back: to call itself is no way out."""
        if not total.returns:
            return total
        cost = total.cost
        objects = Bounds(self._least_objects.of(function), cost.objects.most)
        size = Bounds(self._least_bytes.of(function), cost.bytes.most)
        return evolve(total, cost=Cost(objects, size))

    def _spread(self, members: Sequence[Named]) -> None:
        """What lies behind functions that call each other, those that they call known."""
        for one in members:
            body = self.bodies.body(one)
            self._happens[one] = self._happening(one, body)
            self._reach[one] = self._own_reach(one, body)
        changed = True
        while changed:
            changed = False
            for one in members:
                before = now = self._reach[one]
                for event in self._happens[one]:
                    callee = self.callee(event, one) if event.kind is EventKind.CALLS else None
                    if callee is not None and callee in self._reach:
                        now = _joined(now, self._reach[callee])
                for callee in self._callees(one):
                    # What was looked at and found to be on no way counts as looked at.
                    if callee in self._reach:
                        needs = now.needs | self._reach[callee].needs
                        now = Reach(now.sure, now.any, now.unknown, needs)
                if now != before:
                    self._reach[one] = now
                    changed = len(members) > 1

    def _own_reach(self, one: Named, body: Body) -> Reach:
        here = self._happens[one]
        made = [event for event in here if event.kind is EventKind.ALLOCATES]
        unknown = []
        for event in here:
            kind = self.unknown(event, one)
            if kind is not None:
                place = event.stack[0]
                name = folded_name(place.function)
                unknown.append(UnknownCall(name, place.file, place.line, str(kind)))
        needs = _packages(one, body)
        return Reach(
            0 if any(event.sure for event in made) else None, 0 if made else None,
            _bits(self._unknown, unknown), _bits(self._needed, needs),
        )  # fmt: skip

    def _around(self, members: Sequence[Named]) -> dict[Named, Total]:
        found = {}
        for one in members:
            for callee in self._callees(one):
                if callee in self._totals:
                    found[callee] = self._totals[callee]
        return found

    def _alive(self, one: Named, body: Body, totals: Mapping[Named, Total]) -> set[int]:
        return alive(body, lambda event: self._event(event, one, totals).returns)

    def _event(self, event: Event, caller: Named, totals: Mapping[Named, Total]) -> Total:
        if event.kind is EventKind.ALLOCATES:
            return Total(cost_of(event))
        if event.kind is EventKind.UNKNOWN:
            return Total(unknown=True)
        callee = self.callee(event, caller)
        if callee is None:
            return Total(unknown=not self.is_followed(event, caller))
        return totals.get(callee, NOTHING_AT_ALL)

    def _of_body(self, one: Named, totals: Mapping[Named, Total]) -> Total:
        body = self.bodies.body(one)
        if not body.events:
            return Total(returns=bool(body.ways.leaves) or not body.known)
        found = [(event, self._event(event, one, totals)) for event in body.events]
        unknown = any(total.unknown for _, total in found)
        if not body.known:
            costs = any(not total.cost.nothing for _, total in found)
            return Total(UNBOUNDED if costs else FREE, unknown)
        alive = self._alive(one, body, totals)
        stopped = {e.node for e, t in found if not t.returns and not e.maybe}
        edges = [
            (caught(body) if n in stopped else after) & alive if n in alive else frozenset()
            for n, after in enumerate(body.ways.edges)
        ]
        leaves = (body.ways.leaves - stopped) & alive
        costs_at: dict[int, Cost] = {}
        for event, total in found:
            if event.node in alive and not total.cost.nothing:
                cost = FREE | total.cost if event.maybe else total.cost
                costs_at[event.node] = costs_at.get(event.node, FREE) + cost
        unknown = any(total.unknown for event, total in found if event.node in alive)
        return Total(_ways_cost(edges, alive, leaves, costs_at), unknown, bool(leaves))


def _packages(function: Named, body: Body) -> set[str]:
    """Where a function stands and where those are looked for that it calls."""
    called = (event.target for event in body.events if event.kind is EventKind.CALLS)
    return {function.package, *(unquote(package_of(target)) for target in called)}


def _ways_cost(
    edges: Sequence[frozenset[int]], alive: set[int], leaves: set[int], costs: Mapping[int, Cost]
) -> Cost:
    if not costs:
        return FREE
    within = path_costs(edges, alive, 0, costs)
    ends = [within[node] for node in sorted(leaves) if node in within]
    # A call that never comes back is at any time somewhere on its way.
    return reduce(Cost.__or__, ends or list(within.values()))


def _joined(one: Reach, behind: Reach) -> Reach:
    """What lies behind a function that calls another."""
    return Reach(
        _nearer(one.sure, behind.sure), _nearer(one.any, behind.any),
        one.unknown | behind.unknown, one.needs | behind.needs,
    )  # fmt: skip


def _nearer(here: int | None, behind: int | None) -> int | None:
    if behind is None:
        return here
    return behind + 1 if here is None else min(here, behind + 1)


def _bits(numbers: dict[K, int], chosen: Iterable[K]) -> int:
    found = 0
    for one in chosen:
        found |= 1 << numbers.setdefault(one, len(numbers))
    return found


def _chosen(numbers: Mapping[K, int], bits: int) -> Iterator[K]:
    return (one for one, number in numbers.items() if bits >> number & 1)
