"""A lazy view of tree-sitter's tree: nodes with parents, byte offsets, spans.

tree-sitter finds a node's parent by walking down from the root; here parents are remembered,
and children are fetched only where somebody looks, so that a question about one line costs
what that line holds, not what the file holds.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import cached_property
from sys import intern
from typing import Any, TypeVar

import tree_sitter

from golsp_mem.model import Span
from golsp_mem.source.parts.parser import field_number, parse
from golsp_mem.source.parts.reach import Outer, Reach, same_bytes

T = TypeVar("T")

_NEWLINE = re.compile(rb"\n")
_FUNC = re.compile(rb"\bfunc\b")
_BLANKS = re.compile(r"\s+")
_TRIVIA = ("comment", "\n", ";")
_HEAD = ("package_clause", "import_declaration", *_TRIVIA)
LONGEST_TEXT = 60
_FEW = 8
# Of the grammar, each once: lists of fields, and kinds (with whether they are named) by number.
_FIELDS: dict[bytes, bytes] = {}
_KINDS: dict[int, tuple[str, bool]] = {}
# So many earlier texts of a file are known.
_GENERATIONS = 8


class Node:
    """One syntax node. ``start`` and ``end`` are byte offsets, end exclusive; ``is_named``: whether
    the grammar has a name for it, as for all that is no token."""

    # Two of three nodes are leaves, and the nodes of its files are most of what a package takes.
    __slots__ = ("end", "is_named", "kind", "parent", "start")

    def __init__(self, raw: tree_sitter.Node, parent: Node | None) -> None:
        self.kind, self.is_named = _kind(raw)
        self.start: int = raw.start_byte
        self.end: int = raw.end_byte
        self.parent = parent

    @property
    def children(self) -> tuple[Node, ...]:
        """All children, tokens included, comments too."""
        return ()

    def first_ending_at_or_after(self, offset: int) -> int:  # noqa: ARG002
        """The index of the first child whose end is not before the offset."""
        return 0

    @property
    def is_open(self) -> bool:
        """Whether somebody has asked for the children."""
        return False

    @property
    def named_children(self) -> tuple[Node, ...]:
        """The children that are syntax of their own: no tokens, no comments."""
        return tuple(
            child
            for child in self.children
            if child.is_named and child.kind not in ("comment", "ERROR")
        )

    def field(self, name: str) -> Node | None:  # noqa: ARG002
        """The child in the grammar's field ``name``."""
        return None

    def fields(self, name: str) -> tuple[Node, ...]:  # noqa: ARG002
        """All named children in the grammar's field ``name``."""
        return ()

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
            if children := node.children:
                pending += children[::-1]


class _Inner(Node):
    """A node that has children."""

    __slots__ = ("_children", "_ends", "_fields", "_raw")

    def __init__(self, raw: tree_sitter.Node, parent: Node | None) -> None:
        super().__init__(raw, parent)
        # Until the children are known.
        self._raw: tree_sitter.Node | None = raw
        self._children: tuple[Node, ...] = ()
        # The number of each child's field, 0 for none; the last that have none are left out.
        self._fields = b""
        self._ends: list[int] | None = None

    @property
    def children(self) -> tuple[Node, ...]:
        if self._raw is not None:
            self._children, self._fields = _children_of(self._raw, self)
            self._raw = None
        return self._children

    def first_ending_at_or_after(self, offset: int) -> int:
        if self._ends is None:
            self._ends = [child.end for child in self.children]
        return bisect_left(self._ends, offset)

    @property
    def is_open(self) -> bool:
        return self._raw is None

    def field(self, name: str) -> Node | None:
        children = self.children
        index = self._fields.find(field_number(name))
        return children[index] if index >= 0 else None

    def fields(self, name: str) -> tuple[Node, ...]:
        children, number = self.children, field_number(name)
        return tuple(
            child
            for child, field in zip(children, self._fields, strict=False)
            if field == number and child.is_named
        )


