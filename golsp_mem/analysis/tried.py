"""Findings that only further compiles decide, straight from the plan: the sizes of variables that
are too large for the stack, and lifetimes. Nothing is compiled where no source gives cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen

from golsp_mem.analysis.compiled import built_files
from golsp_mem.analysis.compiler_text import parse_text
from golsp_mem.analysis.lifetime.needed import gives_back
from golsp_mem.analysis.package import PackageReader
from golsp_mem.compiler.text.liveness import Liveness
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import Code, Finding, Message, PackageAnalysis, PackageStatus
from golsp_mem.toolchain.plans.compile import Wanted
from golsp_mem.toolchain.plans.plan import Plan
from golsp_mem.toolchain.plans.planner import Planner

Texts = Mapping[Path, bytes]


@frozen(eq=False)
class Trials:
    """Tries texts of one package that was just compiled and read by ``reader``.

    ``plan`` is one that was made for these very texts, None where ``planner`` shall know;
    ``overlay`` are texts that stand for files' own, ``tests`` whether test variants were read.
    ``live`` is what is live in the package, for who knows already.
    """

    planner: Planner
    reader: PackageReader
    overlay: Texts
    tests: bool
    plan: Plan | None = None
    live: Liveness | None = None

    def are_needed(self, package: PackageAnalysis) -> bool:
        """Whether the source gives cause to try anything."""
        sized = any(one.code is Code.STACK_TOO_LARGE for one in package.findings)
        files = self._compiled(package)
        return sized or self.reader.gives_cause(files) or bool(self._releasing(files))

    async def findings(self, package: PackageAnalysis) -> Sequence[Finding]:
        """All findings of the package, without fingerprints, in no order.

        Raises UsageError, AnalysisTimeout.
        """
        return [*await self._sized(package), *await self._lifetimes(package)]

    async def _sized(self, package: PackageAnalysis) -> Sequence[Finding]:
        """The findings; those of too large values are tried: one front end, where there are any."""
        if not any(one.code is Code.STACK_TOO_LARGE for one in package.findings):
            return package.findings
        from golsp_mem.analysis.stack.sizes_on_trial import told  # noqa: PLC0415

        files = self._compiled(package)
        return await told(package.findings, self.reader.source, self._escapes, files)

    async def _escapes(self, texts: Texts) -> Sequence[Message] | None:
        edited = {**self.overlay, **texts}
        found: list[Message] = []
        planner = self.planner
        try:
            planned = await planner.planned(tests=self.tests, overlay=edited, plan=self.plan)
            for one in planned.plan.variants_with(map(str, texts)):
                async with planner.compiling(planned, one, Wanted(escapes=1), edited) as built:
                    if built.error is not None:
                        return None
                    text = parse_text(built.text, self.reader.printed_names(one.files))
                    found += (message for here in text.messages.values() for message in here)
        except (BuildFailed, GoFailed):
            return None
        return found

    async def _lifetimes(self, package: PackageAnalysis) -> Sequence[Finding]:
        if package.status is not PackageStatus.OK:
            return ()
        files, foreign = self.reader.lifetime_files(self._compiled(package))
        if not files:
            return self._given_back(package)
        from golsp_mem.analysis.lifetime.proving.trial import Trial  # noqa: PLC0415
        from golsp_mem.analysis.lifetime.run import lifetimes  # noqa: PLC0415
        from golsp_mem.toolchain.plans.live import compiler_by  # noqa: PLC0415
        from golsp_mem.toolchain.plans.type_errors import type_errors_of  # noqa: PLC0415

        compile_live = compiler_by(self.planner, tests=self.tests, plan=self.plan)
        type_errors = type_errors_of(self.planner, tests=self.tests, plan=self.plan)
        try:
            live = self.live or await compile_live(self.overlay)
            trial = Trial(live, compile_live, type_errors, self.overlay)
            found = await lifetimes(package.import_path, files, package.functions, trial, foreign)
        except (BuildFailed, GoFailed):
            # It built a moment ago: somebody is writing. The next run will tell.
            return ()
        return found.findings

    def _compiled(self, package: PackageAnalysis) -> Sequence[str]:
        # Texts of tests that nobody read would have the go command build what they import.
        return built_files(package.files, tests=self.tests)

    def _releasing(self, files: Sequence[str]) -> Sequence[str]:
        """The files that give back what may be used behind that."""
        return self.reader.files_that(gives_back, files)

    def _given_back(self, package: PackageAnalysis) -> Sequence[Finding]:
        """What the text alone tells, where nothing else gives cause."""
        compiled = self._compiled(package)
        if not self._releasing(compiled):
            return ()
        from golsp_mem.analysis.lifetime.run import given_back  # noqa: PLC0415

        files = [one for path in compiled if (one := self.reader.source(path)) is not None]
        return given_back(package.import_path, files, package.functions)
