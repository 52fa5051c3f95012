"""One order of all findings: what is worth an hour first.

The order compares two findings by one question after the other, and the first that tells them
apart decides. There are no weights: `why` says which question it was, in words. The page
``ranking`` (advice/topics) lists the questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum

from attrs import evolve, frozen

from golsp_mem.model import Allocates, FateKind, Finding, PathKind, Severity
from golsp_mem.report.model import Report, Shown

_SURE = {Allocates.ALWAYS: 0, Allocates.CONDITIONAL: 1, Allocates.NEVER: 2}
# Between the small objects that most sizes known are of and the buffers that the rest often are.
UNKNOWN_BYTES = 64

_PATHS = {
    PathKind.LOOP: 0,
    PathKind.NORMAL: 0,
    PathKind.ONCE: 1,
    PathKind.ERROR: 2,
    PathKind.PANIC: 3,
    PathKind.TEST: 4,
}


@frozen
class Question:
    """What is asked of a finding: the smaller answer comes first. ``words`` complete *it comes
    first because …*."""

    words: str
    answer: Callable[[Shown], int]


class _Kind(IntEnum):
    """What a finding is about: mistakes before costs, costs before what costs nothing."""

    MISTAKE = 0
    COST = 1
    REMARK = 2
    NOTHING = 3


def _kind(shown: Shown) -> int:
    finding = shown.finding
    if finding.allocates is Allocates.NEVER or shown.quiet is not None:
        return _Kind.NOTHING
    if shown.severity.rank >= Severity.WARNING.rank and shown.explained_by is None:
        return _Kind.MISTAKE
    return _Kind.COST if finding.code.speaks_of_heap else _Kind.REMARK


def _measured(shown: Shown) -> int:
    return shown.measured.bytes if shown.measured else 0


def _loops(finding: Finding) -> int:
    execution = finding.execution
    return 0 if execution.path.is_cold else execution.loop_depth


QUESTIONS = (
    Question("it is a mistake, not a cost", _kind),
    Question("it is no test code", lambda one: one.finding.execution.path is PathKind.TEST),
    Question("more bytes were measured there", lambda one: -_measured(one)),
    Question("it runs in normal work", lambda one: _PATHS[one.finding.execution.path]),
    Question(
        "its function is called in its package", lambda one: -min(one.finding.execution.called, 1)
    ),
    Question("it runs in a loop, or its function is called in one", lambda one: _once(one.finding)),
    Question("its objects are larger", lambda one: -_size(one.finding)),
    Question("its function is called at more places", lambda one: -one.finding.execution.called),
    Question("more loops repeat it", lambda one: -_loops(one.finding)),
    Question("it allocates whenever it runs", lambda one: _SURE[one.finding.allocates]),
    Question("it can be mended: it does not outlive the call", lambda one: _mending(one.finding)),
)


def _mending(finding: Finding) -> int:
    """Scratch of the call, and what is only handed to others, before what has to outlive it."""
    fate = finding.fate.kind if finding.fate else None
    if fate in (FateKind.SCRATCH, FateKind.TOO_LARGE):
        return 0
    if fate is FateKind.PASSED:
        return 1
    return 3 if fate in (FateKind.RETURNED, FateKind.STORED) else 2


def _once(finding: Finding) -> int:
    return int(not (_loops(finding) or finding.execution.called_in_loops))


def _size(finding: Finding) -> int:
    """In bytes; a size that only the run knows counts as UNKNOWN_BYTES."""
    if finding.size_class is not None:
        return finding.size_class
    return UNKNOWN_BYTES if finding.bytes is None else finding.bytes


def ranked(report: Report) -> Report:
    """The report with the rank of each finding; the order of the findings stays."""
    ranks = {number: rank for rank, number in enumerate(order(report.shown), 1)}
    shown = tuple(evolve(one, rank=ranks[number]) for number, one in enumerate(report.shown))
    return evolve(report, shown=shown)


def unranked(report: Report) -> Report:
    """The report without ranks, which say something within one report only."""
    return evolve(report, shown=tuple(evolve(one, rank=0) for one in report.shown))


def order(shown: Sequence[Shown]) -> list[int]:
    """The indices of the findings, most worth looking at first; equals stay as they came."""
    return sorted(range(len(shown)), key=lambda number: _key(shown[number]))


def _key(shown: Shown) -> tuple[int, ...]:
    return tuple(question.answer(shown) for question in QUESTIONS)


def why(first: Shown, second: Shown) -> str:
    """Why one finding comes before another, in words."""
    for question in QUESTIONS:
        mine, other = question.answer(first), question.answer(second)
        if mine < other:
            return question.words
        if mine > other:
            break
    return "it comes first in the code"


def by_rank(shown: Iterable[Shown]) -> list[Shown]:
    """Ranked findings, the first first."""
    return sorted(shown, key=lambda one: one.rank)
