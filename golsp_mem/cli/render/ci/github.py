"""``--format github``: workflow commands that GitHub Actions turns into annotations.

Escaping as in actions/toolkit, packages/core/src/command.ts: ``%``, CR and LF everywhere,
``:`` and ``,`` in properties too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from golsp_mem.cli.render.checkout import Checkout
from golsp_mem.cli.render.printable import one_line, printable
from golsp_mem.cli.render.sentence import sentence
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.build_errors import errors_of, said
from golsp_mem.cli.render.terminal.ranking import level, ranked
from golsp_mem.cli.render.wording import plural
from golsp_mem.model import BuildError, Severity
from golsp_mem.report.model import Report, Shown

# Of each kind, a step shows so many annotations and drops the rest without a word; a job shows
# 50 of all (actions/toolkit, docs/problem-matchers.md, section Limitations).
ANNOTATIONS_OF_A_KIND = 10

_COMMANDS = {
    Severity.HINT: "notice",
    Severity.INFORMATION: "notice",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
}


def render(report: Report, sources: SourceTexts, workspace: str | None = None) -> Iterator[str]:
    """One line for each package that does not build and each new finding, the most important
    first and no more than GitHub shows; then a line for each kind that says how many are left.

    ``workspace`` is where Actions checked the repository out (``GITHUB_WORKSPACE``): annotations
    name files from there, wherever below it the command runs.
    """
    checkout = Checkout(report.directory, workspace)
    lines: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    left = dict.fromkeys(lines, 0)
    for package in report.failed:
        if len(lines["error"]) < ANNOTATIONS_OF_A_KIND:
            error = errors_of(package)[0]
            lines["error"].append(_build_error(package.import_path, error, checkout))
        else:
            left["error"] += 1
    for shown in ranked(report.fresh):
        kind = _COMMANDS[level(shown)]
        if len(lines[kind]) < ANNOTATIONS_OF_A_KIND:
            lines[kind].append(_annotation(kind, shown, checkout, sources))
        else:
            left[kind] += 1
    for kind, of_kind in lines.items():
        yield from of_kind
        if left[kind]:
            yield (
                f"golsp-mem: {plural(left[kind], f'more {kind}')} not annotated, as GitHub shows "
                f"{ANNOTATIONS_OF_A_KIND} a step; the job summary lists all\n"
            )


def command(name: str, properties: Mapping[str, str | int | None], message: str) -> str:
    """``::name key=value,…::message`` and a line end; properties that are None are left out."""
    written = ",".join(
        f"{key}={printable(_escape(str(value))).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
        if value is not None
    )
    return f"::{name} {written}::{_escape(message)}\n"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _annotation(kind: str, shown: Shown, checkout: Checkout, sources: SourceTexts) -> str:
    finding, span = shown.finding, shown.finding.span
    # GitHub takes columns only within one line, and counts them in characters.
    one = span.line == span.end_line
    properties: dict[str, str | int | None] = {
        "file": checkout.show(span.file),
        "line": span.line,
        "endLine": span.end_line,
        "col": sources.character_column(span.file, span.line, span.column) if one else None,
        "endColumn": (
            sources.character_column(span.file, span.line, span.end_column) if one else None
        ),
        "title": finding.code.value,
    }
    return command(kind, properties, sentence(shown))


def _build_error(import_path: str, error: BuildError, checkout: Checkout) -> str:
    at = error.position
    properties: dict[str, str | int | None] = {
        "file": checkout.show(at.file) if at else None,
        "line": at.line if at else None,
        "title": f"{import_path} does not build",
    }
    return command("error", properties, one_line(said(error)))
