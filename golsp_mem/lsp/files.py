"""Reading Go files from the disk: the texts that an analysis saw."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from golsp_mem.lsp.convert import Text, file_key
from golsp_mem.lsp.packages import Footprint

# Directories that the go command never matches with `...`, and those of other worlds.
_SKIPPED = frozenset({"vendor", "testdata", "node_modules"})


def go_files(directory: str) -> list[str]:
    """The names of the Go files in a directory, sorted; an unreadable one has none."""
    try:
        with os.scandir(directory) as entries:
            return sorted(entry.path for entry in entries if entry.name.endswith(".go"))
    except OSError:
        return []


def footprint(directory: str) -> Footprint:
    """What tells whether any Go file of the directory was written."""
    marks = []
    for name in go_files(directory):
        try:
            status = Path(name).stat()
        except OSError:
            continue
        marks.append((name, status.st_mtime_ns, status.st_size))
    return tuple(marks)


def read_text(name: str) -> Text | None:
    """The text of a file, None when it cannot be read."""
    try:
        return Text.from_bytes(Path(name).read_bytes())
    except (OSError, ValueError):
        return None


def read_texts(names: Iterable[str]) -> dict[str, Text]:
    """The texts of those files that can be read, by `file_key`."""
    texts = ((file_key(name), read_text(name)) for name in names)
    return {key: text for key, text in texts if text is not None}


def module_roots(folder: str) -> list[str]:
    """The directories to analyse so that every package of a folder is reached.

    That is the folder itself when it lies in a module, and each directory below it with a
    ``go.mod`` (several modules, ``go.work``): ``./...`` does not cross into nested modules.
    """
    roots: list[str] = []
    for directory, children, names in os.walk(folder):
        children[:] = sorted(
            child for child in children if child not in _SKIPPED and child[0] not in "._"
        )
        if "go.mod" in names:
            roots.append(directory)
    above = Path(folder).parents
    if folder not in roots and any((parent / "go.mod").is_file() for parent in above):
        roots.insert(0, folder)
    return roots
