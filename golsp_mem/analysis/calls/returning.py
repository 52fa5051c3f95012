"""Whether functions come back, found out from no more of them than that takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from golsp_mem.analysis.calls.body import Body, Event, EventKind
from golsp_mem.analysis.calls.ways import living

if TYPE_CHECKING:
    from golsp_mem.analysis.calls.bodies import Named
    from golsp_mem.analysis.calls.through import Through

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


class Returning:
    """What `Total.returns` says, of functions whose totals nobody asks for.

    Most functions have a way back on which they call nobody, or only such functions: those on
    their other ways need not be read.
    """

    def __init__(self, through: Through) -> None:
        self._through = through
        self._known: dict[Named, bool] = {}
        self._asked: set[Named] = set()

    def after(self, event: Event, caller: Named) -> bool:
        """Whether a call of a function comes back. Raises ArchiveError."""
        callee = self._through.callee(event, caller)
        if callee is None:
            return True
        found = self._of(callee)
        if found is None:
            # It calls itself on all of its ways, or seems to.
            found = self._known[callee] = self._through.total(callee).returns
        return found

    def _of(self, function: Named) -> bool | None:
        """None: those who are asked already must be known first."""
        known = self._known.get(function)
        if known is None:
            if self._through.recall(function):
                known = self._through.total(function).returns
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
        body = self._through.bodies.body(function)
        self._through.looked_at(function, body)
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
        callee = self._through.callee(event, caller)
        return True if callee is None else self._of(callee)
