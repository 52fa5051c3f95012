"""Which files ``//go:embed`` could mean: a new one is part of a package without any edit of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fnmatch import fnmatchcase

# A package that embeds more is left to the go command: each save would look at all of them.
_MOST_NAMES = 20_000


def embeddable(directory: str, patterns: Iterable[str]) -> frozenset[str] | None:
    """The names below a package's directory, relative to it, that its patterns could stand for,
    and maybe some more; None where there are too many to look at."""
    heads = {_head(pattern) for pattern in patterns}
    found: set[str] = set()
    try:
        names = os.listdir(directory) if heads else []  # noqa: PTH208 - names, not paths
    except OSError:
        return None
    for name in names:
        if not any(fnmatchcase(name, head) for head in heads):
            continue
        found.add(name)
        # A link is never embedded, nor what lies behind it (cmd/go/internal/load, resolveEmbed).
        for place, directories, files in os.walk(os.path.join(directory, name)):  # noqa: PTH118
            found.update(os.path.join(place, one) for one in (*directories, *files))  # noqa: PTH118
            if len(found) > _MOST_NAMES:
                return None
    return frozenset(found)


def _head(pattern: str) -> str:
    """The first element of a pattern, as a wildcard that matches no less (path.Match)."""
    head = pattern.removeprefix("all:").partition("/")[0]
    return "*" if any(sign in head for sign in "[\\") or head in ("", ".") else head
