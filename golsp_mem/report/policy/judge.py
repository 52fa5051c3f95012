"""From analyses to reports: severities, comments, contracts, budgets, files left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from attrs import evolve, frozen

from golsp_mem.analysis.heap.identity import numbered
from golsp_mem.config import HeapCalls, Settings
from golsp_mem.decisions import decided
from golsp_mem.model import Allocates, Analysis, Code, Finding, PackageAnalysis, Severity
from golsp_mem.report.model import (
    CheckedPackage,
    Configuration,
    Left,
    Quiet,
    Report,
    Shown,
    told_once,
)
from golsp_mem.report.policy.budgets import budget_findings, unmet_budgets
from golsp_mem.report.policy.calls import call_finding
from golsp_mem.report.policy.directives import Comments, place_of
from golsp_mem.report.policy.exclude import Exclusions
from golsp_mem.report.sources import Sources

Place = tuple[str, int, int]


@frozen
class Judged:
    """What is left of one analysis, and what was left out.

    ``notes`` are lines for whoever runs the check: settings that meet nothing in any analysis.
    """

    report: Report
    notes: tuple[str, ...]


def judged(
    analyses: Sequence[tuple[Configuration, Analysis]],
    settings: Settings,
    directory: Path,
    sources: Sources,
    *,
    with_never: bool = False,
    on_left_out: Callable[[Finding, str], None] | None = None,
) -> list[Judged]:
    """A report of each analysis, one for each configuration, findings in report order.

    Codes that are off and excluded files are left out, so are verdicts "never" unless
    ``with_never``, and what comments suppress. A comment is unused if no configuration uses it.
    ``on_left_out`` gets each finding that is left out, and why.
    """
    exclusions = Exclusions(settings.exclude)
    packages = [
        [
            _Package(package, settings, sources, exclusions, on_left_out or _decided)
            for package in analysis.packages
        ]
        for _, analysis in analyses
    ]
    used = frozenset(place for group in packages for one in group for place in one.used)
    # A function may be there for one target only.
    examined = [package for _, analysis in analyses for package in analysis.packages]
    notes = tuple(unmet_budgets(settings.budget, examined))
    made = []
    for (configuration, analysis), group in zip(analyses, packages, strict=True):
        shown: list[Shown] = []
        left = Left()
        for package in group:
            shown += package.shown(used, with_never=with_never)
            left = left.plus(package.left)
        report = Report(
            configurations=(configuration,),
            directory=directory,
            packages=tuple(
                CheckedPackage(
                    p.import_path,
                    p.status,
                    p.errors,
                    p.unparsed,
                    p.impossible,
                    p.inlined,
                    p.uncompiled,
                    p.instantiates,
                )
                for p in analysis.packages
            ),
            shown=tuple(_told_once(sorted(shown, key=lambda one: one.finding.sort_key))),
            seconds=analysis.seconds,
            everything=with_never,
            left=left,
            files=frozenset(path for p in analysis.packages for path in p.files),
        )
        for one in report.uncompiled:
            why = "is generic, and nothing here instantiates it: there is no code of it"
            decided(one.file, one.line, "not looked at: %s %s", one.function, why)
        made.append(Judged(report, notes))
    return made


def _told_once(shown: Sequence[Shown]) -> Iterator[Shown]:
    """The findings, with all but one quiet of those that read the same."""
    speaking = {id(one) for one in told_once(one.finding for one in shown if one.quiet is None)}
    for one in shown:
        quiet = one.quiet is None and id(one.finding) not in speaking
        yield evolve(one, quiet=Quiet.RETOLD) if quiet else one


class _Package:
    """One package under judgement."""

    def __init__(
        self,
        package: PackageAnalysis,
        settings: Settings,
        sources: Sources,
        exclusions: Exclusions,
        on_left_out: Callable[[Finding, str], None],
    ) -> None:
        self._left_out = on_left_out
        self._package = package
        self._settings = settings
        self._sources = sources
        self._exclusions = exclusions
        self._comments = Comments(package, settings, sources)
        self.left = Left()

    @cached_property
    def used(self) -> set[Place]:
        """The comments that suppress something: whether its code is on or off, but not what
        never allocates."""
        return {
            place_of(one.span)
            for finding in (*self._all, *self._comments.malformed, *self._through)
            if finding.allocates is not Allocates.NEVER
            for one in self._comments.suppressing(finding)
        }

    @cached_property
    def _breaches(self) -> list[tuple[Finding, Finding]]:
        broken = self._comments.broken(self._package.findings)
        # A comment that suppresses the allocation excuses it from the contract, too.
        return [
            pair
            for pair in (*broken, *self._comments.broken_by_calls())
            if not self._comments.suppressing(pair[0])
        ]

    @cached_property
    def _unknown(self) -> list[tuple[Finding, Finding]]:
        return list(self._comments.unknown_calls())

    @cached_property
    def _through(self) -> list[Finding]:
        """What comments at calls may excuse."""
        calls = [call for call, _ in self._comments.broken_by_calls()]
        return [*calls, *(call for call, _ in self._unknown)]

    @cached_property
    def _all(self) -> list[Finding]:
        """The findings of the engine, and those that contracts and budgets make."""
        counted = [
            finding
            for finding in self._package.findings
            if not finding.bookkeeping and not self._comments.suppressing(finding)
        ]
        calls = [
            (one, finding)
            for one in self._package.calls
            if one.allocates is not Allocates.NEVER
            and not self._comments.suppressing(finding := call_finding(self._package, one))
        ]
        budgets = budget_findings(
            self._package, counted, calls, self._settings.budget, self._sources
        )
        made = [breach for _, breach in self._breaches]
        made += {id(one): one for at, one in self._unknown if one is not at}.values()
        return [*self._package.findings, *numbered([*made, *budgets, *self._calls])]

    @cached_property
    def _calls(self) -> list[Finding]:
        """Calls of other packages that allocate, where they are asked for."""
        if self._settings.heap_calls is HeapCalls.NONE:
            return []
        return [
            call_finding(self._package, one)
            for one in self._package.calls
            if one.outside
            and (
                one.allocates is not Allocates.NEVER
                or (one.unknown and self._settings.heap_calls.are_measured)
            )
        ]

    def shown(self, used: frozenset[Place], *, with_never: bool) -> Iterator[Shown]:
        """The findings to report; counts what is left out in `left`."""
        told = Code.CONTRACT_NOALLOC in self._settings.severity
        retold = {
            id(finding)
            for finding, breach in self._breaches
            if told and not self._comments.suppressing(breach)
        }
        suppressed = excluded = hidden = 0
        mode = self._settings.cold_paths
        for finding in (*self._all, *numbered(self._comments.complaints(used))):
            severity = self._settings.severity_of(finding)
            if severity is None:
                self._left_out(finding, "its code is off")
                continue
            if finding.allocates is Allocates.NEVER and not with_never:
                is_doubt = finding.code in (Code.KEEPALIVE_MISSING, Code.STACK_RECURSION)
                why = "it is no more than a doubt" if is_doubt else "it never allocates"
                self._left_out(finding, f"{why} (--all lists it)")
                continue
            if self._exclusions.covers(finding.span.file):
                self._left_out(finding, "its file is excluded")
                excluded += not finding.bookkeeping
                continue
            if comments := self._comments.suppressing(finding):
                self._left_out(finding, f"{comments[0].text} suppresses it")
                suppressed += not finding.bookkeeping
                continue
            cold = mode in ("quiet", "hide") and self._settings.is_cold(finding)
            if cold and mode == "hide":
                self._left_out(finding, "its path is cold")
                hidden += not finding.bookkeeping
                continue
            quiet = self._quiet(finding, id(finding) in retold)
            if quiet is not None:
                _decided(finding, f"for programs only: {quiet}")
            if cold:
                severity = Severity.HINT
            unasked = finding.code is Code.HEAP_CALL and not self._settings.heap_calls.are_chosen
            yield Shown(finding, severity, quiet=quiet, cold=cold, unasked=unasked)
        self.left = Left(suppressed, excluded, hidden)

    def _quiet(self, finding: Finding, retold: bool) -> Quiet | None:
        if retold:
            return Quiet.RETOLD
        if finding.bookkeeping:
            own = finding.span.file in self._package.files
            return Quiet.BOOKKEEPING if own else Quiet.FOREIGN
        if finding.span.file in self._package.generated and not self._settings.generated:
            return Quiet.GENERATED
        return None


def _decided(finding: Finding, why: str) -> None:
    decided(finding.span.file, finding.span.line, "%s is not shown: %s", finding.code, why)
