"""The edits that fit a finding, each confirmed by the compiler (`analysis.proof`)."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from golsp_mem.advice.actions.keepalive import KeepAliveFix, keepalive_fixes
from golsp_mem.advice.actions.stack import StackFix, stack_fixes
from golsp_mem.analysis.proof.claims import Claim, FindingGone, ValueLive, VariableOnStack
from golsp_mem.compiler.stackfacts import stack_platform
from golsp_mem.errors import GolspMemError
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.state.content import Item
from golsp_mem.model import Finding
from golsp_mem.source.edits import applied, moved
from golsp_mem.source.syntax import GoFile

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
    file = reading.go_file()
    fixes: list[Fix] = [
        *stack_fixes(file, item.finding, platform, go.version),
        *keepalive_fixes(file, item.finding),
    ]
    return [fix for fix in fixes if await _is_confirmed(reading, file, item.finding, fix)]


def claim_of(fix: Fix, file: GoFile, finding: Finding) -> Claim:
    """What the edit is offered for."""
    if isinstance(fix, KeepAliveFix):
        call = fix.edit.call
        others = tuple((one, moved(file, fix.edits, one)) for one in fix.edit.calls)
        return ValueLive(fix.edit.variable, call, moved(file, fix.edits, call), others)
    if fix.variable is not None:
        return VariableOnStack(finding.function, fix.variable)
    return FindingGone(finding)


async def _is_confirmed(reading: Reading, file: GoFile, finding: Finding, fix: Fix) -> bool:
    """Whether the compiler agrees; remembered with the view."""
    key = f"{finding.span} {fix.title}"
    confirmed = reading.view.derived.confirmed
    if key not in confirmed:
        edits = {Path(file.path): applied(file, fix.edits)}
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                judge = await reading.engine.judge()
                verdict = await judge.judge(edits, claim_of(fix, file, finding))
        except (TimeoutError, GolspMemError) as error:
            logger.info("%s cannot be judged: %s", fix.title, error)
            return False
        logger.info("%s: %s", fix.title, verdict.reason)
        confirmed[key] = verdict.is_confirmed
    return confirmed[key]
