"""One code compiled in two ways: what of it allocates in one of them only, or differently.

The code is the same, so that a place tells a finding where its fingerprint does not (a fingerprint
has the cause in the compiler's words, which change). Nothing moves.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence

from attrs import field, frozen

from golsp_mem.compiler.objects.symbols import stable_name
from golsp_mem.model import Allocates, Finding
from golsp_mem.report.comparing.compare import taken
from golsp_mem.report.model import Report, Shown

# Where an inlined function of the library returns first: its lines move with each release.
_LINE = re.compile(r"line \d+ in")
_SURER = {Allocates.NEVER: 0, Allocates.CONDITIONAL: 1, Allocates.ALWAYS: 2}


@frozen
class Change:
    """One finding before and after."""

    before: Shown
    after: Shown

    @property
    def worse(self) -> bool:
        """Whether it allocates surer, or more."""
        was, now = self.before.finding, self.after.finding
        if _SURER[was.as_written] != _SURER[now.as_written]:
            return _SURER[now.as_written] > _SURER[was.as_written]
        return (taken(now) or 0) > (taken(was) or 0)


@frozen(order=True)
class FrameChange:
    """The stack frame of a function, in bytes; None where it is not compiled."""

    function: str
    before: int
    after: int

    @property
    def grows(self) -> int:
        return self.after - self.before


@frozen
class Between:
    """Two reports of one code. ``uncompared`` are the packages that one of them cannot build, with
    the first error; ``frames`` those that changed, the largest change first."""

    before: Report = field(repr=False)
    after: Report = field(repr=False)
    appeared: tuple[Shown, ...]
    vanished: tuple[Shown, ...]
    changed: tuple[Change, ...]
    frames: tuple[FrameChange, ...]
    uncompared: Mapping[str, str]


def between(
    before: Report,
    after: Report,
    frames_before: Mapping[str, int],
    frames_after: Mapping[str, int],
) -> Between:
    """What differs; findings for people only, in the order of each report. Frames are in bytes by
    the symbol of the function."""
    unbuilt: dict[str, str] = {}
    for report in (after, before):
        unbuilt |= {one.import_path: one.error or "no message" for one in report.failed}
    # A package that only one target has is not compared either: all of it would be new.
    left, right = ({one.import_path for one in report.packages} for report in (before, after))
    known = (left & right) - unbuilt.keys()
    was = [one for one in before.shown if one.finding.package in known]
    now = [one for one in after.shown if one.finding.package in known]
    pairs: list[Change] = []
    for key in (_cause, _place, _line):
        met, was, now = _paired(was, now, key)
        pairs += met
    met, was, now = _elsewhere(was, now, before, after)
    pairs += met
    met, was, now = _copies(was, now, pairs)
    pairs += met
    changed = [one for one in pairs if _costs(one.before.finding) != _costs(one.after.finding)]
    spoken = [one for one in changed if after.speaks(one.after) or before.speaks(one.before)]
    return Between(
        before=before,
        after=after,
        appeared=tuple(one for one in now if after.speaks(one)),
        vanished=tuple(one for one in was if before.speaks(one)),
        changed=tuple(sorted(spoken, key=lambda one: one.after.finding.sort_key)),
        frames=_frames(frames_before, frames_after),
        uncompared=dict(sorted(unbuilt.items())),
    )


def _paired(
    before: Sequence[Shown], after: Sequence[Shown], key: Callable[[Finding], Hashable]
) -> tuple[list[Change], list[Shown], list[Shown]]:
    """Pairs of equal key, first with first, and what is left over on both sides."""
    waiting: dict[Hashable, list[Shown]] = defaultdict(list)
    for one in reversed(before):
        waiting[key(one.finding)].append(one)
    pairs: list[Change] = []
    left: list[Shown] = []
    for one in after:
        same = waiting[key(one.finding)]
        if same:
            pairs.append(Change(same.pop(), one))
        else:
            left.append(one)
    met = {id(pair.before) for pair in pairs}
    return pairs, [one for one in before if id(one) not in met], left


def _cause(finding: Finding) -> Hashable:
    return (finding.package, stable_name(finding.function), finding.fingerprint, finding.span.line)


def _place(finding: Finding) -> Hashable:
    span = finding.span
    return (finding.package, finding.code, span.file, span.line, span.column, _own(finding))


def _line(finding: Finding) -> Hashable:
    return (finding.package, finding.code, finding.span.file, finding.span.line, _own(finding))


def _elsewhere(
    before: Sequence[Shown], after: Sequence[Shown], one: Report, other: Report
) -> tuple[list[Change], list[Shown], list[Shown]]:
    """Pairs of what stands in files that only one side has: the sources of the standard library
    lie elsewhere for each release, and differ."""
    there, here = other.files or frozenset(), one.files or frozenset()
    was = [shown for shown in before if shown.finding.span.file not in there]
    now = [shown for shown in after if shown.finding.span.file not in here]
    pairs, _, _ = _paired(was, now, _home)
    met = {id(pair.before) for pair in pairs} | {id(pair.after) for pair in pairs}
    left = [shown for shown in before if id(shown) not in met]
    return pairs, left, [shown for shown in after if id(shown) not in met]


def _copies(
    before: Sequence[Shown], after: Sequence[Shown], pairs: Sequence[Change]
) -> tuple[list[Change], list[Shown], list[Shown]]:
    """Pairs of what is left with what already has a partner at its place: one construct is told
    more than once where the functions that it is inlined into make different things of it."""
    befores = {_place(pair.before.finding): pair.before for pair in pairs}
    afters = {_place(pair.after.finding): pair.after for pair in pairs}
    more = [
        Change(befores[_place(one.finding)], one) for one in after if _place(one.finding) in befores
    ]
    fewer = [
        Change(one, afters[_place(one.finding)]) for one in before if _place(one.finding) in afters
    ]
    met = {id(one.before) for one in fewer} | {id(one.after) for one in more}
    left = [one for one in before if id(one) not in met]
    return [*more, *fewer], left, [one for one in after if id(one) not in met]


def _home(finding: Finding) -> Hashable:
    return (finding.package, _own(finding), finding.code, finding.subject, finding.callee)


def _own(finding: Finding) -> str:
    return stable_name(finding.function)


def _costs(finding: Finding) -> Hashable:
    condition = _LINE.sub("line in", finding.condition or "")
    return (
        finding.allocates, finding.as_written, condition, finding.bytes,
        finding.size_class, finding.exceeds,
    )  # fmt: skip


def _frames(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[FrameChange, ...]:
    changed = (
        FrameChange(name, size, after[name])
        for name, size in before.items()
        if name in after and after[name] != size
    )
    return tuple(sorted(changed, key=lambda one: (-abs(one.grows), one.function)))
