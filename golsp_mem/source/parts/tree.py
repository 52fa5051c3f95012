"""A lazy view of tree-sitter's tree: nodes with parents, byte offsets, spans.

tree-sitter finds a node's parent by walking down from the root; here parents are remembered,
and children are fetched only where somebody looks, so that a question about one line costs
what that line holds, not what the file holds.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property

import tree_sitter

from golsp_mem.model import Span
from golsp_mem.source.parts.parser import parse

_NEWLINE = re.compile(rb"\n")
_FUNC = re.compile(rb"\bfunc\b")
_BLANKS = re.compile(r"\s+")
_TRIVIA = ("comment", "\n", ";")
LONGEST_TEXT = 60
_FEW = 8


class Node:
    """One syntax node. ``start`` and ``end`` are byte offsets, end exclusive."""

    __slots__ = ("_children", "_ends", "end", "kind", "parent", "raw", "start")

    def __init__(self, raw: tree_sitter.Node, parent: Node | None) -> None:
        self.raw = raw
        self._children: tuple[Node, ...] | None = None
        self._ends: list[int] | None = None
        self.kind: str = raw.type
        self.start: int = raw.start_byte
        self.end: int = raw.end_byte
        self.parent = parent

    @property
    def children(self) -> tuple[Node, ...]:
        """All children, tokens included, comments too."""
        if self._children is None:
            self._children = tuple([Node(child, self) for child in self.raw.children])
        return self._children

    def first_ending_at_or_after(self, offset: int) -> int:
        """The index of the first child whose end is not before the offset."""
        if self._ends is None:
            self._ends = [child.end for child in self.children]
        return bisect_left(self._ends, offset)

    @property
    def is_open(self) -> bool:
        """Whether somebody has asked for the children."""
        return self._children is not None

    @property
    def named_children(self) -> tuple[Node, ...]:
        """The children that are syntax of their own: no tokens, no comments."""
        return tuple(
            child
            for child in self.children
            if child.raw.is_named and child.kind not in ("comment", "ERROR")
        )

    def field(self, name: str) -> Node | None:
        """The child in the grammar's field ``name``."""
        raw = self.raw.child_by_field_name(name)
        if raw is None:
            return None
        start = raw.start_byte
        for child in self.children:
            if child.start == start and child.raw == raw:
                return child
        return None

    def fields(self, name: str) -> tuple[Node, ...]:
        """All named children in the grammar's field ``name``."""
        wanted = {raw.id for raw in self.raw.children_by_field_name(name) if raw.is_named}
        return tuple(child for child in self.children if child.raw.id in wanted)

    def token(self, text: str) -> Node | None:
        """The first child that is the token ``text``."""
        return next((child for child in self.children if child.kind == text), None)

    def ancestors(self) -> Iterator[Node]:
        """The parent, its parent, and so on to the root."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def walk(self) -> Iterator[Node]:
        """The node and all below it, in source order."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))


