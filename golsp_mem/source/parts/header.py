"""What the go command reads of a Go file before it compiles it.

Only this decides which packages a build needs and which files belong to one: build constraints,
the package clause, the imports, embed patterns (cmd/go/internal/modindex and go/build, readGoInfo;
the same in Go 1.22 to 1.27). Texts whose headers fit are compiled by the same command.
"""

from __future__ import annotations

import re
from collections.abc import Container

from attrs import frozen

_SPACE = re.compile(rb"[ \t\r\n;]+")
_COMMENT = re.compile(rb"//[^\n]*|/\*.*?\*/", re.DOTALL)
_PACKAGE = re.compile(rb"package[ \t\r\n]+([^\W\d]\w*|_)(?=[\s;/]|$)")
_IMPORT = re.compile(rb"import(?=[\s(\"`/._])")
_NAME = re.compile(rb"(?:[^\W\d][^\s\"`/;()]*|[._]|[\x80-\xff][^\s\"`/;()]*)")
_PATH = re.compile(rb"\"([^\"\\\n]*)\"|`([^`\n]*)`")
_EMBED = re.compile(rb"^[ \t]*(//go:embed[ \t].*?)\r?$", re.MULTILINE)
_BOM = b"\xef\xbb\xbf"


@frozen
class Header:
    """``directives`` are the ``//go:`` and ``+build`` comments before the package clause,
    ``embeds`` the ``//go:embed`` lines, both as written and in order."""

    package: str
    imports: frozenset[str]
    directives: tuple[bytes, ...] = ()
    embeds: tuple[bytes, ...] = ()

    def fits(self, known: Header, importable: Container[str]) -> bool:
        """Whether a text with this header is built as one with ``known``, whose build also has the
        packages ``importable``. Imports that are gone leave a build as it is."""
        return (
            (self.package, self.directives, self.embeds)
            == (known.package, known.directives, known.embeds)
            and all(path in importable for path in self.imports - known.imports)
            and not self.uses_cgo
            and not known.uses_cgo
        )

    @property
    def uses_cgo(self) -> bool:
        """Such a file is compiled from a copy that cgo has rewritten."""
        return "C" in self.imports


def holds_nothing(text: bytes) -> bool:
    """Whether a Go file has no more than space and comments."""
    return _skip(text, len(_BOM) if text.startswith(_BOM) else 0) == len(text)


def header_of(text: bytes) -> Header | None:
    """The header of a Go file; None where it cannot be told (a text that does not parse so far)."""
    comments: list[bytes] = []
    start = len(_BOM) if text.startswith(_BOM) else 0
    start = _skip(text, start, comments)
    clause = _PACKAGE.match(text, start)
    if clause is None:
        return None
    directives = tuple(comment for comment in comments if _steers(comment))
    imports: set[str] = set()
    position = _skip(text, clause.end())
    while (keyword := _IMPORT.match(text, position)) is not None:
        end = _declaration(text, _skip(text, keyword.end()), imports)
        if end is None:
            return None
        position = _skip(text, end)
    embeds = tuple(_EMBED.findall(text)) if "embed" in imports else ()
    return Header(clause[1].decode("utf-8", "replace"), frozenset(imports), directives, embeds)


def _declaration(text: bytes, position: int, imports: set[str]) -> int | None:
    """The end of what follows ``import``."""
    if text[position : position + 1] != b"(":
        return _spec(text, position, imports)
    position = _skip(text, position + 1)
    while text[position : position + 1] != b")":
        end = _spec(text, position, imports)
        if end is None:
            return None
        position = _skip(text, end)
    return position + 1


def _spec(text: bytes, position: int, imports: set[str]) -> int | None:
    name = _NAME.match(text, position)
    if name is not None:
        position = _skip(text, name.end())
    path = _PATH.match(text, position)
    if path is None:
        return None
    imports.add((path[1] or path[2] or b"").decode("utf-8", "replace"))
    return path.end()


def _skip(text: bytes, position: int, comments: list[bytes] | None = None) -> int:
    """The start of the next token; the comments before it are added to ``comments``."""
    while True:
        space = _SPACE.match(text, position)
        if space is not None:
            position = space.end()
        comment = _COMMENT.match(text, position)
        if comment is None:
            return position
        if comments is not None:
            comments.append(comment[0].rstrip())
        position = comment.end()


def _steers(comment: bytes) -> bool:
    return comment.startswith(b"//go:") or (
        comment.startswith(b"//") and comment[2:].strip().startswith(b"+build")
    )
