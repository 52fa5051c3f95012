"""What a call allocates, found out from no more functions than a finding needs that names it.

`Through.total` reads all that a call comes to. Of most calls of large packages something nobody
can bound is found soon; then what is left to say (at least how many objects, and where the nearest
is made) takes few functions more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import Protocol

from attrs import frozen

from golsp_mem.analysis.calls.bodies import Named
from golsp_mem.analysis.calls.body import Event, EventKind
from golsp_mem.analysis.calls.least import Least
from golsp_mem.analysis.calls.returning import Program, Returning
from golsp_mem.analysis.calls.summaries import Summary, Total, Way, way_along
from golsp_mem.analysis.costs import Bounds, Cost


class Whole(Program, Protocol):
    """What is asked of `golsp_mem.analysis.calls.through.Through`."""

    def way(self, function: Named, /, *, sure: bool) -> Way | None: ...
    def declared(self, function: Named, /) -> tuple[str, int]: ...
    def recall_part(self, function: Named, /) -> Summary | None: ...


@frozen
class Glimpse:
    """``total`` has no more than the objects where ``whole`` is false: any number of them. ``way``
    leads to the nearest that always happens where a call always allocates, else to the nearest."""

    total: Total
    way: Way | None
    whole: bool = True


class Glimpses:
    def __init__(self, program: Whole, returning: Returning, least: Least) -> None:
        self._program = program
        self._returning = returning
        self._least = least
        self._known: dict[Named, Glimpse] = {}
        self._recalled: set[Named] = set()
        self._near: dict[tuple[Named, bool], int] = {}
        self._farther: dict[tuple[Named, bool], int] = {}

    def of(self, function: Named) -> Glimpse:
        """Raises ArchiveError."""
        found = self._known.get(function)
        if found is None:
            found = self._known[function] = self._look(function)
        return found

    @property
    def asked(self) -> dict[Named, None]:
        """The functions that somebody asked for."""
        return dict.fromkeys(self._known)

    def parts(self) -> Iterator[tuple[Named, Summary]]:
        """What was found out here, and is not whole."""
        for function, one in self._known.items():
            if not one.whole and function not in self._recalled:
                file, line = self._program.declared(function)
                sure = one.way if one.total.cost.objects.least else None
                any_ = None if sure else one.way
                yield (
                    function,
                    Summary(
                        function.name, function.abi, file, line, one.total, sure, any_, whole=False
                    ),
                )

    def _look(self, function: Named) -> Glimpse:
        program = self._program
        if not program.recall(function):
            part = program.recall_part(function)
            if part is not None:
                self._recalled.add(function)
                return Glimpse(part.total, part.sure or part.any, whole=False)
            if self._returning.returns(function) and self._is_unbounded(function):
                least = self._least.of(function)
                total = Total(Cost(Bounds(least, None), Bounds(0, None)), unknown=True)
                return Glimpse(total, self._way(function, sure=least > 0), whole=False)
        total = program.total(function)
        sure = total.cost.objects.least > 0
        way = program.way(function, sure=True) if sure else None
        return Glimpse(total, way or program.way(function, sure=False))

    def _is_unbounded(self, function: Named) -> bool:
        """Whether an allocation is found of which nobody knows how often it happens. If not, all
        that a call comes to was read."""
        seen = {function: False}
        pending = deque([function])
        while pending:
            one = pending.popleft()
            again = seen[one]
            if self._program.recall(one):
                most = self._program.total(one).cost.objects.most
                if most is None or (again and most):
                    return True
                continue
            body = self._program.bodies.body(one)
            self._program.looked_at(one, body)
            for event in body.events:
                if event.kind is EventKind.ALLOCATES:
                    often = event.most is None or again or self._returning.recurs(event, one)
                    if often and self._returning.happens(event, one):
                        return True
            for event, callee in self._calls(one):
                often = again or self._returning.recurs(event, one)
                if callee not in seen or (often and not seen[callee]):
                    seen[callee] = often
                    pending.append(callee)
        return False

    def _calls(self, function: Named) -> Iterator[tuple[Event, Named]]:
        """The calls of a function's body that happen, and whom they lead to."""
        for event in self._program.bodies.body(function).events:
            if event.kind is EventKind.CALLS:
                callee = self._program.callee(event, function)
                if callee is not None and self._returning.happens(event, function):
                    yield event, callee

    def _way(self, function: Named, *, sure: bool) -> Way:
        """As `Through.way`, which is not certain: nobody asked for other ways."""
        length = 0
        while (found := self._distance(function, length, sure=sure)) is None:
            length += 1

        def known(one: Named) -> Way | None:
            return self._program.way(one, sure=sure) if self._program.recall(one) else None

        step = partial(self._step, sure=sure)
        return way_along(function, found, known, step, lambda _event, _function: False)

    def _step(self, function: Named, depth: int, *, sure: bool) -> tuple[Event, Named | None]:
        if depth == 0:
            return next(self._made(function, sure=sure)), None
        return next(
            (event, callee)
            for event, callee in self._calls(function)
            if self._distance(callee, depth - 1, sure=sure) == depth - 1
        )

    def _made(self, function: Named, *, sure: bool) -> Iterator[Event]:
        """The allocations in a function's own code that happen."""
        for event in self._program.bodies.body(function).events:
            if event.kind is EventKind.ALLOCATES and (event.sure or not sure):  # noqa: SIM102
                if self._returning.happens(event, function):
                    yield event

    def _distance(self, function: Named, limit: int, *, sure: bool) -> int | None:
        """How many calls lead to the nearest allocation; None where it takes more than so many."""
        key = (function, sure)
        if key in self._near:
            return self._near[key] if self._near[key] <= limit else None
        if limit <= self._farther.get(key, -1):
            return None
        found = self._measured(function, limit, sure=sure)
        if found is None:
            self._farther[key] = limit
        else:
            self._near[key] = found
        return found

    def _measured(self, function: Named, limit: int, *, sure: bool) -> int | None:
        if self._program.recall(function):
            way = self._program.way(function, sure=sure)
            return way.depth if way is not None and way.depth <= limit else None
        body = self._program.bodies.body(function)
        self._program.looked_at(function, body)
        if any(True for _ in self._made(function, sure=sure)):
            return 0
        found = None
        for _, callee in self._calls(function) if limit else ():
            behind = self._distance(callee, (found or limit + 1) - 2, sure=sure)
            if behind is not None:
                found = behind + 1
        return found
