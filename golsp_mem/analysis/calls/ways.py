"""The ways through a function, cut down to where something happens on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from attrs import frozen

from golsp_mem.compiler.objects.flow import MachineFlow, backward
from golsp_mem.source.flow.flowgraph import components, cycles, reachable


@frozen
class Node:
    """``next`` are the numbers of the nodes that may follow; ``leaves``: the function may return
    here."""

    next: tuple[int, ...] = ()
    leaves: bool = False


@frozen
class Ways:
    """A graph; a call begins at node 0. By default it does nothing, and returns."""

    nodes: tuple[Node, ...] = (Node(leaves=True),)

    @property
    def edges(self) -> list[frozenset[int]]:
        return [frozenset(node.next) for node in self.nodes]

    @property
    def leaves(self) -> set[int]:
        return {number for number, node in enumerate(self.nodes) if node.leaves}


def endless(edges: Sequence[frozenset[int]], blocks: Set[int]) -> set[int]:
    """The blocks that nothing leads out of, round and round."""
    return {
        block
        for group in cycles(edges, blocks)
        if all(edges[block] <= group for block in group)
        for block in group
    }


def living(edges: Sequence[frozenset[int]], leaves: Set[int], start: int = 0) -> set[int]:
    """The nodes on ways that come back, or go round for ever: not those that only lead to a
    panic. All that can be reached where every way does."""
    blocks = reachable(edges, start)
    before = backward(edges)
    found = _leading_to(leaves & blocks, before, blocks)
    # What leads to no leaf may go round for ever.
    if len(found) < len(blocks):
        found |= _leading_to(endless(edges, blocks - found), before, blocks)
    return found if start in found else blocks


def _leading_to(ends: Set[int], before: Sequence[Iterable[int]], blocks: Set[int]) -> set[int]:
    """The blocks that lead to one of some, and those."""
    found = set(ends)
    pending = list(ends)
    while pending:
        for block in before[pending.pop()]:
            if block in blocks and block not in found:
                found.add(block)
                pending.append(block)
    return found


@frozen
class Recovery:
    """The block where a recovered panic goes on, and those that end in a panic. One may begin
    elsewhere, too, at any time (a nil pointer, a callee)."""

    block: int
    panics: frozenset[int]


def ways_of(
    flow: MachineFlow, wanted: Set[int], stopped: Set[int], recovery: Recovery | None = None
) -> tuple[Ways, dict[int, int]]:
    """The graph of the ``wanted`` blocks, and the node of each that is on a way.

    ``stopped`` are blocks that end in a call which never returns.
    """
    edges = [frozenset() if b in stopped else following for b, following in enumerate(flow.next)]
    if recovery is not None:
        again = frozenset((recovery.block,))
        for block in (0, *recovery.panics):
            edges[block] |= again
        stopped, wanted = stopped - recovery.panics, wanted | again
    alive = living(edges, flow.leaves - stopped)
    edges = [following & alive if b in alive else frozenset() for b, following in enumerate(edges)]
    # What goes round for ever is no panic: it counts as a way that is taken to its end.
    ended = flow.leaves & alive - stopped
    rest = alive - _leading_to(ended, backward(edges), alive)
    leaves = ended | endless(edges, rest) - stopped if rest else ended
    return _Contraction(edges, alive, wanted, leaves).ways()


class _Contraction:
    """Merges blocks in which nothing happens into those before or behind them."""

    def __init__(
        self,
        edges: list[frozenset[int]],
        alive: Set[int],
        wanted: Set[int],
        leaves: Set[int],
    ) -> None:
        self._wanted = wanted & alive
        self._leaves = set(leaves)
        self._at: dict[int, int] = {block: block for block in alive}
        self._next: dict[int, set[int]] = {}
        self._before: dict[int, set[int]] = {}
        # Blocks are numbered by their place: without a way back there is no loop.
        loops = any(other <= block for block in alive for other in edges[block])
        for group in components(edges, alive) if loops else ():
            if len(group) > 1 and not group & self._wanted:
                head = 0 if 0 in group else min(group)
                self._at.update(dict.fromkeys(group, head))
                if group & self._leaves:
                    self._leaves.add(head)
        for block in alive:
            at = self._at[block]
            here = self._next.setdefault(at, set())
            here |= {self._at[other] for other in edges[block]}
            # A loop in which nothing happens is left some time.
            if at not in self._wanted:
                here.discard(at)
        for block in self._next:
            self._before.setdefault(block, set())
        for block, following in self._next.items():
            for other in following:
                self._before[other].add(block)

    def ways(self) -> tuple[Ways, dict[int, int]]:
        changed = True
        while changed:
            changed = False
            for block in list(self._next):
                if block and block not in self._wanted and self._merged(block):
                    changed = True
        kept = sorted(self._next)
        number = {block: at for at, block in enumerate(kept)}
        ways = Ways(
            tuple(
                Node(tuple(sorted(number[other] for other in self._next[b])), b in self._leaves)
                for b in kept
            )
        )
        return ways, {block: number[block] for block in self._wanted}

    def _merged(self, block: int) -> bool:
        before, following = self._before[block], self._next[block]
        if len(before) == 1:
            (other,) = before
            if other == block:
                return False
            self._next[other].discard(block)
            for after in following:
                self._before[after].discard(block)
                self._link(other, after)
            if block in self._leaves:
                self._leaves.add(other)
        elif len(following) == 1 and block not in self._leaves:
            (after,) = following
            self._before[after].discard(block)
            for other in before:
                self._next[other].discard(block)
                self._link(other, after)
        else:
            return False
        del self._next[block], self._before[block]
        self._leaves.discard(block)
        return True

    def _link(self, block: int, after: int) -> None:
        if block == after and block not in self._wanted:
            return
        self._next[block].add(after)
        self._before[after].add(block)
