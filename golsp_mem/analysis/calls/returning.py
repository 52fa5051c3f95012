"""Whether functions come back, found out from no more of them than that takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

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
    cut = [frozenset() if n in stopped else after for n, after in enumerate(edges)]
    return living(cut, leaves - stopped)


class Program(Protocol):
    """What is asked of the functions of a program (`golsp_mem.analysis.calls.through.Through`)."""

    bodies: Bodies

    def recall(self, function: Named, /) -> bool: ...
    def total(self, function: Named, /) -> Total: ...
    def callee(self, event: Event, caller: Named, /) -> Named | None: ...
    def looked_at(self, function: Named, body: Body, /) -> None: ...


class Returning:
    """What `Total.returns` says, of functions whose totals nobody asks for.

    Most functions have a way back on which they call nobody, or only such functions: those on
    their other ways need not be read.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[Named, bool] = {}
        self._asked: set[Named] = set()

    def after(self, event: Event, caller: Named) -> bool:
        """Whether a call of a function comes back. Raises ArchiveError."""
        callee = self._program.callee(event, caller)
        if callee is None:
            return True
        found = self._of(callee)
        if found is None:
            # It calls itself on all of its ways, or seems to.
            found = self._known[callee] = self._program.total(callee).returns
        return found

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
