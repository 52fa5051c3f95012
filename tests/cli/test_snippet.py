"""The underline stays below what it means, whatever the line holds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from golsp_mem.cli.render.terminal.snippet import CUT, snippet

UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("line", "span", "text", "before", "marked"),
    [
        ("x := f()", (5, 8), "x := f()", 5, 3),
        ("\tx := 1", (1, 2), "    x := 1", 4, 1),
        ("a\tb", (2, 3), "a    b", 5, 1),
        ('s := "日本" + t', (13, 16), 's := "日本" + t', 11, 3),  # wide characters: two cells
        ("é := f()", (6, 9), "é := f()", 5, 3),  # two bytes, one cell
        ("e\u0301 := f()", (7, 10), "e\u0301 := f()", 5, 3),  # a combining mark: no cell
        ("a\x1b[31mb", (6, 7), "a\\x1b[31mb", 9, 1),
        ("a\u202eb", (4, 5), "a\\u202eb", 7, 1),
        ("abc", (3, 3), "abc", 3, 1),  # at the end of the line
        ("abc", (1, 1), "abc", 1, 1),  # empty
        ("abc", (9, 12), "abc", 3, 1),  # beyond the line: the file changed
        ("", (0, 0), "", 0, 1),
    ],
)
def test_marks_the_span(
    line: str, span: tuple[int, int], text: str, before: int, marked: int
) -> None:
    shape = snippet(line.encode(), *span, width=80)
    assert (shape.text, shape.before, shape.marked) == (text, before, marked)


def test_a_byte_that_is_not_utf8_is_shown_as_its_number() -> None:
    shape = snippet(b"a\xffb", 2, 3, width=80)
    assert (shape.text, shape.before, shape.marked) == ("a\\xffb", 5, 1)


@pytest.mark.parametrize("filler", ["a", "é", "日", "e\u0301", "e" + "\u0301" * 40])
def test_a_long_line_is_cut_around_the_span(filler: str) -> None:
    around = (filler * 3000).encode()
    shape = snippet(around + b"SPAN" + around, len(around), len(around) + 4, width=60)
    assert cell_len(shape.text) <= 60
    head, mark, _ = shape.text.partition("SPAN")
    assert (cell_len(head), len(mark)) == (shape.before, shape.marked)
    assert "\ufffd" not in shape.text
    assert "\\x" not in shape.text
    assert shape.text.startswith(CUT)
    assert shape.text.endswith(CUT)


def test_a_span_wider_than_the_terminal_shows_its_start() -> None:
    shape = snippet(b"f(" + b"x" * 500 + b")", 0, 503, width=40)
    assert shape.text.startswith("f(xxx")
    assert shape.text.endswith(CUT)
    assert (shape.before, shape.marked) == (0, cell_len(shape.text) - len(CUT))


@given(st.binary(max_size=300), st.integers(-5, 320), st.integers(-5, 320), st.integers(20, 90))
def test_any_line_fits_and_shows_nothing_unsafe(
    line: bytes, start: int, end: int, width: int
) -> None:
    shape = snippet(line, start, end, width)
    assert cell_len(shape.text) <= width
    assert shape.marked >= 1
    assert shape.before + shape.marked <= width + 1  # one cell beyond the end of the line
    assert not {unicodedata.category(character) for character in shape.text} & UNSAFE
