"""Analyses of text that is not saved yet (setting ``analyse`` = ``onType``).

Some time after the last keystroke the package is compiled by its plan, with the editor's texts in
place of the files. Where no plan holds or the text does not compile nothing is said: the findings
that are there stay, and move along with the text.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from golsp_mem.analysis.variants import is_test
from golsp_mem.config import Analyse
from golsp_mem.errors import GolspMemError
from golsp_mem.lsp.convert import Text, file_key
from golsp_mem.lsp.state.compiles import TakeIn, by_plan, directories_of
from golsp_mem.lsp.state.files import Source
from golsp_mem.lsp.state.packages import Package, Packages
from golsp_mem.lsp.state.scheduler import Scheduler
from golsp_mem.lsp.state.session import Session
from golsp_mem.model import Analysis

# So long after the last keystroke, in seconds: long enough to think of the next word.
TYPING_SECONDS = 0.4


class Typing:
    """Analyses packages while somebody types. ``saves`` are the runs of saved text, which come
    first; ``take_in`` gets what was found, ``changed`` is told of whom."""

    def __init__(
        self,
        packages: Packages,
        saves: Scheduler,
        session: Session,
        changed: Callable[[Package], None],
        take_in: TakeIn,
    ) -> None:
        self._packages = packages
        self._saves = saves
        self._session = session
        self._changed = changed
        self._take_in = take_in
        self._scheduler = Scheduler(self._run, pause=TYPING_SECONDS, slots=1)

    def request(self, package: Package) -> None:
        """Somebody typed in a file of the package."""
        if package.view is not None and package.view.settings.analyse is Analyse.ON_TYPE:
            self._scheduler.request(package.directory)

    def cancel(self, directory: str) -> None:
        self._scheduler.cancel(directory)

    async def close(self) -> None:
        await self._scheduler.close()

    async def _run(self, directory: str) -> None:
        package = self._packages.known(directory)
        if package is None or package.view is None or self._saves.busy(directory):
            return
        texts = self._unsaved(directory)
        if not texts:
            if package.view.unsaved:
                # Typed, and taken back.
                self._saves.request(directory)
            return
        source = await asyncio.to_thread(Source.of, package.name)
        overlay = {Path(name): text.raw for name, text in texts.items()}
        tests = any(map(is_test, texts))
        settings = package.view.settings
        typed = {file_key(name): text for name, text in texts.items()}
        made_of = Source((), {**source.texts, **typed}, unsaved=True)

        def take(found: Analysis) -> None:
            if not self._saves.busy(directory):
                self._take_in(package, found, settings, made_of, directories_of(found), tests)
                self._changed(package)

        # The next save tells what is wrong.
        with contextlib.suppress(GolspMemError):
            await by_plan(package.engine(settings), take, tests=tests, overlay=overlay)

    def _unsaved(self, directory: str) -> dict[str, Text]:
        """The texts of open files of the package that are not on the disk, by native name."""
        return {
            document.name: document.text
            for document in self._session.documents.in_directory(directory)
            if document.is_unsaved
        }
