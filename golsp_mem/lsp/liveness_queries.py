"""What is live at which call, asked of the compiler when somebody looks at a variable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from golsp_mem.analysis.engine import Engine
from golsp_mem.compiler.liveness import Liveness
from golsp_mem.config import Settings
from golsp_mem.errors import GolspMemError
from golsp_mem.lsp.packages import Package, View
from golsp_mem.toolchain.live import live_facts

logger = logging.getLogger(__name__)

# How long a question may go on after whoever asked was answered without it.
LIMIT_SECONDS = 30.0


class Lives:
    """Asks once for each analysis of a package and remembers the answer with it."""

    def __init__(self, engine_for: Callable[[Package, Settings], Engine]) -> None:
        self._engine_for = engine_for

    async def of(self, package: Package, seconds: float) -> Liveness | None:
        """The liveness of the analysed text; None when it takes longer than ``seconds``.

        Then the question goes on, and the answer is there the next time.
        """
        view = package.view
        if view is None or package.problem is not None or package.building:
            return None
        if package.live is not None and package.live[0] == view.number:
            return package.live[1]
        name = f"live {view.number}"
        asked = package.asked_live
        if asked is None or asked.get_name() != name or asked.done():
            self.cancel(package)
            engine = self._engine_for(package, view.settings)
            asked = asyncio.create_task(_ask(engine, package, view), name=name)
            package.asked_live = asked
        await asyncio.wait([asked], timeout=seconds)
        known = package.live
        return known[1] if known is not None and known[0] == view.number else None

    def cancel(self, package: Package) -> None:
        """End the question that is open for a package."""
        if package.asked_live is not None:
            package.asked_live.cancel()
            package.asked_live = None


async def _ask(engine: Engine, package: Package, view: View) -> None:
    live: Liveness | None = None
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            live = await live_facts(await engine.planner(), tests=True)
    except (TimeoutError, GolspMemError) as error:
        logger.info("no liveness of %s: %s", package.name, error)
    package.live = (view.number, live)
