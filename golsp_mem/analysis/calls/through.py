"""What a call of a function allocates at least and at most, with all that it calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TypeVar

from attrs import field, frozen

from golsp_mem.analysis.calls.bodies import RUNTIME, Bodies, Named
from golsp_mem.analysis.calls.body import Body, Event, EventKind
from golsp_mem.analysis.calls.ways import living
from golsp_mem.analysis.costs import FREE, UNBOUNDED, Bounds, Cost, path_costs
from golsp_mem.compiler.calling import Unknown
from golsp_mem.model import Allocates
from golsp_mem.source.flow.flowgraph import components


@frozen
class Total:
    """What a call costs: of what can be followed. ``unknown``: there are calls on its ways, here
    or further in, that cannot be. ``returns``: some way comes back (or goes round for ever);
    where none does, ``cost`` is what is allocated before it panics."""

    cost: Cost = FREE
    unknown: bool = False
    returns: bool = True

    @property
    def allocates(self) -> Allocates | None:
        """None: nothing that is known, and something is unknown."""
        if self.cost.objects.least:
            return Allocates.ALWAYS
        if not self.cost.objects.nothing:
            return Allocates.CONDITIONAL
        return None if self.unknown else Allocates.NEVER

    @property
    def objects(self) -> Bounds:
        """At least and at most, with what is unknown."""
        found = self.cost.objects
        return Bounds(found.least, None if self.unknown else found.most)

    @property
    def bytes(self) -> Bounds:
        found = self.cost.bytes
        return Bounds(found.least, None if self.unknown else found.most)


NOTHING_AT_ALL = Total()
T = TypeVar("T")


def without(package: str, known: Mapping[Named, T]) -> dict[Named, T]:
    """What is known of the functions of all packages but one."""
    return {function: one for function, one in known.items() if function.package != package}


def cost_of(event: Event) -> Cost:
    """What one allocation costs where its way is taken."""
    size = event.bytes if event.most == 1 else None
    least = (event.least_bytes or 0) if event.sure else 0
    return Cost(Bounds(int(event.sure), event.most), Bounds(least, size))


@frozen(eq=False)
class KnownTotals:
    """What `Through` knows of functions: totals, callees, and what they do themselves."""

    totals: Mapping[Named, Total] = field(factory=dict)
    called: Mapping[Named, tuple[Named, ...]] = field(factory=dict)
    happens: Mapping[Named, tuple[Event, ...]] = field(factory=dict)


class Through:
    """Totals of functions, each computed once. Belongs to one program (`Bodies`). ``known`` are
    those of one that differs in a package of which it says nothing."""

    def __init__(self, bodies: Bodies, known: KnownTotals | None = None) -> None:
        self.bodies = bodies
        known = known or KnownTotals()
        self._totals = dict(known.totals)
        self._called = dict(known.called)
        self._happens = dict(known.happens)

    def known(self, but: str) -> KnownTotals:
        """What does not depend on a package."""
        if not self.bodies.is_apart(but):
            return KnownTotals()
        return KnownTotals(
            without(but, self._totals), without(but, self._called), without(but, self._happens)
        )

    def total(self, function: Named) -> Total:
        """What a call of the function costs. Raises ArchiveError."""
        if function not in self._totals:
            self._sum(function)
        return self._totals[function]

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
            body = self.bodies.body(function)
            found = body.events
            if body.known and found:
                alive = self._alive(function, body, self._totals)
                found = tuple(event for event in found if event.node in alive)
            self._happens[function] = found
        return found

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
            called = () if one in self._totals else self._callees(one)
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
        return found

    def _sum_group(self, members: Sequence[Named], *, round_trip: bool) -> None:
        if not round_trip:
            [one] = members
            self._totals[one] = self._of_body(one, self._totals)
            return
        # A round trip may be made any number of times, or never: how often bounds nothing.
        assumed = {**dict.fromkeys(members, NOTHING_AT_ALL)}
        first = [self._of_body(one, {**self._around(members), **assumed}) for one in members]
        costs = any(not total.cost.nothing for total in first)
        unknown = any(total.unknown for total in first)
        again = Total(UNBOUNDED if costs else FREE, unknown)
        assumed = dict.fromkeys(members, again)
        around = {**self._around(members), **assumed}
        for one in members:
            self._totals[one] = self._of_body(one, around)

    def _around(self, members: Sequence[Named]) -> dict[Named, Total]:
        found = {}
        for one in members:
            for callee in self._callees(one):
                if callee in self._totals:
                    found[callee] = self._totals[callee]
        return found

    def _alive(self, one: Named, body: Body, totals: Mapping[Named, Total]) -> set[int]:
        """The nodes on ways that come back, with what is known of the callees."""
        stopped = {
            event.node
            for event in body.events
            if event.kind is EventKind.CALLS and not event.maybe
            and not self._event(event, one, totals).returns
        }  # fmt: skip
        edges, leaves = body.ways.edges, body.ways.leaves
        if not stopped:
            return set(range(len(edges)))
        cut = [frozenset() if n in stopped else after for n, after in enumerate(edges)]
        return living(cut, leaves - stopped)

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
            after & alive if n in alive and n not in stopped else frozenset()
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


def _ways_cost(
    edges: Sequence[frozenset[int]], alive: set[int], leaves: set[int], costs: Mapping[int, Cost]
) -> Cost:
    if not costs:
        return FREE
    within = path_costs(edges, alive, 0, costs)
    ends = [within[node] for node in sorted(leaves) if node in within]
    # A call that never comes back is at any time somewhere on its way.
    return reduce(Cost.__or__, ends or list(within.values()))
