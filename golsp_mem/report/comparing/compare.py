"""What is new, gone, moved or changed between two reports, or since a baseline."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence

from attrs import evolve, frozen

from golsp_mem.compiler.objects.symbols import own_name, stable_name
from golsp_mem.compiler.rules import call_family
from golsp_mem.model import Allocates, Code, Finding, PackageStatus
from golsp_mem.report.comparing.baseline import titles
from golsp_mem.report.model import (
    Configuration,
    Gone,
    Quiet,
    Report,
    Shown,
    State,
    Uncompared,
    counted_once,
    is_heap,
)

_RANK = {Allocates.NEVER: 0, Allocates.CONDITIONAL: 1, Allocates.ALWAYS: 2}


@frozen
class Pair:
    """One cause in two reports."""

    before: Shown
    after: Shown

    @property
    def worse(self) -> bool:
        """Whether it allocates surer, or more, than before."""
        old, new = self.before.finding, self.after.finding
        if _RANK[new.as_written] != _RANK[old.as_written]:
            return _RANK[new.as_written] > _RANK[old.as_written]
        return (taken(new) or 0, new.exceeds or 0) > (taken(old) or 0, old.exceeds or 0)


@frozen
class Comparison:
    """Two reports side by side, findings for people only. What only became quiet, or speaks now,
    is neither new nor gone.

    ``moved`` is the same allocation in another function of its package, or in the function of the
    same name of another package; ``changed`` stands
    where it stood with another verdict or size; ``unbuilt`` are packages that only one of the two
    could be asked about, because they do not build in the other.
    """

    base: Report
    head: Report
    new: tuple[Shown, ...]
    gone: tuple[Shown, ...]
    moved: tuple[Pair, ...]
    changed: tuple[Pair, ...]
    unchanged: int
    unbuilt: tuple[str, ...]
    environment: str | None


@frozen(order=True)
class CallCost:
    """How many bytes more (or less) each call of a function takes for sure."""

    function: str
    bytes: int


def taken(finding: Finding) -> int | None:
    """Bytes that the heap gives up for one object: its size class, as far as it is known."""
    return finding.size_class if finding.size_class is not None else finding.bytes


def compare(base: Report, head: Report) -> Comparison:
    """Lay two reports side by side; the order of `head` is kept."""
    laid = _laid(base, head)
    return Comparison(
        base=base,
        head=head,
        new=tuple(one for one in laid.new if head.speaks(one)),
        gone=tuple(one for one in laid.gone if base.speaks(one)),
        moved=tuple(pair for pair in laid.moved if head.speaks(pair.after)),
        changed=tuple(pair for pair in laid.changed if head.speaks(pair.after)),
        unchanged=sum(head.speaks(pair.after) for pair in laid.same),
        unbuilt=tuple(sorted({one.import_path for one in (*base.failed, *head.failed)})),
        environment=difference(base.configurations, head.configurations),
    )


@frozen
class _Laid:
    """Two reports side by side, with what is quiet; nothing of packages that do not build in the
    base, and nothing gone of those that do not in the head."""

    same: Sequence[Pair]
    changed: Sequence[Pair]
    moved: Sequence[Pair]
    gone: Sequence[Shown]
    new: Sequence[Shown]


def _laid(base: Report, head: Report) -> _Laid:
    unknown = {package.import_path for package in base.failed}
    before = [one for one in base.shown if one.finding.package not in unknown]
    after = [one for one in head.shown if one.finding.package not in unknown]
    pairs, gone, new = _paired(before, after, lambda one: _identity(one.finding))
    same = [pair for pair in pairs if _amounts(pair.before) == _amounts(pair.after)]
    other = [pair for pair in pairs if _amounts(pair.before) != _amounts(pair.after)]
    here, gone, new = _paired(gone, new, lambda one: (_voice(one), _at_home(one.finding)))
    within, gone, new = _paired(gone, new, lambda one: (_voice(one), _in_package(one.finding)))
    across, gone, new = _paired(gone, new, lambda one: (_voice(one), _in_function(one.finding)))
    unbuilt = {package.import_path for package in head.failed}
    gone = [one for one in gone if one.finding.package not in unbuilt]
    return _Laid(same, [*other, *here], [*within, *across], gone, new)


def _amounts(shown: Shown) -> tuple[int | None, int | None]:
    return (taken(shown.finding), shown.finding.exceeds)


def _voice(shown: Shown) -> Quiet | None:
    """What must be equal for one to stand for the other: new code is not what left a generated
    file."""
    return None if shown.quiet is Quiet.RETOLD else shown.quiet


def _paired(
    before: Sequence[Shown], after: Sequence[Shown], key: Callable[[Shown], Hashable]
) -> tuple[list[Pair], list[Shown], list[Shown]]:
    """Pairs of equal key, first with first, and what is left over on both sides."""
    waiting: dict[Hashable, list[Shown]] = defaultdict(list)
    for one in reversed(before):
        waiting[key(one)].append(one)
    pairs, new = [], []
    for one in after:
        known = waiting.get(key(one))
        if known:
            pairs.append(Pair(known.pop(), one))
        else:
            new.append(one)
    met = {id(pair.before) for pair in pairs}
    return pairs, [one for one in before if id(one) not in met], new


def _identity(finding: Finding) -> Hashable:
    # A contract's finding and a budget's have no cause of their own but the code's.
    return (finding.fingerprint, finding.as_written)


def _at_home(finding: Finding) -> Hashable:
    """The same construct of the same subject where it stood, whatever became of it."""
    function = stable_name(finding.function)
    return (finding.package, function, finding.code, finding.subject, finding.callee)


def _in_package(finding: Finding) -> Hashable:
    """The same allocation in whichever function of its package."""
    return (finding.package, *_cause(finding))


def _in_function(finding: Finding) -> Hashable:
    """The same allocation in a function of this name, whichever package it is in: of those of
    other names, what looks alike (``new(int)``) is too seldom the same."""
    return (own_name(stable_name(finding.function)), *_cause(finding))


def _cause(finding: Finding) -> tuple[Hashable, ...]:
    home = finding.package

    def local(name: str | None) -> str | None:
        # A package's own types and functions go with it.
        if name is None:
            return None
        last = re.escape(home.rpartition("/")[2])
        return re.sub(rf"(?<![\w./])(?:{re.escape(home)}|{last})\.", "", name)

    # The type of a closure is the list of what it captures, and of their types.
    type_ = None if finding.code is Code.HEAP_CLOSURE else local(finding.type)
    return (finding.code, finding.subject, type_, local(finding.callee),
            call_family(finding.runtime_call or ""), finding.as_written,
            taken(finding))  # fmt: skip


def costs(comparison: Comparison) -> list[CallCost]:
    """By how many bytes a call of each function changed, of what allocates always and has a
    size; the largest change first. Moved allocations count in both functions, those that break a
    promise as all others."""
    sums: Counter[str] = Counter()
    names: dict[str, str] = {}
    for sign, report in ((-1, comparison.base), (1, comparison.head)):
        counted = counted_once(
            shown.finding
            for shown in report.shown
            if is_heap(shown.finding)
            and shown.finding.as_written is Allocates.ALWAYS
            and shown.finding.package not in comparison.unbuilt
            and (report.speaks(shown) or shown.quiet is Quiet.RETOLD)
        )
        for finding in counted:
            function = stable_name(finding.function)
            names[function] = finding.function
            sums[function] += sign * (finding.taken or 0)
    changed = [CallCost(names[function], size) for function, size in sums.items() if size]
    return sorted(changed, key=lambda one: (-abs(one.bytes), one.function))


def against_report(head: Report, base: Report, name: str) -> Report:
    """The report with the state of each finding since ``base``, which people know as ``name``.

    Moved findings are known, changed ones only where they did not become worse. Of a package that
    does not build in the base nothing is told as new, and it is ``uncompared``; of one that is not
    there everything is new. Nothing is explained: one Go compiles both.
    """
    laid = _laid(base, head)
    fresh = {id(one) for one in laid.new}
    fresh |= {id(pair.after) for pair in laid.changed if pair.worse}
    shown = tuple(
        evolve(one, state=State.NEW if id(one) in fresh else State.UNCHANGED) for one in head.shown
    )
    gone = tuple(
        Gone(f.package, f.function, f.code, f.fingerprint)
        for f in (one.finding for one in laid.gone if base.speaks(one))
    )
    return evolve(
        head, shown=shown, compared=True, base=name, gone=gone,
        uncompared=uncompared_of(base, head),
    )  # fmt: skip


def uncompared_of(base: Report, head: Report) -> tuple[Uncompared, ...]:
    """The packages that build in the head only."""
    built = {one.import_path for one in head.packages if one.status is PackageStatus.OK}
    return tuple(
        Uncompared(one.import_path, one.error or "no message")
        for one in base.failed
        if one.import_path in built
    )


def difference(old: Sequence[Configuration], new: Sequence[Configuration]) -> str | None:
    """What was compiled differently, in words: ``go1.26.8 -> go1.27.3``; None for nothing."""
    left = [one for one in old if one not in new]
    added = [one for one in new if one not in old]
    if not old or not (left or added):
        return None
    if len(left) == len(added):
        words: dict[str, None] = {}
        for one, other in zip(left, added, strict=True):
            for was, now in (
                (one.go, other.go),
                (one.name, other.name),
                ("with tests" if one.tests else "without tests",
                 "with tests" if other.tests else "without tests"),
            ):  # fmt: skip
                if was != now:
                    words[f"{was} -> {now}"] = None
        return ", ".join(words)
    return f"{titles(old)} -> {titles(new)}"
