"""What a plan said is said again by the go command, whose answer counts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from golsp_mem.errors import GolspMemError
from golsp_mem.lsp.state.compiles import TakeIn, by_directory, content, directories_of
from golsp_mem.lsp.state.files import Source
from golsp_mem.lsp.state.packages import Package, Packages
from golsp_mem.lsp.state.scheduler import Scheduler

logger = logging.getLogger(__name__)

# So long after the last save of a package the go command is asked whether it agrees.
RECONCILE_SECONDS = 2.0


class Reconciling:
    """Asks the go command about packages when nobody has saved for a while. ``saves`` are the runs
    that come first; ``take_in`` gets what it says otherwise, ``changed`` is told of whom."""

    def __init__(
        self,
        packages: Packages,
        saves: Scheduler,
        changed: Callable[[Package], None],
        take_in: TakeIn,
    ) -> None:
        self._packages = packages
        self._saves = saves
        self._changed = changed
        self._take_in = take_in
        self._scheduler = Scheduler(self._run, pause=RECONCILE_SECONDS, slots=1)

    def request(self, directory: str) -> None:
        self._scheduler.request(directory)

    def cancel(self, directory: str) -> None:
        self._scheduler.cancel(directory)

    async def close(self) -> None:
        await self._scheduler.close()

    async def _run(self, directory: str) -> None:
        package = self._packages.known(directory)
        if package is None or package.view is None or self._saves.busy(directory):
            return
        shown = package.view
        source = await asyncio.to_thread(Source.of, package.name)
        try:
            engine = package.engine(shown.settings)
            found = await engine.check(["."], tests=shown.tests, apart=True)
        except GolspMemError as error:
            logger.info("the go command does not tell of %s: %s", package.name, error)
            return
        if self._saves.busy(directory) or package.view is not shown:
            return
        if content(by_directory(found).get(directory, ())) != content(shown.packages):
            logger.info("the go command finds something else in %s", package.name)
            directories = directories_of(found)
            self._take_in(package, found, shown.settings, source, directories, shown.tests)
            self._changed(package)
