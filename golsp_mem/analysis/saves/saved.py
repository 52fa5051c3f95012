"""The package of one directory, analysed again after each save.

A save costs one compile by a plan that the go command made earlier, of the variant that is wanted
and no other. What only further compiles tell (lifetimes, mostly) comes later, if nothing of the
kind was told the last time: nobody shall see it go and come back.

Where no plan surely holds, or the text does not compile, `Engine.check` asks the go command, whose
answer counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Sequence
from functools import partial

from attrs import evolve, frozen

from golsp_mem.analysis.callers import with_callers
from golsp_mem.analysis.heap.identity import numbered
from golsp_mem.analysis.invariants import impossible
from golsp_mem.analysis.known import Known
from golsp_mem.analysis.saves.direct import DirectReader, Variant
from golsp_mem.analysis.tried import Trials
from golsp_mem.analysis.variants import is_test, joined
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import Analysis, Finding, PackageAnalysis
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.plans.planner import Planned, Texts

Early = Callable[[Analysis], bool]
"""Is given an analysis before anything was tried; says whether the rest is wanted, too."""


@frozen(eq=False)
class _Read:
    """The plain variant as it was read last, and what it was read of."""

    state: Hashable
    variant: Variant


class SavedPackage:
    """By plan only; see the module's head."""

    def __init__(self, reader: DirectReader) -> None:
        self._reader = reader
        self._plain: _Read | None = None
        # Whether trials told something the last time.
        self._told = False

    def known(self, listed: Sequence[ListedPackage], *, tests: bool) -> Known:
        """What was read at earlier saves, for who reads what the go command compiled now."""
        return self._reader.known(listed, tests=tests)

    def plain_of(self, state: Hashable) -> Variant | None:
        """The plain variant where it was read of this state (`Planner.state`), with no texts that
        stand for files."""
        known = self._plain
        return known.variant if known is not None and known.state == state else None

    async def analysed(
        self, *, tests: bool, overlay: Texts | None = None, early: Early | None = None
    ) -> Analysis | None:
        """What `Engine.check` with ``apart`` would find, but for what only the go command can say:
        None where no plan surely holds or a text does not compile.

        ``overlay``: unsaved texts of files of the package. Raises AnalysisTimeout, OutOfResources.
        """
        started = time.monotonic()
        planner = self._reader.planner
        texts = overlay or {}
        planned = await asyncio.to_thread(planner.holding, tests=tests, overlay=texts)
        if planned is None:
            return None
        toolchain = planner.toolchain

        def analysis(package: PackageAnalysis, findings: Sequence[Finding]) -> Analysis:
            package = evolve(package, findings=tuple(numbered(findings)))
            package = evolve(package, impossible=impossible(package))
            return Analysis(
                go=toolchain.version,
                packages=tuple(with_callers([package])),
                seconds=time.monotonic() - started,
                warnings=toolchain.warnings,
                dependencies=frozenset(
                    one.directory
                    for one in planned.plan.listed
                    if one.dep_only and not one.standard
                ),
            )

        try:
            package, trials = await self._package(planned, texts, tests=tests)
            if early is not None and not self._told and trials.are_needed(package):
                untried = analysis(package, package.findings)
                if not early(untried):
                    return untried
            findings = await trials.findings(package)
        except (BuildFailed, GoFailed):
            return None
        self._told = trials.tell(package, findings)
        return analysis(package, findings)

    async def _package(
        self, planned: Planned, texts: Texts, *, tests: bool
    ) -> tuple[PackageAnalysis, Trials]:
        """The package, and who tries what only further compiles tell of it."""
        reader = self._reader
        told = await self._plain_variant(planned, texts)
        plain = told.package if told is not None else None
        found = [
            (await reader.variant(planned, one, texts, calls=True)).package
            for one in (planned.plan.variants if tests else ())
            if one.for_test is not None and one.compiled
        ]
        if plain is None and not found:
            raise BuildFailed("nothing to compile")
        read = reader.reader(planned.plan.listed, texts, tests=tests)
        live = told.live if told is not None and not tests else None
        return joined(plain, found), Trials(reader.planner, read, texts, tests, live=live)

    async def _plain_variant(self, planned: Planned, texts: Texts) -> Variant | None:
        variant = next((one for one in planned.plan.variants if one.for_test is None), None)
        if variant is None or not variant.compiled:
            return None
        edited = any(not is_test(str(path)) for path in texts)
        state = None if edited else self._reader.planner.state(planned, tests=False)
        known = self._plain
        if known is not None and state is not None and known.state == state:
            return known.variant
        # What lifetimes are asked of costs a twentieth more here, and else a compile of its own.
        reader = self._reader.reader(planned.plan.listed, texts, tests=False)
        live = await self._reader.in_thread(partial(reader.gives_cause, variant.files))
        read = await self._reader.variant(planned, variant, texts, live=live, calls=True)
        self._plain = None if state is None else _Read(state, read)
        return read
