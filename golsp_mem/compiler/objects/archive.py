"""Package archives: the Go objects that one compile and its assembler left.

An archive starts with ``!<arch>``; its member ``_go_.o`` is the compiler's output, other Go objects
come from the assembler, the rest (cgo) is foreign and skipped. Source:
cmd/internal/archive/archive.go of GOROOT/src, equal in Go 1.20 to 1.27 for what is read here.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence

from golsp_mem.compiler.objects import layout
from golsp_mem.compiler.objects.goobj import ForeignNames, GoObject
from golsp_mem.errors import ArchiveError


def read_archive(
    data: bytes | memoryview | mmap.mmap,
    builtins: Sequence[str],
    foreign: ForeignNames | None = None,
) -> list[GoObject]:
    """The Go objects of a package archive: the compiler's first, then the assembler's.

    ``foreign`` (import path, symbol number) names functions of other packages that were
    inlined; without it they are called ``path.?number``.

    Raises ArchiveError for a truncated archive, one that is no Go archive, and objects of
    a format that golsp-mem does not know.
    """
    return [_read_object(body, builtins, foreign) for body in _go_members(data)]


def export_fingerprint(data: bytes | memoryview | mmap.mmap) -> bytes | None:
    """Equal for two compiles of a package that say the same to those that import it: the linker
    compares it (cmd/internal/goobj/objfile.go, Header.Fingerprint; a hash of the export data,
    cmd/compile/internal/noder/unified.go). None in an archive without a compiler's object.

    Raises ArchiveError as `read_archive`.
    """
    for body in _go_members(data):
        start = bytes(body[:4096]).find(b"\n!\n" + layout.MAGIC)
        if start >= 0:
            first = start + 3 + len(layout.MAGIC)
            return bytes(body[first : first + 8])
    return None


def _go_members(data: bytes | memoryview | mmap.mmap) -> Iterator[memoryview]:
    view = memoryview(data)
    if bytes(view[:8]) != b"!<arch>\n":
        raise ArchiveError("not a Go package archive (no !<arch> at its start)")
    position = 8
    while position < len(view):
        header = bytes(view[position : position + 60])
        if len(header) < 60 or header[58:] != b"`\n":
            raise ArchiveError("package archive is cut off or damaged (run the build again)")
        try:
            size = int(header[48:58])
        except ValueError as error:
            raise ArchiveError("package archive: unreadable member size") from error
        position += 60
        body = view[position : position + size]
        if len(body) < size:
            raise ArchiveError("package archive is cut off (run the build again)")
        position += size + (size & 1)
        name = header[:16].rstrip()
        if name != b"__.PKGDEF" and bytes(body[:10]) == b"go object ":
            yield body


def _read_object(
    body: memoryview, builtins: Sequence[str], foreign: ForeignNames | None
) -> GoObject:
    head = bytes(body[:4096])
    end = head.find(b"\n!\n")
    if end < 0:
        # Assembler and cgo headers are longer in rare cases ($$ sections).
        head = bytes(body)
        end = head.find(b"\n!\n")
    if end < 0:
        raise ArchiveError("object file: no end of its text header")
    words = head[:end].split(b"\n", 1)[0].decode("utf-8", "replace").split()
    if len(words) < 5:
        raise ArchiveError("object file: unreadable text header")
    return GoObject(
        body[end + 3 :], goarch=words[3], version=words[4], builtins=builtins, foreign=foreign
    )
