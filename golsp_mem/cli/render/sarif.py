"""``--format sarif``: SARIF 2.1.0 for code scanning and for viewers.

Section numbers are those of the OASIS specification.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from golsp_mem import __version__
from golsp_mem.advice.links import href
from golsp_mem.advice.topics import read_topic
from golsp_mem.cli.render.contract import baseline_state
from golsp_mem.cli.render.jsons import dumps
from golsp_mem.cli.render.paths import Place
from golsp_mem.cli.render.printable import printable
from golsp_mem.cli.render.sources import Sources
from golsp_mem.cli.render.wording import details
from golsp_mem.cli.report import Report, Shown
from golsp_mem.model import (
    Allocates,
    Code,
    Finding,
    PackageAnalysis,
    Position,
    Severity,
    Span,
    StackFrame,
    Step,
)

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
ROOT = "%SRCROOT%"
FINGERPRINT = "golspMem/v1"

Json = Mapping[str, object]

_LEVELS = {
    Severity.HINT: "note",
    Severity.INFORMATION: "note",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
}
# [text](target) in a plain text message is a link (3.11.6); a call m[k](x) of user code is none.
_LINK = re.compile(r"\[(?=[^\]]*\]\()")


def render(report: Report, sources: Sources) -> Iterator[str]:
    """One SARIF log with one run."""
    log = _Log(Place(report.directory), sources)
    driver = {
        "name": "golsp-mem",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [
            {
                "id": code.value,
                "shortDescription": _message(f"{read_topic(code.value).info.summary}."),
                "help": _message(f"golsp-mem explain {code.value}"),
                "helpUri": href(code.value),
            }
            for code in Code
        ],
    }
    head = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"uri": _directory_uri(report.directory)}},
        "invocations": [
            {
                "executionSuccessful": not report.failed,
                "toolExecutionNotifications": [log.failure(p) for p in report.failed],
            }
        ],
        "properties": {
            "go": report.analysis.go.version,
            "goos": report.analysis.go.goos,
            "goarch": report.analysis.go.goarch,
        },
    }
    yield f'{{"$schema": {dumps(SCHEMA)}, "version": "2.1.0", "runs": [\n'
    yield dumps(head)[:-1] + ',\n"results": ['
    separator = "\n  "
    for shown in report.shown:
        yield separator + dumps(log.result(shown))
        separator = ",\n  "
    yield "]}]}\n"


class _Log:
    """The objects of one log, with its paths relative to ``place``."""

    def __init__(self, place: Place, sources: Sources) -> None:
        self._place = place
        self._sources = sources

    def result(self, shown: Shown) -> Json:
        finding = shown.finding
        never = finding.allocates is Allocates.NEVER
        about = details(finding)
        text = f"{finding.message} ({about})" if about else finding.message
        result: dict[str, object] = {
            "ruleId": finding.code.value,
            "ruleIndex": list(Code).index(finding.code),
            # A verdict "never" is no problem: kind says so, and then level must be none (3.27.10).
            "kind": "informational" if never else "fail",
            "level": "none" if never else _LEVELS[shown.severity],
            "message": _message(text),
            "locations": [self._location(finding.span.file, self._region(finding.span))],
            "partialFingerprints": {FINGERPRINT: finding.fingerprint},
            "properties": _properties(finding),
        }
        if len(finding.stack) > 1:
            frames = [self._frame(frame) for frame in finding.stack]
            result["stacks"] = [{"message": _message("inlined calls"), "frames": frames}]
        if finding.reason:
            steps = [{"location": self._step(step)} for step in finding.reason]
            result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
        if shown.known is not None:
            result["baselineState"] = baseline_state(shown)
        return result

    def failure(self, package: PackageAnalysis) -> Json:
        error = package.errors[0] if package.errors else None
        text = error.text if error else "does not build"
        notification: dict[str, object] = {
            "level": "error",
            "message": _message(f"{package.import_path}: {text}"),
        }
        if error and error.position:
            at = error.position
            notification["locations"] = [self._location(at.file, self._point(at))]
        return notification

    def _location(self, file: str, region: Json | None) -> dict[str, object]:
        shown = self._place.show(file)
        absolute = Path(shown).is_absolute()
        artifact: Json = (
            {"uri": Path(shown).as_uri()}
            if absolute
            else {"uri": quote(os.fsencode(shown)), "uriBaseId": ROOT}
        )
        physical = {"artifactLocation": artifact} | ({"region": region} if region else {})
        return {"physicalLocation": physical}

    def _region(self, span: Span) -> Json:
        start = self._sources.character_column(span.file, span.line, span.column)
        end = self._sources.character_column(span.file, span.end_line, span.end_column)
        lines = {"startLine": span.line, "endLine": span.end_line}
        return (
            lines
            if start is None or end is None
            else lines
            | {
                "startColumn": start,
                "endColumn": end,
            }
        )

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

    def _step(self, step: Step) -> Json:
        at = step.position
        location = self._location(at.file, self._point(at)) if at else {}
        return location | {"message": _message(step.text)}


def _message(text: str) -> Json:
    """A plain text message (3.11.3): braces doubled (3.11.5), no links made of user text."""
    escaped = printable(text).replace("{", "{{").replace("}", "}}")
    return {"text": _LINK.sub(r"\\[", escaped)}


def _properties(finding: Finding) -> Json:
    values: Sequence[tuple[str, object]] = (
        ("package", finding.package),
        ("function", finding.function),
        ("allocates", finding.allocates),
        ("condition", finding.condition),
        ("type", finding.type),
        ("bytes", finding.bytes),
        ("sizeClass", finding.size_class),
        ("runtimeCall", finding.runtime_call),
    )
    return {name: value for name, value in values if value is not None}


def _directory_uri(directory: Path) -> str:
    # 3.14.14: a base must end with a slash.
    return directory.as_uri().rstrip("/") + "/"
