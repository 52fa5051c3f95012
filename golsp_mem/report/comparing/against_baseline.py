"""A report against a baseline: what is known, what is new, and what explains it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from golsp_mem.config import Settings
from golsp_mem.model import PackageStatus, Position
from golsp_mem.report.comparing.baseline import Accepted, Baseline
from golsp_mem.report.comparing.compare import difference
from golsp_mem.report.model import Gone, Report, Shown, State
from golsp_mem.report.sources import Sources, declaration_digest, line_digest, package_digest


@frozen
class Examined:
    """Where the code of a run stands: the files of each package by import path, the
    declaration of each compiled function by its symbol; and the bytes of its stack frame."""

    files: Mapping[str, Sequence[str]] = field(factory=dict)
    functions: Mapping[str, Position] = field(factory=dict)
    frames: Mapping[str, int] = field(factory=dict)


def against_baseline(
    report: Report, baseline: Baseline, settings: Settings, sources: Sources, examined: Examined
) -> Report:
    """The report with the state of each finding.

    Of findings with one fingerprint, as many as the baseline accepts are known, the first
    ones. What is new or gone is explained by what was compiled differently, where the text of its
    function or of its whole package is what it was.
    """
    left = Counter(accepted.fingerprint for accepted in baseline.accepted)
    shown = []
    for one in report.shown:
        mark = one.finding.fingerprint
        if left[mark] > 0:
            left[mark] -= 1
            shown.append(evolve(one, state=State.UNCHANGED))
        else:
            shown.append(evolve(one, state=State.NEW))
    gone = tuple(
        Gone(accepted.package, accepted.function, accepted.code, accepted.fingerprint)
        for accepted in _missed(baseline, left, report, settings)
    )
    compared = evolve(report, shown=tuple(shown), compared=True, gone=gone)
    return _explained(compared, baseline, sources, examined)


def _explained(report: Report, baseline: Baseline, sources: Sources, examined: Examined) -> Report:
    what = difference(baseline.made_with, report.configurations)
    if what is None:
        return report
    evidence = _Evidence(baseline, sources, examined)
    shown = tuple(
        evolve(one, explained_by=what)
        if one.state is State.NEW and evidence.unchanged_around(one)
        else one
        for one in report.shown
    )
    gone = tuple(
        evolve(one, explained_by=what) if evidence.unchanged(one) else one for one in report.gone
    )
    return evolve(report, shown=shown, gone=gone)


def _missed(
    baseline: Baseline, left: Counter[str], report: Report, settings: Settings
) -> list[Accepted]:
    """The entries that no finding met, of those that this run could have met."""
    examined = {p.import_path for p in report.packages if p.status is PackageStatus.OK}
    missed = []
    for accepted in reversed(baseline.accepted):
        if left[accepted.fingerprint] <= 0:
            continue
        left[accepted.fingerprint] -= 1
        if accepted.package in examined and accepted.code in settings.severity:
            missed.append(accepted)
    return missed[::-1]


class _Evidence:
    """Whether source text is what it was when the baseline was made."""

    def __init__(self, baseline: Baseline, sources: Sources, examined: Examined) -> None:
        self._sources = sources
        self._examined = examined
        self._accepted: dict[tuple[str, str], set[str]] = {}
        for accepted in baseline.accepted:
            if accepted.source:
                key = (accepted.package, accepted.function)
                self._accepted.setdefault(key, set()).add(accepted.source)
        self._packages = {
            path: bool(digest)
            and path in examined.files
            and digest == package_digest(sources, examined.files[path])
            for path, digest in baseline.sources.items()
        }

    def unchanged_around(self, shown: Shown) -> bool:
        """Whether the text around a finding is known to be what it was."""
        finding = shown.finding
        if self._packages.get(finding.package):
            return True
        known = self._accepted.get((finding.package, finding.function), set())
        return declaration_digest(self._sources, finding) in known

    def unchanged(self, gone: Gone) -> bool:
        """Whether the text around what is gone is known to be what it was."""
        if self._packages.get(gone.package):
            return True
        place = self._examined.functions.get(gone.function)
        if place is None:
            return False
        known = self._accepted.get((gone.package, gone.function), set())
        return line_digest(self._sources, place.file, place.line) in known
