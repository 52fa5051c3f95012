"""One run: toolchain output -> facts -> findings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve, frozen

from golsp_mem import decisions
from golsp_mem.analysis.cache import store
from golsp_mem.analysis.cache.digests import Digests
from golsp_mem.analysis.cache.store import Store
from golsp_mem.analysis.callers import with_callers
from golsp_mem.analysis.compiler_text import CompilerText, parse_text
from golsp_mem.analysis.invariants import impossible
from golsp_mem.analysis.reasons import FlowTable, flow_of
from golsp_mem.compiler.goobj import parse_builtins
from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import (
    Analysis,
    Code,
    Finding,
    GoVersion,
    Message,
    PackageAnalysis,
    PackageStatus,
    Step,
)
from golsp_mem.toolchain import go
from golsp_mem.toolchain.compile import Wanted
from golsp_mem.toolchain.go import ListedPackage, Toolchain
from golsp_mem.toolchain.overlay import overlay_file
from golsp_mem.toolchain.patterns import Unmatched, nothing_named
from golsp_mem.toolchain.plan import Plan, is_plannable
from golsp_mem.toolchain.planner import Planner

if TYPE_CHECKING:
    from golsp_mem.analysis.package import PackageReader
    from golsp_mem.analysis.proof.judge import Judge

T = TypeVar("T")


@frozen
class Progress:
    """What a long run is doing: ``done`` of ``total`` steps, None when nobody knows."""

    message: str
    done: int
    total: int | None


OnProgress = Callable[[Progress], None]


class Engine:
    """Analyses packages below one directory. Not bound to an event loop until used."""

    def __init__(self, settings: Settings, directory: Path, *, cache: Path | None = None) -> None:
        self.settings = settings
        self.directory = directory
        self._store = Store(cache or store.default_directory())
        self._toolchain: Toolchain | None = None
        self._builtins: tuple[str, ...] = ()
        self._planners: dict[str, Planner] = {}
        self._judges: dict[str, Judge] = {}
        # Reading object files is Python's own work: one thread keeps the event loop free
        # without two runs fighting for the interpreter.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="golsp-mem")

    async def toolchain(self) -> Toolchain:
        """The Go that this engine uses. Raises ToolchainError subclasses."""
        if self._toolchain is None:
            found = await go.find_go(self.settings, self.directory)
            self._builtins = parse_builtins(go.read_builtins(found.version.goroot))
            self._toolchain = found
        return self._toolchain

    async def go_version(self) -> GoVersion:
        return (await self.toolchain()).version

    async def check(
        self,
        patterns: Sequence[str],
        *,
        tests: bool = False,
        reasons: bool = False,
        overlay: Mapping[Path, bytes] | None = None,
        on_progress: OnProgress | None = None,
    ) -> Analysis:
        """Compile and analyse the packages that the patterns name; none name nothing.

        Packages come back in the order of their import paths, those that do not build FAILED
        with their errors. Raises UsageError (bad pattern, nothing matched), ToolchainError,
        AnalysisTimeout. Cancelling kills ``go`` and its children.
        """
        started = time.monotonic()
        toolchain = await self.toolchain()
        if not patterns:
            # The go command would take it for the package of the directory.
            return Analysis(toolchain.version, (), time.monotonic() - started, toolchain.warnings)
        report = on_progress or (lambda _: None)
        text = self._text(reasons, report)
        lines = Unmatched(text.feed)
        digests = Digests()
        with overlay_file(overlay) as overlay_path:
            listed = await go.list_packages(
                toolchain, patterns, directory=self.directory, settings=self.settings,
                gcflags="-m=2" if reasons else "-m", tests=tests, overlay=overlay_path,
                on_line=lines,
            )  # fmt: skip
        groups = _by_base(listed, tests, patterns, self.directory)
        # What was compiled from texts that are not on disk is not worth keeping; of what is kept
        # nothing is decided anew.
        aside = overlay or reasons or decisions.listened_to()
        kept = Store(None) if aside else self._store
        run = _Run(
            self, toolchain, listed, groups, text, overlay=overlay or {}, tests=tests, kept=kept,
            digests=digests,
        )  # fmt: skip
        packages = []
        # Not in the order of dependencies, which depends on what else is named.
        for number, import_path in enumerate(sorted(groups)):
            report(Progress(f"reading {import_path}", number, len(groups)))
            packages.append(await run.package(import_path))
        return Analysis(
            go=toolchain.version,
            packages=tuple(with_callers(packages)),
            seconds=time.monotonic() - started,
            warnings=(*toolchain.warnings, *lines.warnings),
            dependencies=frozenset(
                one.directory for one in listed if one.dep_only and not one.standard
            ),
        )

    async def flow(self, package: PackageAnalysis, finding: Finding) -> tuple[Step, ...]:
        """Why the finding's value escapes, step by step; empty when the compiler does not say.

        Compiles the package's front end once more with ``-m=2`` and stops it as soon as the
        finding's block has passed. Raises ToolchainError, AnalysisTimeout.
        """
        if finding.why is None:
            return ()
        return await flow_of(await self.planner(package.import_path), finding.why)

    async def planner(self, package: str = ".") -> Planner:
        """Who compiles a package directly, and remembers how. Raises ToolchainError subclasses."""
        known = self._planners.get(package)
        if known is None:
            toolchain = await self.toolchain()
            known = Planner(toolchain, self.settings, self.directory, package)
            self._planners[package] = known
        return known

    async def judge(self, package: str = ".") -> Judge:
        """Who says whether an edit of the package does what it claims. Raises as `planner`."""
        known = self._judges.get(package)
        if known is None:
            from golsp_mem.analysis.direct import DirectReader  # noqa: PLC0415
            from golsp_mem.analysis.proof.judge import Judge  # noqa: PLC0415

            reader = DirectReader(await self.planner(package), self._builtins, self.in_thread)
            known = self._judges[package] = Judge(reader)
        return known

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run Python's own work beside the event loop, one piece at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    @property
    def builtins(self) -> tuple[str, ...]:
        """Names of the compiler's numbered symbols; empty before `toolchain` was asked."""
        return self._builtins

    def _text(self, reasons: bool, report: OnProgress) -> CompilerText:
        compiled = 0

        def count(package: str) -> None:
            nonlocal compiled
            compiled += 1
            report(Progress(f"compiled {package}", compiled, None))

        report(Progress("building", 0, None))
        return CompilerText(on_package=count, flows=FlowTable() if reasons else None)


