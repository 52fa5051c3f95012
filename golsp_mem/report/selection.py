"""Which findings of a report are told: those on some paths, the first of the order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from attrs import evolve

from golsp_mem.errors import UsageError
from golsp_mem.model import Code, PathKind
from golsp_mem.report.model import Left, Report, Shown
from golsp_mem.report.ranking import by_rank

# Of the order, those calls are told that nobody asked for: a tenth, and no more than so many.
_PART, _FIRST = 10, 10
HOT = frozenset({PathKind.NORMAL, PathKind.LOOP})


def parse_paths(written: str) -> frozenset[PathKind]:
    """The paths of a list such as ``normal,loop``. Raises UsageError for other words."""
    words = [word.strip() for word in written.split(",")]
    for word in words:
        if word not in list(PathKind):
            raise UsageError(f"--path: {word!r} is not one of {', '.join(PathKind)}")
    return frozenset(map(PathKind, words))


def on_paths(report: Report, paths: Collection[PathKind]) -> Report:
    """The report with the findings whose places run on one of these paths only; what is no
    allocation stays. Ranks stay, too."""
    kept = tuple(
        one
        for one in report.shown
        if one.finding.execution.path in paths or not one.finding.code.speaks_of_heap
    )
    return _without(report, kept)


def first(report: Report, number: int) -> Report:
    """The report with the first of its findings by rank, in the order they stood in."""
    told = [one for one in report.shown if report.speaks(one) and one.fresh]
    ranks = {one.rank for one in by_rank(told)[:number]}
    return _without(report, tuple(one for one in told if one.rank in ranks))


def that_ran(report: Report) -> Report:
    """The report with the findings that a run measured."""
    kept = tuple(one for one in report.shown if one.measured is not None and one.measured.objects)
    return evolve(
        report, shown=kept, left=report.left.plus(Left(unmeasured=_told_beside(report, kept)))
    )


def measured_calls_only(report: Report, percent: float, *, chosen: bool) -> Report:
    """The report without calls of other packages at which the profiles measured less than so much
    of all bytes: nobody asked for those. Where calls were ``chosen``, without those that cannot be
    followed and were not measured."""
    total = report.measurement.bytes if report.measurement else 0
    kept = tuple(
        one
        for one in report.shown
        if one.finding.code is not Code.HEAP_CALL
        or (one.measured is not None and (chosen or one.measured.bytes * 100 >= percent * total))
        or (chosen and one.finding.runtime_call is not None)
    )
    return evolve(report, shown=kept)


def first_calls(report: Report) -> Report:
    """The report with only those calls of other packages that are among the first of its order, as
    nobody asked for more: the first tenth, at most ten. The first call of a function stands for
    all of it."""
    told = [one for one in by_rank(report.shown) if report.speaks(one) and one.fresh]
    calls = [one for one in told if one.finding.code is Code.HEAP_CALL]
    limit = min(_FIRST, (len(told) - len(calls)) // _PART)
    many = Counter(one.finding.subject for one in calls)
    heads = {one.finding.subject: id(one) for one in reversed(calls)}
    listed = [
        one for one in told if one.finding.code is not Code.HEAP_CALL or id(one) in heads.values()
    ]
    first = {id(one) for one in listed[:limit]}
    kept = tuple(
        _for_all(one, many[one.finding.subject]) if id(one) in first else one
        for one in report.shown
        if one.finding.code is not Code.HEAP_CALL or id(one) in first
    )
    return evolve(report, shown=kept)


def _for_all(one: Shown, calls: int) -> Shown:
    if one.finding.code is not Code.HEAP_CALL or calls < 2:
        return one
    more = "1 more call" if calls == 2 else f"{calls - 1} more calls"
    message = f"{one.finding.message}; {more} of it in loops (--select heap-call)"
    return evolve(one, finding=evolve(one.finding, message=message))


def _without(report: Report, kept: tuple[Shown, ...]) -> Report:
    gone = _told_beside(report, kept)
    return evolve(report, shown=kept, left=report.left.plus(Left(unselected=gone)))


def _told_beside(report: Report, kept: tuple[Shown, ...]) -> int:
    """How many people would be told of, but for what is kept."""
    ids = set(map(id, kept))
    return sum(id(one) not in ids and report.speaks(one) and one.fresh for one in report.shown)
