"""The edits that take an allocation of an open document away (`advice.fixes`), each confirmed.

What is known is answered at once; the rest is confirmed beside, one place at a time, and is there
when somebody asks again. Whoever opened the menu by hand is worth a wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from lsprotocol import types

from golsp_mem.advice.fixes.candidate import Candidate
from golsp_mem.advice.fixes.confirm import ROWS, Confirmed, Confirmer, confirmer_of
from golsp_mem.analysis.variants import is_test
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.state.view import Item
from golsp_mem.model import Finding

# A lightbulb follows the cursor: it may not feel slow.
AT_ONCE_SECONDS = 0.08
INVOKED_SECONDS = 5.0
ALL_SECONDS = 20.0
# Who asks for a whole file asks for no single edits.
_MOST_ITEMS = 8
_CODES = frozenset(code for row in ROWS for code in row.codes)


def seconds_for(context: types.CodeActionContext) -> float:
    """How long whoever asks may wait."""
    automatic = context.trigger_kind == types.CodeActionTriggerKind.Automatic
    return AT_ONCE_SECONDS if automatic else INVOKED_SECONDS


async def allocation_fixes(
    reading: Reading, items: Sequence[Item], seconds: float
) -> tuple[Confirmed, ...]:
    """The confirmed edits for findings of the document, each alone; what the compiler has not
    answered in time is there the next time."""
    found = [item for item in items if item.finding.code in _CODES]
    if reading.stale is not None or not found or len(found) > _MOST_ITEMS:
        return ()
    key = f"fixes of {' '.join(str(item.finding.span) for item in found)}"
    fixes = reading.view.derived.fixes
    return await fixes.ask(key, partial(_each, reading, found), seconds) or ()


async def all_fixes(reading: Reading) -> Confirmed | None:
    """All safe edits that stay within the document, at once; None where there are none."""
    if reading.stale is not None:
        return None
    found = [item for item in reading.items if item.finding.code in _CODES and not item.cold]
    key = f"all fixes of {reading.document.key}"
    fixes = reading.view.derived.fixes
    known = await fixes.ask(key, partial(_together, reading, found), ALL_SECONDS)
    return known[0] if known else None


async def _each(reading: Reading, items: Sequence[Item]) -> tuple[Confirmed, ...]:
    confirmer = await _confirmer(reading, items[0])
    candidates = await confirmer.candidates([item.finding for item in items])
    confirmed = [await confirmer.confirmed(one) for one in candidates]
    return tuple(one for one in confirmed if one is not None)


async def _together(reading: Reading, items: Sequence[Item]) -> tuple[Confirmed, ...]:
    if not items:
        return ()
    confirmer = await _confirmer(reading, items[0])
    candidates = await confirmer.candidates([item.finding for item in items])
    name = reading.document.name
    safe = [one for one in candidates if one.is_safe and _files(one) == {name}]
    accepted = await confirmer.together(safe, lambda _: None)
    if not accepted.candidates:
        return ()
    count = len(accepted.candidates)
    title = f"Apply {'1 edit' if count == 1 else f'all {count} edits'} of golsp-mem"
    whole = Candidate("all", title, (), tuple(_findings(accepted.candidates)))
    return (Confirmed(whole, accepted.texts, title),)


def _findings(candidates: Sequence[Candidate]) -> list[Finding]:
    return [finding for one in candidates for finding in one.findings]


def _files(candidate: Candidate) -> set[str]:
    return {edit.span.file for edit in candidate.edits}


async def _confirmer(reading: Reading, item: Item) -> Confirmer:
    """For the variant that holds the document, once for each view."""
    view = reading.view
    tests = is_test(reading.document.name)
    known = view.derived.confirmers.get(tests)
    if known is None:
        sources = view.derived.sources
        files = [
            file
            for path in item.package.files
            if (tests or not is_test(path)) and (file := sources(path)) is not None
        ]
        findings = [one for package in view.packages for one in package.findings]
        known = await confirmer_of(reading.engine, files, findings)
        view.derived.confirmers[tests] = known
    return known
