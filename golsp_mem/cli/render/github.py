"""``--format github``: workflow commands that GitHub Actions turns into annotations.

Escaping as in actions/toolkit, packages/core/src/command.ts: ``%``, CR and LF everywhere,
``:`` and ``,`` in properties too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from golsp_mem.cli.render.paths import Place
from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.sources import Sources
from golsp_mem.cli.render.wording import details
from golsp_mem.cli.report import Report, Shown
from golsp_mem.model import BuildError, Severity

_COMMANDS = {
    Severity.HINT: "notice",
    Severity.INFORMATION: "notice",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
}


def render(report: Report, sources: Sources, workspace: str | None) -> Iterator[str]:
    """One line per new finding and per package that does not build.

    Annotations name files from the root of the repository: ``workspace``, where Actions
    checked it out (``GITHUB_WORKSPACE``), wherever below it the command runs.
    """
    place = Place(_root(report.directory, workspace))
    for package in report.failed:
        for error in package.errors[:1] or (BuildError("does not build"),):
            yield _build_error(package.import_path, error, place)
    for shown in report.shown:
        if not shown.known:
            yield _annotation(shown, place, sources)


def command(name: str, properties: Mapping[str, str | int | None], message: str) -> str:
    """``::name key=value,…::message`` and a line end; properties that are None are left out."""
    written = ",".join(
        f"{key}={_escape(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
        if value is not None
    )
    return f"::{name} {written}::{_escape(message)}\n"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _annotation(shown: Shown, place: Place, sources: Sources) -> str:
    finding, span = shown.finding, shown.finding.span
    # GitHub takes columns only within one line, and counts them in characters.
    one = span.line == span.end_line
    properties: dict[str, str | int | None] = {
        "file": place.show(span.file),
        "line": span.line,
        "endLine": span.end_line,
        "col": sources.character_column(span.file, span.line, span.column) if one else None,
        "endColumn": (
            sources.character_column(span.file, span.line, span.end_column) if one else None
        ),
        "title": finding.code.value,
    }
    about = details(finding)
    message = one_line(f"{finding.message} ({about})" if about else finding.message)
    return command(_COMMANDS[shown.severity], properties, message)


def _build_error(import_path: str, error: BuildError, place: Place) -> str:
    at = error.position
    properties: dict[str, str | int | None] = {
        "file": place.show(at.file) if at else None,
        "line": at.line if at else None,
        "title": f"{import_path} does not build",
    }
    return command("error", properties, one_line(error.text))


def _root(directory: Path, workspace: str | None) -> Path:
    if workspace and Path(os.path.realpath(directory)).is_relative_to(os.path.realpath(workspace)):
        return Path(workspace)
    return directory
