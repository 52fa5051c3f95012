"""Text of the workspace cannot steer the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.cli.render.printable import one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain.go", "plain.go"),
        ("日本語 é", "日本語 é"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b1m", "\\x9b1m"),  # C1: one byte starts a sequence in some terminals
        ("a\u202eb\u2066", "a\\u202eb\\u2066"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\udcff.go", "\\xff.go"),  # a file name that is not UTF-8
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("a\nb\tc\r", "a\\x0ab\\x09c\\x0d"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_one_line_joins_lines() -> None:
    assert one_line("  first\n\tsecond\x07 ") == "first second\\x07"


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_unprintable_is_left(text: str) -> None:
    # A no-break space is what str.isprintable calls unprintable and terminals show well.
    assert all(c.isprintable() or c.isspace() or ord(c) > 0xFF for c in printable(text))
    assert not set(printable(text)) & set("\x1b\x9b\n\r\t\x08\u202e\u2066")
