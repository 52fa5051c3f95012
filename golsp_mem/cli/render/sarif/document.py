"""``--format sarif``: SARIF 2.1.0 for code scanning and for viewers.

Section numbers are those of the OASIS specification.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from attrs import asdict

from golsp_mem import __version__
from golsp_mem.advice.links import home
from golsp_mem.cli.render.checkout import Checkout
from golsp_mem.cli.render.sarif.limits import GITHUB, Limits, within
from golsp_mem.cli.render.sarif.log import PART, Run, log_text
from golsp_mem.cli.render.sarif.parts import CAUSE, INLINED, cause_json, inlined_json, sentence
from golsp_mem.cli.render.sarif.rules import LEVELS, message, rule
from golsp_mem.cli.render.sentence import explanation
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.build_errors import errors_of, said
from golsp_mem.cli.render.terminal.ranking import level, most_important
from golsp_mem.model import (
    Allocates,
    BuildError,
    Code,
    Position,
    Span,
    StackFrame,
    Step,
)
from golsp_mem.report.json.jsons import dumps
from golsp_mem.report.model import CheckedPackage, Configuration, Report, Shown, Uncompared

ROOT = "%SRCROOT%"
# Not primaryLocationLineHash, the key that GitHub looks at: its upload action computes that one
# from the source lines and warns of each result that brings another (codeql-action #4052).
FINGERPRINT = "golspMem/v1"

Json = Mapping[str, object]
T = TypeVar("T")


def render(
    report: Report,
    sources: SourceTexts,
    tell: Callable[[str], None] = lambda _: None,
    workspace: str | None = None,
    limits: Limits = GITHUB,
) -> Iterator[str]:
    """One SARIF log with one run, no larger than GitHub takes.

    Of too much, the most important remains; what was left out is said to ``tell`` in a line that
    begins with ``sarif:``, and in the log. ``workspace`` is where a CI system checked the
    repository out: URIs are relative to its root.
    """
    log = _Log(Checkout(report.directory, workspace), sources, limits)
    people = report.for_people
    kept = most_important(people, limits.results)
    results = [dumps(log.result(shown, part=report.part is not None)) for shown in kept]
    results = within(limits.compressed_bytes, kept, results)
    cuts = list(log.cuts(len(people) - len(results)))
    for cut in cuts:
        tell(f"sarif: {cut}")
    address = home()
    head = {
        "tool": {
            "driver": {
                "name": "golsp-mem",
                "version": __version__,
                "semanticVersion": __version__,
                **({"informationUri": address} if address else {}),
                "rules": [rule(code) for code in Code],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"uri": log.root_uri}},
        "invocations": [
            {
                "executionSuccessful": not (report.failed or report.uncompared),
                "toolExecutionNotifications": [
                    *(
                        log.failure(package, error)
                        for package in report.failed
                        for error in errors_of(package)
                    ),
                    *map(_uncompared, report.uncompared),
                    *({"level": "warning", "message": message(cut)} for cut in cuts),
                ],
            }
        ],
        "properties": {
            "go": report.configuration.go,
            "goos": report.configuration.goos,
            "goarch": report.configuration.goarch,
            "configurations": [_configuration(one) for one in report.configurations],
            **(
                {PART: asdict(report.part), INLINED: inlined_json(report.packages, log.uri)}
                if report.part is not None
                else {}
            ),
        },
    }
    yield from log_text([Run(head, results)])


class _Log:
    """The objects of one log. Counts what it had to shorten."""

    def __init__(self, checkout: Checkout, sources: SourceTexts, limits: Limits) -> None:
        self._checkout = checkout
        self._sources = sources
        self._limits = limits
        self._shortened = 0

    @property
    def root_uri(self) -> str:
        # 3.14.14: a base must end with a slash.
        return self._checkout.root.as_uri().rstrip("/") + "/"

    def cuts(self, dropped: int) -> Iterator[str]:
        """What was left out of the log, in words."""
        if dropped:
            yield (
                f"the {dropped} least important findings are left out: GitHub takes "
                f"{self._limits.results} results and {self._limits.compressed_bytes} bytes "
                "of gzip a run"
            )
        if self._shortened:
            yield (
                f"{self._shortened} flows and call stacks are shortened in the middle: GitHub "
                f"shows {self._limits.steps} steps and takes {self._limits.locations} locations"
            )

    def uri(self, file: str) -> str:
        """Relative to the root where it is below that."""
        shown = self._checkout.show(file)
        return Path(shown).as_uri() if Path(shown).is_absolute() else quote(os.fsencode(shown))

    def result(self, shown: Shown, *, part: bool) -> Json:
        finding = shown.finding
        never = finding.allocates is Allocates.NEVER
        text = sentence(finding, explanation(shown))
        result: dict[str, object] = {
            "ruleId": finding.code.value,
            "ruleIndex": list(Code).index(finding.code),
            # A verdict "never" is no problem: kind says so, and then level must be none (3.27.10).
            "kind": "informational" if never else "fail",
            "level": "none" if never else LEVELS[level(shown)],
            "message": message(text),
            "locations": [self._location(finding.span.file, self._region(finding.span))],
            "partialFingerprints": {FINGERPRINT: finding.fingerprint},
            "properties": _properties(shown),
        }
        if len(finding.stack) > 1:
            # The place of the finding is a location too.
            stack = self._ends(finding.stack, self._limits.locations - 1)
            frames = [self._frame(frame) for frame in stack]
            result["stacks"] = [{"message": message("inlined calls"), "frames": frames}]
        if finding.reason:
            steps = list(self._steps(finding.reason, finding.span.start))
            result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
        if shown.state is not None:
            result["baselineState"] = shown.state
        if part:
            cause = cause_json(finding, self.uri, explanation(shown))
            result["properties"] = {**_properties(shown), CAUSE: cause}
        return result

    def failure(self, package: CheckedPackage, error: BuildError) -> Json:
        notification: dict[str, object] = {
            "level": "error",
            "message": message(f"{package.import_path}: {said(error)}"),
            "properties": {"package": package.import_path},
        }
        if error.position:
            at = error.position
            notification["locations"] = [self._location(at.file, self._point(at))]
        return notification

    def _ends(self, items: Sequence[T], limit: int) -> Sequence[T]:
        """At most ``limit`` items: where a flow starts and where it ends say the most."""
        if len(items) <= limit:
            return items
        self._shortened += 1
        head = limit - limit // 2
        return (*items[:head], *items[len(items) - limit // 2 :])

    def _location(self, file: str, region: Json | None) -> dict[str, object]:
        shown = self._checkout.show(file)
        artifact: Json = {"uri": self.uri(file)} | (
            {} if Path(shown).is_absolute() else {"uriBaseId": ROOT}
        )
        physical = {"artifactLocation": artifact} | ({"region": region} if region else {})
        return {"physicalLocation": physical}

    def _region(self, span: Span) -> Json:
        start = self._sources.character_column(span.file, span.line, span.column)
        end = self._sources.character_column(span.file, span.end_line, span.end_column)
        lines = {"startLine": span.line, "endLine": span.end_line}
        if start is None or end is None:
            return lines
        return lines | {"startColumn": start, "endColumn": end}

    def _point(self, at: Position) -> Json | None:
        if at.line < 1:
            return None
        column = self._sources.character_column(at.file, at.line, at.column)
        return {"startLine": at.line} | ({"startColumn": column} if column else {})

    def _frame(self, frame: StackFrame) -> Json:
        region = self._point(Position(frame.file, frame.line))
        location = self._location(frame.file, region)
        location["logicalLocations"] = [{"fullyQualifiedName": frame.function}]
        return {"location": location}

    def _steps(self, reason: Sequence[Step], at: Position) -> Iterator[Json]:
        """Steps without a place are at that of the one before: GitHub wants a place for each."""
        for step in self._ends(reason, self._limits.steps):
            at = step.position or at
            location = self._location(at.file, self._point(at))
            yield {"location": location | {"message": message(step.text)}}


def _uncompared(one: Uncompared) -> Json:
    text = f"{one.import_path} was not compared, the base does not build: {one.error}"
    return {
        "level": "error",
        "message": message(text),
        "properties": {"package": one.import_path},
    }


def _configuration(one: Configuration) -> Json:
    return {"name": one.name, "go": one.go, "tests": one.tests}


def _properties(shown: Shown) -> Json:
    finding = shown.finding
    values: Sequence[tuple[str, object]] = (
        ("package", finding.package),
        ("function", finding.function),
        ("allocates", finding.allocates),
        ("condition", finding.condition),
        ("type", finding.type),
        ("bytes", finding.bytes),
        ("sizeClass", finding.size_class),
        ("runtimeCall", finding.runtime_call),
        ("explainedBy", shown.explained_by),
        ("configurations", list(shown.configurations) or None),
    )
    return {name: value for name, value in values if value is not None}
