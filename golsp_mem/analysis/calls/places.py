"""Which calls of a package are followed: all, those in code that promises something of them, or
those on lines that run again and again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import field, frozen

from golsp_mem.model import PackageAnalysis, Span

if TYPE_CHECKING:
    # It brings the parser of Go; who only names what is followed needs none.
    from golsp_mem.source.syntax import GoFile

_NONE: frozenset[int] = frozenset()
_FOR = re.compile(rb"\bfor\b")


class Followed(StrEnum):
    """``PROMISED``: in code that promises to allocate nothing; ``HOT``: there, and on the lines of
    loops and of functions that loops call, where they run in normal work; ``ALL``."""

    PROMISED = "promised"
    HOT = "hot"
    ALL = "all"


@frozen
class Places:
    """Lines by file: ``whole`` are those on which whatever is called is wanted (None: all of the
    file), ``hot`` those on which calls of other packages are that allocate and are not ``cold``."""

    whole: Mapping[str, frozenset[int] | None]
    hot: Mapping[str, frozenset[int]] = field(factory=dict)
    cold: Callable[[Span], bool] = lambda _: False

    def has_all(self, file: str, line: int) -> bool:
        lines = self.whole.get(file, _NONE)
        return lines is None or line in lines

    def has(self, file: str, line: int) -> bool:
        return line in self.hot.get(file, _NONE) or self.has_all(file, line)

    def are_in(self, files: Iterable[str]) -> bool:
        """Whether some are in one of the files."""
        return any(file in self.whole or file in self.hot for file in files)

    def touch(self, files: Collection[str], lines: Collection[int]) -> bool:
        """Whether code of some files and lines may be there."""
        return self.touch_whole(files, lines) or _meet(self.hot, files, lines)

    def touch_whole(self, files: Collection[str], lines: Collection[int]) -> bool:
        """Whether it may be where everything is wanted."""
        return _meet(self.whole, files, lines)


def _meet(
    chosen: Mapping[str, frozenset[int] | None], files: Collection[str], lines: Collection[int]
) -> bool:
    found = [chosen[file] for file in files if file in chosen]
    return any(one is None or not one.isdisjoint(lines) for one in found)


def hot_lines(package: PackageAnalysis, files: Mapping[str, GoFile]) -> dict[str, frozenset[int]]:
    """The lines of loops, and those of functions that are called in loops of the package, as far
    as its findings tell."""
    lines: dict[str, set[int]] = defaultdict(set)
    for path, file in files.items():
        for first, last in _loops(file):
            lines[path].update(range(first, last + 1))
    seen: set[tuple[str, int]] = set()
    for one in package.findings:
        place = (one.span.file, one.span.line)
        if not one.execution.called_in_loops or place in seen or one.span.file not in files:
            continue
        seen.add(place)
        declared = files[one.span.file].declaration_at(one.span.line)
        if declared is not None:
            lines[one.span.file].update(range(declared.span.line, declared.span.end_line + 1))
    return {path: frozenset(found) for path, found in lines.items()}


def _loops(file: GoFile) -> Iterator[tuple[int, int]]:
    """The first and last lines of loops; a look at each keyword, no walk over all of the file."""
    for found in _FOR.finditer(file.text):
        node = file.tree.smallest(*found.span())
        if node.kind == "for" and node.parent is not None and node.parent.kind == "for_statement":
            span = file.tree.node_span(node.parent)
            yield span.line, span.end_line
