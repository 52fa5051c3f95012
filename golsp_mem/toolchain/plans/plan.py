"""Build plans: what the go command said of a package, kept for the next compile of it.

After an edit the go command loads and hashes for longer than the compiler compiles. A plan
remembers what that finds out (files, import map, archives of dependencies, flags), so that
`toolchain.compile` can call the compiler directly. It holds only as long as nothing changed that
the go command would look at, but for the bodies of the package's own Go files: `Guard` knows. A
plan that is not surely valid is not used.

What is watched: the names in the package's directory and the headers (`source.header`) of its Go
files; size and times of every file of each dependency outside the module cache and GOROOT;
go.mod, go.sum, go.work and vendor/modules.txt of every module involved, also those that are not
there; embedded files, and what else `//go:embed` could mean; go's own configuration and programs;
that the archives still exist.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import time
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from attrs import evolve, field, frozen

from golsp_mem.files import MOST_SOURCE_BYTES, read_regular
from golsp_mem.source.parts.header import Header, header_of
from golsp_mem.toolchain import pgo
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.plans.embedding import embeddable
from golsp_mem.toolchain.recipe import Embed
from golsp_mem.toolchain.trimmed import TrimmedNames, flags_in

# Size and time of change (ns) of a file, and that of its inode, which no program can set back.
Stamp = tuple[int, int, int]

_SOURCES = (
    ".go", ".s", ".S", ".sx", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx",
    ".f", ".F", ".for", ".f90", ".swig", ".swigcxx", ".syso", ".mod", ".pgo",
)  # fmt: skip
# Flags of GOFLAGS that change nothing of how one package is compiled, or that `Toolchain` knows.
_HARMLESS = frozenset(
    {
        "mod", "tags", "trimpath", "buildvcs", "v", "p", "modcacherw", "ldflags", "count", "short",
        "timeout", "parallel", "run", "failfast", "vet", "x", "work",
    }
)  # fmt: skip
# A file system's clock may be this much behind (its tick), so a file younger than a question minus
# this may be another than the one that was read.
_TICK_NS = 20_000_000


_HIDDEN = frozenset({"internal", "vendor"})


@frozen(eq=False)
class Plan:
    """How one package and its test variants are compiled: what ``go list -export -deps`` said.

    ``listed`` are those and all that they depend on, and whatever else was listed with them.
    """

    package: str
    listed: tuple[ListedPackage, ...] = field(repr=False)

    @cached_property
    def variants(self) -> tuple[ListedPackage, ...]:
        """``p``, ``p [p.test]``, ``p_test [p.test]``, as far as they were listed; without the
        generated main of the test program."""
        return tuple(
            one
            for one in self.listed
            if one.recipe is not None
            and self.package in (one.import_path, one.for_test)
            and not (one.name == "main" and one.import_path.endswith(".test"))
        )

    @property
    def plain(self) -> ListedPackage | None:
        """The package without its tests; None where it is not listed."""
        return next((one for one in self.variants if one.for_test is None), None)

    @property
    def tests(self) -> tuple[ListedPackage, ...]:
        """The test variants that have files; what is tested from outside comes before its tests."""
        found = (one for one in self.variants if one.for_test is not None and one.compiled)
        return tuple(sorted(found, key=lambda one: not one.is_variant_of_itself))

    def together(self, *, tests: bool) -> tuple[ListedPackage, ...]:
        """The fewest variants that hold every file, with ``tests`` the tests' too."""
        if not tests:
            return tuple(one for one in self.variants if one.for_test is None)
        replaced = {one.for_test for one in self.variants if one.is_variant_of_itself}
        return tuple(one for one in self.variants if one.import_path not in replaced)

    def variants_with(self, files: Iterable[str]) -> tuple[ListedPackage, ...]:
        """The fewest variants that hold these files (absolute): the plain package where it does."""
        wanted = set(files)
        found: list[ListedPackage] = []
        for one in self.variants:
            held = wanted.intersection(one.compiled)
            if held:
                found.append(one)
                wanted -= held
        return tuple(found)

    def exports_for(self, variant: ListedPackage) -> dict[str, str]:
        """Archives by import path, as a compile of the variant sees them."""
        suffix = f"[{variant.for_test}.test]" if variant.for_test else None
        exports: dict[str, str] = {}
        special: dict[str, str] = {}
        for one in self.listed:
            if not one.export:
                continue
            path, _, marked = one.import_path.partition(" ")
            if not marked:
                exports[path] = one.export
            elif marked == suffix:
                special[path] = one.export
        return exports | special

    @cached_property
    def importable(self) -> frozenset[str]:
        """Packages of the standard library that a file may import without another build."""
        return frozenset(
            one.import_path
            for one in self.listed
            if one.standard and one.export and not _HIDDEN.intersection(one.import_path.split("/"))
        ) | {"unsafe"}

    def embedded(self, variant: ListedPackage) -> Embed:
        """What a variant embeds."""
        plain = next((one.recipe for one in self.variants if one.for_test is None), None)
        if plain is None or variant.for_test is None:
            return variant.recipe.embed if variant.recipe else Embed()
        if variant.is_variant_of_itself:
            return plain.embed + plain.test_embed
        return plain.external_test_embed

    @cached_property
    def trimmed(self) -> TrimmedNames:
        """Reads the file names of what was compiled with -trimpath."""
        return TrimmedNames.of(self.listed)

    def tested_by(self, variant: ListedPackage) -> ListedPackage | None:
        """The package that external tests import, in the form that they import it."""
        if variant.for_test is None or variant.is_variant_of_itself:
            return None
        plain = None
        for one in self.variants:
            if one.is_variant_of_itself and one.for_test == variant.for_test:
                return one
            if one.import_path == variant.for_test:
                plain = one
        return plain

    def recompiles_dependencies(self, variant: ListedPackage) -> bool:
        """Whether dependencies were compiled anew for the external tests, because they import what
        is tested: then an edit of that changes more archives than its own."""
        mark = f"[{variant.for_test}.test]"
        return any(
            one.import_path.endswith(mark) and one not in self.variants for one in self.listed
        )


