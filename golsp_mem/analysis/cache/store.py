"""Analyses of packages kept between runs, so that a warm run reads no object file again.

An entry's key holds everything that an analysis depends on and that the go command tells: the
archives' build IDs (the hash of all that went into the compile, and that of what came out), the
compiler's text, the contents of the package's own files, the settings, the Go release, this
program. What an analysis looked up besides (sources of inlined functions) is listed in the entry
and compared when it is read. No time stamp is in it and no place in a build cache: entries hold
for a fresh checkout and on another machine, as long as the absolute paths that are in an
analysis are the same there. A wrong or unreadable entry is no entry. Entries are JSON rows:
nothing in them is ever run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import define, field

from golsp_mem.analysis.cache import codec
from golsp_mem.analysis.cache.digests import Digests, program
from golsp_mem.config import Settings
from golsp_mem.model import GoVersion, PackageAnalysis
from golsp_mem.toolchain.go import ListedPackage

_KEPT_SECONDS = 30 * 24 * 3600.0


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
            raw = json.loads(self._path(key).read_bytes())
            if any(digests.of(path) != digest for path, digest in raw["consulted"]):
                return None
            return codec.package_from(raw["package"])
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
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
        text = json.dumps(entry, ensure_ascii=True, separators=(",", ":"))
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "w", encoding="ascii") as file:
                    file.write(text)
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
        for path in self.directory.glob("packages/*/*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()
