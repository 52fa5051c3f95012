"""One check: what the go command listed -> store or reading -> Analysis."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from golsp_mem import decisions
from golsp_mem.analysis.cache.digests import Digests
from golsp_mem.analysis.cache.store import Store
from golsp_mem.analysis.callers import copies_by_function, with_copies
from golsp_mem.analysis.calls.places import Followed
from golsp_mem.analysis.compiler_text import CompilerText
from golsp_mem.analysis.reasons import FlowTable
from golsp_mem.analysis.runs.run import InThread, Job, Run
from golsp_mem.analysis.runs.together import read_all
from golsp_mem.config import HeapCalls, Settings
from golsp_mem.model import Analysis, InlinedHere, PackageAnalysis
from golsp_mem.packed import packed, unpacked
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import ListedPackage, Listing
from golsp_mem.toolchain.patterns import Unmatched, nothing_named
from golsp_mem.toolchain.plans.planner import texts_as_they_stand

if TYPE_CHECKING:
    from golsp_mem.analysis.heap.trail import Trail
    from golsp_mem.analysis.known import Known


Each = Callable[[Analysis], Awaitable[None]]


@frozen(eq=False)
class Asked:
    """What a check is to do, as `Engine.check` has it. ``standing`` are texts that differ from
    files (or from their overlay) in ``//line`` comments, which are not obeyed. ``each`` gets what
    is in one directory after the other; then nothing is told of them together."""

    patterns: Sequence[str]
    tests: bool
    reasons: bool
    overlay: Mapping[Path, bytes]
    apart: bool
    calls: bool
    trail: Trail | None
    standing: Mapping[Path, bytes] = field(factory=dict)
    each: Each | None = None

    @property
    def is_aside(self) -> bool:
        """Whether nothing of it is worth keeping: it compiles texts that are not on disk, or is to
        decide anew what is kept."""
        return bool(
            self.overlay or self.reasons or decisions.listened_to() or self.trail is not None
        )


@frozen(eq=False)
class Checking:
    """How an engine checks, with what it has. ``ask`` has the go command compile, with texts in
    place of files; ``read`` is told which package has been read, of how many; ``known`` says what
    saves have left of a package, and shall find."""

    toolchain: Toolchain
    builtins: tuple[str, ...]
    settings: Settings
    directory: Path
    store: Store
    helpers: int | None
    lasts: bool
    in_thread: InThread
    ask: Callable[[Mapping[Path, bytes]], Awaitable[Listing]]
    read: Callable[[str, int, int], None]
    known: Callable[[Sequence[ListedPackage]], Known | None] | None

    async def analysed(
        self, asked: Asked, built: Listing, digests: Digests
    ) -> tuple[Analysis, Sequence[str]]:
        """What is in the packages that the go command listed, and the names that they have in the
        store, "" for what is not there. Raises as `Engine.check`."""
        toolchain = self.toolchain
        text = CompilerText(flows=FlowTable() if asked.reasons else None, apart=asked.apart)
        lines = Unmatched(text.feed)
        started = time.monotonic() - built.seconds
        for line in built.lines:
            lines(line)
        listed = built.packages
        if asked.each is not None:
            built.forget()
        run, found = self._run(asked, listed, text, digests), _Found(asked.each is not None)
        helpers = 0 if asked.is_aside else self.helpers
        begin = partial(_look_for_other_places, asked, toolchain, listed)
        try:
            await read_all(run, found.take, self.read, helpers, begin, lasts=self.lasts)
        except _OtherPlacesError as error:
            again = evolve(asked, standing=error.texts)
            built = await self.ask({**again.overlay, **again.standing})
            return await self.analysed(again, built, digests)

        def analysis(packages: Iterable[PackageAnalysis]) -> Analysis:
            return Analysis(
                go=toolchain.version,
                packages=tuple(packages),
                seconds=time.monotonic() - started,
                warnings=(*toolchain.warnings, *lines.warnings),
                dependencies=_dependencies(listed),
            )

        # Not in the order of dependencies, which depends on what else is named.
        paths = sorted(found.inlined)
        copies = copies_by_function(found.inlined.items())
        alone = asked.apart and asked.each is None

        async def finished(paths: Iterable[str]) -> list[PackageAnalysis]:
            return [
                # Who looks at one package at a time sees the same of it, however many were asked
                # for at once.
                with_copies(
                    await run.with_calls(found.of(path)),
                    copies_by_function([(path, found.inlined[path])]) if alone else copies,
                )
                for path in paths
            ]

        packages: list[PackageAnalysis] = []
        if asked.each is None:
            packages = await finished(paths)
        else:
            for group in _by_directory(run, paths):
                await asked.each(analysis(await finished(group)))
        run.keep_summaries()
        return analysis(packages), ["" if asked.is_aside else run.name_of(path) for path in paths]

    def _run(
        self, asked: Asked, listed: Sequence[ListedPackage], text: CompilerText, digests: Digests
    ) -> Run:
        groups = _by_base(listed, asked.tests, asked.patterns, self.directory)
        job = Job(
            self.toolchain, self.builtins, self.settings, self.directory, listed, groups,
            tests=asked.tests, apart=asked.apart, kept=self.store.directory,
            as_it_stands=bool(asked.standing),
        )  # fmt: skip
        return Run(
            job, text, Store(None) if asked.is_aside else self.store, digests, self.in_thread,
            asked.overlay, self._followed(asked.calls), asked.trail,
            partial(self.known, listed)
            if self.known is not None and not asked.is_aside else None,
        )  # fmt: skip

    def _followed(self, calls: bool) -> Followed:
        if calls or self.settings.asks_for_calls:
            return Followed.ALL
        ranked = self.settings.heap_calls is HeapCalls.RANKED
        return Followed.HOT if ranked else Followed.PROMISED


@define(eq=False)
class _Found:
    """The analyses by import path; ``by_itself``: one at a time is looked at, and the others lie
    by. ``inlined`` is what all of them have of each other."""

    by_itself: bool
    inlined: dict[str, Sequence[InlinedHere]] = field(init=False, factory=dict)
    _whole: dict[str, PackageAnalysis] = field(init=False, factory=dict)
    _packed: dict[str, bytes] = field(init=False, factory=dict)

    def take(self, path: str, analysis: PackageAnalysis) -> None:
        self.inlined[path] = analysis.inlined
        if self.by_itself:
            self._packed[path] = packed(analysis)
        else:
            self._whole[path] = analysis

    def of(self, path: str) -> PackageAnalysis:
        if not self.by_itself:
            return self._whole[path]
        found = unpacked(self._packed.pop(path))
        assert isinstance(found, PackageAnalysis)
        return found


def _by_directory(run: Run, paths: Iterable[str]) -> Iterable[list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(run.job.groups[path][0].directory, []).append(path)
    return found.values()


class _OtherPlacesError(Exception):
    """What was compiled goes by the places of ``//line`` comments; ``texts`` do not."""

    def __init__(self, texts: Mapping[Path, bytes]) -> None:
        super().__init__()
        self.texts = texts


