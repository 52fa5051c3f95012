"""One source line with a piece of it underlined, measured in terminal cells."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from attrs import frozen
from rich.cells import cell_len

from golsp_mem.cli.render.printable import visible

TAB = " " * 4
CUT = "…"
# A character and the marks that are put on it take one cell.
_MOST_BYTES = 8


@frozen
class Snippet:
    """``text`` fits one terminal line; the mark starts after ``before`` cells and is
    ``marked`` cells wide (at least 1).
    """

    text: str
    before: int
    marked: int


class _Glyph(NamedTuple):
    text: str
    cells: int


def snippet(line: bytes, start: int, end: int, width: int) -> Snippet:
    """The line without its line end; bytes ``start`` to ``end`` (0-based, end exclusive) are
    marked, whole characters always. Offsets beyond the line are clipped. A line wider than
    ``width`` cells is cut around the mark, a mark wider than that at its end.
    """
    start = max(0, min(start, len(line)))
    end = max(start, min(end, len(line)))
    begin, stop = _near(line, start, end, _MOST_BYTES * width)
    more = stop < len(line)
    line, start, end = line[begin:stop], start - begin, min(end, stop) - begin
    plain = _plain(line, start, end, width)
    if plain:
        return plain
    glyphs, offsets = _glyphs(line)
    first = max(0, bisect_right(offsets, start) - 1) if start < len(line) else len(glyphs)
    last = bisect_left(offsets, end)
    whole = not (begin or more)
    low, high = _window(glyphs, first, max(first, last), width, whole=whole)
    head = CUT if low or begin else ""
    tail = CUT if more or high < len(glyphs) else ""
    shown = glyphs[low:high]
    before = len(head) + sum(glyph.cells for glyph in glyphs[low:first])
    marked = sum(glyph.cells for glyph in glyphs[first : min(last, high)])
    text = head + "".join(glyph.text for glyph in shown) + tail
    return Snippet(text, before, max(1, marked))


def _near(line: bytes, start: int, end: int, reach: int) -> tuple[int, int]:
    """The part of a line that can be seen around a mark: data that a program wrote into a source
    is lines of megabytes."""
    begin = max(0, start - reach)
    stop = min(len(line), min(end, start + reach) + reach)
    # No character has more than three bytes behind its first.
    begin += next((n for n in range(4) if not _is_inside(line, begin + n)), 0) if begin else 0
    stop += next((n for n in range(4) if not _is_inside(line, stop + n)), 0)
    return begin, stop


def _is_inside(line: bytes, at: int) -> bool:
    return at < len(line) and line[at] & 0xC0 == 0x80


def _plain(line: bytes, start: int, end: int, width: int) -> Snippet | None:
    """The short way for most lines: ASCII and tabs that fit, where a byte is a character."""
    text = line.decode("ascii", "replace").replace("\t", TAB)
    if len(text) > width or not (text.isascii() and text.isprintable()):
        return None
    before = start + line.count(b"\t", 0, start) * (len(TAB) - 1)
    marked = end - start + line.count(b"\t", start, end) * (len(TAB) - 1)
    return Snippet(text, before, max(1, marked))


def _glyphs(line: bytes) -> tuple[list[_Glyph], list[int]]:
    """What each character looks like, and the byte where it starts."""
    glyphs: list[_Glyph] = []
    offsets: list[int] = []
    offset = 0
    for character in line.decode("utf-8", "surrogateescape"):
        offsets.append(offset)
        if " " <= character <= "~":
            glyphs.append(_Glyph(character, 1))
            offset += 1
            continue
        text = TAB if character == "\t" else visible(character)
        glyphs.append(_Glyph(text, cell_len(text)))
        undecodable = "\udc80" <= character <= "\udcff"
        offset += 1 if undecodable else len(character.encode())
    return glyphs, offsets


def _window(
    glyphs: list[_Glyph], first: int, last: int, width: int, *, whole: bool
) -> tuple[int, int]:
    """The slice of glyphs to show: the mark, and what fits around it; ``whole``: they are all."""
    if whole and sum(glyph.cells for glyph in glyphs) <= width:
        return 0, len(glyphs)
    budget = max(8, width - 2 * len(CUT))
    low = high = first
    while high < last and glyphs[high].cells <= budget:
        budget -= glyphs[high].cells
        high += 1
    if high < last:
        return low, high
    left = budget // 2
    while low and glyphs[low - 1].cells <= left:
        low -= 1
        left -= glyphs[low].cells
        budget -= glyphs[low].cells
    while high < len(glyphs) and glyphs[high].cells <= budget:
        budget -= glyphs[high].cells
        high += 1
    while low and glyphs[low - 1].cells <= budget:
        low -= 1
        budget -= glyphs[low].cells
    return low, high
