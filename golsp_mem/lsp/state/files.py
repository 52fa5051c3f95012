"""Reading Go files from the disk: the texts that an analysis saw."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import frozen

from golsp_mem.files import MOST_SOURCE_BYTES, read_regular
from golsp_mem.lsp.convert import Text, file_key
from golsp_mem.model import PackageAnalysis
from golsp_mem.source.parts.header import holds_nothing

# Name, time of change (ns) and size of each Go file: equal when nothing was written since.
Footprint = tuple[tuple[str, int, int], ...]

# Directories that the go command never matches with `...`, and those of other worlds.
_SKIPPED = frozenset({"vendor", "testdata", "node_modules"})

# The largest package of the standard library has 13 MB, generated ones some 50 MB.
_MOST_TEXTS_BYTES = 4 * MOST_SOURCE_BYTES


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


def read_text(name: str, most: int = MOST_SOURCE_BYTES) -> Text | None:
    """The text of a regular file of at most ``most`` bytes, None when it cannot be read."""
    try:
        return Text.from_bytes(read_regular(name, most))
    except OSError:
        return None


def read_texts(names: Iterable[str]) -> dict[str, Text]:
    """The texts of those files that can be read, by `file_key`; not more than a cap in all.

    They are kept as long as the findings, and a hundred links may lead to one large file.
    """
    left = _MOST_TEXTS_BYTES
    texts: dict[str, Text] = {}
    for name in names:
        text = read_text(name, min(left, MOST_SOURCE_BYTES))
        if text is not None:
            texts[file_key(name)] = text
            left -= len(text.text)
    return texts


@frozen
class Source:
    """The files of a package before a build: what is saved meanwhile brings a run of its own.

    ``unsaved``: some texts are those of editors, not of the disk.
    """

    seen: Footprint
    texts: Mapping[str, Text]
    unsaved: bool = False

    @classmethod
    def of(cls, directory: str) -> Source:
        seen = footprint(directory)
        return cls(seen, read_texts(go_files(directory)))


def files_gone(
    found: Iterable[PackageAnalysis], texts: Mapping[str, Text], *, tests: bool
) -> frozenset[str]:
    """The files (`file_key`) of which nothing can be built: without code, or left out by the go
    command, which has not looked at all where the tests were not asked for."""
    built = {file_key(name) for one in found for name in one.files}
    return frozenset(
        key
        for key, text in texts.items()
        if holds_nothing(text.raw) or (key not in built and (tests or not key.endswith("_test.go")))
    )


def module_root(directory: str) -> Path | None:
    """Where the module of a package begins; None outside of any, and in a vendored tree."""
    place = Path(directory)
    if "vendor" in place.parts:
        return None
    for above in (place, *place.parents):
        if (above / "go.mod").is_file():
            return above
    return None


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