def _kind(raw: tree_sitter.Node) -> tuple[str, bool]:
    """The node's kind, one string for all of it, and whether it is named."""
    number = raw.kind_id
    found = _KINDS.get(number)
    if found is None:
        found = _KINDS[number] = (intern(raw.type), raw.is_named)
    return found


def _children_of(raw: tree_sitter.Node, parent: Node) -> tuple[tuple[Node, ...], bytes]:
    """The nodes below one, and the numbers of their fields. Not from ``raw.children``, of which
    tree-sitter would keep a list of its own."""
    found: list[Node] = []
    fields = bytearray()
    cursor = raw.walk()
    more = cursor.goto_first_child()
    while more:
        node = cursor.node
        assert node is not None
        found.append((_Inner if node.child_count else Node)(node, parent))
        fields.append(cursor.field_id or 0)
        more = cursor.goto_next_sibling()
    # What was read around an error has no grammar.
    said = b"" if parent.kind == "ERROR" else bytes(fields).rstrip(b"\0")
    return tuple(found), _FIELDS.setdefault(said, said)


class _Root(_Inner):
    """The node of a whole file: who asks for its children may look at all of them."""

    __slots__ = ("_tree", "has_error", "tops")

    def __init__(self, raw: tree_sitter.Node, tree: SourceTree) -> None:
        super().__init__(raw, None)
        self._tree = tree
        self.has_error = raw.has_error
        self.tops, self._fields = _children_of(raw, self)
        self._raw = None

    @property
    def children(self) -> tuple[Node, ...]:
        self._tree.look_at_all()
        return self.tops

    def first_ending_at_or_after(self, offset: int) -> int:
        if self._ends is None:
            self._ends = [child.end for child in self.tops]
        return bisect_left(self._ends, offset)


