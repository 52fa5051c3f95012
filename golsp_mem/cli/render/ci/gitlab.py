"""``--format gitlab``: a Code Quality report.

The fields are those of docs.gitlab.com/ci/testing/code_quality, section Code Quality report
format.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from golsp_mem.cli.render.checkout import Checkout
from golsp_mem.cli.render.sentence import sentence
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.build_errors import CODE, BuildFailure, failures
from golsp_mem.cli.render.terminal.ranking import level
from golsp_mem.model import Severity
from golsp_mem.report.json.jsons import dumps, utf8
from golsp_mem.report.model import Report, Shown

Json = Mapping[str, object]

_SEVERITIES = {
    Severity.HINT: "info",
    Severity.INFORMATION: "minor",
    Severity.WARNING: "major",
    Severity.ERROR: "critical",
}


def render(report: Report, _sources: SourceTexts, workspace: str | None = None) -> Iterator[str]:
    """A JSON array: what does not build, then the new findings in report order.

    ``workspace`` is where GitLab checked the repository out (``CI_PROJECT_DIR``): paths are
    relative to it.
    """
    entries = _Entries(Checkout(report.directory, workspace))
    yield "["
    separator = "\n  "
    for failure in failures(report):
        yield separator + dumps(entries.failure(failure))
        separator = ",\n  "
    for shown in report.fresh:
        yield separator + dumps(entries.finding(shown))
        separator = ",\n  "
    yield "\n]\n"


class _Entries:
    """The entries of one report: GitLab drops those whose fingerprint has occurred before."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout
        self._given: set[str] = set()

    def finding(self, shown: Shown) -> Json:
        finding, span = shown.finding, shown.finding.span
        path = utf8(self._checkout.show(span.file))
        identity = finding.fingerprint or _digest(finding.code, path, finding.message)
        return {
            "description": sentence(shown),
            "check_name": finding.code.value,
            "fingerprint": self._unique(identity),
            "severity": _SEVERITIES[level(shown)],
            "location": {"path": path, "lines": {"begin": span.line, "end": span.end_line}},
        }

    def failure(self, failure: BuildFailure) -> Json:
        path = utf8(self._checkout.show(failure.at.file))
        return {
            "description": failure.message,
            "check_name": CODE,
            "fingerprint": self._unique(_digest(CODE, failure.import_path, failure.text)),
            "severity": "blocker",
            "location": {"path": path, "lines": {"begin": max(1, failure.at.line)}},
        }

    def _unique(self, identity: str) -> str:
        """``identity`` where it is the first of its kind, else one derived from it."""
        fingerprint, number = identity, 1
        while fingerprint in self._given:
            number += 1
            fingerprint = _digest(identity, str(number))
        self._given.add(fingerprint)
        return fingerprint


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
