"""What kind of expression a line of the compiler speaks of."""

from __future__ import annotations

import pytest

from golsp_mem.analysis.heap.matching import Subject, subject_of
from golsp_mem.model import Message, MessageKind, Position


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('b + "x"', Subject.CONCAT),
        ("a + b", Subject.CONCAT),
        ('f("+ 1", x[2 + 3]) + b', Subject.CONCAT),
        ("a[1 + 2]", Subject.EXPRESSION),
        # Strings are not added to numbers.
        ("v + 1", Subject.EXPRESSION),
        ("0x1p-2 + v + w", Subject.EXPRESSION),
        ("'a' + r", Subject.EXPRESSION),
    ],
)
def test_a_concatenation_is_none_of_numbers(text: str, expected: Subject) -> None:
    message = Message(MessageKind.ESCAPES, Position("/w/m.go", 16, 3), text, f"{text} escapes")
    assert subject_of(message) is expected
