"""What a compile took from elsewhere: other packages' archives, and source files."""

from __future__ import annotations

import mmap
from collections import OrderedDict
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from attrs import define, field

from golsp_mem.compiler.objects.archive import read_archive
from golsp_mem.compiler.objects.goobj import GoObject
from golsp_mem.compiler.types import TypeFacts, TypeTable
from golsp_mem.errors import ArchiveError
from golsp_mem.files import read_regular
from golsp_mem.source.syntax import GoFile

# The tree of a text, and what is found out of it, take some thirty times its bytes.
_KNOWN_BYTES = 4_000_000
# Those of one package, as long as it is read: whoever follows its calls comes back to every file.
_READ_FILES, _READ_BYTES = 64, 4_000_000
# Of those of imported packages that the next package asks for, too: half of the parsing in
# containerd's core was reflect/value.go, once for each of 36 packages.
_SHARED_BYTES = 400_000


@define(eq=False)
class KnownFiles:
    """Files that were parsed for whoever reads the same package again and again, the newest text
    of each path: one that is asked for with the same text stands as it is, with all that was found
    out of it. Of no more than ``limit`` bytes of text."""

    limit: int = _KNOWN_BYTES
    _files: OrderedDict[str, GoFile] = field(init=False, factory=OrderedDict)
    _bytes: int = field(init=False, default=0)

    def parsed(self, path: str, text: bytes) -> GoFile:
        file = self._files.get(path)
        if file is not None and file.tree.text == text:
            self._files.move_to_end(path)
            return file
        parsed = GoFile.parse(path, text)
        if file is not None:
            parsed.tree.succeeds(file.tree)
            self._forget(path)
        self._files[path] = file = parsed
        self._bytes += len(text)
        while self._bytes > self.limit and len(self._files) > 1:
            self._forget(next(iter(self._files)))
        return file

    def _forget(self, path: str) -> None:
        self._bytes -= len(self._files.pop(path).tree.text)


@define(eq=False)
class KnownTexts:
    """What was asked of the text of each file, for whoever asks again: of its newest text."""

    _texts: dict[str, bytes] = field(init=False, factory=dict)
    _answers: dict[tuple[str, Callable[[bytes], bool]], bool] = field(init=False, factory=dict)

    def holds(self, question: Callable[[bytes], bool], path: str, text: bytes) -> bool:
        """Whether the text is so."""
        if self._texts.get(path) != text:
            self._texts[path] = text
            self._answers = {key: said for key, said in self._answers.items() if key[0] != path}
        key = (path, question)
        if key not in self._answers:
            self._answers[key] = question(text)
        return self._answers[key]


@define
class SourceCache:
    """Parsed Go files by path, the most recently used of too many; an overlay's text wins over the
    disk.

    ``consulted`` are all paths that were asked for since somebody emptied it. ``opened`` are the
    only files that are: a ``//line`` comment may name any; None: nobody said which. ``known`` are
    those of an earlier reading.
    """

    overlay: Mapping[Path, bytes] = field(factory=dict)
    consulted: set[str] = field(factory=set)
    opened: Container[str] | None = None
    known: KnownFiles | None = None
    _files: OrderedDict[str, GoFile | None] = field(factory=OrderedDict)
    _bytes: int = 0
    # Of one package, whose files `known` has, too.
    _texts: dict[str, bytes | None] = field(factory=dict)

    def __call__(self, path: str) -> GoFile | None:
        self.consulted.add(path)
        if path in self._files:
            self._files.move_to_end(path)
            return self._files[path]
        text = self.text(path)
        parsed = None if text is None else self._parsed(path, text)
        self._files[path] = parsed
        self._bytes += _length(parsed)
        while len(self._files) > _READ_FILES and self._bytes > _READ_BYTES:
            self._bytes -= _length(self._files.popitem(last=False)[1])
        return parsed

    def forget(self, shared: Container[str] = ()) -> None:
        """Let the files go, but the last of the ``shared``; those that are known from an earlier
        reading stay there."""
        kept: list[tuple[str, GoFile | None]] = []
        left = _SHARED_BYTES
        for path, file in reversed(self._files.items()):
            left -= _length(file) if path in shared else 0
            if left >= 0 and path in shared:
                kept.append((path, file))
        self._files = OrderedDict(reversed(kept))
        self._bytes = sum(_length(file) for _, file in kept)

    def _parsed(self, path: str, text: bytes) -> GoFile:
        return GoFile.parse(path, text) if self.known is None else self.known.parsed(path, text)

    def text(self, path: str) -> bytes | None:
        """The bytes of a file; None when it cannot be read."""
        if self.known is None:
            return self._read(path)
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> bytes | None:
        file = Path(path)
        try:
            if file in self.overlay:
                return self.overlay[file]
            if self.opened is not None and path not in self.opened:
                return None
            return read_regular(file)
        except OSError:
            return None


@define
class Dependencies:
    """Type sizes and names of functions in other packages' archives.

    ``exports`` are archive paths by import path. Archives are mapped, not read: only the
    pages that are asked for come into memory.
    """

    exports: Mapping[str, str]
    builtins: Sequence[str]
    _objects: dict[str, GoObject | None] = field(factory=dict)
    _types: dict[str, TypeTable | None] = field(factory=dict)

    def but(self, packages: Container[str]) -> Dependencies:
        """The same without some packages, whose archives are others now."""
        return Dependencies(
            {path: one for path, one in self.exports.items() if path not in packages},
            self.builtins,
            {path: one for path, one in self._objects.items() if path not in packages},
            {path: one for path, one in self._types.items() if path not in packages},
        )

    def type_facts(self, name: str) -> TypeFacts | None:
        package = _package_of_type(name)
        if package is None:
            return None
        if package not in self._types:
            obj = self._object(package)
            self._types[package] = TypeTable(obj) if obj else None
        table = self._types[package]
        return table.get(name) if table else None

    def function_name(self, package: str, symbol: int) -> str | None:
        obj = self._object(unquote(package))
        return obj.symbol_name(symbol) if obj and symbol < obj.defined else None

    def _object(self, package: str) -> GoObject | None:
        if package not in self._objects:
            self._objects[package] = self._read(package)
        return self._objects[package]

    def _read(self, package: str) -> GoObject | None:
        path = self.exports.get(package)
        if path is None:
            return None
        try:
            objects = read_archive(map_file(path), self.builtins)
        except (OSError, ValueError, ArchiveError):
            # A size or a name stays unknown; the findings themselves do not depend on it.
            return None
        return objects[0] if objects else None


def _length(file: GoFile | None) -> int:
    return 0 if file is None else len(file.text)


def map_file(path: str) -> mmap.mmap:
    """A file's bytes without reading them all. Raises OSError, ValueError when empty."""
    with Path(path).open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _package_of_type(name: str) -> str | None:
    head = name.split("[", 1)[0]
    slash = head.rfind("/")
    dot = head.find(".", slash + 1)
    if dot < 0 or " " in head:
        return None
    return unquote(head[:dot])
