"""File names in text that the go command replays from its build cache.

It is replayed as the run wrote it that compiled first, with paths relative to that run's
directory: from another one they lead nowhere, or elsewhere. All files of a package lie in one
directory, so inside a package the last name tells them apart. Only ``-trimpath`` makes names that
mean the same everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable


def names_in(
    directory: str | os.PathLike[str],
    files: Iterable[str],
    trimmed: Callable[[str], str | None] | None = None,
) -> Callable[[str], str]:
    """Printed names -> absolute paths, for the text of one package with these absolute files.

    ``trimmed`` (`TrimmedNames`) where the compile had -trimpath, None where it had not: without
    knowing, ``slices/sort.go`` could be the standard library's or one below the directory.
    """
    own = frozenset(files)
    by_name = {os.path.basename(file): file for file in own}  # noqa: PTH119 - hot path
    known: dict[str, str] = {}

    def resolve(written: str) -> str:
        path = known.get(written) or (trimmed and trimmed(written))
        if not path:
            path = os.path.normpath(os.path.join(directory, written))  # noqa: PTH118
            if path not in own and not os.path.exists(path):  # noqa: PTH110
                path = by_name.get(os.path.basename(written), path)  # noqa: PTH119
        known[written] = path
        return path

    return resolve
