"""Digests of files' contents, the same on every machine, each file read once in a run."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable
from pathlib import Path

from attrs import define, field

from golsp_mem import __version__
from golsp_mem.files import Stamp, read_regular, stamp_of

_BYTES = 16
# The rooms that make an analysis; the layers above them (pyproject.toml, importlinter) cannot.
_ROOMS = ("analysis", "compiler", "source", "toolchain")
_PARSERS = ("tree_sitter", "tree_sitter_go")
# Archives are read too; the largest have some 60 MB.
_MOST_BYTES = 512 << 20
_COMPILED = (".so", ".pyd", ".dylib")


@define
class Digests:
    """Hexadecimal digests by absolute path, for one run. A file that cannot be read has ``""``."""

    _known: dict[str, tuple[Stamp | None, str]] = field(factory=dict)

    def of(self, path: str) -> str:
        """The digest of the file as it was when it was first asked for."""
        known = self._known.get(path)
        if known is None:
            # The stamp comes first: a write in between makes it look changed, never unchanged.
            stamp = stamp_of(path)
            known = self._known[path] = (stamp, "" if stamp is None else _digest(path))
        return known[1]

    def unchanged(self, path: str) -> bool:
        """Whether nobody wrote the file since its digest was taken."""
        known = self._known.get(path)
        return known is None or known[0] == stamp_of(path)

    def stamps(self) -> dict[str, Stamp | None]:
        """What each file that was asked for looked like then; None: it could not be read."""
        return {path: stamp for path, (stamp, _) in self._known.items()}


def _digest(path: str) -> str:
    try:
        content = read_regular(path, _MOST_BYTES)
    except OSError:
        return ""
    return hashlib.blake2b(content, digest_size=_BYTES).hexdigest()


def program(root: Path = Path(__file__).parents[2]) -> str:
    """A digest of this program as it is now: a version alone would not tell a changed checkout.

    It holds what can change an analysis: our own rooms up to the analysis, below ``root``, and
    the compiled parser of Go.
    """
    digest = hashlib.blake2b(__version__.encode(), digest_size=_BYTES)
    _add_files(digest, root, root.glob("*.py"))
    for room in _ROOMS:
        _add_files(digest, root, (root / room).rglob("*.py"))
    for name in _PARSERS:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin:
            parser = Path(found.origin).parent
            _add_files(digest, parser.parent, _compiled(parser))
    return digest.hexdigest()


def _compiled(directory: Path) -> Iterable[Path]:
    return (path for path in directory.iterdir() if path.suffix in _COMPILED)


def _add_files(digest: hashlib.blake2b, root: Path, files: Iterable[Path]) -> None:
    for path in sorted(files):
        name = path.relative_to(root).as_posix()
        digest.update(f"{name}\0{_digest(str(path))}\0".encode())
