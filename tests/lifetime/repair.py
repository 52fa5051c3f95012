"""The program with every fix applied: does what failed run then?

The fixes of all findings go into one copy of the program at once; where two of them touch the
same text the first is taken, and the other in the next round. Each is proved alone before, as an
editor would. Owners that no KeepAlive holds are put beside their number in the end.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from attrs import evolve, frozen

from golsp_mem.advice.fixes.confirm import confirmer_of
from golsp_mem.advice.fixes.rows.lifetimes import beside
from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.lifetime.proving.fixes import KeepEdit, keep_edits
from golsp_mem.analysis.proof.claims import ValueLive
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, Code, Finding
from golsp_mem.source.edits import TextEdit, applied, moved
from golsp_mem.source.syntax import GoFile

_ROUNDS = 3


@frozen
class Repaired:
    """``program`` is the copy with the fixes; ``refused`` the places of findings that have
    edits of which none was proved, with the proof's words; ``lines`` the names of files and the
    lines, as they were, whose functions got an edit."""

    program: Path
    edits: int
    refused: tuple[str, ...]
    lines: frozenset[tuple[str, int]]


def repair(go: str, target: Path, program: Path) -> Repaired:
    """Copy the program below ``target`` and apply the first proved fix of each finding."""
    copy = Path(shutil.copytree(program, target / "program"))
    count = 0
    for _ in range(_ROUNDS):
        repaired = asyncio.run(_repair(go, copy))
        count += repaired.edits
        if not repaired.edits:
            break
    count += asyncio.run(_beside(go, copy))
    return evolve(repaired, edits=count, lines=frozenset(_changed(program, copy)))


async def _beside(go: str, copy: Path) -> int:
    engine = Engine(Settings(go_path=go), copy, cache=Path(os.devnull))
    analysis = await engine.check(["."])
    files = _parsed([path for package in analysis.packages for path in package.files])
    lost = [one for one in analysis.findings if one.code is Code.KEEPALIVE_MISSING]
    confirmer = await confirmer_of(engine, files.values(), analysis.findings)
    made = await confirmer.candidates(lost, (beside.ROW,))
    proved = [one for one in made if await confirmer.confirmed(one) is not None]
    fitting = confirmer.editor.fitting((), proved)
    for path, text in (await confirmer.editor.texts(fitting) or {}).items():
        path.write_bytes(text)
    return len(fitting)


def _changed(before: Path, after: Path) -> Iterator[tuple[str, int]]:
    """The lines of the program before which, or in whose place, other ones stand afterwards."""
    for path in before.glob("*.go"):
        old, new = (one.read_text().splitlines() for one in (path, after / path.name))
        for tag, start, end, *_ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                yield from ((path.name, line) for line in range(start + 1, max(end, start + 1) + 1))


async def _repair(go: str, copy: Path) -> Repaired:
    settings = Settings(go_path=go)
    engine = Engine(settings, copy, cache=Path(os.devnull))
    analysis = await engine.check(["."])
    judge = await engine.judge()
    files = _parsed([path for package in analysis.packages for path in package.files])
    refused: list[str] = []
    chosen: dict[str, list[TextEdit]] = {path: [] for path in files}
    count = 0
    for finding in analysis.findings:
        if finding.code is not Code.KEEPALIVE_MISSING or finding.allocates is Allocates.NEVER:
            continue
        file = files[finding.span.file]
        edits = keep_edits(file, finding)
        if not edits:
            refused.append(_refusal(finding, "no edit"))
            continue
        reason = ""
        for edit in edits:
            others = tuple((one, moved(file, edit.edits, one)) for one in edit.calls)
            claim = ValueLive(edit.variable, edit.call, moved(file, edit.edits, edit.call), others)
            text = {Path(file.path): applied(file, edit.edits)}
            verdict = await judge.judge(text, claim)
            if verdict.is_confirmed:
                count += _take(file, chosen[finding.span.file], edit)
                break
            reason = verdict.reason
        else:
            refused.append(_refusal(finding, reason))
    _write(files, chosen)
    return Repaired(copy, count, tuple(refused), frozenset())


def _parsed(paths: list[str]) -> dict[str, GoFile]:
    return {path: GoFile.parse(path, Path(path).read_bytes()) for path in paths}


def _write(files: dict[str, GoFile], chosen: dict[str, list[TextEdit]]) -> None:
    for path, edits in chosen.items():
        Path(path).write_bytes(applied(files[path], edits))


def _refusal(finding: Finding, why: str) -> str:
    return f"{Path(finding.span.file).name}:{finding.span.line}: {finding.subject}: {why}"


def _take(file: GoFile, taken: list[TextEdit], edit: KeepEdit) -> bool:
    fresh = [one for one in edit.edits if one not in taken]
    bounds = [file.tree.bounds(one.span) for one in taken]
    if any(_overlap(file.tree.bounds(one.span), known) for one in fresh for known in bounds):
        return False
    taken += fresh
    return True


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return (one[0] < other[1] and other[0] < one[1]) or one == other
