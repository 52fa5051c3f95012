"""Whether a file says that a program wrote it."""

from __future__ import annotations

import re

_COMMENT = re.compile(rb"(?:\s|\xef\xbb\xbf)*(//[^\n]*|/\*.*?\*/)", re.DOTALL)
_MARK = re.compile(rb"^// Code generated .* DO NOT EDIT\.$", re.MULTILINE)


def is_generated(text: bytes) -> bool:
    """Go's rule: a line ``// Code generated ... DO NOT EDIT.`` before the first code.

    https://go.dev/s/generatedcode; a line of a block comment counts, as for go/ast.IsGenerated
    (Go 1.21).
    """
    at = 0
    while (comment := _COMMENT.match(text, at)) is not None:
        # Go's scanner drops carriage returns from comments.
        if _MARK.search(comment[1].replace(b"\r", b"")):
            return True
        at = comment.end()
    return False
