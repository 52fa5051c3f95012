"""What the line formats say of packages that do not build."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from golsp_mem.cli.render.printable import one_line
from golsp_mem.model import BuildError, Position
from golsp_mem.report.model import CheckedPackage, Report

CODE = "build-error"

_PLACE = re.compile(r".*?:(\d+)(?::\d+)?: ")


@frozen
class BuildFailure:
    """One error. ``at`` is where Go placed it, or the ``go.mod`` of the run: the readers of most
    formats drop what has no file."""

    import_path: str
    text: str
    at: Position

    @property
    def message(self) -> str:
        return one_line(f"{self.import_path} does not build: {self.text}")


def failures(report: Report) -> Iterator[BuildFailure]:
    """All errors of all packages that do not build, at least one for each."""
    for package in report.failed:
        for error in errors_of(package):
            at = error.position or Position(str(Path(report.directory) / "go.mod"), 1)
            yield BuildFailure(package.import_path, said(error), at)


def said(error: BuildError) -> str:
    """The text without the place that Go puts before it, for formats with a field for places."""
    match = _PLACE.match(error.text) if error.position else None
    if match and error.position and int(match[1]) == error.position.line:
        return error.text[match.end() :]
    return error.text


def errors_of(package: CheckedPackage) -> tuple[BuildError, ...]:
    """The errors of a package that does not build, one that says only this if Go gave none."""
    return package.errors or (BuildError("no message"),)
