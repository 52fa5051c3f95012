"""Which findings matter most, for the formats whose readers take only so many."""

from __future__ import annotations

from collections.abc import Sequence

from golsp_mem.model import Allocates, Severity
from golsp_mem.report.model import Shown

_SURE = {Allocates.ALWAYS: 0, Allocates.CONDITIONAL: 1, Allocates.NEVER: 2}


def level(shown: Shown) -> Severity:
    """How loudly a format with levels says it.

    Softly where nobody has to act: what allocates nothing, and what another Go release,
    target or build tag explains.
    """
    soft = shown.explained_by is not None or shown.finding.allocates is Allocates.NEVER
    return Severity.HINT if soft else shown.severity


def order(findings: Sequence[Shown]) -> list[int]:
    """The indices of the findings, most important first; equals stay in the order they came in.

    Severity leads. Then new before accepted, as a cut must not hide what a change brought;
    always before conditional; large objects before small ones.
    """
    return sorted(range(len(findings)), key=lambda index: _key(findings[index]))


def ranked(findings: Sequence[Shown]) -> list[Shown]:
    """The findings in that order."""
    return [findings[index] for index in order(findings)]


def most_important(findings: Sequence[Shown], limit: int) -> list[Shown]:
    """The first ``limit`` of `ranked`, in the order they came in."""
    if len(findings) <= limit:
        return list(findings)
    return [findings[index] for index in sorted(order(findings)[:limit])]


def _key(shown: Shown) -> tuple[bool, int, bool, int, int]:
    finding = shown.finding
    return (
        finding.allocates is Allocates.NEVER,
        -level(shown).rank,
        not shown.fresh or shown.explained_by is not None,
        _SURE[finding.allocates],
        -(finding.bytes or finding.size_class or 0),
    )