def are_alike(one: Sequence[ListedPackage], other: Sequence[ListedPackage]) -> bool:
    """Whether two answers of the go command differ at most in the archives of the packages that
    were listed for themselves."""

    def rest(listed: Sequence[ListedPackage]) -> list[ListedPackage]:
        return [p if p.dep_only else evolve(p, export=None, build_id=None) for p in listed]

    return len(one) == len(other) and rest(one) == rest(other)


def is_plannable(
    toolchain: Toolchain, listed: Sequence[ListedPackage], policy: str | None = None
) -> bool:
    """Whether a compile by hand would be the go command's: not with flags that change compiled
    code, and not where a profile (PGO) is compiled in, by the ``policy`` for it."""
    if not toolchain.variables.get("GOTOOLDIR"):
        return False
    if policy not in (None, pgo.AUTO, pgo.OFF):
        return False
    for flag in flags_in(toolchain.variables.get("GOFLAGS", "")):
        if flag.lstrip("-").partition("=")[0] not in _HARMLESS:
            return False
    for one in listed:
        if one.dep_only:
            continue
        if not one.for_test and "[" in one.import_path:
            return False
        if one.recipe is not None and one.recipe.uses_swig:
            return False
        profiled = policy != pgo.OFF and one.name == "main"
        if profiled and (Path(one.directory) / "default.pgo").exists():
            return False
    return True


@frozen
class OwnFile:
    """A Go file of the package as it was when the go command read it."""

    stamp: Stamp
    digest: bytes
    header: Header | None

    @classmethod
    def of(cls, stamp: Stamp, text: bytes) -> OwnFile:
        return cls(stamp, _digest(text), header_of(text))


