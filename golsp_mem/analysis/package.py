"""One package: its archives and its compiler's text -> findings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from golsp_mem.analysis.again import Sources
from golsp_mem.analysis.build_errors import build_errors
from golsp_mem.analysis.calls.places import Followed, Places, hot_lines
from golsp_mem.analysis.compiled import CompiledPackage, FileNames, add_objects, built_files
from golsp_mem.analysis.compiler_text import parse_text
from golsp_mem.analysis.dependencies import Dependencies, KnownTexts, SourceCache, map_file
from golsp_mem.analysis.execution.local import with_executions
from golsp_mem.analysis.heap.callers import inlined_here, instantiates, uncompiled
from golsp_mem.analysis.heap.findings import heap_findings
from golsp_mem.analysis.heap.identity import numbered
from golsp_mem.analysis.heap.trail import Trail
from golsp_mem.analysis.known import Known, KnownVariant
from golsp_mem.analysis.leaks import with_leaks
from golsp_mem.analysis.lifetime.imported import KnownOwners
from golsp_mem.analysis.lifetime.needed import may_use_imported, needs_liveness
from golsp_mem.analysis.moved import lines_moved, moved
from golsp_mem.analysis.stack.callgraph import CallGraph
from golsp_mem.analysis.stack.context import StackContext
from golsp_mem.analysis.stack.findings import stack_findings
from golsp_mem.analysis.stack.limits import limit_of
from golsp_mem.analysis.stack.reached.asked import read_askers
from golsp_mem.analysis.stack.reached.maybe import KnownCalls
from golsp_mem.compiler.facts import minor_of
from golsp_mem.compiler.objects.archive import read_archive
from golsp_mem.compiler.stackfacts import stack_platform
from golsp_mem.config import Settings
from golsp_mem.decisions import listened_to
from golsp_mem.errors import ArchiveError
from golsp_mem.files import read_regular
from golsp_mem.model import (
    BuildError,
    Called,
    Finding,
    GoVersion,
    PackageAnalysis,
    PackageStatus,
)
from golsp_mem.source.directives import may_have_directives, may_promise, promised_lines
from golsp_mem.source.parts.generated import is_generated
from golsp_mem.source.parts.line_comments import gives_other_places
from golsp_mem.source.syntax import GoFile
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.replayed import names_in
from golsp_mem.toolchain.trimmed import TrimmedNames

if TYPE_CHECKING:
    from golsp_mem.analysis.calls.facts import Chains
    from golsp_mem.analysis.calls.kept import FoundCalls
    from golsp_mem.analysis.calls.summaries import KeptSummaries
    from golsp_mem.analysis.lifetime.reading.raw.foreign import ForeignPackage


class _EnoughError(Exception):
    """Nobody wants to know any more."""


class PackageReader:
    """Reads the packages of one run. ``directory`` is where the go command ran.

    ``listed`` is all that the run compiled, dependencies too, ``trimpath`` whether that was done
    with -trimpath. ``known`` is what an earlier reader of the same ``listed`` left; ``kept`` the
    directory where summaries of functions are kept (`Summaries`), ``summaries`` those of them that
    were read already. ``as_it_stands``: the code was compiled with no ``//line`` comments but
    those that cgo writes. ``trail`` is told what became of each allocating call.
    """

    def __init__(
        self,
        go: GoVersion,
        settings: Settings,
        directory: Path,
        builtins: Sequence[str],
        listed: Sequence[ListedPackage],
        overlay: Mapping[Path, bytes],
        *,
        tests: bool,
        trimpath: bool,
        kept: Path | None = None,
        known: Known | None = None,
        summaries: dict[str, KeptSummaries] | None = None,
        trail: Trail | None = None,
        as_it_stands: bool = False,
    ) -> None:
        self._go = go
        self._as_it_stands = as_it_stands
        self._trail = trail
        self._kept = kept
        self._summaries = {} if summaries is None else summaries
        self._settings = settings
        self._directory = directory
        self._builtins = builtins
        self._listed = listed
        self._tests = tests
        self._modules = [
            p.import_path for p in listed if not p.standard and " " not in p.import_path
        ]
        named = frozenset(path for package in listed for path in package.files)
        self._imported = frozenset(p for one in listed if one.dep_only for p in one.files)
        self._sources = SourceCache(overlay, opened=named, known=known.files if known else None)
        self._dependencies = known.dependencies if known else {}
        # Of what the run reads itself the texts may be others the next time.
        self._own_owners = KnownOwners()
        self._owners_elsewhere = known.owners if known else self._own_owners
        self._known = known
        # Main packages with a profile (default.pgo) have dependencies compiled for them alone.
        self._profiled = frozenset(
            p.import_path.partition(" [")[2].rstrip("]") for p in listed if not p.for_test
        )
        trimmed = TrimmedNames.of(listed)
        self._names = FileNames(go.goroot, trimmed)
        self._trimmed = trimmed if trimpath else None
        self._programs: dict[tuple[str, ...], Chains] = {}

    def take_consulted(self) -> set[str]:
        """The source files that were looked at since the last call."""
        taken, self._sources.consulted = self._sources.consulted, set()
        return taken

    def forget_files(self) -> None:
        """Let go of the syntax that was read: the next package has other files."""
        self._sources.forget(self._imported)
        self._own_owners.forget_trees()

    def source(self, path: str) -> GoFile | None:
        """The syntax of a file; None when it cannot be read."""
        return self._sources(path)

    def numbered(self, findings: Iterable[Finding]) -> list[Finding]:
        """Findings in report order with fingerprints."""
        return numbered(findings)

    def printed_names(self, files: Sequence[str]) -> Callable[[str], str]:
        """File names in the compiler's text of a package with these files -> absolute paths."""
        return names_in(self._directory, files, self._trimmed)

    def lifetime_files(
        self, files: Sequence[str]
    ) -> tuple[list[GoFile], Mapping[str, ForeignPackage]]:
        """The package's files, parsed, if they give cause to ask about lifetimes, and the imported
        packages that have owners, by import path."""
        if not self.gives_cause(files):
            return [], {}
        parsed = [one for path in files if (one := self._sources(path)) is not None]
        return parsed, self._owners(parsed)

    def gives_cause(self, files: Sequence[str]) -> bool:
        """Whether the text of one of the files lets a lifetime end too early."""
        if self.files_that(needs_liveness, files):
            return True
        if not self.files_that(may_use_imported, files):
            return False
        return bool(self._owners([one for path in files if (one := self._sources(path))]))

    def _text(self, path: str) -> bytes | None:
        with contextlib.suppress(OSError):
            overlaid = self._sources.overlay.get(Path(path))
            return read_regular(Path(path)) if overlaid is None else overlaid
        return None

    def _owners(self, files: Sequence[GoFile]) -> dict[str, ForeignPackage]:
        """The imported packages that have owners, the standard library's apart: those are known."""
        paths = {one.path for file in files for one in file.imports}
        found: dict[str, ForeignPackage] = {}
        for package in self._listed:
            if package.standard or package.import_path not in paths or package.for_test:
                continue
            known = self._owners_elsewhere if package.dep_only else self._own_owners
            read = known.of(package.import_path, package.files, self._text)
            self._sources.consulted.update(read.files)
            if read.found is not None:
                found[package.import_path] = read.found
        return found

    def read(
        self, import_path: str, variants: Sequence[ListedPackage], lines: Iterable[str]
    ) -> PackageAnalysis:
        """A package with its test variants; findings are in no order and have no fingerprints.

        ``lines`` are the compiler's.
        """
        plain = tested = self._needs(*([import_path] if import_path in self._profiled else ()))
        if self._tests:
            tested = self._needs(import_path, f"{import_path}.test")
        files = tuple(dict.fromkeys(path for package in variants for path in package.files))
        # Of several that are read as one nothing is kept.
        known = None
        if self._known is not None and len(variants) == 1:
            known = self._known.variants[variants[0].import_path]
        text = parse_text(lines, self.printed_names(files), known.messages if known else None)
        compiled = CompiledPackage(
            import_path=import_path,
            directory=variants[0].directory,
            own_files=frozenset(built_files(files, tests=any(one.for_test for one in variants))),
            messages=text.messages,
            unparsed=text.unparsed,
            language_minor=self._language_of(variants[0]),
        )
        errors = self._add_objects(compiled, variants, plain, tested, known)
        findings = self._findings(compiled, self._sources, known)
        if known is not None:
            known.drop_unused()
            known.last = compiled
            own = [path for path in files if path in compiled.own_files]
            known.texts = {path: file.text for path in own if (file := self._sources(path))}
        return PackageAnalysis(
            import_path=import_path,
            directory=compiled.directory,
            status=PackageStatus.FAILED if errors else PackageStatus.OK,
            files=files,
            findings=tuple(findings),
            functions=tuple(with_leaks(compiled, self._sources, known)),
            errors=tuple(dict.fromkeys(errors)),
            unparsed=compiled.unparsed,
            marked=self.files_that(may_have_directives, files),
            generated=self.files_that(is_generated, files),
            elsewhere=self._elsewhere(variants, files),
            inlined=tuple(inlined_here(compiled, self._modules)),
            uncompiled=() if errors else uncompiled(compiled, self.files_that, self._sources),
            instantiates=instantiates(compiled, self._modules),
        )

    def _add_objects(
        self,
        compiled: CompiledPackage,
        variants: Sequence[ListedPackage],
        plain: Dependencies,
        tested: Dependencies,
        known: KnownVariant | None,
    ) -> list[BuildError]:
        """Read the archives of the variants, which need what ``plain`` or ``tested`` holds; what
        does not build or cannot be read is told."""
        errors: list[BuildError] = []
        # `p [p.test]` holds all of p and p's tests: reading p too would only say it twice.
        superseded = {p.for_test for p in variants if p.export and p.is_variant_of_itself}
        for package in variants:
            if package.error is not None:
                errors += build_errors(package.error, self._directory)
            if package.export is None or package.import_path in superseded:
                continue
            needs = tested if package.for_test else plain
            try:
                # Nobody else holds the objects: what was decoded of them goes at once.
                add_objects(
                    compiled, package.import_path,
                    read_archive(map_file(package.export), self._builtins, needs.function_name),
                    self._names, needs.type_facts, known.functions if known else None,
                )  # fmt: skip
            except (OSError, ValueError, IndexError) as error:
                # IndexError: a damaged one has calls outside of its code.
                errors.append(BuildError(f"{package.export}: {error}"))
            except ArchiveError as error:
                errors.append(BuildError(f"{package.import_path}: {error}"))
        return errors

    def rehearse(self, variant: ListedPackage, enough: Callable[[], bool]) -> None:
        """Find out what the source says of a variant that is being compiled, as if its texts were
        those of the last reading with some lines moved; until somebody has ``enough``."""
        known = self._known.variants.get(variant.import_path) if self._known else None
        if known is None or known.last is None or listened_to():
            return

        def sources(path: str) -> GoFile | None:
            if enough():
                raise _EnoughError
            return self._sources(path)

        with contextlib.suppress(_EnoughError):
            lines = {}
            for path, old in known.texts.items():
                new = self._sources.text(path)
                if new is not None and new != old and (here := lines_moved(old, new)) is not None:
                    lines[path] = here
            self._findings(moved(known.last, lines), sources, known)

    def _findings(
        self, compiled: CompiledPackage, sources: Sources, known: KnownVariant | None
    ) -> list[Finding]:
        lines = known.lines if known else None
        heap = heap_findings(compiled, sources, self._go, self._trail, lines)
        every = (*heap, *self._stack(compiled, heap, sources, known.calls if known else None))
        return with_executions(compiled, every, sources, known.executions if known else None)

    def _language_of(self, package: ListedPackage) -> int | None:
        if package.standard:
            return minor_of(self._go.version)
        language = package.recipe.language if package.recipe is not None else None
        return minor_of(language) if language is not None else None

    def calls(
        self,
        package: PackageAnalysis,
        variants: Sequence[ListedPackage],
        checked: Container[str],
        followed: Followed,
    ) -> FoundCalls:
        """The package's calls and what they allocate, as far as they are ``followed``. ``checked``
        are the packages of the run."""
        from golsp_mem.analysis.calls.kept import FoundCalls  # noqa: PLC0415
        from golsp_mem.analysis.calls.placing import Placing  # noqa: PLC0415
        from golsp_mem.analysis.calls.reading import package_calls  # noqa: PLC0415

        whole, placing = self._whole(package, followed), None
        places = Places(whole)
        if followed is not Followed.PROMISED:
            files = self._read_files(package)
            placing = Placing(package, files)
            if followed is Followed.HOT:
                places = Places(whole, hot_lines(package, files), placing.is_cold)
        if not (places.whole or places.hot):
            return FoundCalls(())
        found: list[Called] = []
        troubles: list[str] = []
        needs: set[str] = set()
        superseded = {p.for_test for p in variants if p.export and p.is_variant_of_itself}
        for variant in variants:
            if variant.export is None or variant.import_path in superseded:
                continue
            read_calls = package_calls(
                self._chains(package.import_path, variant), variant, package, places, checked,
                self._names.resolve, self._sources,
            )  # fmt: skip
            found += read_calls.calls
            troubles += read_calls.unread
            needs |= read_calls.needs
        if placing is not None:
            found = placing.placed(found)
        return FoundCalls(tuple(dict.fromkeys(found)), tuple(troubles), frozenset(needs))

    def _whole(
        self, package: PackageAnalysis, followed: Followed
    ) -> dict[str, frozenset[int] | None]:
        """The lines on which whatever is called is followed, by file; None: on all of them."""
        if followed is Followed.ALL:
            return dict.fromkeys(package.files)
        promising = self.files_that(may_promise, package.marked)
        files = ((path, self._sources(path)) for path in promising)
        return {path: promised_lines(file) for path, file in files if file}

    def _read_files(self, package: PackageAnalysis) -> dict[str, GoFile]:
        return {path: file for path in package.files if (file := self._sources(path))}

    def _chains(self, import_path: str, variant: ListedPackage) -> Chains:
        """What the functions of one variant and of all that it is linked with allocate."""
        from golsp_mem.analysis.calls.reading import chains_of  # noqa: PLC0415

        names = [import_path] if import_path in self._profiled else []
        if variant.for_test:
            names = [import_path, f"{import_path}.test"]
        path = variant.import_path.partition(" ")[0]
        own = next((one for one in self._listed if one.import_path == variant.import_path), None)
        # What was compiled beside the run (a save) is a program of its own.
        apart = "" if own is not None and own.export == variant.export else variant.export or ""
        key = (apart, *names)
        if key not in self._programs:
            listed = variants_of(self._listed, *names)
            known = self._known.bodies_of(path, *names) if self._known and apart else None
            self._programs[key] = chains_of(
                {**listed, path: variant} if apart else listed,
                self._go, self._builtins, self._shared_summaries(), self._names.resolve, known,
            )  # fmt: skip
        return self._programs[key]

    def _shared_summaries(self) -> KeptSummaries | None:
        from golsp_mem.analysis.calls.summaries import KeptSummaries  # noqa: PLC0415

        if self._kept is None:
            return None
        if str(self._kept) not in self._summaries:
            self._summaries[str(self._kept)] = KeptSummaries(self._kept)
        return self._summaries[str(self._kept)]

    def keep_summaries(self) -> None:
        """Keep on disk what was found out of functions."""
        for chains in self._programs.values():
            chains.through.keep()

    def _needs(self, *variants: str) -> Dependencies:
        """The archives that a compile of these variants sees."""
        known = self._dependencies.get(variants)
        if known is None:
            if variants:
                # Of one package at a time: a run may have hundreds.
                kept = ((), variants[:1])
                for other in [one for one in self._dependencies if one[:1] not in kept]:
                    del self._dependencies[other]
            known = Dependencies(_exports(self._listed, *variants), self._builtins)
            self._dependencies[variants] = known
        return known

    def _elsewhere(
        self, variants: Sequence[ListedPackage], files: Sequence[str]
    ) -> tuple[str, ...]:
        obeyed = not self._as_it_stands or any(one.uses_cgo for one in variants)
        return self.files_that(gives_other_places, files) if obeyed else ()

    def files_that(self, holds: Callable[[bytes], bool], files: Iterable[str]) -> tuple[str, ...]:
        """The files whose text is so."""
        texts = ((path, self._sources.text(path)) for path in files)
        known = self._known.texts if self._known else KnownTexts()
        return tuple(
            path for path, text in texts if text is not None and known.holds(holds, path, text)
        )

    def _stack(
        self,
        compiled: CompiledPackage,
        heap: Sequence[Finding],
        sources: Sources,
        known: KnownCalls | None,
    ) -> list[Finding]:
        platform = stack_platform(self._go.goos, self._go.goarch)
        context = StackContext(
            package=compiled.import_path,
            own_files=compiled.own_files,
            platform=platform,
            go_version=self._go.version,
            large_frame_bytes=self._settings.large_frame_bytes,
            sources=sources,
            limit=limit_of(compiled.compiled, sources, self._names.resolve, platform.pointer_bytes),
            resolve=self._names.resolve,
            known=known or KnownCalls.once(),
            stays=compiled.stays,
            foreign=self._askers,
        )
        return stack_findings(context, compiled.compiled, heap)

    def _askers(self, package: str) -> CallGraph | None:
        export = _exports(self._listed).get(package)
        return read_askers(map_file(export), self._builtins) if export else None


def _exports(listed: Sequence[ListedPackage], *variants: str) -> dict[str, str]:
    """Archives by import path as one compile sees them (`variants_of`)."""
    found = variants_of(listed, *variants)
    return {path: one.export for path, one in found.items() if one.export}


def variants_of(listed: Sequence[ListedPackage], *variants: str) -> dict[str, ListedPackage]:
    """What was built by import path as one compile sees it: ``p [v]`` replaces p, for the later
    variants before the earlier ones."""
    found = {p.import_path: p for p in listed if p.export and "[" not in p.import_path}
    for variant in variants:
        for package in listed:
            path, _, suffix = package.import_path.partition(" ")
            if package.export and suffix == f"[{variant}]":
                found[path] = package
    return found


def with_calls(package: PackageAnalysis, found: FoundCalls) -> PackageAnalysis:
    """The analysis with its calls."""
    return evolve(package, calls=found.calls, calls_unread=found.unread)
