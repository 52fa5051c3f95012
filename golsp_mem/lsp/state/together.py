"""New packages that wait for their first analysis get it with one go command.

An editor opens all files of the last session at once, and a ``go list`` for each of 300 packages
takes minutes, one for 24 of them little longer than one for a single package.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from golsp_mem.analysis.engine import Engine, Progress
from golsp_mem.config import Settings
from golsp_mem.errors import AnalysisTimeout, GoFailed, UsageError
from golsp_mem.lsp.state.files import Source, module_root
from golsp_mem.lsp.state.packages import Package, Packages
from golsp_mem.lsp.state.scheduler import Scheduler
from golsp_mem.lsp.state.session import Session
from golsp_mem.model import Analysis
from golsp_mem.toolchain.plans.plan import Snapshot

logger = logging.getLogger(__name__)

# Not more of them: their findings come together, too.
MOST = 24


class Together:
    """Finds packages that suit each other. ``changed`` is told whose state changed, ``take_in``
    gets what was found: package, analysis, settings, the texts before it, and all directories
    that it was compiled with."""

    def __init__(
        self,
        packages: Packages,
        scheduler: Scheduler,
        session: Session,
        changed: Callable[[Package], None],
        take_in: Callable[[Package, Analysis, Settings, Source, frozenset[str]], None],
    ) -> None:
        self._packages = packages
        self._scheduler = scheduler
        self._session = session
        self._changed = changed
        self._take_in = take_in
        # Directories that could not be analysed with others.
        self._alone: set[str] = set()

    async def run(
        self,
        first: Package,
        settings: Settings,
        directories: Callable[[Analysis], frozenset[str]],
        report: Callable[[Progress], None],
    ) -> bool:
        """Analyse a new package and those of its module that wait, too.

        ``directories`` tells those of an analysis (`file_key`). False: nothing came of it, the
        package has to run alone.
        """
        root = module_root(first.name)
        if first.view is not None or first.directory in self._alone or root is None:
            return False
        taken = self._scheduler.take(partial(self._suits, root, settings), MOST)
        others = [one for one in map(self._packages.known, taken) if one is not None]
        served: list[str] = []
        try:
            for one in others:
                one.begin()
                self._changed(one)
            if others:
                served += await self._analyse(root, [first, *others], settings, directories, report)
        finally:
            self._scheduler.done(taken, served)
            for one in others:
                # What was not served has a run of its own before it.
                if not self._scheduler.awaits(one.directory):
                    one.end()
                self._changed(one)
        return first.directory in served

    async def _analyse(
        self,
        root: Path,
        packages: list[Package],
        settings: Settings,
        directories: Callable[[Analysis], frozenset[str]],
        report: Callable[[Progress], None],
    ) -> list[str]:
        sources = [await asyncio.to_thread(Source.of, one.name) for one in packages]
        before = [await asyncio.to_thread(Snapshot.of, one.name) for one in packages]
        patterns = [f"./{Path(one.name).relative_to(root).as_posix()}" for one in packages]
        try:
            engine = Engine(settings, root, lasts=True)
            built = await engine.build(patterns, tests=True, on_progress=report)
            analysis = await engine.check(
                patterns, tests=True, on_progress=report, apart=True, built=built
            )
        except (UsageError, GoFailed, AnalysisTimeout) as error:
            # It is told of the package whose it is, when that runs alone.
            logger.info("%s packages of %s run alone: %s", len(packages), root, error)
            self._alone.update(one.directory for one in packages)
            return []
        found = directories(analysis)
        served = []
        for one, source, snapshot in zip(packages, sources, before, strict=True):
            # Not what was forgotten meanwhile.
            if one.directory in found and self._packages.known(one.directory) is one:
                self._take_in(one, analysis, settings, source, found)
                served.append(one.directory)
                await one.engine(settings).adopt(built, snapshot, tests=True, by=engine)
        return served

    def _suits(self, root: Path, settings: Settings, directory: str) -> bool:
        package = self._packages.known(directory)
        return (
            package is not None
            and package.view is None
            and directory not in self._alone
            and "..." not in package.name
            and module_root(package.name) == root
            and self._session.settings_for(package.name) == settings
        )
