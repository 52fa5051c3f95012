"""What ``go list`` says of a package that does not build -> errors with their places."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from golsp_mem.model import BuildError, Position


def build_errors(text: str, directory: Path) -> Iterator[BuildError]:
    """The errors in what ``go list`` says of a package that does not build."""
    for line in text.splitlines():
        if line.strip() and not line.startswith("# "):
            yield _parse_error(line, directory)


def _parse_error(line: str, directory: Path) -> BuildError:
    """One error line of ``go``, with its place when it names one."""
    parts = line.split(":", 3)
    if len(parts) == 4 and parts[1].isdigit() and parts[2].isdigit():
        path = os.path.normpath(os.path.join(directory, parts[0]))  # noqa: PTH118
        return BuildError(line, Position(path, int(parts[1]), int(parts[2])))
    return BuildError(line)
