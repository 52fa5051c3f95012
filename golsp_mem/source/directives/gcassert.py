"""``//gcassert:noescape`` as gcassert places it.

Source: github.com/jordanlewis/gcassert, gcassert.go (read at 778fb58, December 2024).

- A comment counts that has ``//gcassert:`` or ``// gcassert:`` anywhere in it, followed by a list
  without blanks: ``//gcassert:bce,noescape``. Only the first such list of a comment is read.
- It belongs to the node that go/ast.NewCommentMap gives its comment group to, and governs the one
  line on which this node begins: above or behind a statement the statement's first line, above a
  function the line of ``func``, never the body.
- It fails there when ``-m=2`` says ``... escapes to heap:``. The compiler says so of variables,
  new, literals, make of slices and maps, closures, boxing, concatenations and conversions; not
  of channels and map inserts. (Go 1.21 says so of no append either. Go 1.26 prints ``escapes to
  heap in F:``, which gcassert at that commit does not find: there it never fails.)

We honour the line and these kinds of allocation, as far as the object code really makes them.
``inline`` and ``bce`` are not ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from golsp_mem.model import Code
from golsp_mem.source.directives.comments import CommentGroup, CommentIndex
from golsp_mem.source.directives.goast import AstNode, ast_nodes
from golsp_mem.source.directives.model import Contract, Malformed, Origin

_WORD = re.compile(rb"gcassert:")
_LIST = re.compile(r"// ?gcassert:([A-Za-z0-9_,]+)")
_NOESCAPE = "noescape"
_OTHERS = ("inline", "bce")
_ESCAPES = frozenset(code for code in Code if code.row.escapes)


def read_gcassert(comments: CommentIndex) -> Iterator[Contract | Malformed]:
    """The contracts of all ``noescape`` directives, in source order."""
    owners: dict[int, AstNode] | None = None
    tree = comments.tree
    for comment in comments.saying(_WORD):
        match = _LIST.search(comment.text)
        if match is None:
            continue
        words = match[1].split(",")
        span = comments.span(comment)
        for word in words:
            if word not in (_NOESCAPE, *_OTHERS) and get_close_matches(word, [_NOESCAPE]):
                text = f"gcassert does not know {word[:60]!r} (did you mean {_NOESCAPE}?)"
                yield Malformed(span, text)
        if _NOESCAPE not in words:
            continue
        if owners is None:
            owners = _owners(comments)
        owner = owners.get(comments.group(comment).first.start)
        if owner is None:
            continue
        line = tree.line_of(owner.start)
        start, end = tree.line_bounds(line)
        yield Contract(
            span, "//gcassert:noescape", Origin.GCASSERT, line, line,
            region=tree.span(start, end), anchor=tree.span(owner.start, min(owner.end, end)),
            codes=_ESCAPES,
        )  # fmt: skip


def _owners(comments: CommentIndex) -> dict[int, AstNode]:
    """The node that each comment group, by its start, belongs to.

    go/ast/commentmap.go, NewCommentMap: a comment belongs to the important node that ended last
    before it, if that ended on the same line, or on the line before and an empty one follows; else
    by the same rule to the node that began last; else to the next one.
    """
    tree = comments.tree
    line_of = tree.line_of
    groups = _groups(comments)
    found: dict[int, AstNode] = {}
    previous: AstNode | None = None
    ended: AstNode | None = None
    stack: list[AstNode] = []
    reached = 0

    def associate(group: CommentGroup, following: AstNode | None) -> AstNode | None:
        nonlocal ended
        ended = _pop(stack, group.first.start) or ended
        for node in (ended, previous):
            if node is None:
                continue
            gap = group.first.line - line_of(node.end)
            alone = following is None or group.last.end_line + 1 < line_of(following.start)
            if gap == 0 or (gap == 1 and alone):
                return node
        return following or previous

    for node in ast_nodes(tree):
        while reached < len(groups) and groups[reached].last.end <= node.start:
            owner = associate(groups[reached], node)
            if owner is not None:
                found[groups[reached].first.start] = owner
            reached += 1
        previous = node
        if node.important:
            _pop(stack, node.start)
            stack.append(node)
    for group in groups[reached:]:
        owner = associate(group, None)
        if owner is not None:
            found[group.first.start] = owner
    return found


def _groups(comments: CommentIndex) -> list[CommentGroup]:
    groups: list[CommentGroup] = []
    for node in comments.tree.root.walk():
        if node.kind == "comment":
            group = comments.group(comments.comment(node))
            if not groups or groups[-1] is not group:
                groups.append(group)
    return groups


def _pop(stack: list[AstNode], offset: int) -> AstNode | None:
    """Drops the nodes that end before the offset; the last one dropped."""
    top = None
    while stack and stack[-1].end <= offset:
        top = stack.pop()
    return top
