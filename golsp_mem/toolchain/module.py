"""Which module a directory lies in, before the go command is asked."""

from __future__ import annotations

from pathlib import Path

from golsp_mem.files import read_regular


def module_root(directory: Path) -> Path:
    """The nearest directory with a go.mod; the directory itself where none has one."""
    for place in (directory, *directory.parents):
        if (place / "go.mod").exists():
            return place
    return directory


def module_path(root: Path) -> str | None:
    """The path of the module whose go.mod lies in a directory; None where that tells none."""
    try:
        text = read_regular(root / "go.mod").decode("utf-8", "replace")
    except OSError:
        return None
    words = (line.split() for line in text.splitlines())
    return next(
        (line[1].strip('"`') for line in words if line[:1] == ["module"] and line[1:]), None
    )
