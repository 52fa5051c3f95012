"""Whether functions come back, found out from no more of them than that takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Set
from typing import Protocol

from attrs import define, field

from golsp_mem.analysis.calls.bodies import Bodies, Named
from golsp_mem.analysis.calls.body import Body, Event, EventKind
from golsp_mem.analysis.calls.summaries import Total
from golsp_mem.analysis.calls.ways import living

_DEEPEST = 50


def alive(body: Body, returns: Callable[[Event], bool]) -> set[int]:
    """The nodes of a body on ways that come back; ``returns`` says whether its calls do."""
    stopped = {
        event.node
        for event in body.events
        if event.kind is EventKind.CALLS and not event.maybe and not returns(event)
    }
    edges, leaves = body.ways.edges, body.ways.leaves
    if not stopped:
        return set(range(len(edges)))
    end = caught(body)
    cut = [end if n in stopped else after for n, after in enumerate(edges)]
    return living(cut, leaves - stopped)


def caught(body: Body) -> frozenset[int]:
    """Where a body goes on behind a call that panics."""
    return frozenset() if body.recovery is None else frozenset((body.recovery,))


class Program(Protocol):
    """What is asked of the functions of a program (`golsp_mem.analysis.calls.through.Through`)."""

    bodies: Bodies

    def recall(self, function: Named, /) -> bool: ...
    def total(self, function: Named, /) -> Total: ...
    def callee(self, event: Event, caller: Named, /) -> Named | None: ...
    def looked_at(self, function: Named, body: Body, /) -> None: ...


@define
class _Checked:
    """The calls of a body by node, those of them that nobody has asked about, and the nodes whose
    calls never come back."""

    body: Body
    open: dict[int, list[Event]] = field(factory=dict)
    dead: set[int] = field(factory=set)

    @classmethod
    def of(cls, body: Body) -> _Checked:
        made = cls(body)
        for event in body.events:
            if event.kind is EventKind.CALLS and not event.maybe:
                made.open.setdefault(event.node, []).append(event)
        return made

    def way(self, starts: Iterable[int], ends: Set[int], but: Set[int]) -> list[int] | None:
        """The nodes of a way with as few open ones as there is, none of them in ``but``; None:
        there is none."""
        best: dict[int, int] = {}
        before: dict[int, int] = {}
        pending: deque[int] = deque()
        for start in starts:
            best[start] = int(start in self.open)
            pending.append(start)
        nodes = self.body.ways.nodes
        done: set[int] = set()
        while pending:
            node = pending.popleft()
            if node in done or node in self.dead or node in but:
                continue
            done.add(node)
            if node in ends:
                found = [node]
                while found[-1] in before:
                    found.append(before[found[-1]])
                return found
            for other in nodes[node].next:
                reached = best[node] + (other in self.open)
                if other not in best or reached < best[other]:
                    best[other] = reached
                    before[other] = node
                    (pending.append if other in self.open else pending.appendleft)(other)
        return None


class Returning:
    """What `Total.returns` says, of functions whose totals nobody asks for.

    Most functions have a way back on which they call nobody, or only such functions: those on
    their other ways need not be read.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[Named, bool] = {}
        self._asked: set[Named] = set()
        self._checked: dict[Named, _Checked] = {}
        self._alive: dict[Named, set[int]] = {}

    def happens(self, event: Event, function: Named) -> bool:
        """Whether an event of the function's body is on a way that comes back, found out from one
        such way. Raises ArchiveError."""
        body = self._program.bodies.body(function)
        if not body.known:
            return True
        if function not in self._alive:
            leaves = body.ways.leaves
            if self._passes(function, body, ((0,), {event.node}), ((event.node,), leaves)):
                return True
            # It is on none, or goes round for ever.
            self._alive[function] = alive(body, lambda one: self.after(one, function))
        return event.node in self._alive[function]

    def recurs(self, event: Event, function: Named) -> bool:
        """Whether an event that `happens` may happen again within one call. Raises
        ArchiveError."""
        body = self._program.bodies.body(function)
        after = body.ways.nodes[event.node].next if body.known else ()
        return not body.known or self._passes(function, body, (after, {event.node}))

    def avoids(self, event: Event, function: Named) -> bool:
        """Whether a way comes back without an event of the function's body. Raises
        ArchiveError."""
        body = self._program.bodies.body(function)
        if event.maybe or not body.known:
            return True
        return self._passes(function, body, ((0,), body.ways.leaves), but={event.node})

    def _passes(
        self,
        function: Named,
        body: Body,
        *parts: tuple[Iterable[int], Set[int]],
        but: Set[int] = frozenset(),
    ) -> bool:
        """Whether there are ways between some nodes and others on which all calls come back."""
        if function not in self._checked:
            self._checked[function] = _Checked.of(body)
            self._program.looked_at(function, body)
        checked = self._checked[function]
        while True:
            nodes: list[int] = []
            for starts, ends in parts:
                found = checked.way(starts, ends, but)
                if found is None:
                    return False
                nodes += found
            unsure = [node for node in dict.fromkeys(nodes) if node in checked.open]
            if not unsure:
                return True
            for node in unsure:
                if not all(self.after(event, function) for event in checked.open.pop(node)):
                    checked.dead.add(node)
                    break

    def returns(self, function: Named) -> bool:
        """Whether a function comes back. Raises ArchiveError."""
        found = self._of(function)
        if found is None:
            # It calls itself on all of its ways, or seems to.
            found = self._known[function] = self._program.total(function).returns
        return found

    def after(self, event: Event, caller: Named) -> bool:
        """Whether a call of a function comes back. Raises ArchiveError."""
        callee = self._program.callee(event, caller)
        return callee is None or self.returns(callee)

    def _of(self, function: Named) -> bool | None:
        """None: those who are asked already must be known first."""
        known = self._known.get(function)
        if known is None:
            if self._program.recall(function):
                known = self._program.total(function).returns
            elif function not in self._asked and len(self._asked) < _DEEPEST:
                self._asked.add(function)
                try:
                    known = self._look(function)
                finally:
                    self._asked.discard(function)
            if known is not None:
                self._known[function] = known
        return known

    def _look(self, function: Named) -> bool | None:
        body = self._program.bodies.body(function)
        self._program.looked_at(function, body)
        if not body.known:
            return True
        calls: dict[int, list[Event]] = {}
        for event in body.events:
            if event.kind is EventKind.CALLS and not event.maybe:
                calls.setdefault(event.node, []).append(event)
        edges, leaves = body.ways.edges, body.ways.leaves
        seen, free, later = {0}, [0], deque[int]()
        undecided = False
        while free or later:
            if free:
                node = free.pop()
                if node in calls:
                    later.append(node)
                    continue
            else:
                node = later.popleft()
                answers = [self._behind(event, function) for event in calls[node]]
                undecided |= None in answers
                if not all(answers):
                    continue
            if node in leaves:
                return True
            free += edges[node] - seen
            seen |= edges[node]
        return None if undecided else False

    def _behind(self, event: Event, caller: Named) -> bool | None:
        callee = self._program.callee(event, caller)
        return True if callee is None else self._of(callee)
