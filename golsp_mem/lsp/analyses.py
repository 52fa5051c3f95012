"""Runs the engine for packages and keeps the results: everything that is shown comes from here.

Who shows something (diagnostics, hints, the status) listens with `Workbench.listen` and reads
`Workbench.packages`. Nobody else starts the engine, but for the flow of one finding.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen
from lsprotocol import types

from golsp_mem.analysis.engine import Engine, Progress
from golsp_mem.analysis.program import Programs
from golsp_mem.config import Settings
from golsp_mem.errors import ConfigError, GolspMemError, ToolchainError
from golsp_mem.lsp.convert import Text, file_key, path_below
from golsp_mem.lsp.files import footprint, go_files, module_roots, read_texts
from golsp_mem.lsp.flow_queries import Flows
from golsp_mem.lsp.liveness_queries import Lives
from golsp_mem.lsp.packages import Package, Packages, view_of
from golsp_mem.lsp.progress import Reporter, reporting
from golsp_mem.lsp.scheduler import Scheduler
from golsp_mem.model import Analysis, PackageAnalysis, PackageStatus

if TYPE_CHECKING:
    from golsp_mem.lsp.connection import GolspMemServer

logger = logging.getLogger(__name__)

# A build shorter than this many seconds shows no progress.
QUIET_SECONDS = 1.0


@frozen
class Outcome:
    """What analysing the whole workspace came to."""

    packages: int
    findings: int
    cancelled: bool


class Workbench:
    """The analyses of one session."""

    def __init__(self, server: GolspMemServer) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._listeners: list[Callable[[Package], None]] = []
        self.packages = Packages()
        self.scheduler = Scheduler(self._analyse)
        self.flows = Flows(self.engine_for)
        self.lives = Lives(self.engine_for)
        self.programs = Programs()

    def listen(self, listener: Callable[[Package], None]) -> None:
        """Have ``listener`` called whenever a package's state or result changed."""
        self._listeners.append(listener)

    def changed(self, package: Package) -> None:
        """Tell the listeners about a package."""
        for listener in self._listeners:
            listener(package)

    def package_of(self, name: str) -> Package:
        """The package that a Go file belongs to."""
        return self.packages.at(str(Path(name).parent))

    def known_package_of(self, name: str) -> Package | None:
        """The package of a file, None when it was never looked at."""
        return self.packages.known(file_key(Path(name).parent))

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

    def request_edited(self, package: Package) -> None:
        """Analyse a package whose text has changed, and then what is open and imports it."""
        package.edited = time.monotonic()
        self.request(package)

    def request_if_changed(self, package: Package) -> None:
        """Analyse the package unless its files are those of the last good analysis."""
        unchanged = package.view is not None and package.seen == footprint(package.name)
        if unchanged and package.problem is None:
            self.changed(package)
        elif not self.scheduler.busy(package.directory):
            self.request_edited(package)

    def engine_for(self, package: Package, settings: Settings) -> Engine:
        """The engine of the package's directory; it is kept, as finding Go takes time."""
        known = package.engine
        if known is None or known.settings != settings:
            known = package.engine = Engine(settings, Path(package.name))
        return known

    # One package

    async def _analyse(self, directory: str) -> None:
        package = self.packages.known(directory)
        if package is None:
            return
        package.building = True
        self.changed(package)
        title = f"golsp-mem: {Path(package.name).name}"

        def cancel() -> None:
            package.fail("the analysis was cancelled; save the file to run it again")
            self.scheduler.cancel(directory)

        enabled = self._server.session.client.progress
        try:
            async with reporting(
                self._server, title, cancel, after=QUIET_SECONDS, enabled=enabled
            ) as report:
                await self._run(package, report)
        except GolspMemError as error:
            self._failed(package, error)
        except Exception:
            logger.exception("internal error while analysing %s", package.name)
            package.fail("internal error; the server's log has the details")
        finally:
            package.building = False
            self.changed(package)

    async def _run(self, package: Package, report: Reporter) -> None:
        await self._server.settings_known()
        settings = self._server.session.settings_for(package.name)
        # Read before the build: what is saved meanwhile brings a run of its own.
        package.began = time.monotonic()
        seen = footprint(package.name)
        if not seen:
            package.view = package.problem = None
            return
        texts = await asyncio.to_thread(read_texts, go_files(package.name))
        analysis = await self.engine_for(package, settings).check(
            ["."], tests=True, on_progress=report
        )
        found = _by_directory(analysis).get(package.directory, ())
        package.dependencies = frozenset(map(file_key, analysis.dependencies))
        if self._accept(package, analysis, found, settings, texts):
            package.seen = seen
            if package.edited is not None:
                self._request_importers(package, package.edited)
                package.edited = None

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
            ):
                self.request(package)

    def _accept(
        self,
        package: Package,
        analysis: Analysis,
        found: tuple[PackageAnalysis, ...],
        settings: Settings,
        texts: dict[str, Text],
    ) -> bool:
        notices = self._server.notices
        cause = f"build {package.directory}"
        broken = next((one for one in found if one.status == PackageStatus.FAILED), None)
        compiled = any(one.functions for one in found)
        if broken is None or compiled:
            number = next(self._numbers)
            view = view_of(number, package.directory, analysis.go, settings, found, texts)
            if broken is not None and package.view is not None:
                # What did not compile this time (tests, mostly) keeps its last good findings.
                view = view.completed_by(package.view)
            for document in self._server.documents:
                if document.key in view.texts:
                    document.mark_analysed(view.texts[document.key])
            package.accept(view)
        for warning in analysis.warnings:
            notices.log(f"warning {package.directory}", warning, types.MessageType.Warning)
        if broken is None:
            notices.forget(cause)
            return True
        package.fail(broken.error or "the package does not build")
        stay = " The findings of the last good build stay." if package.view else ""
        notices.log(cause, f"{broken.import_path} does not build: {package.problem}{stay}")
        return False

    def _failed(self, package: Package, error: GolspMemError) -> None:
        """Say why, loudly only when it concerns the set-up rather than this save."""
        package.fail(str(error))
        notices = self._server.notices
        if isinstance(error, ConfigError):
            self._server.session.complain(error)
        elif isinstance(error, ToolchainError):
            notices.show_once(type(error).__name__, f"golsp-mem: {error}")
        else:
            notices.log(f"build {package.directory}", f"{package.name}: {error}")

    # The whole workspace

    async def analyse_workspace(self, token: str | int | None = None) -> Outcome:
        """Analyse every package of every folder; progress goes to ``token``, or a new one."""
        task = asyncio.current_task()
        assert task is not None
        cancelled = False

        def cancel() -> None:
            nonlocal cancelled
            cancelled = True
            task.cancel()

        client = self._server.session.client
        packages = 0
        try:
            async with reporting(
                self._server,
                "golsp-mem: workspace",
                cancel,
                after=0.0,
                enabled=client.progress or token is not None,
                token=token,
            ) as report:
                for folder in self._server.session.folders:
                    for root in await asyncio.to_thread(module_roots, folder.name):
                        packages += await self._analyse_module(root, report)
        except asyncio.CancelledError:
            if not cancelled:
                raise
            task.uncancel()
        findings = sum(
            len(items)
            for package in self.packages
            if package.asked and package.view
            for items in package.view.items.values()
        )
        return Outcome(packages, findings, cancelled)

    async def _analyse_module(self, root: str, report: Callable[[Progress], None]) -> int:
        settings = self._server.session.settings_for(root)
        try:
            analysis = await Engine(settings, Path(root)).check(
                ["./..."], tests=True, on_progress=report
            )
        except GolspMemError as error:
            self._failed(self.packages.at(root), error)
            return 0
        grouped = _by_directory(analysis)
        for found in grouped.values():
            package = self.packages.at(found[0].directory)
            texts = await asyncio.to_thread(read_texts, go_files(package.name))
            seen = footprint(package.name)
            package.asked = True
            package.closed.clear()
            if self._accept(
                package, analysis, found, self._server.session.settings_for(package.name), texts
            ):
                package.seen = seen
            self.changed(package)
        return len(grouped)

    # What happens to the workspace

    def refresh(self, packages: Iterable[Package]) -> None:
        """Analyse those packages again that somebody looks at; forget the others."""
        for package in packages:
            if self.visible(package):
                package.seen = ()
                self.request(package)
            else:
                self.forget(package)

    def visible(self, package: Package) -> bool:
        """Whether the package shows: one of its files is open, or somebody asked for all."""
        return package.asked or self._is_open(package)

    def _is_open(self, package: Package) -> bool:
        return any(
            file_key(Path(document.name).parent) == package.directory
            for document in self._server.documents
        )

    def forget(self, package: Package) -> None:
        """Drop a package with all that it shows."""
        self.scheduler.cancel(package.directory)
        self.flows.cancel(package)
        self.lives.cancel(package)
        package.view = package.problem = None
        self.changed(package)
        self.packages.drop(package.directory)

    async def close(self) -> None:
        """Stop every run; the children are gone when this returns."""
        for package in self.packages:
            self.flows.cancel(package)
            self.lives.cancel(package)
        with contextlib.suppress(asyncio.CancelledError):
            await self.scheduler.close()


def _by_directory(analysis: Analysis) -> dict[str, tuple[PackageAnalysis, ...]]:
    """The packages of an analysis by directory: a package and its external tests share one."""
    grouped: dict[str, tuple[PackageAnalysis, ...]] = {}
    for package in analysis.packages:
        key = file_key(package.directory)
        grouped[key] = (*grouped.get(key, ()), package)
    return grouped
