"""The package of one directory, analysed again after each save.

A save costs one compile by a plan that the go command made earlier, of the variant that is wanted
and no other. Where no plan surely holds, or the text does not compile, `Engine.check` asks the go
command, whose answer counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable
from functools import partial

from attrs import evolve, frozen

from golsp_mem.analysis.callers import with_callers
from golsp_mem.analysis.heap.identity import numbered
from golsp_mem.analysis.invariants import impossible
from golsp_mem.analysis.saves.direct import DirectReader, Variant
from golsp_mem.analysis.tried import Trials
from golsp_mem.analysis.variants import is_test, joined
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import Analysis, PackageAnalysis
from golsp_mem.toolchain.plans.planner import Planned, Texts


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

    async def analysed(self, *, tests: bool, overlay: Texts | None = None) -> Analysis | None:
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
        try:
            package = await self._package(planned, texts, tests=tests)
        except (BuildFailed, GoFailed):
            return None
        toolchain = planner.toolchain
        return Analysis(
            go=toolchain.version,
            packages=tuple(with_callers([package])),
            seconds=time.monotonic() - started,
            warnings=toolchain.warnings,
            dependencies=frozenset(
                one.directory for one in planned.plan.listed if one.dep_only and not one.standard
            ),
        )

    async def _package(self, planned: Planned, texts: Texts, *, tests: bool) -> PackageAnalysis:
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
        package = joined(plain, found)
        read = reader.reader(planned.plan.listed, texts, tests=tests)
        live = told.live if told is not None and not tests else None
        findings = await Trials(reader.planner, read, texts, tests, live=live).findings(package)
        package = evolve(package, findings=tuple(numbered(findings)))
        return evolve(package, impossible=impossible(package))

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