@frozen
class Snapshot:
    """A directory before the go command was asked: its Go files, the names of the others."""

    taken_ns: int
    files: Mapping[str, OwnFile]
    others: Mapping[str, Stamp]

    @classmethod
    def of(cls, directory: str) -> Snapshot | None:
        """None where a file cannot be read, or all of them are larger than one may be: whatever
        lies there was put there by somebody else, and a plan only saves time."""
        taken = time.time_ns()
        left = MOST_SOURCE_BYTES
        files: dict[str, OwnFile] = {}
        others: dict[str, Stamp] = {}
        for name, stamp in _names(directory).items():
            if not name.endswith(".go"):
                others[name] = stamp
                continue
            try:
                text = read_regular(Path(directory, name), left)
            except OSError:
                return None
            left -= len(text)
            files[name] = OwnFile.of(stamp, text)
        return cls(taken, files, others)

    def is_like(self, other: Snapshot) -> bool:
        """Whether both are of the same texts and other files."""
        own, others = ({name: one.digest for name, one in seen.files.items()}
                       for seen in (self, other))  # fmt: skip
        return own == others and self.others == other.others


@frozen(eq=False)
class Guard:
    """Whether a plan still holds. Made right after the go command answered. ``directories`` are
    those of dependencies, with a digest of what `_names` said."""

    directory: str
    own: Snapshot
    directories: Mapping[str, str] = field(repr=False)
    files: Mapping[str, Stamp | None] = field(repr=False)
    archives: tuple[str, ...] = field(repr=False)
    patterns: frozenset[str]
    embeddable: frozenset[str] = field(repr=False)

    @classmethod
    def of(
        cls, before: Snapshot, directory: str, toolchain: Toolchain, listed: Sequence[ListedPackage]
    ) -> Guard | None:
        """None where something was written while the go command ran: who knows what it saw.

        ``before`` was taken of the directory just before it was asked.
        """
        after = Snapshot.of(directory)
        if after is None or after.files != before.files or after.others != before.others:
            return None
        cache = toolchain.variables.get("GOMODCACHE") or "\0"
        goroot = toolchain.version.goroot
        watched: dict[str, str] = {}
        stamps: list[Stamp] = []
        for one in listed:
            place = one.directory
            if place in watched or not place or place == directory:
                continue
            if not one.standard and not _below(place, cache) and not _below(place, goroot):
                names = _names(place, tests=False)
                watched[place] = _digest_of(names)
                stamps += names.values()
        files = {name: _stamp(name) for name in _special(directory, toolchain, listed, cache)}
        stamps += [stamp for stamp in files.values() if stamp is not None]
        limit = before.taken_ns - _TICK_NS
        if any(max(stamp[1:]) >= limit for stamp in stamps):
            return None
        archives = tuple(one.export for one in listed if one.export)
        patterns = frozenset(name for one in _embeds(listed) for name in one.patterns)
        found = embeddable(directory, patterns)
        if found is None:
            return None
        return cls(directory, before, watched, files, archives, patterns, found)

    def edited(
        self, importable: Container[str], overlay: Mapping[Path, bytes] | None = None
    ) -> frozenset[str] | None:
        """The package's Go files (absolute) whose texts are others than the go command saw;
        None when the plan no longer holds. ``importable`` are the plan's, ``overlay`` texts that
        stand for files' own."""
        if _names_and_others(self.directory, self.own) is None:
            return None
        edited: set[str] = set()
        texts = {str(path): text for path, text in (overlay or {}).items()}
        for name, known in self.own.files.items():
            path = os.path.join(self.directory, name)  # noqa: PTH118 - hot path
            text = texts.pop(path, None)
            if text is None:
                if _stamp(path) == known.stamp:
                    continue
                try:
                    text = read_regular(path)
                except OSError:
                    return None
            if _digest(text) != known.digest:
                header = header_of(text)
                if header is None or known.header is None:
                    return None
                if not header.fits(known.header, importable):
                    return None
                edited.add(path)
        # A text for a file of another package, or for one that is not there.
        return None if texts or not self._surroundings_hold() else frozenset(edited)

    def stamps_of(self, files: Iterable[str]) -> tuple[tuple[str, Stamp | None], ...]:
        """Size and times of files now."""
        return tuple((file, _stamp(file)) for file in files)

    def stamps(self, *, tests: bool) -> tuple[tuple[str, Stamp | None], ...]:
        """Size and times of the package's Go files now, those of ``_test.go`` with ``tests``."""
        return tuple(
            (name, _stamp(os.path.join(self.directory, name)))  # noqa: PTH118 - hot path
            for name in sorted(self.own.files)
            if tests or not name.endswith("_test.go")
        )

    def _surroundings_hold(self) -> bool:
        return (
            all(_stamp(name) == stamp for name, stamp in self.files.items())
            and all(
                _digest_of(_names(place, tests=False)) == was
                for place, was in self.directories.items()
            )
            and all(map(os.path.exists, self.archives))
            and embeddable(self.directory, self.patterns) == self.embeddable
        )


