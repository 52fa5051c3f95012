"""The edits that take an allocation of an open document away (`advice.fixes`), each confirmed.

What is known is answered at once; the rest is confirmed beside, one place at a time, and is there
when somebody asks again. Whoever opened the menu by hand is worth a wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from lsprotocol import types

from golsp_mem.advice.fixes.candidate import Candidate
from golsp_mem.advice.fixes.confirm import Confirmed, Confirmer, confirmer_of
from golsp_mem.advice.fixes.rows.table import LIFETIMES, ROWS
from golsp_mem.advice.fixes.sites import sites_in
from golsp_mem.analysis.variants import is_test
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.state.content import Item
from golsp_mem.model import Finding, PackageAnalysis

# A lightbulb follows the cursor: it may not feel slow.
AT_ONCE_SECONDS = 0.08
INVOKED_SECONDS = 5.0
ALL_SECONDS = 20.0
# Who asks for a whole file asks for no single edits.
_MOST_ITEMS = 8
_EVERY = (*ROWS, *LIFETIMES)
_CODES = frozenset(code for row in _EVERY for code in row.codes)


def seconds_for(context: types.CodeActionContext) -> float:
    """How long whoever asks may wait."""
    automatic = context.trigger_kind == types.CodeActionTriggerKind.Automatic
    return AT_ONCE_SECONDS if automatic else INVOKED_SECONDS


async def allocation_fixes(
    reading: Reading, items: Sequence[Item], place: types.Range, seconds: float
) -> tuple[Confirmed, ...]:
    """The confirmed edits for findings at a place of the document, and for calls there that
    allocate further in, each alone; what the compiler has not answered in time is there the next
    time."""
    if reading.stale is not None:
        return ()
    found = [item.finding for item in items if item.finding.code in _CODES]
    found += _sites(reading, place)
    if not found or len(found) > _MOST_ITEMS:
        return ()
    key = f"fixes of {' '.join(str(one.span) for one in found)}"
    fixes = reading.view.derived.fixes
    return await fixes.ask(key, partial(_each, reading, found), seconds) or ()


def _sites(reading: Reading, place: types.Range) -> list[Finding]:
    package = _package(reading)
    ends = [reading.shown.go_place(one) for one in (place.start, place.end)]
    first, last = ends
    if package is None or first is None or last is None:
        return []
    return [
        one
        for one in sites_in(reading.go_file(), package.import_path, first[0], last[0])
        if (at := reading.shown.range_of(one.span)) is not None
        and at.start <= place.end
        and place.start <= at.end
    ]


def _package(reading: Reading) -> PackageAnalysis | None:
    """The package that holds the document."""
    name = reading.document.name
    return next((one for one in reading.view.packages if name in one.files), None)


async def all_fixes(reading: Reading) -> Confirmed | None:
    """All safe edits that stay within the document, at once; None where there are none."""
    if reading.stale is not None:
        return None
    found = [item for item in reading.items if item.finding.code in _CODES and not item.cold]
    key = f"all fixes of {reading.document.key}"
    fixes = reading.view.derived.fixes
    known = await fixes.ask(key, partial(_together, reading, found), ALL_SECONDS)
    return known[0] if known else None


async def _each(reading: Reading, findings: Sequence[Finding]) -> tuple[Confirmed, ...]:
    confirmer = await _confirmer(reading)
    if confirmer is None:
        return ()
    candidates = await confirmer.candidates(findings, _EVERY)
    confirmed = [await confirmer.confirmed(one) for one in candidates]
    return tuple(one for one in confirmed if one is not None)


async def _together(reading: Reading, items: Sequence[Item]) -> tuple[Confirmed, ...]:
    if not items:
        return ()
    confirmer = await _confirmer(reading)
    if confirmer is None:
        return ()
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


async def _confirmer(reading: Reading) -> Confirmer | None:
    """For the variant that holds the document, once for each view."""
    view, package = reading.view, _package(reading)
    if package is None:
        return None
    tests = is_test(reading.document.name)
    known = view.derived.confirmers.get(tests)
    if known is None:
        sources = view.derived.sources
        files = [
            file
            for path in package.files
            if (tests or not is_test(path)) and (file := sources(path)) is not None
        ]
        findings = [one for package in view.packages for one in package.findings]
        known = await confirmer_of(reading.engine, files, findings)
        view.derived.confirmers[tests] = known
    return known
