"""Who remembers build plans and compiles by them, for one directory and one set of settings.

`Planner.compiling` is the one way to compile a package, or edited texts of it: straight from a plan
that still holds, else after asking the go command for a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from attrs import define, evolve, field, frozen

from golsp_mem.config import Settings
from golsp_mem.errors import AnalysisTimeout, BuildFailed
from golsp_mem.files import read_regular
from golsp_mem.source.parts.header import header_of
from golsp_mem.source.parts.line_comments import as_it_stands, gives_other_places
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import ListedPackage, compiled_files, listing
from golsp_mem.toolchain.overlay import overlay_file
from golsp_mem.toolchain.plans.compile import Built, CannotCompile, Unit, Wanted, compiling, text_of
from golsp_mem.toolchain.plans.plan import Guard, Plan, Snapshot, are_alike, is_plannable

__all__ = ["CannotCompile", "Planned", "Planner", "Wanted"]

Texts = Mapping[Path, bytes]


@frozen(eq=False)
class Planned:
    """A plan that holds now. ``edited`` are the package's files (absolute) whose texts are not
    those that the go command saw."""

    plan: Plan
    edited: frozenset[str]


@define(eq=False)
class _Kept:
    plan: Plan
    guard: Guard
    number: int
    rewritten: dict[str, tuple[str, ...]] = field(factory=dict)


class Planner:
    """Plans for the package ``package`` (a directory or an import path) below ``directory``.

    Without ``package`` it is the package of the directory itself.
    """

    def __init__(
        self, toolchain: Toolchain, settings: Settings, directory: Path, package: str = "."
    ) -> None:
        self.toolchain = toolchain
        self.settings = settings
        self.directory = directory
        self.package = package
        # By whether test variants were listed, too.
        self._kept: dict[bool, _Kept] = {}
        self._numbers = 0

    @property
    def remembers(self) -> bool:
        """Whether there is a plan at all, which may no longer hold."""
        return bool(self._kept)

    def holding(self, *, tests: bool, overlay: Texts | None = None) -> Planned | None:
        """A plan that holds for the texts on disk with ``overlay``, with test variants if
        ``tests``; None when the go command has to be asked. Costs a look at each file that the
        plan depends on, and reads the changed ones."""
        # Where both hold it is always the same, so that what is known of one plan counts.
        for with_tests in (True,) if tests else (True, False):
            kept = self._kept.get(with_tests)
            if kept is None:
                continue
            edited = kept.guard.edited(kept.plan.importable, overlay)
            if edited is not None:
                return Planned(kept.plan, edited)
        return None

    def listed(self, *, tests: bool) -> Sequence[ListedPackage] | None:
        """What the go command said of the package and all that it depends on, test variants with
        ``tests``; None where it might say something else now."""
        kept = self._kept.get(tests)
        if kept is None or kept.guard.edited(kept.plan.importable) != frozenset():
            return None
        return kept.plan.listed

    def state(self, planned: Planned, *, tests: bool) -> Hashable | None:
        """What equals an earlier answer as long as nothing changed on disk that a compile of the
        package takes from there (with ``tests`` of its test variants, too); None where nobody
        watches that."""
        kept = self._kept_for(planned)
        return (kept.number, kept.guard.stamps(tests=tests)) if kept is not None else None

    def state_of(self, planned: Planned, variant: ListedPackage) -> Hashable | None:
        """The same of the files of one variant alone, but for the package that it tests."""
        kept = self._kept_for(planned)
        return (kept.number, kept.guard.stamps_of(variant.compiled)) if kept is not None else None

    def _kept_for(self, planned: Planned) -> _Kept | None:
        return next((one for one in self._kept.values() if one.plan is planned.plan), None)

    def remember(
        self, listed: Sequence[ListedPackage], before: Snapshot | None, *, tests: bool
    ) -> None:
        """Keep what a `listing` of this package answered, if it is sure to be of the texts
        that are there; ``before`` was taken just before it began."""
        known = self._kept.pop(tests, None)
        own = [one for one in listed if not one.dep_only]
        if before is None or not own or any(one.error for one in listed):
            return
        if {one.directory for one in own} != {own[0].directory}:
            return
        if not is_plannable(self.toolchain, listed, self.settings.pgo):
            return
        guard = Guard.of(before, own[0].directory, self.toolchain, listed)
        if guard is not None:
            plan = Plan(_base_of(own), tuple(listed))
            self._numbers += 1
            # What was worked out by the same plan stays known (`state`). Its own archives are made
            # of the texts that the state tells apart.
            is_same = known is not None and are_alike(known.plan.listed, plan.listed)
            number = known.number if known and is_same else self._numbers
            self._kept[tests] = _Kept(plan, guard, number)

    def has(self, *, tests: bool) -> bool:
        """Whether there is a plan with test variants, or one without."""
        return tests in self._kept

    def recall(self, listed: Sequence[ListedPackage], guard: Guard, *, tests: bool) -> None:
        """Keep what the go command answered an earlier process, of which ``guard`` is."""
        now = Snapshot.of(guard.directory)
        own = [one for one in listed if not one.dep_only]
        if now is None or not own or not now.is_like(guard.own):
            return
        archives = tuple(one.export for one in listed if one.export)
        self._numbers += 1
        plan = Plan(_base_of(own), tuple(listed))
        self._kept[tests] = _Kept(plan, evolve(guard, own=now, archives=archives), self._numbers)

    def guard(self, *, tests: bool) -> Guard | None:
        """Who knows whether the plan with test variants, or that without, still holds; None where
        there is no such plan, or one that depends on more (a C compiler)."""
        kept = self._kept.get(tests)
        if kept is None or any(one.uses_cgo for one in kept.plan.variants):
            return None
        return kept.guard

    def forget(self) -> None:
        self._kept.clear()

    async def planned(
        self, *, tests: bool, overlay: Texts | None = None, plan: Plan | None = None
    ) -> Planned:
        """A plan for the texts on disk with ``overlay``: ``plan``, where somebody has one that was
        made for the texts on disk just now; else a kept one that holds, or a new one from the go
        command.

        Raises CannotCompile where that is not enough (an overlay that changes what a build needs),
        BuildFailed when the package or a dependency does not build as it lies on disk.
        """
        if plan is not None:
            return Planned(plan, unchanged_headers(plan, overlay or {}))
        held = self.holding(tests=tests, overlay=overlay)
        if held is not None:
            return held
        plan = await self._ask(tests=tests)
        held = self.holding(tests=tests, overlay=overlay)
        if held is not None:
            return held
        # Written to just now, so that the plan could not be kept; it is good for this once.
        return Planned(plan, unchanged_headers(plan, overlay or {}))

    async def _ask(self, *, tests: bool) -> Plan:
        before = Snapshot.of(str(self.directory)) if self.package == "." else None
        listed = await self.by_go("", tests=tests, on_line=lambda _: None)
        broken = next((one.error for one in listed if one.error), None)
        if broken is not None:
            raise BuildFailed(first_error(broken))
        own = [one for one in listed if not one.dep_only]
        if not own or not is_plannable(self.toolchain, listed, self.settings.pgo):
            raise CannotCompile(f"{self.package} is built in a way that only go understands")
        self.remember(listed, before, tests=tests)
        return Plan(_base_of(own), tuple(listed))

    @asynccontextmanager
    async def compiling(
        self,
        planned: Planned,
        variant: ListedPackage,
        wanted: Wanted,
        overlay: Texts | None = None,
        tested: Path | None = None,
    ) -> AsyncIterator[Built]:
        """Compile one variant of a plan with the texts that are there now; ``tested`` is the
        archive of what it tests from outside, where somebody has just compiled that.

        Raises CannotCompile for what only the go command can do, GoFailed, AnalysisTimeout.
        """
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.settings.timeout_seconds), AsyncExitStack() as stack:
                unit = await self._unit(stack, planned, variant, overlay or {}, tested)
                built = await stack.enter_async_context(compiling(self.toolchain, unit, wanted))
                yield built
        except TimeoutError as error:
            if time.monotonic() - started < self.settings.timeout_seconds:
                raise
            raise self._too_long() from error

    @asynccontextmanager
    async def text_of(
        self,
        planned: Planned,
        variant: ListedPackage,
        flags: Sequence[str],
        overlay: Texts | None = None,
    ) -> AsyncIterator[AsyncIterator[str]]:
        """The compiler's text of a variant while it comes, in pieces of whole lines; leaving the
        block kills the compiler."""
        async with AsyncExitStack() as stack:
            unit = await self._unit(stack, planned, variant, overlay or {})
            yield await stack.enter_async_context(text_of(self.toolchain, unit, flags))

    async def _unit(
        self,
        stack: AsyncExitStack,
        planned: Planned,
        variant: ListedPackage,
        overlay: Texts,
        archive: Path | None = None,
    ) -> Unit:
        plan = planned.plan
        exports: dict[str, str] = {}
        tested = plan.tested_by(variant)
        if tested is not None and _is_other(tested, planned, overlay):
            # External tests see the package through its archive.
            if plan.recompiles_dependencies(variant):
                raise CannotCompile(f"tests of {tested.import_path} recompile its importers")
            if archive is None:
                unit = await self._of(plan, tested, overlay)
                built = await stack.enter_async_context(
                    compiling(self.toolchain, unit, Wanted(object=True))
                )
                if built.archive is None:
                    raise BuildFailed(first_error(built.error or ""))
                archive = built.archive
            exports[tested.import_path.partition(" ")[0]] = str(archive)
        return await self._of(plan, variant, overlay, exports)

    async def _of(
        self,
        plan: Plan,
        variant: ListedPackage,
        overlay: Texts,
        exports: Mapping[str, str] | None = None,
    ) -> Unit:
        texts = {str(path): text for path, text in overlay.items()}
        if variant.uses_cgo:
            files = await self._rewritten(plan, variant)
        else:
            files = variant.compiled
            texts |= texts_as_they_stand(files, texts)
        return Unit(plan, variant, files, texts, exports or {})

    async def _rewritten(self, plan: Plan, variant: ListedPackage) -> tuple[str, ...]:
        kept = next((one for one in self._kept.values() if one.plan is plan), None)
        if kept is not None and variant.import_path in kept.rewritten:
            return kept.rewritten[variant.import_path]
        found = await compiled_files(
            self.toolchain, self.package, directory=self.directory, settings=self.settings,
            tests=variant.for_test is not None,
        )  # fmt: skip
        if variant.import_path not in found:
            raise CannotCompile(f"go does not say what cgo made of {variant.import_path}")
        if kept is not None:
            kept.rewritten.update(found)
        return found[variant.import_path]

    async def by_go(
        self,
        gcflags: str,
        *,
        tests: bool,
        overlay: Texts | None = None,
        on_line: Callable[[str], None],
    ) -> list[ListedPackage]:
        """The package and its dependencies compiled by the go command, where no plan does it.
        Raises as `listing` does."""
        with overlay_file(overlay) as description:
            listed = await listing(
                self.toolchain, [self.package], directory=self.directory, settings=self.settings,
                gcflags=gcflags, tests=tests, overlay=description, on_line=on_line,
            )  # fmt: skip
        return listed.packages

    def _too_long(self) -> AnalysisTimeout:
        return AnalysisTimeout(
            f"compiling took longer than {self.settings.timeout_seconds:g} s; raise --timeout "
            "(setting timeoutSeconds)"
        )


def texts_as_they_stand(files: Iterable[str], texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """By path what to compile in place of those files (or their ``texts``) that ``//line`` comments
    give other places."""
    found = {}
    for path in files:
        text = texts.get(path)
        if text is None:
            with contextlib.suppress(OSError):
                text = read_regular(path)
        if text is not None and gives_other_places(text):
            found[path] = as_it_stands(text)
    return found


def _is_other(tested: ListedPackage, planned: Planned, overlay: Texts) -> bool:
    """Whether what is compiled of it here is not what the go command compiled: it was edited, or
    has ``//line`` comments."""
    if planned.edited.intersection(tested.compiled):
        return True
    texts = {str(path): text for path, text in overlay.items()}
    return not tested.uses_cgo and bool(texts_as_they_stand(tested.compiled, texts))


def unchanged_headers(plan: Plan, overlay: Texts) -> frozenset[str]:
    """The files that the overlay replaces. Raises CannotCompile where a text needs another build
    than its file, or is of no file of the package."""
    own = {file for one in plan.variants for file in one.compiled}
    for path, text in overlay.items():
        try:
            known = header_of(read_regular(path)) if str(path) in own else None
        except OSError:
            known = None
        header = header_of(text)
        if known is None or header is None or not header.fits(known, plan.importable):
            raise CannotCompile(f"{path}: with that text the build needs something else")
    return frozenset(map(str, overlay))


def _base_of(own: Sequence[ListedPackage]) -> str:
    first = own[0]
    return first.for_test or first.import_path


def first_error(text: str) -> str:
    """The first line of a compiler's text that is not a ``# package`` heading."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("# ")]
    return lines[0].strip() if lines else "the package does not build"


def own_files(variants: Iterable[ListedPackage]) -> list[str]:
    """The variants' files, each once."""
    return list(dict.fromkeys(file for one in variants for file in one.compiled))
