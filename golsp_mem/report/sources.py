"""Digests of source text: whether a function or a package is what it was."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

from golsp_mem.model import Finding
from golsp_mem.source.syntax import GoFile


class Sources(Protocol):
    """Go files by path, as they were analysed; None for what cannot be read."""

    def __call__(self, path: str) -> GoFile | None: ...

    def text(self, path: str) -> bytes | None: ...


def declaration_digest(sources: Sources, finding: Finding) -> str:
    """`line_digest` of where a finding stands."""
    return line_digest(sources, finding.span.file, finding.span.line)


def line_digest(sources: Sources, path: str, line: int) -> str:
    """16 hex digits of the text of the function (or other top-level declaration) on a line;
    empty when it cannot be read. Indentation and line ends do not count."""
    file = sources(path)
    span = file.top_level_span(line) if file else None
    if file is None or span is None:
        return ""
    return _digest(file.text.split(b"\n")[span.line - 1 : span.end_line])


def package_digest(sources: Sources, files: Sequence[str]) -> str:
    """16 hex digits of the text of all files of a package, in the order of their names."""
    lines: list[bytes] = []
    for path in sorted(files):
        text = sources.text(path)
        if text is None:
            return ""
        lines += text.split(b"\n")
    return _digest(lines)


def _digest(lines: Sequence[bytes]) -> str:
    stripped = b"\n".join(line.strip() for line in lines)
    return hashlib.sha256(stripped).hexdigest()[:16]
