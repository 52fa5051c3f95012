"""Runs the engine for packages and keeps the results: everything that is shown comes from here.

Who shows something (diagnostics, hints, the status) listens with `Analyses.listen` and reads
`Analyses.packages`. Nobody else starts the engine, but for questions about one place.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve
from lsprotocol import types

from golsp_mem import __version__
from golsp_mem.analysis.engine import Engine, Progress
from golsp_mem.analysis.variants import is_test
from golsp_mem.config import Analyse, Settings, TestFindings
from golsp_mem.errors import ConfigError, GolspMemError, OutOfResources, ToolchainError
from golsp_mem.lsp.client.notices import Notices
from golsp_mem.lsp.client.progress import Reporter, reporting
from golsp_mem.lsp.convert import path_below
from golsp_mem.lsp.state.compiles import by_directory, compiled, directories_of, variants
from golsp_mem.lsp.state.files import (
    Source,
    files_gone,
    footprint,
    go_files,
    module_roots,
)
from golsp_mem.lsp.state.packages import Package, Packages
from golsp_mem.lsp.state.reconciling import Reconciling
from golsp_mem.lsp.state.retries import Retries
from golsp_mem.lsp.state.scheduler import Scheduler
from golsp_mem.lsp.state.session import SECTION, Session
from golsp_mem.lsp.state.tidying import Tidying
from golsp_mem.lsp.state.together import Together
from golsp_mem.lsp.state.trouble import Failure, Trouble, TroubleCause, WorkspaceRun, trouble_of
from golsp_mem.lsp.state.typing import Typing
from golsp_mem.lsp.state.view import View, view_of
from golsp_mem.model import Analysis, PackageAnalysis, PackageStatus
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import opened

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

    from golsp_mem.analysis.call_program import CallPrograms
    from golsp_mem.analysis.program import Programs

logger = logging.getLogger(__name__)

# A build shorter than this many seconds shows no progress.
QUIET_SECONDS = 1.0
# Who opens many files sends them in one go.
OPENED_SECONDS = 0.03


class Analyses:
    """The analyses of one session."""

    def __init__(self, server: LanguageServer, session: Session, notices: Notices) -> None:
        self._server = server
        self._session = session
        self._notices = notices
        self._numbers = itertools.count(1)
        self._listeners: list[Callable[[Package], None]] = []
        self.packages = Packages()
        self.scheduler = Scheduler(self._analyse)
        self._reconciling = Reconciling(self.packages, self.scheduler, self.changed, self._take_in)
        self.typing = Typing(self.packages, self.scheduler, session, self.changed, self._take_in)
        self._retries = Retries(self.scheduler.request)
        self._tidying = Tidying(self.packages)
        self._together = Together(
            self.packages, self.scheduler, session, self.changed, self._take_in
        )

    @cached_property
    def programs(self) -> Programs:
        """The call graphs that were asked for."""
        from golsp_mem.analysis.program import Programs  # noqa: PLC0415 - for who asks

        return Programs()

    @cached_property
    def call_programs(self) -> CallPrograms:
        """What calls allocate, as far as it was asked for."""
        from golsp_mem.analysis.call_program import CallPrograms  # noqa: PLC0415 - for who asks

        return CallPrograms()

    def listen(self, listener: Callable[[Package], None]) -> None:
        """Have ``listener`` called whenever a package's state or result changed."""
        self._listeners.append(listener)

    def changed(self, package: Package) -> None:
        """Tell the listeners about a package."""
        for listener in self._listeners:
            listener(package)

    def packages_in(self, folder: str) -> list[Package]:
        """The packages below a folder (`file_key`)."""
        return [
            package
            for package in self.packages
            if path_below(package.directory, folder) is not None
        ]

    def request(self, package: Package) -> None:
        """Analyse the package soon; a run that goes on for it is stopped."""
        self.scheduler.request(package.directory)

    def request_edited(self, package: Package, *, pause: float | None = None) -> None:
        """Analyse a package whose text has changed, then what is open and imports it."""
        package.edit()
        self.typing.cancel(package.directory)
        self.scheduler.request(package.directory, pause=pause)

    def request_by_command(self, packages: Iterable[Package]) -> None:
        """Somebody asks for them, whatever the setting ``analyse`` says."""
        packages = list(packages)
        for package in packages:
            package.order()
        self.refresh(packages)

    def request_if_changed(self, package: Package) -> None:
        """Analyse the package unless its files are those of the last good analysis."""
        unchanged = package.view is not None and package.seen == footprint(package.name)
        view = package.view
        complete = view is not None and (view.tests or not self._has_tests(package, view.settings))
        if unchanged and complete and package.problem is None:
            self.changed(package)
        elif not self.scheduler.busy(package.directory):
            self.request_edited(package, pause=OPENED_SECONDS)

    # One package

    async def _analyse(self, directory: str) -> None:
        package = self.packages.known(directory)
        if package is None:
            return
        package.begin()
        self._tidying.cancel()
        self._retries.stop(directory)
        self.changed(package)
        title = f"golsp-mem: {Path(package.name).name}"

        def cancel() -> None:
            text = "the analysis was cancelled; save the file to run it again"
            package.fail(Trouble(TroubleCause.OTHER, text))
            self.scheduler.cancel(directory)

        enabled = self._session.client.progress
        try:
            async with reporting(
                self._server, title, cancel, after=QUIET_SECONDS, enabled=enabled
            ) as report:
                await self._run(package, report)
            self._retries.drop(directory)
        except OutOfResources as error:
            self._failed(package, error)
            text = f"{error} (the next try is in {self._retries.failed(directory):g} s)"
            package.fail(Trouble(TroubleCause.OTHER, text))
        except GolspMemError as error:
            self._failed(package, error)
        except Exception:
            logger.exception("internal error while analysing %s", package.name)
            text = "internal error; the server's log has the details"
            package.fail(Trouble(TroubleCause.OTHER, text))
        finally:
            # Put off by a newer request it is not done with: nothing holds yet.
            if not self.scheduler.awaits(directory):
                package.end()
            self.changed(package)
            self._tidying.request()
        package.deliver()

    async def _run(self, package: Package, report: Reporter) -> None:
        await self._session.settings_known()
        settings = self._session.settings_for(package.name)
        if settings.analyse is Analyse.MANUAL and not package.ordered:
            return
        if await self._together.run(package, settings, directories_of, report):
            return
        source = await asyncio.to_thread(Source.of, package.name)
        if not source.seen:
            package.clear()
            return
        self._reconciling.cancel(package.directory)
        engine = package.engine(settings)
        by_plan = False
        passes = variants(
            go_files(package.name), tests=self._has_tests(package, settings),
            shown=package.view if package.problem is None else None, texts=source.texts,
        )  # fmt: skip
        for tests in passes:
            take = partial(self._show, package, settings, source, tests)
            last = tests is passes[-1]
            by_plan |= await compiled(engine, report, take, tests=tests, last=last)
            if package.problem is not None:
                break
        self._tell_toolchain(await engine.toolchain())
        if by_plan:
            self._reconciling.request(package.directory)

    def _show(
        self, package: Package, settings: Settings, source: Source, tests: bool, found: Analysis
    ) -> None:
        self._take_in(package, found, settings, source, directories_of(found), tests=tests)
        self.changed(package)

    def _has_tests(self, package: Package, settings: Settings) -> bool:
        """Whether somebody looks at the package's tests."""
        if settings.test_findings is not TestFindings.OPEN:
            return settings.test_findings is TestFindings.ALL
        return any(map(is_test, self._open_files(package)))

    def _take_in(
        self,
        package: Package,
        analysis: Analysis,
        settings: Settings,
        source: Source,
        directories: frozenset[str],
        tests: bool = True,
    ) -> None:
        package.compiled_with(directories)
        found = by_directory(analysis).get(package.directory, ())
        took = time.monotonic() - package.began
        if self._accept(package, analysis, found, settings, source, tests=tests):
            package.up_to_date(source.seen)
            if source.unsaved:
                # It says nothing of the files, nor to the packages that import them.
                self._reconciling.cancel(package.directory)
                return
            self._notices.log(
                f"took {package.directory}", f"{package.name}: {self._count(package)}, {took:.2f} s"
            )
            if package.edited is not None:
                self._request_importers(package, package.edited)
                package.told_importers()

    def _count(self, package: Package) -> str:
        counts = package.view.counts if package.view else {}
        count = sum(counts[key] for key in self.shown_files(package))
        return f"{count} finding{'' if count == 1 else 's'}"

    def _tell_toolchain(self, found: Toolchain) -> None:
        go = found.version
        said = f"{go.version} {go.goos}/{go.goarch}: {go.binary} ({found.why})"
        self._notices.log(f"go {go.binary}", f"golsp-mem {__version__} uses {said}")

    def _request_importers(self, edited: Package, since: float) -> None:
        """Inlined code and escaping parameters reach into packages that import theirs. Not while
        it does not build: then nothing new is known of them."""
        for package in self.packages:
            imports = package.dependencies is None or edited.directory in package.dependencies
            if (
                imports
                and package is not edited
                and package.began < since
                and self._is_open(package)
                # What still waits for its run sees the new text anyway: nothing starts over.
                and not self.scheduler.awaits(package.directory)
            ):
                self.request(package)

    def _accept(
        self,
        package: Package,
        analysis: Analysis,
        found: tuple[PackageAnalysis, ...],
        settings: Settings,
        source: Source,
        *,
        tests: bool = True,
    ) -> bool:
        notices = self._notices
        cause = f"build {package.directory}"
        if not found:
            text = f"the go command lists no package in {package.name}"
            package.fail(Trouble(TroubleCause.NOT_BUILT, text))
            notices.log(cause, text)
            return False
        broken = next((one for one in found if one.status == PackageStatus.FAILED), None)
        compiled = any(one.functions for one in found)
        if broken is None or compiled:
            number = next(self._numbers)
            view = view_of(
                number, package.directory, analysis.go, settings, found, source.texts, tests=tests,
                last=package.view,
            )  # fmt: skip
            if package.view is not None and broken is not None:
                # What did not compile this time (tests, mostly) keeps its last good findings.
                view = view.completed_by(package.view)
            elif package.view is not None and not tests:
                changed = self._has_tests(package, settings)
                view = view.with_tests_of(package.view, changed=changed)
            view = evolve(view, unsaved=source.unsaved)
            for document in self._session.documents:
                if document.key in view.texts:
                    document.mark_analysed(view.texts[document.key])
            package.accept(view)
        for warning in analysis.warnings:
            notices.log(f"warning {package.directory}", warning, types.MessageType.Warning)
        if broken is None:
            notices.forget(cause)
            return True
        package.keep_without(files_gone(found, source.texts, tests=tests), next(self._numbers))
        error = opened(broken.error or "", package.directory)
        said = f": {error}" if error else ""
        package.fail(
            Trouble(TroubleCause.DOES_NOT_BUILD, f"{broken.import_path} does not build{said}")
        )
        stay = " The findings of the last good build stay." if package.view else ""
        text = f"{package.problem}.{stay}" if stay else str(package.problem)
        notices.log(cause, text, quoting=error)
        return False

    def _failed(self, package: Package, error: GolspMemError) -> None:
        """Say why, loudly only when it concerns the set-up rather than this save."""
        trouble = trouble_of(error)
        package.fail(trouble)
        notices = self._notices
        if isinstance(error, ConfigError):
            self._session.complain(error)
        elif isinstance(error, ToolchainError):
            ours = self._session.client.shows_problems and trouble.cause is TroubleCause.NO_GO
            notices.show_once(
                type(error).__name__,
                f"golsp-mem: {error}",
                setting=f"{SECTION}.goPath" if ours else None,
            )
        else:
            notices.log(f"build {package.directory}", f"{package.name}: {trouble}")

    # The whole workspace

    async def analyse_workspace(self, token: str | int | None = None) -> WorkspaceRun:
        """Analyse every package of every folder; progress goes to ``token``, or a new one."""
        task = asyncio.current_task()
        assert task is not None
        cancelled = False

        def cancel() -> None:
            nonlocal cancelled
            cancelled = True
            task.cancel()

        client = self._session.client
        packages = 0
        failed: list[Failure] = []
        try:
            async with reporting(
                self._server,
                "golsp-mem: workspace",
                cancel,
                after=0.0,
                enabled=client.progress or token is not None,
                token=token,
            ) as report:
                # Asked for at once after the start, it must not run with other settings, nor with
                # another Go, than the client is about to tell.
                await self._session.settings_known()
                for folder in self._session.folders:
                    for root in await asyncio.to_thread(module_roots, folder.name):
                        looked_at, not_built = await self._analyse_module(root, report)
                        packages += looked_at
                        failed += not_built
        except asyncio.CancelledError:
            if not cancelled:
                raise
            task.uncancel()
        finally:
            self._tidying.request()
        findings = sum(
            package.view.counts[key]
            for package in self.packages
            if package.asked and package.view
            for key in self.shown_files(package)
        )
        return WorkspaceRun(packages, findings, cancelled, tuple(failed))

    async def _analyse_module(
        self, root: str, report: Callable[[Progress], None]
    ) -> tuple[int, list[Failure]]:
        """How many packages of a module were looked at, and which were not."""
        settings = self._session.settings_for(root)
        failed: list[Failure] = []
        looked_at = 0

        async def take(analysis: Analysis) -> None:
            nonlocal looked_at
            found = analysis.packages
            looked_at += any(one.status is PackageStatus.OK for one in found)
            broken = [one for one in found if one.status is PackageStatus.FAILED]
            failed.extend(Failure(one.import_path, one.error or "no message") for one in broken)
            package = self.packages.at(found[0].directory)
            source = await asyncio.to_thread(Source.of, package.name)
            package.ask()
            own_settings = self._session.settings_for(package.name)
            if self._accept(package, analysis, found, own_settings, source):
                package.up_to_date(source.seen)
            self.changed(package)
            for one in self.packages.to_rest():
                one.rest()

        try:
            await Engine(settings, Path(root), lasts=True).check(
                ["./..."], tests=True, on_progress=report, apart=True, each=take
            )
        except GolspMemError as error:
            self._failed(self.packages.at(root), error)
            # What was shown before stays looked at.
            return looked_at, [*failed, Failure(root, str(trouble_of(error)))]
        return looked_at, failed

    # What happens to the workspace

    def refresh(self, packages: Iterable[Package]) -> None:
        """Analyse those packages again that somebody looks at; forget the others."""
        for package in packages:
            if self.visible(package):
                package.outdate()
                self.request(package)
            else:
                self.forget(package)

    def refresh_settings(self) -> None:
        """Other settings hold: what is shown has to be shown as they want it, manual or not."""
        for package in self.packages:
            if package.view is not None:
                package.order()
        self.refresh(self.packages)

    def shown_files(self, package: Package) -> list[str]:
        """The files (`file_key`) of a package whose findings are shown now.

        That is every file while one of the package is open or the workspace was asked for, but
        for those that the person has closed.
        """
        view = package.view
        if view is None or not view.settings.diagnostics or not self.visible(package):
            return []
        return [key for key in self.wanted_files(view) if key not in package.closed]

    def wanted_files(self, view: View) -> list[str]:
        """The files of a view but for those tests that the settings leave out."""
        wanted = view.settings.test_findings
        looked_at = set[str]()
        if wanted is TestFindings.OPEN:
            looked_at = {document.key for document in self._session.documents}
        return [
            key
            for key in view.counts
            if wanted is TestFindings.ALL or key in looked_at or not key.endswith("_test.go")
        ]

    def visible(self, package: Package) -> bool:
        """Whether the package shows: one of its files is open, or somebody asked for all."""
        return package.asked or self._is_open(package)

    def _is_open(self, package: Package) -> bool:
        return any(True for _ in self._open_files(package))

    def _open_files(self, package: Package) -> Iterator[str]:
        for one in self._session.documents.in_directory(package.directory):
            yield one.key

    def forget(self, package: Package) -> None:
        """Drop a package with all that it shows."""
        self.scheduler.cancel(package.directory)
        self._reconciling.cancel(package.directory)
        self.typing.cancel(package.directory)
        self._retries.drop(package.directory)
        package.clear()
        package.end()
        self.changed(package)
        self.packages.drop(package.directory)

    async def close(self) -> None:
        """Stop every run; the children are gone when this returns."""
        for package in self.packages:
            if package.view is not None:
                package.view.close()
        self._retries.close()
        self._tidying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.scheduler.close()
            await self._reconciling.close()
            await self.typing.close()
