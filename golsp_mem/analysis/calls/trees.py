"""What one call does, as a tree of calls: the heaviest branches first, cut where it gets long."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import frozen

from golsp_mem.analysis.calls.bodies import Named
from golsp_mem.analysis.calls.body import Event, EventKind
from golsp_mem.analysis.calls.facts import Chains
from golsp_mem.analysis.calls.summaries import Total
from golsp_mem.analysis.calls.through import cost_of
from golsp_mem.compiler.calling import Unknown
from golsp_mem.compiler.objects.symbols import folded_name
from golsp_mem.model import Code, Position

_DEEPEST = 8
_WIDEST = 12
_MOST_BRANCHES = 400


@frozen
class Branch:
    """A function, an allocation of the runtime's, or a call that nobody can follow.

    ``place`` is where the call is written (of the root: the function). ``total`` is what it costs
    with all below. ``cut`` says why nothing is below although something is: ``recursive``,
    ``repeated`` (its branches stand above), ``deep``; ``left_out`` counts branches that are too
    many.
    """

    kind: EventKind
    name: str
    place: Position
    total: Total
    condition: str | None = None
    noun: str | None = None
    branches: tuple[Branch, ...] = ()
    cut: str | None = None
    left_out: int = 0


class Trees:
    """Builds trees of one program; ``resolve`` gives paths for names of object files."""

    def __init__(self, chains: Chains, resolve: Callable[[str], str]) -> None:
        self._through = chains.through
        self._resolve = resolve
        self._shown: set[Named] = set()
        self._count = 0

    def of(self, function: Named) -> Branch:
        """Raises ArchiveError."""
        body = self._through.bodies.body(function)
        place = Position(self._resolve(body.file), body.line)
        return self._function(function, place, (function,))

    def _function(self, function: Named, place: Position, path: tuple[Named, ...]) -> Branch:
        total = self._through.total(function)
        name = folded_name(function.name)
        made = Branch(EventKind.CALLS, name, place, total)
        cut = None
        if function in path[:-1]:
            cut = "recursive"
        elif function in self._shown:
            cut = "repeated"
        elif len(path) > _DEEPEST or self._count > _MOST_BRANCHES:
            cut = "deep"
        if cut is not None:
            return Branch(made.kind, name, place, total, cut=cut)
        self._shown.add(function)
        events = sorted(self._events(function), key=lambda one: _weight(one[1]), reverse=True)
        branches = []
        for event, below, callee in events[:_WIDEST]:
            self._count += 1
            at = self._place(event)
            if callee is not None:
                branches.append(self._function(callee, at, (*path, callee)))
            else:
                branches.append(self._leaf(event, at, below))
        return Branch(
            made.kind, name, place, total, branches=tuple(branches),
            left_out=max(0, len(events) - _WIDEST),
        )  # fmt: skip

    def _leaf(self, event: Event, place: Position, total: Total) -> Branch:
        noun = noun_of(event.code) if event.code else None
        if event.kind is EventKind.CALLS:
            name = f"{Unknown.NO_BODY} of {folded_name(event.target)}"
            return Branch(EventKind.UNKNOWN, name, place, total)
        return Branch(event.kind, event.target, place, total, event.condition, noun)

    def _events(self, function: Named) -> Iterator[tuple[Event, Total, Named | None]]:
        """What counts in a function, once for each place and target."""
        seen: set[tuple[str, int, str]] = set()
        for event in self._through.events(function):
            at = event.stack[0]
            key = (at.file, at.line, event.target)
            if key in seen:
                continue
            seen.add(key)
            if event.kind is EventKind.ALLOCATES:
                yield event, Total(cost_of(event)), None
            elif self._through.unknown(event, function) is not None:
                yield event, Total(unknown=True), None
            else:
                callee = self._through.callee(event, function)
                total = self._through.total(callee) if callee is not None else Total()
                if callee is not None and (not total.cost.nothing or total.unknown):
                    yield event, total, callee

    def _place(self, event: Event) -> Position:
        at = event.stack[0]
        return Position(self._resolve(at.file), at.line)


def noun_of(code: Code) -> str:
    """What an allocation makes, in a word or two."""
    return "growth" if code.row.grows else code.row.noun


def _weight(total: Total) -> tuple[bool, bool, int, int]:
    """Known and large before conditional and small, those before what is unknown."""
    bounds = total.cost.bytes
    return (
        not total.cost.objects.nothing,
        bool(total.cost.objects.least),
        bounds.least,
        (1 << 62) if bounds.most is None else bounds.most,
    )