class SourceTree:
    """A Go file's bytes with their tree; never raises, whatever the bytes are."""

    def __init__(self, path: str, text: bytes) -> None:
        self.path = path
        self.text = text
        self._tree = parse(text)
        self.root = Node(self._tree.root_node, None)
        self._code: dict[int, tuple[int, int]] = {}
        self._starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]

    @property
    def lines(self) -> int:
        """How many lines there are; a text without newline has one."""
        return len(self._starts)

    def line_bounds(self, line: int) -> tuple[int, int]:
        """Byte offsets of a line, its newline excluded; lines outside the file are empty."""
        if line < 1:
            return 0, 0
        if line > self.lines:
            return len(self.text), len(self.text)
        start = self._starts[line - 1]
        end = self._starts[line] - 1 if line < self.lines else len(self.text)
        if end > start and self.text[end - 1 : end] == b"\r":
            end -= 1
        return start, end

    def code_bounds(self, line: int) -> tuple[int, int]:
        """Byte offsets of a line without the white space around it and a trailing comment."""
        known = self._code.get(line)
        if known is None:
            known = self._code[line] = self._code_bounds(line)
        return known

    def _code_bounds(self, line: int) -> tuple[int, int]:
        start, end = self.line_bounds(line)
        comments = [node for node in self.nodes_touching(start, end) if node.kind == "comment"]
        for node in reversed(comments):
            # A comment between two pieces of code belongs to the line's code.
            if node.start >= start and not self.text[node.end : end].strip():
                end = node.start
        text = self.text[start:end]
        first = start + len(text) - len(text.lstrip())
        return first, max(first, start + len(text.rstrip()))

    def line_of(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def offset(self, line: int, column: int) -> int:
        """The byte offset of a place; columns beyond the line are its end."""
        start, end = self.line_bounds(line)
        return max(start, min(start + column - 1, end))

    def span(self, start: int, end: int) -> Span:
        line, end_line = self.line_of(start), self.line_of(end)
        return Span(
            self.path,
            line,
            start - self._starts[line - 1] + 1,
            end_line,
            end - self._starts[end_line - 1] + 1,
        )

    def node_span(self, node: Node) -> Span:
        return self.span(node.start, node.end)

    def bounds(self, span: Span) -> tuple[int, int]:
        """Byte offsets of a span."""
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def source(self, node: Node) -> str:
        """The node's text as written; bytes that are no UTF-8 become replacement marks."""
        return self.text[node.start : node.end].decode("utf-8", "replace")

    def collapsed(self, node: Node) -> str:
        """The node's text in one line, shortened to at most LONGEST_TEXT characters."""
        return self.collapsed_bytes(node.start, node.end)

    def collapsed_bytes(self, start: int, end: int) -> str:
        """The text between two byte offsets in one line, shortened."""
        # Decoding a whole function literal to show its head would cost what the body costs.
        head = self.text[start : min(end, start + 8 * LONGEST_TEXT)]
        return shorten(head.decode("utf-8", "replace"))

    def smallest(self, start: int, end: int, within: Node | None = None) -> Node:
        """The smallest node that covers the bytes, looked for from the root or from ``within``."""
        node = within or self.root
        while True:
            children = node.children
            # Most nodes have few children: to look at each is faster than to halve them.
            first = node.first_ending_at_or_after(start) if len(children) > _FEW else 0
            for child in children[first:] if first else children:
                if child.start > start:
                    return node
                if end <= child.end and start <= child.end and child.start < child.end:
                    node = child
                    break
            else:
                return node

    def top_level(self, offset: int) -> Node | None:
        """The declaration of the file that covers the offset (its very end counts)."""
        for child in self._near(self.root, offset):
            if child.kind not in _TRIVIA:
                return child
        return None

    def says_func(self, start: int, end: int) -> bool:
        """Whether the word ``func`` begins between the offsets: where to look for literals."""
        index = bisect_left(self._funcs, start)
        return index < len(self._funcs) and self._funcs[index] < end

    @cached_property
    def _funcs(self) -> list[int]:
        return [match.start() for match in _FUNC.finditer(self.text)]

    @property
    def declarations(self) -> Iterator[Node]:
        """The top-level declarations, with what is broken but no comments."""
        return (child for child in self.root.children if child.kind not in _TRIVIA)

    @staticmethod
    def _near(node: Node, offset: int) -> Iterator[Node]:
        """The children that cover the offset; those that end or begin just there count."""
        children = node.children
        for index in range(node.first_ending_at_or_after(offset), len(children)):
            if children[index].start > offset:
                return
            yield children[index]

    def nodes_touching(self, start: int, end: int) -> Iterator[Node]:
        """Every node that shares a byte with the range, in source order, outer before inner."""
        pending = [self.root]
        while pending:
            node = pending.pop()
            yield node
            children = node.children
            if len(children) > _FEW:
                first = last = node.first_ending_at_or_after(start)
                while last < len(children) and children[last].start < end:
                    last += 1
                pending.extend(children[first:last][::-1])
            elif children:
                pending += [
                    child for child in children[::-1] if child.end >= start and child.start < end
                ]


def shorten(text: str) -> str:
    """White space collapsed, at most LONGEST_TEXT characters."""
    line = _BLANKS.sub(" ", text).strip()
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1].rstrip() + "…"


def unparenthesized(node: Node) -> Node:
    """What stands inside any number of parentheses."""
    while node.kind == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    return node


def outer_parentheses(node: Node) -> Node:
    """The node, or the outermost parenthesis that holds nothing else."""
    while node.parent is not None and node.parent.kind == "parenthesized_expression":
        node = node.parent
    return node
