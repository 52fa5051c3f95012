"""What is allocated at least and at most, summed along the ways through a flow graph.

Branches that exclude each other are never added: the sum follows paths.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set
from functools import reduce
from heapq import heappop, heappush

from attrs import frozen

from golsp_mem.source.flow.flowgraph import Edges, components, reachable


@frozen
class Bounds:
    """At least and at most; ``most`` None where nothing bounds it."""

    least: int = 0
    most: int | None = 0

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.least + other.least, _sum(self.most, other.most))

    def __or__(self, other: Bounds) -> Bounds:
        """One or the other happens."""
        return Bounds(min(self.least, other.least), _greater(self.most, other.most))

    @property
    def exact(self) -> bool:
        return self.least == self.most

    @property
    def nothing(self) -> bool:
        return self.most == 0

    def as_json(self) -> dict[str, int | None]:
        return {"least": self.least, "most": self.most}


NOTHING, UNKNOWN = Bounds(), Bounds(0, None)


@frozen
class Cost:
    """Objects and bytes (what the allocator hands out for them)."""

    objects: Bounds = NOTHING
    bytes: Bounds = NOTHING

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.objects + other.objects, self.bytes + other.bytes)

    def __or__(self, other: Cost) -> Cost:
        return Cost(self.objects | other.objects, self.bytes | other.bytes)

    @property
    def nothing(self) -> bool:
        return self.objects.nothing and self.bytes.nothing


FREE, UNBOUNDED = Cost(), Cost(UNKNOWN, UNKNOWN)


def path_costs(
    edges: Edges, blocks: Set[int], start: int, costs: Mapping[int, Cost]
) -> dict[int, Cost]:
    """What the ways from a block to each other cost, both ends included."""
    within = reachable(edges, start, blocks)
    most: dict[int, Cost] = {}
    order = components(edges, within)
    before: dict[int, list[Cost]] = defaultdict(list)
    for group in reversed(order):
        came = [cost for block in group for cost in before[block]]
        cost = reduce(Cost.__or__, came) if came else FREE
        own = [costs[block] for block in sorted(group & costs.keys())]
        if len(group) > 1 or any(block in edges[block] for block in group):
            cost = cost + (UNBOUNDED if own else FREE)
        else:
            cost = reduce(Cost.__add__, own, cost)
        for block in group:
            most[block] = cost
            for other in (edges[block] & within) - group:
                before[other].append(cost)
    objects = _least(edges, within, start, {b: c.objects.least for b, c in costs.items()})
    size = _least(edges, within, start, {b: c.bytes.least for b, c in costs.items()})
    return {
        block: Cost(
            Bounds(objects[block], most[block].objects.most),
            Bounds(size[block], most[block].bytes.most),
        )
        for block in within
    }


def _least(
    edges: Edges, within: Set[int], start: int, weights: Mapping[int, int]
) -> dict[int, int]:
    """The cheapest way from a block to each other (Dijkstra), both ends included."""
    best = {start: weights.get(start, 0)}
    pending = [(best[start], start)]
    while pending:
        cost, block = heappop(pending)
        if cost > best[block]:
            continue
        for other in edges[block] & within:
            reached = cost + weights.get(other, 0)
            if reached < best.get(other, reached + 1):
                best[other] = reached
                heappush(pending, (reached, other))
    return best


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _greater(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)
