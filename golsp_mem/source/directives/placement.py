"""What a golsp-mem comment stands at.

Behind code, it is what begins on that line (of several the largest, within the innermost
statement); where nothing does, what ends there. In or just behind the head of a block, case or
function it is that head, and a line that only closes one is nothing. On a line of its own, it is
the next statement, declaration or element in the same block, empty lines or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from attrs import frozen

from golsp_mem.source.directives.comments import Comment, CommentIndex
from golsp_mem.source.directives.goast import ast_end, is_ast_node
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.guards import CASES, SWITCHES
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_CONTAINERS = ("statement_list", "source_file", "ERROR")
_CLOSERS = ("}", ")", "]", ",", ";")
_BODIES = ("block", *SWITCHES)


@frozen
class Governed:
    """What a comment stands at, by byte offsets; ``node`` is all of what begins at ``start``.

    ``opens``: the comment stands in or just behind the head of something with a body, and ``end``
    is that of the head.
    """

    node: Node
    start: int
    end: int
    opens: bool = False


class Placement:
    """Finds targets in one file."""

    def __init__(self, comments: CommentIndex) -> None:
        self._comments = comments
        self._tree = comments.tree

    @cached_property
    def _package(self) -> int:
        """Where the package clause begins; 0 if it is missing."""
        clauses = (node for node in self._tree.declarations if node.kind == "package_clause")
        return next((node.start for node in clauses), 0)

    def before_package(self, comment: Comment) -> bool:
        """Whether the comment speaks for the file."""
        return comment.start < self._package

    def target(self, comment: Comment) -> Governed | None:
        """What the comment stands at; None for nothing."""
        group = self._comments.group(comment)
        before = group.code_before
        if before and self._tree.line_of(before - 1) == comment.line:
            return self._behind(comment, before)
        return self._below(comment, group.code_after)

    def _below(self, comment: Comment, start: int) -> Governed | None:
        if start >= len(self._tree.text):
            return None
        node = self._comments.node_at(start, comment.node)
        if node.kind in _CLOSERS:
            return None
        begun = [outer for outer in within_statement(node) if outer.start == start]
        # In broken code the smallest node around a byte can begin before it.
        if not begun or begun[-1].kind in _CONTAINERS:
            return None
        return Governed(begun[-1], start, ast_end(begun[-1]))

    def _behind(self, comment: Comment, end: int) -> Governed | None:
        node = self._comments.node_at(end - 1, comment.node)
        opened = _opened_by(node)
        if opened is not None:
            owner, start = opened
            return Governed(owner, start, end, opens=True)
        line_start, _ = self._tree.line_bounds(comment.line)
        while True:
            path = [outer for outer in within_statement(node) if is_ast_node(outer)]
            begun = [outer for outer in path if outer.start >= line_start]
            if begun:
                return _head_or_all(begun[-1], end)
            ended = [outer for outer in path if outer.end == end]
            if ended:
                closes = self._closes_a_body(comment, line_start, end)
                return None if closes else Governed(ended[-1], ended[-1].start, end)
            # An operator or a comma belongs to what stands before it. Around bytes that the grammar
            # skips there is no node, and still each step goes back.
            end = self._comments.blank_from(min(node.start, end - 1))
            if end <= line_start:
                return None
            node = self._comments.node_at(end - 1, node)

    def _closes_a_body(self, comment: Comment, start: int, end: int) -> bool:
        near = comment.node
        offset = self._tree.text.find(b"}", start, end)
        while offset >= 0:
            near = self._comments.node_at(offset, near)
            if near.kind == "}" and near.parent is not None and near.parent.kind in _BODIES:
                return True
            offset = self._tree.text.find(b"}", offset + 1, end)
        return False


class FunctionPlaces:
    """Functions by where they begin."""

    def __init__(self, file: GoFile) -> None:
        self._file = file

    @cached_property
    def _found(self) -> dict[int, FunctionSyntax]:
        return {self._file.tree.bounds(one.span)[0]: one for one in self._file.functions}

    def at(self, node: Node) -> FunctionSyntax | None:
        """The function that the node is."""
        return self._found.get(node.start)

    def literal_on(self, node: Node, line: int) -> FunctionSyntax | None:
        """The func literal of a statement that begins on the line, unless there are several; those
        inside the statement's blocks or other literals do not count."""
        found: list[Node] = []
        pending = [node]
        tree = self._file.tree
        while pending:
            inner = pending.pop()
            if inner.kind == "func_literal":
                if tree.line_of(inner.start) == line:
                    found.append(inner)
            elif inner.kind != "block" and inner.kind not in CASES:
                pending += [
                    child for child in inner.children if tree.says_func(child.start, child.end)
                ]
        return self.at(found[0]) if len(found) == 1 else None


def _opened_by(node: Node) -> tuple[Node, int] | None:
    """Whose body a brace or colon opens, with where the head of that begins."""
    parent = node.parent
    if parent is None:
        return None
    if node.kind == ":" and parent.kind in CASES:
        return parent, parent.start
    if node.kind != "{" or parent.kind not in _BODIES:
        return None
    if parent.kind in SWITCHES or parent.parent is None or parent.parent.kind in _CONTAINERS:
        return parent, parent.start
    owner = parent.parent
    if owner.kind == "if_statement" and owner.field("alternative") is parent:
        otherwise = owner.token("else")
        return parent, otherwise.start if otherwise is not None else parent.start
    return owner, owner.start


def _head_or_all(node: Node, end: int) -> Governed:
    """The node, or its head if that is not over where the code before the comment ends."""
    body = _body(node)
    if body is not None and body.start >= end:
        return Governed(node, node.start, body.start, opens=True)
    return Governed(node, node.start, ast_end(node))


def _body(node: Node) -> Node | None:
    """Where the body of a statement or function begins."""
    return (
        node.field("body")
        or node.field("consequence")
        or (node.token("{") if node.kind in SWITCHES else None)
    )


def within_statement(node: Node) -> Iterator[Node]:
    """The node and what it is part of, up to the statement or declaration."""
    yield node
    for outer in node.ancestors():
        if outer.kind in _CONTAINERS:
            return
        yield outer
