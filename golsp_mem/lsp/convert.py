"""The one place where positions and file names change their form.

Go speaks of 1-based lines and 1-based columns in UTF-8 bytes, and ends lines at ``\\n``.
LSP speaks of 0-based lines and of characters in the unit that client and server agreed on
(UTF-8, UTF-16 or UTF-32), and ends lines at ``\\n``, ``\\r\\n`` or ``\\r``. Nobody but this
module does arithmetic between the two.
"""

from __future__ import annotations

import os
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from lsprotocol import types

from golsp_mem.model import Span

Encoding = types.PositionEncodingKind | str

_CLIENT_EOL = re.compile(r"\r\n|\n|\r")
# What RFC 3986 lets a path keep; the drive's colon is kept so that editors see a drive.
_URI_SAFE = "/:@!$&'()*+,;=~-._"
_BOM = b"\xef\xbb\xbf"


def _bytes_of(character: str) -> int:
    point = ord(character)
    if point < 0x80:
        return 1
    if 0xDC80 <= point <= 0xDCFF:  # one byte that was no UTF-8, kept by surrogateescape
        return 1
    if point < 0x800:
        return 2
    return 3 if point < 0x10000 else 4


def _units_of(character: str, encoding: Encoding) -> int:
    if encoding == types.PositionEncodingKind.Utf8:
        return _bytes_of(character)
    if encoding == types.PositionEncodingKind.Utf32:
        return 1
    return 2 if ord(character) > 0xFFFF else 1


def _advance(text: str, start: int, end: int, wanted: int, encoding: Encoding) -> int:
    """The offset in ``text[start:end]`` after ``wanted`` units; inside a character: before it."""
    if text[start:end].isascii():
        return min(start + max(wanted, 0), end)
    seen = 0
    for offset in range(start, end):
        seen += _units_of(text[offset], encoding)
        if seen > wanted:
            return offset
    return end


def _measure(text: str, start: int, end: int, encoding: Encoding) -> int:
    piece = text[start:end]
    if piece.isascii():
        return len(piece)
    return sum(_units_of(character, encoding) for character in piece)


def _numbers(numbers: Iterable[int]) -> Sequence[int]:
    """As a tenth of what a list takes: of each line of each text that is known there is one."""
    return array("l", numbers)


class Text:
    """One version of a file, addressable in Go's terms and in a client's.

    Places outside the text are moved to the nearest place inside it: the compiler and
    the editor may speak of different versions, and neither may crash the server.
    """

    def __init__(
        self, text: str, *, byte_order_mark: bool = False, starts: Sequence[int] | None = None
    ) -> None:
        self.text = text
        # Where its lines begin to Go, from whoever knows.
        self._starts = starts
        # The compiler counts a leading byte order mark in the first line's columns, editors
        # show it to nobody (cmd/compile/internal/syntax/source.go, nextch).
        self._bom_bytes = len(_BOM) if byte_order_mark else 0

    @classmethod
    def from_bytes(cls, data: bytes) -> Text:
        marked = data.startswith(_BOM)
        body = data[len(_BOM) :] if marked else data
        return cls(body.decode("utf-8", "surrogateescape"), byte_order_mark=marked)

    def __reduce__(self) -> tuple[Callable[[bytes], Text], tuple[bytes]]:
        return Text.from_bytes, (self.raw,)

    @property
    def raw(self) -> bytes:
        """The bytes of the file, as `from_bytes` takes them."""
        return _BOM[: self._bom_bytes] + self.text.encode("utf-8", "surrogateescape")

    @cached_property
    def _go_starts(self) -> Sequence[int]:
        if self._starts is not None:
            return self._starts
        return _numbers([0, *(match.end() for match in re.finditer("\n", self.text))])

    @cached_property
    def _client_starts(self) -> Sequence[int]:
        if self.has_one_way_to_end_lines:
            return self._go_starts
        return _numbers([0, *(match.end() for match in _CLIENT_EOL.finditer(self.text))])

    @cached_property
    def lines(self) -> list[str]:
        """The client's lines, each with its line end."""
        starts = self._client_starts
        return [
            self.text[start:end]
            for start, end in zip(starts, [*starts[1:], len(self.text)], strict=True)
        ]

    def edited(self, start: int, end: int, new: str) -> Text:
        """The text with ``new`` in place of ``text[start:end]``; its lines are not looked for
        again where they only moved."""
        text = self.text[:start] + new + self.text[end:]
        known, by = self._go_starts, len(new) - (end - start)
        kept, moved = bisect_right(known, start), bisect_right(known, end)
        inside = (start + match.end() for match in re.finditer("\n", new))
        starts = _numbers([*known[:kept], *inside, *[at + by for at in known[moved:]]])
        return Text(text, starts=starts)

    @property
    def line_count(self) -> int:
        """How many lines a client sees."""
        return len(self._client_starts)

    @cached_property
    def has_one_way_to_end_lines(self) -> bool:
        """Whether its lines are the same to Go and to a client."""
        return "\r" not in self.text

    def line_of(self, offset: int) -> int:
        """The 0-based line, to Go, of an index into ``text``."""
        return bisect_right(self._go_starts, offset) - 1

    def lines_of(self, first: int, last: int) -> list[str]:
        """The lines from one to another, to Go, each with its line end."""
        starts = [*self._go_starts[first : last + 2], len(self.text)]
        return [self.text[starts[at] : starts[at + 1]] for at in range(last - first + 1)]

    def _line_bounds(self, starts: Sequence[int], index: int, ends: str) -> tuple[int, int]:
        """Offsets of a line's text, without the characters ``ends`` that may end it."""
        start = starts[index]
        end = starts[index + 1] if index + 1 < len(starts) else len(self.text)
        while end > start and self.text[end - 1] in ends:
            end -= 1
        return start, end

    def _go_bounds(self, index: int) -> tuple[int, int]:
        # To Go a carriage return is white space within the line.
        return self._line_bounds(self._go_starts, index, "\n")

    def _client_bounds(self, index: int) -> tuple[int, int]:
        return self._line_bounds(self._client_starts, index, "\r\n")

    def _offset_of_go(self, line: int, column: int) -> int:
        index = line - 1
        if index < 0:
            return 0
        if index >= len(self._go_starts):
            return len(self.text)
        start, end = self._go_bounds(index)
        wanted = column - 1 - (self._bom_bytes if index == 0 else 0)
        return _advance(self.text, start, end, wanted, types.PositionEncodingKind.Utf8)

    def offset(self, position: types.Position, encoding: Encoding) -> int:
        """The index into ``text`` of a client's position."""
        if position.line >= len(self._client_starts):
            return len(self.text)
        start, end = self._client_bounds(position.line)
        return _advance(self.text, start, end, position.character, encoding)

    def _position_at(self, offset: int, encoding: Encoding) -> types.Position:
        line = bisect_right(self._client_starts, offset) - 1
        start, end = self._client_bounds(line)
        return types.Position(line, _measure(self.text, start, min(offset, end), encoding))

    def to_client(self, line: int, column: int, encoding: Encoding) -> types.Position:
        """The client's position of Go's ``line`` and ``column`` (0: the line's first text)."""
        if column > 0:
            return self._position_at(self._offset_of_go(line, column), encoding)
        start = self._offset_of_go(line, 1)
        while start < len(self.text) and self.text[start] in " \t":
            start += 1
        return self._position_at(start, encoding)

    def to_go(self, position: types.Position, encoding: Encoding) -> tuple[int, int]:
        """Go's line and column (1-based, UTF-8 bytes) of a client's position."""
        offset = self.offset(position, encoding)
        index = self.line_of(offset)
        column = 1 + _measure(
            self.text, self._go_starts[index], offset, types.PositionEncodingKind.Utf8
        )
        return index + 1, column + (self._bom_bytes if index == 0 else 0)

    def range_of(self, span: Span, encoding: Encoding) -> types.Range:
        """The client's range of a span; one without columns is the line's text."""
        start = self.to_client(span.line, span.column, encoding)
        if span.column > 0:
            return types.Range(start, self.to_client(span.end_line, span.end_column, encoding))
        index = min(max(span.line, 1), len(self._go_starts)) - 1
        _, end = self._go_bounds(index)
        return types.Range(start, self._position_at(end, encoding))