class _Run:
    """The second half of a run: packages that were compiled become analyses."""

    def __init__(
        self,
        engine: Engine,
        toolchain: Toolchain,
        listed: Sequence[ListedPackage],
        groups: Mapping[str, Sequence[ListedPackage]],
        text: CompilerText,
        *,
        overlay: Mapping[Path, bytes],
        tests: bool,
        kept: Store,
        digests: Digests,
    ) -> None:
        self._engine = engine
        self._toolchain = toolchain
        self._listed = listed
        self._groups = groups
        self._text = text
        self._overlay = overlay
        self._tests = tests
        self._kept = kept
        self._digests = digests

    async def package(self, import_path: str) -> PackageAnalysis:
        """The analysis of one package, from the store where nothing changed."""
        engine = self._engine
        variants = self._groups[import_path]
        lines = self._text.lines.pop(import_path, {})
        key = self._kept.key(
            variants, lines, self._toolchain.version, engine.settings, engine.directory,
            self._digests,
        )  # fmt: skip
        known = self._kept.load(key, self._digests)
        if known is not None:
            return known
        reader = self._reader
        analysis = await engine.in_thread(partial(reader.read, import_path, variants, lines))
        findings = [*await self._sized(analysis), *await self._lifetimes(analysis)]
        analysis = evolve(analysis, findings=tuple(reader.numbered(findings)))
        analysis = evolve(analysis, impossible=impossible(analysis))
        if self._text.flows is not None:
            analysis = self._text.flows.explain(analysis, reader.printed_names(analysis.files))
        self._kept.save(key, analysis, reader.take_consulted(), self._digests)
        return analysis

    @cached_property
    def _reader(self) -> PackageReader:
        # A warm run needs neither this nor the Go parser that it brings.
        from golsp_mem.analysis.package import PackageReader  # noqa: PLC0415

        return PackageReader(
            self._toolchain.version, self._engine.settings, self._engine.directory,
            self._engine.builtins, self._listed, self._overlay, tests=self._tests,
            trimpath=self._toolchain.trimpath,
        )  # fmt: skip

    async def _sized(self, package: PackageAnalysis) -> Sequence[Finding]:
        """The findings; those of too large values are tried: one front end, where there are any."""
        if not any(one.code is Code.STACK_TOO_LARGE for one in package.findings):
            return package.findings
        from golsp_mem.analysis.stack.sizes_on_trial import told  # noqa: PLC0415

        reader = self._reader

        async def escapes(texts: Mapping[Path, bytes]) -> Sequence[Message] | None:
            planner = await self._engine.planner(package.import_path)
            edited = {**self._overlay, **texts}
            found: list[Message] = []
            try:
                planned = await planner.planned(tests=self._tests, overlay=edited)
                for one in planned.plan.variants_with(map(str, texts)):
                    wanted = Wanted(escapes=1)
                    async with planner.compiling(planned, one, wanted, edited) as built:
                        if built.error is not None:
                            return None
                        text = parse_text(built.text, reader.printed_names(one.files))
                        found += (message for here in text.messages.values() for message in here)
            except (BuildFailed, GoFailed):
                return None
            return found

        return await told(package.findings, reader.source, escapes)

    async def _lifetimes(self, package: PackageAnalysis) -> Sequence[Finding]:
        """The KeepAlive findings: further compiles, so only where the source gives cause."""
        if package.status is not PackageStatus.OK:
            return ()
        files = self._reader.lifetime_files(package.files)
        if not files:
            return ()
        from golsp_mem.analysis.lifetime.run import lifetimes  # noqa: PLC0415
        from golsp_mem.analysis.lifetime.trial import Trial  # noqa: PLC0415
        from golsp_mem.toolchain.live import compiler_of  # noqa: PLC0415
        from golsp_mem.toolchain.type_errors import type_errors_of  # noqa: PLC0415

        plan = None
        if not self._overlay and is_plannable(self._toolchain, self._listed):
            plan = Plan(package.import_path, tuple(self._listed))
        planner = await self._engine.planner(package.import_path)
        compile_live = compiler_of(
            self._toolchain, package.import_path, directory=self._engine.directory,
            settings=self._engine.settings, tests=self._tests, plan=plan, planner=planner,
        )  # fmt: skip
        type_errors = type_errors_of(planner, tests=self._tests, plan=plan)
        try:
            live = await compile_live(self._overlay)
            trial = Trial(live, compile_live, type_errors, self._overlay)
            found = await lifetimes(package.import_path, files, package.functions, trial)
        except (BuildFailed, GoFailed):
            # It built a moment ago: somebody is writing. The next run will tell.
            return ()
        return found.findings


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
