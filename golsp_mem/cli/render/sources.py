"""Source lines as they are on disk, for the formats that show or measure them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from golsp_mem.files import read_regular

if TYPE_CHECKING:
    from golsp_mem.report.model import Report


class SourceTexts:
    """Reads each file when its first line is asked for and keeps the last few.

    A file that cannot be read has no lines: a report does without them. ``may_open`` says which
    files are opened at all, by default every one.
    """

    def __init__(self, may_open: Callable[[str], bool] = lambda _: True) -> None:
        self._may_open = may_open
        self._lines = lru_cache(maxsize=8)(_read_lines)

    @classmethod
    def of(cls, report: Report) -> SourceTexts:
        """The sources of a report: the files of its packages, and no other that a ``//line``
        comment names. Of a report that was read from JSON, the Go files below its directory."""
        files = report.files
        if files is not None:
            return cls(files.__contains__)
        top = os.path.join(os.path.realpath(report.directory), "")  # noqa: PTH118
        return cls(lambda file: _is_go_file_below(file, top))

    def lines(self, file: str) -> list[bytes]:
        """All lines without their ends; none when the file cannot be read."""
        return self._lines(file) if self._may_open(file) else []

    def line(self, file: str, number: int) -> bytes | None:
        """Line ``number`` (1-based) without its line end; None when there is no such line."""
        lines = self.lines(file)
        return lines[number - 1] if 1 <= number <= len(lines) else None

    def character_column(self, file: str, number: int, column: int) -> int | None:
        """A 1-based UTF-8 byte column as a 1-based column in Unicode code points.

        None when the column or the line is unknown.
        """
        line = self.line(file, number)
        if line is None or column < 1:
            return None
        return len(line[: column - 1].decode("utf-8", "replace")) + 1


def _is_go_file_below(file: str, top: str) -> bool:
    real = os.path.realpath(file)
    return real.startswith(top) and real.endswith(".go")


def _read_lines(file: str) -> list[bytes]:
    try:
        content = read_regular(file)
    except OSError:
        return []
    return [line.removesuffix(b"\r") for line in content.split(b"\n")]
