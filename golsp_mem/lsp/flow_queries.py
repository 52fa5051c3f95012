"""Escape flows of single findings, asked of the compiler when somebody looks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.errors import GolspMemError
from golsp_mem.lsp.packages import Package
from golsp_mem.model import Finding, PackageAnalysis, Step

logger = logging.getLogger(__name__)

# How long a question may go on after whoever asked was answered without it.
LIMIT_SECONDS = 30.0


class Flows:
    """Asks for one flow of a package at a time and remembers the answers.

    The newest question wins: a pointer that moves on has lost its interest in the last one.
    """

    def __init__(self, engine_for: Callable[[Package, Settings], Engine]) -> None:
        self._engine_for = engine_for

    async def of(
        self, package: Package, analysed: PackageAnalysis, finding: Finding, seconds: float
    ) -> tuple[Step, ...]:
        """The flow of a finding; empty when there is none or it takes longer than ``seconds``.

        In the latter case the question goes on, and the answer is there the next time.
        Cancelling the caller ends it.
        """
        view = package.view
        if view is None:
            return ()
        key = f"{view.number} {finding.fingerprint} {finding.span}"
        if key in package.flows:
            return package.flows[key]
        if package.problem is not None or package.building or seconds <= 0:
            # The compiler would speak of another text than the finding does.
            return ()
        asked = package.asked_flow
        if asked is None or asked.get_name() != key or asked.done():
            self.cancel(package)
            engine = self._engine_for(package, view.settings)
            asked = asyncio.create_task(_ask(engine, package, analysed, finding, key), name=key)
            package.asked_flow = asked
        try:
            await asyncio.wait([asked], timeout=seconds)
        except asyncio.CancelledError:
            asked.cancel()
            raise
        return package.flows.get(key, ())

    def cancel(self, package: Package) -> None:
        """End the question that is open for a package."""
        if package.asked_flow is not None:
            package.asked_flow.cancel()
            package.asked_flow = None


async def _ask(
    engine: Engine, package: Package, analysed: PackageAnalysis, finding: Finding, key: str
) -> None:
    flow: tuple[Step, ...] = ()
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            flow = await engine.flow(analysed, finding)
    except (TimeoutError, GolspMemError) as error:
        logger.info("no flow for %s at %s: %s", finding.code, finding.span, error)
    package.flows[key] = flow
