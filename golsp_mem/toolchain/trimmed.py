"""``-trimpath``: compiled code and compiler's text then name packages, not directories."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from attrs import frozen

# How the go command splits GOFLAGS (cmd/internal/quoted): no escapes inside quotes.
_WORDS = re.compile(r"'([^']*)'|\"([^\"]*)\"|(\S+)")
# strconv.ParseBool
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_VERSION = re.compile(r"@[^/]+")


def trims_paths(flags: str) -> bool:
    """Whether GOFLAGS switches -trimpath on; as for the go command, the last one counts."""
    on = False
    for flag in flags_in(flags):
        name, equals, value = flag.partition("=")
        if name in ("-trimpath", "--trimpath"):
            on = value in _TRUE if equals else True
    return on


def flags_in(flags: str) -> list[str]:
    """The flags of GOFLAGS, unquoted."""
    return ["".join(groups) for groups in _WORDS.findall(flags)]


class Placed(Protocol):
    """A package and its directory (absolute), as `go list` gives them."""

    @property
    def import_path(self) -> str: ...

    @property
    def directory(self) -> str: ...


@frozen
class TrimmedNames:
    """Trimmed file names -> paths on this machine.

    A name is ``import/path/file.go``, with ``@version`` behind the module's part of the path when
    the module has one (cmd/go/internal/work/gc.go, trimpath). ``directories`` are by import path.
    """

    directories: Mapping[str, str]

    @classmethod
    def of(cls, packages: Iterable[Placed]) -> TrimmedNames:
        """``p [q.test]`` counts for p."""
        return cls({p.import_path.partition(" ")[0]: p.directory for p in packages if p.directory})

    def __call__(self, name: str) -> str | None:
        """The absolute path; None when the name is of no known package."""
        package, _, file = name.rpartition("/")
        # No import path has an @: the first one begins the version.
        directory = self.directories.get(_VERSION.sub("", package, count=1))
        return os.path.join(directory, file) if directory else None  # noqa: PTH118 - hot path
