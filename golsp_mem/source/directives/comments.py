"""The comments of a file, grouped as go/parser groups them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.model import Span
from golsp_mem.source.parts.tree import Node, SourceTree

_CODE = re.compile(rb"[^ \t\r\n\f\v]")


@frozen(eq=False)
class Comment:
    """One comment. ``text`` is what go/ast calls so: the marks belong to it, carriage returns do
    not. ``start`` and ``end`` are byte offsets, ``line`` is where it begins."""

    node: Node
    start: int
    end: int
    line: int
    end_line: int
    text: str


@frozen(eq=False)
class CommentGroup:
    """Comments that follow each other without code or an empty line between them
    (go/ast.CommentGroup); behind code, only what begins on that line.

    ``code_before`` is the offset behind the last code before the run of groups that this one is
    in, ``code_after`` that of the next code; 0 and the text's length if there is none.
    """

    comments: tuple[Comment, ...]
    code_before: int
    code_after: int

    @property
    def first(self) -> Comment:
        return self.comments[0]

    @property
    def last(self) -> Comment:
        return self.comments[-1]


class CommentIndex:
    """Finds comments by what they say; the rest of the tree is never opened."""

    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self._groups: dict[int, CommentGroup] = {}

    def saying(self, words: re.Pattern[bytes]) -> Iterator[Comment]:
        """Every comment with a match in it, in source order."""
        done = 0
        near: Node = self.tree.root
        for match in words.finditer(self.tree.text):
            if match.start() < done:
                continue
            near = self.node_at(match.start(), near)
            if near.kind == "comment":
                done = near.end
                yield self.comment(near)

    def comment(self, node: Node) -> Comment:
        written = self.tree.text[node.start : node.end].rstrip(b"\r\n")
        end = node.start + len(written)
        text = written.decode("utf-8", "replace").replace("\r", "")
        return Comment(
            node, node.start, end, self.tree.line_of(node.start), self.tree.line_of(end), text
        )

    def span(self, comment: Comment) -> Span:
        return self.tree.span(comment.start, comment.end)

    def group(self, comment: Comment) -> CommentGroup:
        """The group that the comment is in."""
        if comment.start not in self._groups:
            self._read_run(comment)
        return self._groups[comment.start]

    def node_at(self, offset: int, near: Node) -> Node:
        """The smallest node around a byte; cheap when it is not far from ``near``."""
        node = near
        while node.parent is not None and not node.start <= offset < node.end:
            node = node.parent
        return self.tree.smallest(offset, offset + 1, node)

    def blank_from(self, offset: int) -> int:
        """The end of what stands before an offset, without the white space between."""
        while self.tree.text[offset - 1 : offset].isspace():
            offset -= 1
        # Go's scanner takes a byte order mark at the start for nothing.
        marked = offset == len(codecs.BOM_UTF8) and self.tree.text.startswith(codecs.BOM_UTF8)
        return 0 if marked else offset

    def _read_run(self, comment: Comment) -> None:
        run = [comment]
        before, after = comment.start, comment.end
        near = comment.node
        while True:
            code_before = self.blank_from(before)
            if not code_before:
                break
            near = self.node_at(code_before - 1, near)
            if near.kind != "comment":
                break
            run.append(self.comment(near))
            before = near.start
        run.reverse()
        near = comment.node
        while True:
            match = _CODE.search(self.tree.text, after)
            code_after = match.start() if match else len(self.tree.text)
            if match is None:
                break
            near = self.node_at(code_after, near)
            if near.kind != "comment":
                break
            run.append(self.comment(near))
            after = near.end
        code_line = self.tree.line_of(code_before - 1) if code_before else 0
        behind_code = run[0].line == code_line
        pending = run
        while pending:
            # Of the comments behind code only those that begin on the line are one group.
            reach = 0 if behind_code else 1
            size = 1
            while size < len(pending) and pending[size].line <= pending[size - 1].end_line + reach:
                size += 1
            group = CommentGroup(tuple(pending[:size]), code_before, code_after)
            self._groups.update((member.start, group) for member in group.comments)
            pending = pending[size:]
            behind_code = False
