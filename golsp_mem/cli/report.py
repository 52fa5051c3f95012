"""What one run shows: findings with their severities, compared with a baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from golsp_mem.cli.baseline import Accepted
from golsp_mem.config import Settings
from golsp_mem.model import (
    Allocates,
    Analysis,
    Finding,
    PackageAnalysis,
    PackageStatus,
    Severity,
)


@frozen
class Shown:
    """A finding as the report lists it. ``known``: the baseline has it; None without one."""

    finding: Finding
    severity: Severity
    known: bool | None = None

    @property
    def counts(self) -> bool:
        """Whether ``--fail-on`` looks at it: new, and not a verdict that nothing allocates."""
        return not self.known and self.finding.allocates is not Allocates.NEVER


@frozen
class Report:
    """One run, ready to be rendered.

    ``compared``: there was a baseline; ``gone`` counts its entries that no finding meets;
    ``bookkeeping`` counts the findings about the runtime's own caches that are left out.
    """

    analysis: Analysis
    directory: Path
    shown: tuple[Shown, ...]
    compared: bool = False
    gone: int = 0
    bookkeeping: int = 0

    @property
    def failed(self) -> list[PackageAnalysis]:
        """The packages that do not build."""
        return [p for p in self.analysis.packages if p.status is PackageStatus.FAILED]

    @property
    def allocations(self) -> int:
        """How many of the findings allocate on the heap, always or on a condition."""
        return sum(
            shown.finding.code.startswith("heap-")
            and shown.finding.allocates is not Allocates.NEVER
            for shown in self.shown
        )

    def reaches(self, threshold: Severity) -> bool:
        """Whether a finding that counts is at or above ``threshold``."""
        return any(shown.counts and shown.severity.rank >= threshold.rank for shown in self.shown)


def build_report(
    analysis: Analysis,
    settings: Settings,
    directory: Path,
    *,
    with_never: bool = False,
    with_bookkeeping: bool = True,
    baseline: Sequence[Accepted] | None = None,
) -> Report:
    """The findings to show, in contract order: package, file, line, column, code.

    Of findings with one fingerprint, as many as the ``baseline`` accepts are known, the
    first ones. Codes that are off are left out, and so are verdicts "never" unless
    ``with_never``, and what the runtime allocates for itself unless ``with_bookkeeping``.
    """
    bookkeeping = 0
    left = Counter(accepted.fingerprint for accepted in baseline or ())
    shown: list[Shown] = []
    for finding in analysis.findings:
        severity = settings.severity_of(finding)
        if severity is None or (finding.allocates is Allocates.NEVER and not with_never):
            continue
        if finding.bookkeeping and not with_bookkeeping:
            bookkeeping += 1
            continue
        known = None
        if baseline is not None:
            known = left[finding.fingerprint] > 0
            left[finding.fingerprint] -= known
        shown.append(Shown(finding, severity, known))
    return Report(
        analysis,
        directory,
        tuple(shown),
        compared=baseline is not None,
        gone=_gone(baseline or (), left, analysis, settings),
        bookkeeping=bookkeeping,
    )


def _gone(
    baseline: Sequence[Accepted], left: Counter[str], analysis: Analysis, settings: Settings
) -> int:
    """How many entries no finding meets, of those that this run could have met."""
    examined = {p.import_path for p in analysis.packages if p.status is PackageStatus.OK}
    unmet = {
        accepted.fingerprint
        for accepted in baseline
        if accepted.package in examined and accepted.code in settings.severity
    }
    return sum(left[fingerprint] for fingerprint in unmet)
