"""``--format junit``: JUnit XML in the form that Jenkins, GitLab and Azure Pipelines read.

There is no one schema; elements and attributes are those that Jenkins' xunit plugin
(junit-10.xsd) allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from golsp_mem.cli.render.ci.xmls import HEADER, content, tag
from golsp_mem.cli.render.printable import one_line, printable
from golsp_mem.cli.render.sentence import sentence
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.build_errors import errors_of, said
from golsp_mem.model import PackageStatus, Severity
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import CheckedPackage, Report, Shown


def render(
    report: Report, _sources: SourceTexts, fail_on: Severity | None = Severity.HINT
) -> Iterator[str]:
    """A test suite for each package, in agreement with the exit status.

    A package that does not build has one test with an error, one without new findings one that
    passes. Each new finding is a test: it fails when it counts and is at or above ``fail_on``
    (None: never), else it is skipped.
    """
    place = PathBase(report.directory)
    fresh: dict[str, list[Shown]] = {}
    for shown in report.fresh:
        fresh.setdefault(shown.finding.package, []).append(shown)
    known = {package.import_path for package in report.packages}
    # Findings about comments may name a package that was not asked for.
    more = (CheckedPackage(path, PackageStatus.OK) for path in fresh if path not in known)
    suites = [
        _suite(package, fresh.get(package.import_path, []), place, fail_on)
        for package in (*report.packages, *more)
    ]
    counts = {
        "tests": sum(len(suite.cases) for suite in suites),
        "failures": sum(suite.failures for suite in suites),
        "errors": sum(suite.errors for suite in suites),
    }
    yield HEADER + tag("testsuites", {"name": "golsp-mem", **counts}, closed=False) + "\n"
    for suite in suites:
        yield from suite.lines()
    yield "</testsuites>\n"


@frozen
class _Case:
    """One test: ``outcome`` is failure, error, skipped, or empty for one that passes."""

    name: str
    outcome: str = ""
    message: str = ""
    kind: str | None = None
    text: str = ""


@frozen
class _Suite:
    name: str
    cases: Sequence[_Case]

    @property
    def failures(self) -> int:
        return self._with("failure")

    @property
    def errors(self) -> int:
        return self._with("error")

    def _with(self, outcome: str) -> int:
        return sum(case.outcome == outcome for case in self.cases)

    def lines(self) -> Iterator[str]:
        attributes: dict[str, str | int | None] = {
            "name": self.name,
            "tests": len(self.cases),
            "failures": self.failures,
            "errors": self.errors,
            "skipped": self._with("skipped"),
        }
        yield f"  {tag('testsuite', attributes, closed=False)}\n"
        for case in self.cases:
            yield from self._case(case)
        yield "  </testsuite>\n"

    def _case(self, case: _Case) -> Iterator[str]:
        attributes: dict[str, str | int | None] = {"classname": self.name, "name": case.name}
        if not case.outcome:
            yield f"    {tag('testcase', attributes)}\n"
            return
        said = {"message": case.message, "type": case.kind}
        yield f"    {tag('testcase', attributes, closed=False)}\n"
        if case.text:
            body = "\n".join(content(line) for line in case.text.split("\n"))
            yield f"      {tag(case.outcome, said, closed=False)}{body}</{case.outcome}>\n"
        else:
            yield f"      {tag(case.outcome, said)}\n"
        yield "    </testcase>\n"


def _suite(
    package: CheckedPackage, findings: Sequence[Shown], place: PathBase, fail_on: Severity | None
) -> _Suite:
    cases = [_finding(shown, place, fail_on) for shown in findings]
    if package.status is PackageStatus.FAILED:
        cases.insert(0, _failure(package, place))
    return _Suite(package.import_path, cases or [_Case("no new findings")])


def _failure(package: CheckedPackage, place: PathBase) -> _Case:
    errors = errors_of(package)
    lines = []
    for error in errors:
        at = error.position
        where = f"{printable(place.show(at.file))}:{at.line}: " if at else ""
        lines.append(where + one_line(said(error)))
    return _Case("build", "error", one_line(said(errors[0])), "build-error", "\n".join(lines))


def _finding(shown: Shown, place: PathBase, fail_on: Severity | None) -> _Case:
    finding, span = shown.finding, shown.finding.span
    where = f"{printable(place.show(span.file))}:{span.line}"
    if span.column:
        where += f":{span.column}"
    name = f"{finding.code} {where}"
    told = sentence(shown)
    if fail_on is None or not shown.counts or shown.severity.rank < fail_on.rank:
        return _Case(name, "skipped", told)
    text = f"{where}: {shown.severity}[{finding.code}]: {told}"
    if finding.function:
        text += f"\nin {printable(finding.function)}"
    for number, step in enumerate(finding.reason, 1):
        text += f"\n{number}. {one_line(step.text)}"
    return _Case(name, "failure", told, finding.code.value, text)