def _names_and_others(directory: str, own: Snapshot) -> Mapping[str, Stamp] | None:
    found = _names(directory)
    if found.keys() != own.files.keys() | own.others.keys():
        return None
    return found if all(found[name] == stamp for name, stamp in own.others.items()) else None


def _special(
    directory: str, toolchain: Toolchain, listed: Sequence[ListedPackage], cache: str
) -> set[str]:
    """Files outside the packages' directories that decide what is built."""
    tools = Path(toolchain.variables.get("GOTOOLDIR", ""))
    found = {*toolchain.decided_by}
    found |= {str(tools / name) for name in ("compile", "asm", "compile.exe", "asm.exe")}
    roots = {one.go_mod for one in listed if one.go_mod and not _below(one.go_mod, cache)}
    modules = {str(Path(root).parent) for root in roots}
    for place in (Path(directory), *Path(directory).parents):
        found |= {str(place / "go.mod"), str(place / "go.work")}
        if str(place / "go.mod") in roots:
            modules.add(str(place))
        if (place / "go.work").exists():
            modules.add(str(place))
    for module in modules:
        for name in ("go.mod", "go.sum", "go.work", "go.work.sum", "vendor/modules.txt"):
            found.add(os.path.join(module, *name.split("/")))  # noqa: PTH118
    for one in listed:
        if not one.dep_only and one.recipe is not None:
            found.update(
                str(Path(one.directory) / name) for every in _embeds([one]) for name in every.files
            )
    return found


def _embeds(listed: Iterable[ListedPackage]) -> Iterator[Embed]:
    """What the packages embed that are no dependencies."""
    for one in listed:
        if not one.dep_only and one.recipe is not None:
            yield one.recipe.embed + one.recipe.test_embed + one.recipe.external_test_embed


def _names(directory: str, *, tests: bool = True) -> dict[str, Stamp]:
    """What the go command could take for a part of a package, with stamps."""
    found: dict[str, Stamp] = {}
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                name = entry.name
                if name[0] in "._" or not name.endswith(_SOURCES):
                    continue
                if not tests and name.endswith("_test.go"):
                    continue
                status = entry.stat()
                found[name] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    except OSError:
        return {}
    return found


def _digest_of(names: Mapping[str, Stamp]) -> str:
    # Of hundreds of packages each remembers all that it imports: 23 MB of names with 219 of them.
    # Version 2 writes equal values as equal bytes.
    return _digest(marshal.dumps(sorted(names.items()), 2)).hex()


def _stamp(path: str) -> Stamp | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - hundreds of files a save
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=16).digest()


def _below(path: str, directory: str) -> bool:
    return path.startswith(directory + os.sep)
