"""What authors write in comments to steer the checker: suppressions and contracts.

``own`` says what golsp-mem's own directives look like and ``placement`` what they govern;
``nolint``, ``gcassert`` and ``checkescape`` do so for the comments of other tools, with sources.
Pure; broken code never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.source.directives.checkescape import exempt_lines, read_checkescape
from golsp_mem.source.directives.comments import CommentIndex
from golsp_mem.source.directives.gcassert import read_gcassert
from golsp_mem.source.directives.model import (
    Contract,
    Directives,
    Malformed,
    Origin,
    Reach,
    Suppression,
)
from golsp_mem.source.directives.nolint import read_nolint
from golsp_mem.source.directives.own import read_own
from golsp_mem.source.directives.placement import FunctionPlaces
from golsp_mem.source.flow.coldpaths import cold_kind
from golsp_mem.source.parts.generated import is_generated
from golsp_mem.source.parts.line_comments import first_line_moved
from golsp_mem.source.syntax import GoFile

__all__ = [
    "Contract",
    "Directives",
    "Malformed",
    "Origin",
    "Reach",
    "Suppression",
    "cold_kind",
    "exempt_lines",
    "is_generated",
    "may_have_directives",
    "may_promise",
    "promised_lines",
    "read_directives",
]

_WORDS = re.compile(rb"golsp-?mem[: ]|nolint|gcassert:|\+(?:check|must)escape")

_PROMISE = re.compile(rb"golsp-mem:noalloc\b(?![ \t]+local\b)")


def may_have_directives(text: bytes) -> bool:
    """Whether a file is worth `read_directives`: a cheap look that misses none."""
    return _WORDS.search(text) is not None


def may_promise(text: bytes) -> bool:
    """Whether a file may hold a promise that speaks of what its code calls."""
    return _PROMISE.search(text) is not None


def promised_lines(file: GoFile) -> frozenset[int]:
    """The lines of a file that promise something of what their code calls."""
    found: set[int] = set()
    for one in read_directives(file).contracts:
        if one.reach is not Reach.LOCAL:
            found.update(range(one.region.line, one.region.end_line + 1))
    return frozenset(found)


def read_directives(file: GoFile, *, elsewhere: bool = False) -> Directives:
    """All directives of a file. Linear in its length; without any, the tree stays closed.
    ``elsewhere``: it was compiled with the places that its ``//line`` comments name."""
    if not may_have_directives(file.text):
        return Directives()
    moved_from = first_line_moved(file.text) if elsewhere else None
    found = sorted(
        (_where_it_stands(one, moved_from) for one in _read(file)),
        key=lambda one: (one.span.line, one.span.column),
    )
    return Directives(
        tuple(one for one in found if isinstance(one, Suppression)),
        tuple(one for one in found if isinstance(one, Contract)),
        tuple(one for one in found if isinstance(one, Malformed)),
    )


def _where_it_stands(
    one: Suppression | Contract | Malformed, moved_from: int | None
) -> Suppression | Contract | Malformed:
    """A promise behind a ``//line`` comment cannot be held: the compiler speaks of its code by
    other places than it has."""
    if moved_from is None or not isinstance(one, Contract) or one.region.end_line < moved_from:
        return one
    return Malformed(
        one.span,
        f"{one.text} cannot be checked: the //line comment in line {moved_from} gives its code "
        "another place; move the promise above it, or to a file of its own",
    )


def _read(file: GoFile) -> Iterator[Suppression | Contract | Malformed]:
    comments = CommentIndex(file.tree)
    functions = FunctionPlaces(file)
    yield from read_own(file, comments, functions)
    yield from read_nolint(comments)
    yield from read_gcassert(comments)
    yield from read_checkescape(file, comments, functions)
