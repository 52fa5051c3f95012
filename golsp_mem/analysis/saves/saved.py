"""The package of one directory, analysed again after each save.

A save costs one compile by a plan that the go command made earlier, of the variant that is wanted
and no other. What only further compiles tell (lifetimes, mostly) comes later, if nothing of the
kind was told the last time, or only of files that are as they were: nobody shall see it go and come
back.

Where no plan surely holds, or the text does not compile, `Engine.check` asks the go command, whose
answer counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from attrs import evolve

from golsp_mem.analysis.callers import with_callers
from golsp_mem.analysis.heap.identity import KnownNumbers
from golsp_mem.analysis.invariants import impossible
from golsp_mem.analysis.known import Known
from golsp_mem.analysis.package import PackageReader
from golsp_mem.analysis.saves.direct import DirectReader, Variant
from golsp_mem.analysis.saves.readings import Readings
from golsp_mem.analysis.saves.told import Told, decided
from golsp_mem.analysis.tried import Trials
from golsp_mem.analysis.variants import joined
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import Analysis, Finding, PackageAnalysis
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.plans.planner import Planned, Texts

Early = Callable[[Analysis], bool]
"""Is given an analysis before anything was tried; says whether the rest is wanted, too."""


class SavedPackage:
    """By plan only; see the module's head."""

    def __init__(self, reader: DirectReader) -> None:
        self._reader = reader
        self._readings = Readings(reader)
        # Without and with tests: what was numbered and what trials told the last time.
        self._numbers = {False: KnownNumbers(), True: KnownNumbers()}
        self._told = {False: Told(), True: Told()}

    def known(self, listed: Sequence[ListedPackage], *, tests: bool) -> Known:
        """What was read at earlier saves, for who reads what the go command compiled now."""
        return self._reader.known(listed, tests=tests)

    def plain_now(self) -> Variant | None:
        """The plain variant where it was read as it lies there now."""
        return self._readings.plain_now()

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
            package = evolve(package, findings=tuple(self._numbers[tests].numbered(findings)))
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

        read = self._reader.reader(planned.plan.listed, texts, tests=tests)
        try:
            async with aclosing(self._wholes(planned, texts, tests=tests)) as wholes:
                async for whole in wholes:
                    plain, package, is_last = whole
                    told = self._told[tests].still(read.source)
                    if early is not None and not is_last and told is not None:
                        early(analysis(package, (*decided(package.findings), *told)))
            trials = self._trials(read, texts, plain, tests=tests)
            told = self._told[tests].still(read.source)
            if early is not None and told is not None and trials.are_needed(package):
                untried = analysis(package, (*decided(package.findings), *told))
                if not early(untried):
                    return untried
            findings = await trials.findings(package)
        except (BuildFailed, GoFailed):
            return None
        self._told[tests] = Told.of(package.findings, findings, read.source)
        return analysis(package, findings)

    async def _wholes(
        self, planned: Planned, texts: Texts, *, tests: bool
    ) -> AsyncGenerator[tuple[Variant | None, PackageAnalysis, bool]]:
        """The plain variant, the package as a whole, and whether that is all: before, tests that
        stand outside of it may be of a compile that saw another package."""
        plain = await self._readings.plain(planned, texts)
        own = plain.package if plain is not None else None
        if tests and planned.plan.tests:
            async with aclosing(self._readings.tests(planned, texts)) as readings:
                async for found, is_last in readings:
                    yield plain, joined(own, [one.package for one in found]), is_last
        elif own is not None:
            yield plain, own, True
        else:
            raise BuildFailed("nothing to compile")

    def _trials(
        self, read: PackageReader, texts: Texts, plain: Variant | None, *, tests: bool
    ) -> Trials:
        """Who tries what only further compiles tell of the package."""
        live = plain.live if plain is not None and not tests else None
        return Trials(self._reader.planner, read, texts, tests, live=live)
