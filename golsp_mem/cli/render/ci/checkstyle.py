"""``--format checkstyle``: the XML of checkstyle.org's XMLLogger, which most CI systems read."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.cli.render.ci.xmls import HEADER, tag
from golsp_mem.cli.render.sentence import sentence
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.build_errors import CODE, failures
from golsp_mem.cli.render.terminal.ranking import level
from golsp_mem.model import Severity
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import Report, Shown

# com.puppycrawl.tools.checkstyle.api.SeverityLevel has ignore, info, warning and error.
_SEVERITIES = {
    Severity.HINT: "info",
    Severity.INFORMATION: "info",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
}


def render(report: Report, sources: SourceTexts) -> Iterator[str]:
    """One element a file, in the order of the first entry in each: what does not build, then
    the new findings. Columns are characters, as Checkstyle's own."""
    place = PathBase(report.directory)
    files: dict[str, list[str]] = {}
    for failure in failures(report):
        at = failure.at
        column = sources.character_column(at.file, at.line, at.column)
        entry = _error(at.line, column, "error", failure.message, CODE)
        files.setdefault(place.show(at.file), []).append(entry)
    for shown in report.fresh:
        files.setdefault(place.show(shown.finding.span.file), []).append(_finding(shown, sources))
    yield HEADER + tag("checkstyle", {"version": "5.0"}, closed=False) + "\n"
    for name, entries in files.items():
        yield f"  {tag('file', {'name': name}, closed=False)}\n"
        yield from entries
        yield "  </file>\n"
    yield "</checkstyle>\n"


def _finding(shown: Shown, sources: SourceTexts) -> str:
    span = shown.finding.span
    column = sources.character_column(span.file, span.line, span.column)
    severity = _SEVERITIES[level(shown)]
    return _error(span.line, column, severity, sentence(shown), shown.finding.code)


def _error(line: int, column: int | None, severity: str, message: str, code: str) -> str:
    attributes = {
        "line": max(1, line),
        "column": column,
        "severity": severity,
        "message": message,
        "source": f"golsp-mem.{code}",
    }
    return f"    {tag('error', attributes)}\n"
