"""Edited files as one unified diff that ``git apply`` and ``patch -p1`` accept."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

_CONTEXT = 3


def patch(
    before: Mapping[Path, bytes], after: Mapping[Path, bytes], directory: Path
) -> Iterator[bytes]:
    """The diff of the files, by their names from a directory, which is where it applies."""
    for path in sorted(after):
        if before[path] != after[path]:
            yield from _of_file(_name(path, directory), _lines(before[path]), _lines(after[path]))


def _of_file(name: bytes, old: list[bytes], new: list[bytes]) -> Iterator[bytes]:
    # A name with a blank ends where a tab says so.
    end = b"\t\n" if b" " in name else b"\n"
    yield b"--- a/" + name + end
    yield b"+++ b/" + name + end
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        ranges = _range(first[1], last[2]), _range(first[3], last[4])
        yield b"@@ -%s +%s @@\n" % ranges
        for tag, a, b, c, d in group:
            if tag == "equal":
                yield from (_line(b" ", line) for line in old[a:b])
                continue
            yield from (_line(b"-", line) for line in old[a:b])
            yield from (_line(b"+", line) for line in new[c:d])


def _lines(text: bytes) -> list[bytes]:
    """Lines with their ends; a carriage return alone ends none."""
    return [line for line in text.replace(b"\n", b"\n\0").split(b"\0") if line]


def _line(mark: bytes, line: bytes) -> bytes:
    if line.endswith(b"\n"):
        return mark + line
    return mark + line + b"\n\\ No newline at end of file\n"


def _range(start: int, stop: int) -> bytes:
    """As POSIX has it: the line before, where there are none."""
    length = stop - start
    first = start + 1 if length else start
    return b"%d" % first if length == 1 else b"%d,%d" % (first, length)


def _name(path: Path, directory: Path) -> bytes:
    relative = os.path.relpath(path, directory).replace(os.sep, "/")
    raw = os.fsencode(relative)
    if not any(byte < 0x20 or byte in (0x22, 0x5C, 0x7F) for byte in raw):
        return raw
    # git's quoting (quote.c); the prefix stands within the quotes, so that ours is left out.
    return b"".join(
        b"\\%03o" % byte if byte < 0x20 or byte in (0x22, 0x5C, 0x7F) else bytes([byte])
        for byte in raw
    )
