"""Which files a team does not want to hear of."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache

from golsp_mem.config import Exclusion
from golsp_mem.errors import ConfigError
from golsp_mem.report.policy.gitignore import Rules

# Every file is matched with every pattern.
_MOST_TEXT = 64 << 10


class Exclusions:
    """Answers whether a file (absolute) is excluded; patterns are those of .gitignore.

    Raises ConfigError for a pattern that is none.
    """

    def __init__(self, written: Sequence[Exclusion]) -> None:
        patterns: dict[str, list[str]] = {}
        for one in written:
            patterns.setdefault(one.root, []).append(one.pattern)
        self._rules = [(root, _rules(lines)) for root, lines in patterns.items()]
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


def _rules(lines: Sequence[str]) -> Rules:
    if sum(map(len, lines)) > _MOST_TEXT:
        raise ConfigError(
            f"exclude: more than {_MOST_TEXT >> 10} KiB of patterns; name directories"
        )
    try:
        return Rules(lines)
    except ValueError as error:
        raise ConfigError(f"exclude: {error}") from error
