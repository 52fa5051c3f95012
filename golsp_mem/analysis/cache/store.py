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

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from attrs import define, field

from golsp_mem.analysis.cache import sealed
from golsp_mem.analysis.cache.digests import Digests, program
from golsp_mem.analysis.cache.entries import Entries
from golsp_mem.config import Settings
from golsp_mem.model import GoVersion, PackageAnalysis
from golsp_mem.toolchain.go_list import ListedPackage


def default_directory() -> Path | None:
    """The user's cache directory for golsp-mem; None where there is no home."""
    place = sealed.directory()
    return None if place is None else Path(place)


@define(slots=False)
class Store:
    """Entries below one directory; None keeps nothing. Failing writes are no failure."""

    directory: Path | None
    # Asked for when a key is made: reading this program takes as long as reading some packages.
    _known_program: str | None = field(default=None)

    @property
    def this_program(self) -> str:
        """A digest of it (`program`)."""
        if self._known_program is None:
            self._known_program = program()
        return self._known_program

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

        add(self.this_program, go.version, go.goos, go.goarch, go.goroot, directory)
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
        raw = self._entries.load(key)
        if raw is None:
            return None
        try:
            if any(digests.of(path) != digest for path, digest in raw["consulted"]):
                return None
            # Who has kept nothing, or has it as text, loads no model.
            from golsp_mem.analysis.cache import codec  # noqa: PLC0415

            return codec.package_from(raw["package"])
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
                ValueError):  # fmt: skip
            return None

    def save(
        self, key: str, package: PackageAnalysis, consulted: Iterable[str], digests: Digests
    ) -> None:
        """Keep an analysis, unless a file that it was made from was written meanwhile."""
        if self.directory is None:
            return
        sources = [(source, digests.of(source)) for source in sorted(consulted)]
        if not all(map(digests.unchanged, [*package.files, *consulted])):
            return
        from golsp_mem.analysis.cache import codec  # noqa: PLC0415

        entry = {"consulted": sources, "package": codec.package_to(package)}
        self._entries.save(key, entry)

    @cached_property
    def _entries(self) -> Entries:
        assert self.directory is not None
        return Entries(self.directory / "packages")
