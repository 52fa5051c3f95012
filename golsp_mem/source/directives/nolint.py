"""``//nolint`` as golangci-lint 2 reads it.

Source: golangci-lint, pkg/result/processors/nolint_filter.go (read at 6fb5dee, August 2026):

- A ``//`` comment counts that, without leading slashes and blanks, is ``nolint`` and then ends or
  goes on with a blank or a colon: ``// nolint`` does, ``//NOLINT``, ``//nolint,x`` and
  ``/*nolint*/`` do not.
- After the colon stand linters, separated by commas, in any case and with blanks around them, up to
  the next ``//``. Without a colon, or with ``all`` first or among them, it is for all linters.
- It governs the lines of its comment group. That is its own line behind code: never the rest of
  the statement, nor the block that opens there.
- And where something begins on the very next line in the group's own column, all lines of that:
  a declaration, a statement with its blocks, a case, an element, or the file above ``package``.
  In a group with several, only the first ``//nolint`` reaches so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from attrs import frozen

from golsp_mem.source.directives.comments import Comment, CommentGroup, CommentIndex
from golsp_mem.source.directives.goast import ast_end, is_ast_node
from golsp_mem.source.directives.model import Malformed, Suppression
from golsp_mem.source.parts.tree import shorten

LINTER = "golsp-mem"
_WORD = re.compile(rb"nolint")
_NOLINT = re.compile(r"nolint(?: |:|\Z)")


@frozen
class _Written:
    """``linters`` empty: all of them. ``text`` is the comment up to its reason."""

    linters: tuple[str, ...]
    text: str
    reason: str


def read_nolint(comments: CommentIndex) -> Iterator[Suppression | Malformed]:
    """The suppressions among ``//nolint`` comments: those for all linters or for golsp-mem."""
    # Groups, by their starts, of which a //nolint has been seen.
    begun: set[int] = set()
    for comment in comments.saying(_WORD):
        written = _written(comment)
        if written is None:
            continue
        group = comments.group(comment)
        is_first = group.first.start not in begun
        begun.add(group.first.start)
        explicit = LINTER in written.linters
        if written.linters and not explicit:
            for name in written.linters:
                if hint := _meant(name):
                    text = f"//nolint does not know {shorten(name)!r} ({hint})"
                    yield Malformed(comments.span(comment), text)
            continue
        first, last = group.first.line, group.last.end_line
        end = _end_of_next(comments, group)
        if end is not None and is_first:
            last = max(last, end)
        elif end is not None and explicit:
            text = "of several //nolint above the same code only the first is read; join them"
            yield Malformed(comments.span(comment), text)
            continue
        yield Suppression(
            comments.span(comment), written.text, first, last,
            reason=written.reason, explicit=explicit,
        )  # fmt: skip


def _written(comment: Comment) -> _Written | None:
    bare = comment.text.lstrip("/ ")
    if not _NOLINT.match(bare):
        return None
    directive, _, reason = bare.partition("//")
    text, reason = shorten("//" + directive), reason.strip()
    if bare.startswith("nolint:all") or not bare.startswith("nolint:"):
        return _Written((), text, reason)
    names = [name.strip().lower() for name in directive.removeprefix("nolint:").split(",")]
    return _Written(() if "all" in names else tuple(names), text, reason)


def _meant(name: str) -> str:
    """What to write instead of a name that was golsp-mem's; empty for other linters."""
    if name.split()[:1] == [LINTER]:
        return f"write // before the reason: //nolint:{LINTER} // why"
    return f"did you mean {LINTER}?" if get_close_matches(name, [LINTER], cutoff=0.8) else ""


def _end_of_next(comments: CommentIndex, group: CommentGroup) -> int | None:
    """The last line of what begins below the group in its column; None if nothing does."""
    tree = comments.tree
    line_start, line_end = tree.line_bounds(group.last.end_line + 1)
    column = group.first.start - tree.line_bounds(group.first.line)[0]
    start = line_start + column
    if group.last.end_line >= tree.lines or start >= line_end:
        return None
    found = None
    node = comments.node_at(start, group.last.node)
    while node.start == start and node.parent is not None:
        if node.kind == "package_clause":
            return tree.lines
        if is_ast_node(node):
            found = max(found or 0, tree.line_of(ast_end(node)))
        node = node.parent
    return found
