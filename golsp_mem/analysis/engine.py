"""One run: toolchain output -> facts -> findings."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from golsp_mem.analysis.cache import store
from golsp_mem.analysis.cache.digests import Digests
from golsp_mem.analysis.cache.store import Store
from golsp_mem.compiler.objects.builtins import parse_builtins
from golsp_mem.compiler.text.messages import parse_heading
from golsp_mem.config import Settings
from golsp_mem.files import stamp_of
from golsp_mem.model import (
    Analysis,
    Finding,
    GoVersion,
    PackageAnalysis,
    Step,
)
from golsp_mem.toolchain.go import Toolchain, find_go, read_builtins
from golsp_mem.toolchain.go_list import ListedPackage, Listing, listing
from golsp_mem.toolchain.overlay import overlay_file

if TYPE_CHECKING:
    from golsp_mem.analysis.flow_text import FlowTexts
    from golsp_mem.analysis.heap.trail import Trail
    from golsp_mem.analysis.known import Known
    from golsp_mem.analysis.proof.judge import Judge
    from golsp_mem.analysis.proof.lifetimes import LifetimeJudge
    from golsp_mem.analysis.runs.checking import Each
    from golsp_mem.analysis.runs.last_time import Before, LastTime
    from golsp_mem.analysis.saves.direct import DirectReader
    from golsp_mem.analysis.saves.saved import Early, SavedPackage
    from golsp_mem.toolchain.plans.plan import Snapshot
    from golsp_mem.toolchain.plans.planner import Planner

T = TypeVar("T")

_READS = ("golsp_mem.analysis.runs.checking",)
# Others may have it all in the store.
_READS_PACKAGES = ("golsp_mem.analysis.package",)
_FINDS_BEFORE = ("golsp_mem.analysis.runs.last_time", "golsp_mem.analysis.cache.codec")


@frozen
class Progress:
    """What a long run is doing: ``done`` of ``total`` steps, None when nobody knows."""

    message: str
    done: int
    total: int | None


OnProgress = Callable[[Progress], None]


class Engine:
    """Analyses packages below one directory. Not bound to an event loop until used."""

    def __init__(
        self,
        settings: Settings,
        directory: Path,
        *,
        cache: Path | None = None,
        helpers: int | None = None,
        lasts: bool = False,
    ) -> None:
        """``helpers`` processes read packages beside this one; None: as many as pay, and if this
        process ``lasts``, in its stead: what reading took they give back."""
        self.settings = settings
        self._helpers = helpers
        self._lasts = lasts
        self.directory = directory
        self._store = Store(cache or store.default_directory())
        self._toolchain: Toolchain | None = None
        # What its files were when it was found.
        self._decided: tuple[object, ...] = ()
        self._builtins: tuple[str, ...] = ()
        self._planners: dict[str, Planner] = {}
        self._judges: dict[str, Judge] = {}
        self._flow_texts: FlowTexts | None = None
        self._saved: SavedPackage | None = None
        # Reading object files is Python's own work: one thread keeps the event loop free
        # without two runs fighting for the interpreter.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="golsp-mem")

    async def toolchain(self) -> Toolchain:
        """The Go that this engine uses, looked for again where another was put in its place or
        `go env -w` has set something. Raises ToolchainError subclasses."""
        known = self._toolchain
        if known is None or self._decided != _decided(known):
            found = await find_go(self.settings, self.directory)
            if known is not None and known != found:
                self._planners, self._judges, self._saved = {}, {}, None
            self._use(found, parse_builtins(read_builtins(found.version.goroot)))
            return found
        return known

    def _use(self, toolchain: Toolchain, builtins: tuple[str, ...]) -> None:
        self._toolchain, self._builtins = toolchain, builtins
        self._decided = _decided(toolchain)

    @property
    def remembers(self) -> bool:
        """Whether something is left of earlier runs but plans."""
        return bool(self._saved or self._judges or self._flow_texts)

    def forget(self) -> None:
        """Let go of that: the next save reads all of its package."""
        self._judges, self._saved, self._flow_texts = {}, None, None

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
        apart: bool = False,
        calls: bool = False,
        trail: Trail | None = None,
        built: Listing | None = None,
        digests: Digests | None = None,
        each: Each | None = None,
    ) -> Analysis:
        """Compile and analyse the packages that the patterns name; none name nothing.

        Packages come back in the order of their import paths, those that do not build FAILED
        with their errors. Raises UsageError (bad pattern, nothing matched), ToolchainError,
        AnalysisTimeout. Cancelling kills ``go`` and its children. ``apart``: of ``_test.go`` files
        the test variants tell, of all others the package as its users get it, and of none what the
        others inline of it. ``calls``: with what
        all calls allocate (`PackageAnalysis.calls`), else only where code promises to allocate
        nothing. ``built`` is what `build` said a moment ago; ``digests`` get those of all files
        that were looked at. ``each`` gets the packages of one directory after the other, and the
        answer has none: those of a whole repository take much together. (They are told what others
        inline of them.)
        """
        toolchain = await self.toolchain()
        if not patterns:
            # The go command would take it for the package of the directory.
            return Analysis(toolchain.version, (), 0.0, toolchain.warnings)
        building = _Building(on_progress or (lambda _: None))

        def ask(texts: Mapping[Path, bytes]) -> Awaitable[Listing]:
            plain = not (apart or reasons or texts)
            return self._built(patterns, building, tests, reasons, texts, as_built=plain)

        if built is None:
            # What reads is loaded while go works; who has an answer already needs none of it.
            load = partial(_load, *_READS, *(_READS_PACKAGES if apart else ()))
            ready, _ = await asyncio.gather(ask(overlay or {}), self.in_thread(load))
            built = ready
        from golsp_mem.analysis.runs.checking import Asked, Checking  # noqa: PLC0415

        asked = Asked(patterns, tests, reasons, overlay or {}, apart, calls, trail, each=each)
        checking = Checking(
            toolchain, self._builtins, self.settings, self.directory, self._store, self._helpers,
            self._lasts, self.in_thread, ask, building.read,
            partial(self._known, patterns, tests=tests) if apart else None,
        )  # fmt: skip
        found, names = await checking.analysed(asked, built, digests or Digests())
        if apart and each is None and list(patterns) == ["."] and not asked.is_aside:
            await self.in_thread(partial(self._keep, toolchain, built, names, found, tests=tests))
        return found

    async def build(
        self,
        patterns: Sequence[str],
        *,
        tests: bool,
        on_progress: OnProgress | None = None,
        as_built: bool = False,
    ) -> Listing:
        """Compile what the patterns name, for `check` to read; ``as_built``: what ``go build`` has
        compiled is taken. Raises as it."""
        building = _Building(on_progress or (lambda _: None))
        return await self._built(patterns, building, tests, False, None, as_built=as_built)

    async def adopt(
        self, built: Listing, before: Snapshot | None, *, tests: bool, by: Engine | None = None
    ) -> None:
        """Take what was built together with other packages, and is of the directory's own as it
        was ``before``, for a plan: the first save of it needs no go command. ``by``, an engine with
        the same settings in the same module, has built it: its Go is this one's too, and is not
        looked for again. Raises as `planner`.
        """
        if by is not None and self._toolchain is None:
            self._use(await by.toolchain(), by.builtins)
        own = str(self.directory)
        # Of the others those that it imports have been built, or it would not have.
        listed = [
            one if one.directory == own else imported
            for one, imported in zip(built.packages, built.dependencies, strict=True)
            if one.error is None or one.dep_only or one.directory == own
        ]
        (await self.planner()).remember(listed, before, tests=tests)

    async def _built(
        self,
        patterns: Sequence[str],
        building: _Building,
        tests: bool,
        reasons: bool,
        overlay: Mapping[Path, bytes] | None,
        *,
        as_built: bool = False,
    ) -> Listing:
        if as_built and (found := await self._after_build(patterns, building, tests)) is not None:
            return found
        # Of what was built by somebody else nobody knows what the directory was before.
        before = self._before(patterns, overlay)
        with overlay_file(overlay) as overlay_path:
            built = await listing(
                await self.toolchain(), patterns, directory=self.directory, settings=self.settings,
                gcflags="-m=2" if reasons else "-m", tests=tests, overlay=overlay_path,
                on_line=building.heard, on_compiled=building.begun,
            )  # fmt: skip
        if before is not None:
            (await self.planner()).remember(built.packages, before, tests=tests)
        return built

    async def _after_build(
        self, patterns: Sequence[str], building: _Building, tests: bool
    ) -> Listing | None:
        from golsp_mem.analysis.runs.after_build import AfterBuild  # noqa: PLC0415

        after = AfterBuild(await self.toolchain(), self.settings, self.directory, self.kept)
        return await after.listing(
            patterns, tests=tests, on_line=building.heard, on_compiled=building.begun
        )

    async def found_before(self, *, tests: bool) -> Before | None:
        """What `check` with ``apart`` found of the directory's package, in whatever process, where
        that surely is what it would find now; None where the go command has to be asked, or a save
        needs it no more. Raises ToolchainError subclasses."""
        planner = self._planners.get(".")
        if planner is not None and planner.has(tests=tests):
            return None
        # What it takes is loaded while go says which it is.
        toolchain, _ = await asyncio.gather(self.toolchain(), self.in_thread(self._look_back))
        return await self.in_thread(self._last_time(toolchain, tests=tests).found)

    async def recall(self, before: Before, *, tests: bool) -> None:
        """Save by the plan that was compiled by before. Raises as `planner`."""
        planner = await self.planner()
        await self.in_thread(lambda: planner.recall(before.listed, before.guard, tests=tests))

    def _look_back(self) -> None:
        _load(*_FINDS_BEFORE)
        if self.kept is not None:
            _ = self._store.this_program

    def _last_time(self, toolchain: Toolchain, *, tests: bool) -> LastTime:
        from golsp_mem.analysis.runs.last_time import LastTime  # noqa: PLC0415

        return LastTime(self._store, toolchain, self.settings, self.directory, tests)

    def _keep(
        self,
        toolchain: Toolchain,
        built: Listing,
        names: Sequence[str],
        found: Analysis,
        *,
        tests: bool,
    ) -> None:
        guard = self._planner(toolchain, ".").guard(tests=tests)
        if guard is not None:
            self._last_time(toolchain, tests=tests).keep(guard, built.answer, names, found)

    async def saved(
        self,
        *,
        tests: bool,
        overlay: Mapping[Path, bytes] | None = None,
        early: Early | None = None,
    ) -> Analysis | None:
        """What `check` with ``apart`` finds in the directory's package, for the price of a compile;
        None where only the go command can tell. ``early`` may get it before lifetimes are known.
        Raises ToolchainError, AnalysisTimeout."""
        if not (await self.planner()).remembers:
            # Nothing of what reads and compiles is loaded for that.
            return None
        saved = self._of_saves(await self.toolchain())
        return await saved.analysed(tests=tests, overlay=overlay, early=early)

    def _of_saves(self, toolchain: Toolchain) -> SavedPackage:
        if self._saved is None:
            from golsp_mem.analysis.saves.saved import SavedPackage  # noqa: PLC0415

            self._saved = SavedPackage(self._direct(toolchain, "."))
        return self._saved

    def _known(
        self, patterns: Sequence[str], listed: Sequence[ListedPackage], *, tests: bool
    ) -> Known | None:
        """What saves of the directory's package have left, and shall find."""
        toolchain = self._toolchain
        if toolchain is None or list(patterns) != ["."] or any(one.error for one in listed):
            return None
        return self._of_saves(toolchain).known(listed, tests=tests)

    def _before(
        self, patterns: Sequence[str], overlay: Mapping[Path, bytes] | None
    ) -> Snapshot | None:
        """What the go command is about to see of the directory's own package."""
        if overlay or list(patterns) != ["."]:
            return None
        from golsp_mem.toolchain.plans.plan import Snapshot  # noqa: PLC0415

        return Snapshot.of(str(self.directory))

    async def flow(self, package: PackageAnalysis, finding: Finding) -> tuple[Step, ...]:
        """Why the finding's value escapes, step by step; empty when the compiler does not say.

        Compiles the package's front end once more with ``-m=2`` and answers as soon as the
        finding's block has passed; what is asked next of the package is known then. Raises
        ToolchainError, AnalysisTimeout.
        """
        if finding.why is None:
            return ()
        from golsp_mem.analysis.flow_text import FlowTexts  # noqa: PLC0415
        from golsp_mem.analysis.reasons import flow_of  # noqa: PLC0415

        # What is remembered of the directory's own package needs no go command.
        own = package.directory == str(self.directory)
        planner = await self.planner("." if own else package.import_path)
        if self._flow_texts is None:
            self._flow_texts = FlowTexts()
        return await flow_of(planner, finding.why, self._flow_texts)

    async def listed(self, patterns: Sequence[str], *, tests: bool) -> Sequence[ListedPackage]:
        """What the patterns name, compiled, and all that it depends on: of the directory's own
        package as remembered, where nothing changed since. Raises what `listing` raises."""
        toolchain = await self.toolchain()
        if tuple(patterns) in ((".",), (str(self.directory),)):
            known = (await self.planner()).listed(tests=tests)
            if known is not None:
                return known
        # The flags of a check, so that the build cache has it all.
        listed = await listing(
            toolchain, patterns, directory=self.directory, settings=self.settings, gcflags="-m",
            tests=tests,
        )  # fmt: skip
        return listed.packages

    async def planner(self, package: str = ".") -> Planner:
        """Who compiles a package directly, and remembers how. Raises ToolchainError subclasses."""
        return self._planner(await self.toolchain(), package)

    def _planner(self, toolchain: Toolchain, package: str) -> Planner:
        known = self._planners.get(package)
        if known is None:
            from golsp_mem.toolchain.plans.planner import Planner  # noqa: PLC0415

            known = Planner(toolchain, self.settings, self.directory, package)
            self._planners[package] = known
        return known

    async def judge(self, package: str = ".") -> Judge:
        """Who says whether an edit of the package does what it claims. Raises as `planner`."""
        toolchain = await self.toolchain()
        known = self._judges.get(package)
        if known is None:
            from golsp_mem.analysis.proof.judge import Judge  # noqa: PLC0415

            saved = self._of_saves(toolchain).plain_now if package == "." else None
            known = self._judges[package] = Judge(await self.direct(package), saved)
        return known

    async def lifetime_judge(self) -> LifetimeJudge:
        """Who says whether an edit of the directory's package ends a finding of lifetimes. Raises
        as `planner`."""
        from golsp_mem.analysis.proof.lifetimes import LifetimeJudge  # noqa: PLC0415

        return LifetimeJudge(await self.direct())

    async def direct(self, package: str = ".") -> DirectReader:
        """Who compiles a package and reads what came of it. Raises as `planner`."""
        return self._direct(await self.toolchain(), package)

    def _direct(self, toolchain: Toolchain, package: str) -> DirectReader:
        from golsp_mem.analysis.saves.direct import DirectReader  # noqa: PLC0415

        planner = self._planner(toolchain, package)
        return DirectReader(planner, self._builtins, self.in_thread, self.kept)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run Python's own work beside the event loop, one piece at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    @property
    def kept(self) -> Path | None:
        """Where things are kept between runs."""
        return self._store.directory

    @property
    def builtins(self) -> tuple[str, ...]:
        """Names of the compiler's numbered symbols; empty before `toolchain` was asked."""
        return self._builtins


class _Building:
    """Tells how far the run has come."""

    def __init__(self, report: OnProgress) -> None:
        self._report = report
        self._compiled = 0
        self._is_cold = False
        report(Progress("building", 0, None))

    def heard(self, line: str) -> None:
        """A line of the compiler's text has come."""
        if not line.startswith("# ") or (heading := parse_heading(line)) is None:
            return
        package = heading.package
        self._compiled += 1
        if not self._is_cold:
            self._report(Progress(f"compiled {package}", self._compiled, None))

    def read(self, package: str, done: int, total: int) -> None:
        """A package has been read."""
        self._report(Progress(f"read {package}", done, total))

    def begun(self, count: int, of: int | None) -> None:
        """Many packages are compiled; the build cache has them from then on."""
        self._is_cold = True
        total = "" if of is None else f" of {of}"
        self._report(Progress(f"compiling {count}{total} packages, once", count, of))


def _load(*modules: str) -> None:
    for module in modules:
        importlib.import_module(module)


def _decided(toolchain: Toolchain) -> tuple[object, ...]:
    return tuple(map(stamp_of, toolchain.decided_by))