def _look_for_other_places(
    asked: Asked, toolchain: Toolchain, listed: Sequence[ListedPackage], files: Sequence[str]
) -> None:
    """Raises _OtherPlacesError if there is something to compile in place of the files. Those that
    cgo rewrites keep their ``//line``: it writes its own, and only the go command calls it, which
    replaces no file of the module ``cache`` (cmd/go/internal/work/init.go)."""
    if asked.standing or not files:
        return
    cgo = {path for one in listed if one.uses_cgo for path in one.files}
    cache = toolchain.variables.get("GOMODCACHE") or "\0"
    texts = {str(path): text for path, text in asked.overlay.items()}
    own = (path for path in files if path not in cgo and not Path(path).is_relative_to(cache))
    found = texts_as_they_stand(own, texts)
    if found:
        raise _OtherPlacesError({Path(path): text for path, text in found.items()})


def _dependencies(listed: Sequence[ListedPackage]) -> frozenset[str]:
    return frozenset(one.directory for one in listed if one.dep_only and not one.standard)


def _by_base(
    listed: Sequence[ListedPackage], tests: bool, patterns: Sequence[str], directory: Path
) -> dict[str, list[ListedPackage]]:
    """The named packages with their test variants, without generated test mains.

    Raises UsageError where a pattern names none: a wrong call, not a package that does not build.
    """
    groups: dict[str, list[ListedPackage]] = {}
    for package in listed:
        if package.dep_only or not package.import_path:
            continue
        if tests and package.name == "main" and package.import_path.endswith(".test"):
            # The generated main of a test binary.
            continue
        if package.names_nothing(patterns):
            raise nothing_named(patterns, directory, package.error)
        base = package.for_test or package.import_path
        groups.setdefault(base, []).append(package)
    if not groups:
        raise nothing_named(patterns, directory)
    return groups