class Lines:
    """The client's lines of a text, each with its end, that are edited many times over: an edit
    costs what it touches, where `Text.edited` makes a whole text."""

    def __init__(self, text: Text, encoding: Encoding) -> None:
        self._lines = text.lines.copy()
        self._encoding = encoding

    @property
    def text(self) -> Text:
        return Text("".join(self._lines))

    def edit(self, where: types.Range, new: str) -> tuple[int, list[str], list[str]]:
        """Take ``new`` in place of a range: the first line that it touches, what these lines were,
        and what came for them."""
        start = self._place(where.start)
        end = max(start, self._place(where.end))
        first, last = start[0], end[0]
        before = self._lines[first : last + 1]
        touched = before[0][: start[1]] + new + before[-1][end[1] :]
        if first and touched.startswith("\n") and self._lines[first - 1].endswith("\r"):
            # One line end comes of two characters that lay apart.
            first -= 1
            before.insert(0, self._lines[first])
            touched = before[0] + touched
        after = Text(touched).lines
        if last + 1 < len(self._lines):
            # Behind its line end the next line begins, which is there.
            del after[-1]
        self._lines[first : last + 1] = after
        return first, before, after

    def _place(self, position: types.Position) -> tuple[int, int]:
        """The line of a position and the index in it, as `Text.offset` finds them."""
        if position.line >= len(self._lines):
            return len(self._lines) - 1, len(self._lines[-1])
        line = self._lines[position.line]
        end = len(line.rstrip("\r\n"))
        return position.line, _advance(line, 0, end, position.character, self._encoding)


def file_name(uri: str, *, windows: bool = os.name == "nt") -> str | None:
    """The native name of a ``file:`` URI; None for other schemes and malformed ones."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    path = unquote(parts.path, errors="surrogateescape")
    if parts.scheme != "file" or not path or "\0" in path:
        return None
    if not windows:
        return path
    if parts.netloc and parts.netloc.lower() != "localhost":
        path = f"//{unquote(parts.netloc)}{path}"
    elif re.match(r"/[A-Za-z]:", path):
        path = path[1:]
    return path.replace("/", "\\")


def file_uri(name: str, *, windows: bool = os.name == "nt") -> str:
    """The ``file:`` URI of an absolute native name."""
    path = name.replace("\\", "/") if windows else name
    host = ""
    if windows and path.startswith("//"):
        host, _, rest = path[2:].partition("/")
        path = "/" + rest
    elif not path.startswith("/"):
        path = "/" + path
    return f"file://{quote(host)}{quote(os.fsencode(path), safe=_URI_SAFE)}"


def file_key(name: str | Path) -> str:
    """One spelling for a file however it is reached: links resolved, Windows' case folded."""
    return os.path.normcase(os.path.realpath(name))


def path_below(name: str, directory: str) -> str | None:
    """``name`` relative to ``directory`` ("" when they are the same), None when outside."""
    if name == directory:
        return ""
    prefix = directory if directory.endswith(os.sep) else directory + os.sep
    return name[len(prefix) :] if name.startswith(prefix) else None
