"""The edits that fit a finding, each confirmed by the compiler where only it can tell."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from golsp_mem.advice.actions_keepalive import KeepAliveFix, keepalive_fixes
from golsp_mem.advice.actions_stack import StackFix, is_confirmed, stack_fixes
from golsp_mem.analysis.lifetime.fixes import prove
from golsp_mem.compiler.stackfacts import stack_platform
from golsp_mem.errors import GolspMemError
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.state.view import Item
from golsp_mem.model import PackageStatus
from golsp_mem.source.edits import applied
from golsp_mem.toolchain.live import compiler_of

logger = logging.getLogger(__name__)

# Actions are asked for whenever the cursor moves; one that takes longer is not offered.
CONFIRM_SECONDS = 5.0

Fix = StackFix | KeepAliveFix


async def fixes_for(reading: Reading, item: Item) -> list[Fix]:
    """The edits for a finding of a document that is open as it was analysed; often none."""
    if reading.stale is not None:
        return []
    go = reading.view.go
    platform = stack_platform(go.goos, go.goarch)
    fixes = stack_fixes(reading.go_file(), item.finding, platform, go.version)
    kept = keepalive_fixes(reading.go_file(), item.finding)
    return [
        *[fix for fix in fixes if await _holds(reading, item, fix)],
        *[fix for fix in kept if await _is_kept(reading, item, fix)],
    ]


async def _is_kept(reading: Reading, item: Item, fix: KeepAliveFix) -> bool:
    """Whether the compiler keeps the variable with the edit and not without; remembered."""
    key = f"{item.finding.span} {fix.title}"
    confirmed = reading.view.derived.confirmed
    if key not in confirmed:
        proved = await _prove(reading, fix)
        if proved is None:
            return False
        confirmed[key] = proved
    return confirmed[key]


async def _prove(reading: Reading, fix: KeepAliveFix) -> bool | None:
    before = await reading.liveness(CONFIRM_SECONDS)
    if before is None:
        return None
    engine = reading.engine
    file = reading.go_file()
    try:
        async with asyncio.timeout(CONFIRM_SECONDS):
            compile_live = compiler_of(
                await engine.toolchain(), ".", directory=engine.directory,
                settings=engine.settings, tests=True, planner=await engine.planner(),
            )  # fmt: skip
            proof = await prove(fix.edit, file, before, compile_live)
    except (TimeoutError, GolspMemError) as error:
        logger.info("%s cannot be proved: %s", fix.title, error)
        return None
    logger.info("%s: %s", fix.title, proof.explanation)
    return proof.confirmed


async def _holds(reading: Reading, item: Item, fix: StackFix) -> bool:
    """Whether the edited text really has the variable on the stack; remembered."""
    if fix.variable is None:
        return True
    key = f"{item.finding.span} {fix.title}"
    confirmed = reading.view.derived.confirmed
    if key not in confirmed:
        confirmed[key] = await _confirm(reading, item, fix)
    return confirmed[key]


async def _confirm(reading: Reading, item: Item, fix: StackFix) -> bool:
    engine = reading.engine
    overlay = {Path(item.finding.span.file): applied(reading.go_file(), fix.edits)}
    try:
        async with asyncio.timeout(CONFIRM_SECONDS):
            after = await engine.check(["."], overlay=overlay)
    except (TimeoutError, GolspMemError) as error:
        logger.info("%s cannot be confirmed: %s", fix.title, error)
        return False
    if not after.packages or any(one.status is not PackageStatus.OK for one in after.packages):
        logger.info("%s does not build", fix.title)
        return False
    return is_confirmed(fix, after.findings, item.finding.function)
