"""What -m says of parameters, in words."""

from __future__ import annotations

import pytest

from golsp_mem.advice.leaks import leak_words
from golsp_mem.model import Message, MessageKind, Position


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("leaking param: r", "`r` may be kept after the call"),
        ("leaking param content: r", "what `r` points to may be kept after the call"),
        ("leaking param: p to result ~r0 level=0", "`p` is returned as the result"),
        ("leaking param: p to result ~r1 level=0", "`p` is returned as the second result"),
        ("leaking param: p to result err level=0", "`p` is returned as the result `err`"),
        ("leaking param: p to result ~r0 level=1",
         "what `p` points to is returned as the result"),
        ("leaking param: p to result ~r0 level=-1", "the address of `p` is returned as the result"),
        ("leaking somehow: p", "`p`: leaking somehow: p"),
    ],
)  # fmt: skip
def test_words(line: str, words: str) -> None:
    message = Message(MessageKind.LEAKS, Position("/a.go", 1, 1), "p", line)
    assert leak_words(message) == words
