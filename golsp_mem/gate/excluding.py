"""Which files a team does not want to hear of."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from golsp_mem.config import Exclusion
from golsp_mem.errors import ConfigError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Exclusions:
    """Answers whether a file (absolute) is excluded; patterns are those of .gitignore.

    Raises ConfigError for a pattern that is none.
    """

    def __init__(self, written: Sequence[Exclusion]) -> None:
        patterns: dict[str, list[str]] = {}
        for one in written:
            patterns.setdefault(one.root, []).append(one.pattern)
        self._specs = [(root, _spec(lines)) for root, lines in patterns.items()]
        self.covers = cache(self._covers)

    def _covers(self, file: str) -> bool:
        # Go names files by the way it came; the settings' file may have been named by another.
        directory, name = os.path.split(file)
        real = os.path.join(os.path.realpath(directory), name)  # noqa: PTH118 - thousands of files
        for root, spec in self._specs:
            for path, base in ((file, root), (real, os.path.realpath(root))):
                start = os.path.join(base, "")  # noqa: PTH118
                if path.startswith(start):
                    relative = path[len(start) :].replace(os.sep, "/")
                    if _matches(spec, relative):
                        return True
        return False


def _matches(spec: GitIgnoreSpec, relative: str) -> bool:
    # git (gitignore(5)): a file in an excluded directory cannot be taken back.
    ends = [index for index, letter in enumerate(relative) if letter == "/"]
    return any(spec.match_file(relative[: end + 1]) for end in ends) or spec.match_file(relative)


def _spec(lines: Sequence[str]) -> GitIgnoreSpec:
    # Most teams exclude nothing: they need not load it.
    from pathspec import GitIgnoreSpec  # noqa: PLC0415

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise ConfigError(f"exclude: {error}") from error