class SourceTree:
    """A Go file's bytes with their tree; never raises, whatever the bytes are.

    Who has a `Reach` follow gets told how far questions look. A later text of the same file that
    begins with the same bytes, as far as that, has the same answers (`begins_as`).
    """

    def __init__(self, path: str, text: bytes) -> None:
        self.path = path
        self.text = text
        self.token = object()
        self._tree = parse(text)
        self.root = _Root(self._tree.root_node, self)
        self._code: dict[int, tuple[int, int]] = {}
        self._starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
        self._followed: list[Reach] = []
        self._begins: dict[object, int] = {}
        self._covering: dict[tuple[int, int], Node] = {}
        self._found: dict[Hashable, Any] = {}

    def once(self, what: Hashable, find: Callable[[], T]) -> T:
        """What ``find`` returns, asked once for this text and ``what``. It must look at nothing
        (`followed_by`) that its caller has not looked at."""
        if what not in self._found:
            self._found[what] = find()
        found: T = self._found[what]
        return found

    @contextmanager
    def followed_by(self, reach: Reach) -> Iterator[None]:
        """Tell ``reach`` how far is looked meanwhile."""
        self._followed.append(reach)
        try:
            yield
        finally:
            self._followed.remove(reach)

    def look_at(self, end: int) -> None:
        """Somebody looks no further than the declaration around a byte offset, its lines whole."""
        if not self._followed:
            return
        children = self.root.tops
        index = self.root.first_ending_at_or_after(end)
        if index < len(children) and children[index].start <= end:
            end = children[index].end
        line = self.line_of(end)
        # The newline belongs to it: what is added to a last line without one counts.
        end = self._starts[line] if line < self.lines else len(self.text) + 1
        for reach in self._followed:
            if not reach.rests and reach.end < end:
                reach.end = end

    def look_at_all(self) -> None:
        """Somebody may look at anything."""
        for reach in self._followed:
            if not reach.rests:
                reach.end = float("inf")

    def look_outside(self, outer: Outer) -> None:
        """Somebody wants to know what names mean for the package."""
        for reach in self._followed:
            if not reach.rests:
                reach.outer.add(outer)

    def succeeds(self, older: SourceTree) -> None:
        """This is the next text of the file."""
        same = same_bytes(older.text, self.text)
        if older.root.has_error or self.root.has_error:
            same = 0
        for before, now in zip(older.root.tops, self.root.tops, strict=False):
            if before.end > same or (before.start, before.end, before.kind) != (
                now.start,
                now.end,
                now.kind,
            ):
                same = min(same, before.start)
                break
        earlier = list(older._begins.items())[-_GENERATIONS:]
        self._begins = {token: min(shared, same) for token, shared in earlier}
        self._begins[older.token] = same

    def begins_as(self, token: object, end: float) -> bool:
        """Whether the text is that of an earlier tree as far as somebody has looked at that."""
        return token is self.token or self._begins.get(token, -1) >= end

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
        self.look_at(self.line_bounds(line)[1])
        known = self._code.get(line)
        if known is None:
            known = self._code[line] = self._code_bounds(line)
        return known

    def code_start(self, line: int) -> int:
        """The byte offset at which `code_bounds` begin, for less."""
        start, end = self.line_bounds(line)
        self.look_at(end)
        return end - len(self.text[start:end].lstrip())

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
        if 1 <= line < self.lines:
            # Most are well within their line: where that ends need not be known.
            start, place = self._starts[line - 1], self._starts[line - 1] + column - 1
            if start <= place < self._starts[line] - 2:
                return place
        start, end = self.line_bounds(line)
        return max(start, min(start + column - 1, end))

    def span(self, start: int, end: int) -> Span:
        line = end_line = self.line_of(start)
        if end < start or (line < self.lines and end >= self._starts[line]):
            end_line = self.line_of(end)
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
        if within is not None:
            return self._smallest(start, end, within)
        self.look_at(end)
        known = self._covering.get((start, end))
        if known is None:
            known = self._covering[start, end] = self._smallest(start, end, self.root)
        return known

    def _smallest(self, start: int, end: int, node: Node) -> Node:
        while True:
            children = self.root.tops if node is self.root else node.children
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

    def named(self, name: str) -> Iterator[Node]:
        """Every identifier of that name, of whatever kind, in source order: to look where the text
        has the word takes a hundredth of a walk."""
        self.look_at_all()
        # Letters beyond ASCII are parts of names, too.
        word = rb"(?<![\w\x80-\xff])%s(?![\w\x80-\xff])" % re.escape(name.encode())
        for match in re.finditer(word, self.text):
            node = self.smallest(match.start(), match.end())
            if (node.start, node.end) == match.span() and node.kind.endswith("identifier"):
                yield node

    def top_level(self, offset: int) -> Node | None:
        """The declaration of the file that covers the offset (its very end counts)."""
        self.look_at(offset)
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
    def head(self) -> tuple[Node, ...]:
        """The package clause and the imports."""
        tops = self.root.tops
        first = next((one for one in tops if one.kind not in _HEAD), None)
        if first is None:
            self.look_at_all()
            return tops
        self.look_at(first.start)
        return tops[: tops.index(first)]

    @property
    def declarations(self) -> Iterator[Node]:
        """The top-level declarations, with what is broken but no comments."""
        return (child for child in self.root.children if child.kind not in _TRIVIA)

    @staticmethod
    def _near(node: _Root, offset: int) -> Iterator[Node]:
        """The children that cover the offset; those that end or begin just there count."""
        children = node.tops
        for index in range(node.first_ending_at_or_after(offset), len(children)):
            if children[index].start > offset:
                return
            yield children[index]

    def nodes_touching(self, start: int, end: int) -> Iterator[Node]:
        """Every node that shares a byte with the range, in source order, outer before inner."""
        self.look_at(end)
        pending: list[Node] = [self.root]
        while pending:
            node = pending.pop()
            yield node
            children = self.root.tops if node is self.root else node.children
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


def element_value(element: Node) -> Node:
    """The value of an element of a composite literal, without its key."""
    value = element.named_children[-1] if element.kind == "keyed_element" else element
    if value.kind == "literal_element" and value.named_children:
        return value.named_children[0]
    return value


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
