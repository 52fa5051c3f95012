"""``//line`` comments: places that code is said to have, in place of those where it stands.

go.dev/cmd/compile, "Line directives": the compiler speaks of code behind one by the file and line
that it names, without columns where it names none. Generators write them (goyacc, ragel). Who
reads the file wants to know where the code stands.
"""

from __future__ import annotations

import re

# cmd/compile/internal/syntax, scanner.go: at the first column, or between /* and */ anywhere.
_COMMENT = re.compile(rb"^//line (?=[^\n]*:\d+[ \t\r]*$)|/\*line (?=[^\n*]*:\d+\*/)", re.MULTILINE)


def gives_other_places(text: bytes) -> bool:
    """Whether the text has such a comment. In a raw string it only looks like one."""
    return first_line_moved(text) is not None


def first_line_moved(text: bytes) -> int | None:
    """The 1-based line of the first such comment."""
    found = _COMMENT.search(text) if b"line " in text else None
    return text.count(b"\n", 0, found.start()) + 1 if found else None


def as_it_stands(text: bytes) -> bytes:
    """The same code, byte for byte in the same places, with the comments no longer obeyed."""
    return _COMMENT.sub(lambda match: match[0].replace(b"line", b"Line"), text)
