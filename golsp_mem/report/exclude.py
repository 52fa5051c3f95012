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
        self._rules = [(root, _Rules(lines)) for root, lines in patterns.items()]
        self.covers = cache(self._covers)

    def _covers(self, file: str) -> bool:
        # Go names files by the way it came; the settings' file may have been named by another.
        directory, name = os.path.split(file)
        real = os.path.join(os.path.realpath(directory), name)  # noqa: PTH118 - thousands of files
        for root, rules in self._rules:
            for path, base in ((file, root), (real, os.path.realpath(root))):
                start = os.path.join(base, "")  # noqa: PTH118
                if path.startswith(start):
                    relative = path[len(start) :].replace(os.sep, "/")
                    if rules.match(relative):
                        return True
        return False


class _Rules:
    """The patterns of one directory. As gitignore(5) says, a file in an excluded directory cannot
    be taken back, which a look at the file's own path does not tell."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._files = _spec(lines)
        # As directories are named here, without the slash that says what they are.
        self._directories = _spec([line.rstrip().removesuffix("/") for line in lines])

    def match(self, relative: str) -> bool:
        ends = (index for index, letter in enumerate(relative) if letter == "/")
        return any(self._directories.match_file(relative[:end]) for end in ends) or bool(
            self._files.match_file(relative)
        )


def _spec(lines: Sequence[str]) -> GitIgnoreSpec:
    # Most teams exclude nothing: they need not load it.
    from pathspec import GitIgnoreSpec  # noqa: PLC0415

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise ConfigError(f"exclude: {error}") from error
