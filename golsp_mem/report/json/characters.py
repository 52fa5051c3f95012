"""JSON may have escapes of half a character; no file and no stream in UTF-8 can."""

from __future__ import annotations

import re

# The group is half a character without the other.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def whole_characters(text: str) -> str:
    """JSON in which U+FFFD stands for each half, as in what we write."""
    if _HALF.search(text) is None:
        return text
    return _ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] else escape[0], text)
