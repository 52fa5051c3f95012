"""The fewest objects, or bytes, that calls allocate, found out along their cheapest ways alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Set
from heapq import heappop, heappush

from golsp_mem.analysis.calls.bodies import Named
from golsp_mem.analysis.calls.body import Body, Event, EventKind
from golsp_mem.analysis.calls.returning import Program, Returning
from golsp_mem.analysis.costs import Bounds, Cost

_DEEPEST = 60
# No function on the stack of questions.
_NOBODY = 1 << 30


class Least:
    """``part`` is what is counted of a cost, ``cost_of`` what an allocation costs.

    A function that calls itself costs what its cheapest way costs that comes back without: going
    round once more is never cheaper (Knuth, A Generalization of Dijkstra's Algorithm, 1977).
    """

    def __init__(
        self,
        program: Program,
        returning: Returning,
        cost_of: Callable[[Event], Cost],
        part: Callable[[Cost], Bounds],
    ) -> None:
        self._program = program
        self._returning = returning
        self._cost_of = cost_of
        self._part = part
        self._known: dict[Named, int] = {}
        self._asked: dict[Named, int] = {}

    def of(self, function: Named) -> int:
        """On a way of the function that comes back. Raises ArchiveError."""
        return self._of(function)[0] or 0

    def _of(self, function: Named) -> tuple[int | None, int]:
        """None: every way leads back to one that is asked already. With it the first of those that
        the answer depends on, by its place among them."""
        known = self._known.get(function)
        if known is None and self._program.recall(function):
            known = self._part(self._program.total(function).cost).least
        if known is not None:
            return known, _NOBODY
        if function in self._asked:
            return None, self._asked[function]
        place = len(self._asked)
        if place >= _DEEPEST:
            return 0, 0
        self._asked[function] = place
        try:
            found, first = self._look(function)
        finally:
            del self._asked[function]
        if found == 0 or first >= place:
            self._known[function] = found or 0
            return found or 0, _NOBODY
        return found, first

    def _look(self, function: Named) -> tuple[int | None, int]:
        body = self._program.bodies.body(function)
        self._program.looked_at(function, body)
        if not body.known:
            return 0, _NOBODY
        weights: dict[int, int] = defaultdict(int)
        calls: dict[int, list[Event]] = defaultdict(list)
        for event in body.events:
            if event.kind is EventKind.ALLOCATES:
                weights[event.node] += self._part(self._cost_of(event)).least
            elif event.kind is EventKind.CALLS and not event.maybe:
                calls[event.node].append(event)
        blocked: set[int] = set()
        first = _NOBODY
        while True:
            found = _cheapest(body, weights, calls.keys(), blocked)
            if found is None:
                return (None if first < _NOBODY else 0), first
            cost, unasked = found
            if unasked is None:
                return cost, first
            for event in calls.pop(unasked):
                behind, depends = self._behind(event, function)
                first = min(first, depends)
                if behind is None:
                    blocked.add(unasked)
                else:
                    weights[unasked] += behind

    def _behind(self, event: Event, caller: Named) -> tuple[int | None, int]:
        callee = self._program.callee(event, caller)
        if callee is None:
            return 0, _NOBODY
        if not self._returning.after(event, caller):
            return None, _NOBODY
        return self._of(callee)


def _cheapest(
    body: Body, weights: Mapping[int, int], unasked: Set[int], blocked: Set[int]
) -> tuple[int, int | None] | None:
    """What the cheapest way costs that comes back, and the first node on it of which nobody knows
    what it costs: of equally cheap ones the way with the fewest. None: there is none."""
    best = {0: (weights.get(0, 0), int(0 in unasked))}
    before: dict[int, int] = {}
    pending = [(*best[0], 0)]
    nodes = body.ways.nodes
    while pending:
        cost, open_, node = heappop(pending)
        if (cost, open_) > best[node] or node in blocked:
            continue
        if nodes[node].leaves:
            way = [node]
            while way[-1] in before:
                way.append(before[way[-1]])
            return cost, next((one for one in reversed(way) if one in unasked), None)
        for other in nodes[node].next:
            reached = (cost + weights.get(other, 0), open_ + (other in unasked))
            if other not in best or reached < best[other]:
                best[other] = reached
                before[other] = node
                heappush(pending, (*reached, other))
    return None
