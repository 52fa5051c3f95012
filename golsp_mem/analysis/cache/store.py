"""Analyses of packages kept between runs, so that a warm run reads no object file again.

An entry's key holds everything that an analysis depends on and that the go command tells: the
archives' build IDs (the hash of all that went into the compile, and that of what came out), the
compiler's text, the contents of the package's own files, the settings, the Go release, this
program. What an analysis looked up besides (sources of inlined functions) is listed in the entry
and compared when it is read. No time stamp is in it and no place in a build cache: entries hold
for a fresh checkout and on another machine, as long as the absolute paths that are in an
analysis are the same there. Entries are JSON rows, behind a digest of them and of their key:
nothing in them is ever run, and one that was changed, cut off or renamed is no entry and is written
anew. The digest tells damage, not malice: who can write here can write what golsp-mem says.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import define, field

from golsp_mem.analysis.cache import codec
from golsp_mem.analysis.cache.digests import Digests, program
from golsp_mem.config import Settings
from golsp_mem.files import read_regular
from golsp_mem.model import GoVersion, PackageAnalysis
from golsp_mem.toolchain.go_list import ListedPackage

_KEPT_SECONDS = 30 * 24 * 3600.0
# The largest entries, of packages with 10 000 findings, have some 10 MB.
_MOST_BYTES = 128 << 20
_DIGITS = 32
_ROOM = re.compile("[0-9a-f]{2}")


def default_directory() -> Path | None:
    """The user's cache directory for golsp-mem; None where there is no home."""
    configured = os.environ.get("GOLSP_MEM_CACHE")
    if configured is not None:
        return None if configured == "off" else Path(configured)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "golsp-mem"


@define
class Store:
    """Entries below one directory; None keeps nothing. Failing writes are no failure."""

    directory: Path | None
    _wrote: bool = field(default=False)
    _program: str = field(factory=program)

    def key(
        self,
        variants: Sequence[ListedPackage],
        lines: Iterable[str],
        go: GoVersion,
        settings: Settings,
        directory: Path,
        digests: Digests,
        *,
        apart: bool = False,
    ) -> str:
        """The name of the entry for a package as it was just compiled.

        ``digests`` are those of this run: files are what they were when it first looked. ``apart``
        tells the two ways to join test variants from each other.
        """
        if self.directory is None:
            return ""
        digest = hashlib.sha256()

        def add(*parts: object) -> None:
            digest.update("\0".join(map(str, parts)).encode("utf-8", "surrogateescape"))
            digest.update(b"\1")

        add(self._program, go.version, go.goos, go.goarch, go.goroot, directory)
        add(settings.large_frame_bytes, apart)
        for package in variants:
            build_id = package.build_id or (package.export and digests.of(package.export))
            add(package.import_path, build_id, package.error, package.for_test)
            for path in package.files:
                add(path, digests.of(path))
        for line in lines:
            digest.update(line.encode("utf-8", "surrogateescape") + b"\n")
        return digest.hexdigest()

    def load(self, key: str, digests: Digests) -> PackageAnalysis | None:
        if self.directory is None:
            return None
        try:
            raw = json.loads(_payload(read_regular(self._path(key), _MOST_BYTES), key))
            if any(digests.of(path) != digest for path, digest in raw["consulted"]):
                return None
            return codec.package_from(raw["package"])
        except (OSError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
                ValueError):  # fmt: skip
            return None

    def save(
        self, key: str, package: PackageAnalysis, consulted: Iterable[str], digests: Digests
    ) -> None:
        """Keep an analysis, unless a file that it was made from was written meanwhile."""
        if self.directory is None:
            return
        path = self._path(key)
        sources = [(source, digests.of(source)) for source in sorted(consulted)]
        if not all(map(digests.unchanged, [*package.files, *consulted])):
            return
        entry = {"consulted": sources, "package": codec.package_to(package)}
        text = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode("ascii")
        if len(text) > _MOST_BYTES - _DIGITS:
            return
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_digest(text, key) + text)
                if path.is_dir() and not path.is_symlink():
                    # No file takes the place of a directory.
                    shutil.rmtree(path, ignore_errors=True)
                Path(scratch).replace(path)
            except OSError:
                Path(scratch).unlink(missing_ok=True)
        if not self._wrote:
            self._wrote = True
            self._prune()

    def _path(self, key: str) -> Path:
        assert self.directory is not None
        return self.directory / "packages" / key[:2] / f"{key[2:]}.json"

    def _prune(self) -> None:
        assert self.directory is not None
        oldest = time.time() - _KEPT_SECONDS
        for room in (self.directory / "packages").glob("*"):
            # A cache that somebody else packed may hold links to where it has no business.
            if room.is_symlink() or not _ROOM.fullmatch(room.name):
                continue
            for path in room.glob("*"):
                with contextlib.suppress(OSError):
                    if path.lstat().st_mtime < oldest and not path.is_dir():
                        path.unlink()


def _digest(payload: bytes, key: str) -> bytes:
    digest = hashlib.blake2b(payload, digest_size=_DIGITS // 2, key=key.encode("ascii")[:64])
    return digest.hexdigest().encode("ascii")


def _payload(entry: bytes, key: str) -> bytes:
    """What stands behind the digest. Raises ValueError where that is another's."""
    payload = entry[_DIGITS:]
    if entry[:_DIGITS] != _digest(payload, key):
        raise ValueError("not what was written")
    return payload
