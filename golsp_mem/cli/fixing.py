"""The edits that ``golsp-mem fix`` makes: confirmed for each package, in the order of findings."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from golsp_mem.advice.fixes.candidate import Candidate
from golsp_mem.advice.fixes.confirm import Accepted, Confirmer, confirmer_of
from golsp_mem.advice.fixes.rows.table import ROWS
from golsp_mem.analysis.engine import Engine, OnProgress, Progress
from golsp_mem.cli.analysing import RunOutcome, RunRequest, outcome_of
from golsp_mem.config import HeapCalls
from golsp_mem.errors import BuildFailed
from golsp_mem.files import read_regular
from golsp_mem.model import Code, Finding
from golsp_mem.report.model import Report, Shown
from golsp_mem.source.syntax import GoFile
from golsp_mem.toolchain.go import Toolchain


@frozen
class FileEdits:
    """What is to be written: ``before`` and ``after`` are whole texts by absolute path; ``edits``
    are what they are made of, in the order of their places, ``confirmers`` who confirmed each."""

    before: Mapping[Path, bytes]
    after: Mapping[Path, bytes]
    edits: tuple[Candidate, ...]
    confirmers: Mapping[Candidate, Confirmer]
    refused: int = 0


@frozen(eq=False)
class _Package:
    confirmer: Confirmer
    accepted: Accepted


def is_safe(candidate: Candidate) -> bool:
    """What nobody has to choose."""
    return candidate.is_safe


async def fixes_of(
    request: RunRequest,
    outcome: RunOutcome,
    top: int | None,
    on_progress: OnProgress | None,
    wanted: Callable[[Candidate], bool] = is_safe,
) -> FileEdits:
    """The wanted edits of a run that hold together, at most ``top`` of them.

    Raises ToolchainError, AnalysisTimeout.
    """
    report = outcome.report
    tell = on_progress or (lambda _: None)
    toolchain = await Engine(request.settings, request.directory).toolchain()
    done: list[_Package] = []
    groups = _by_package(report)
    for number, (path, shown) in enumerate(groups.items()):
        files = outcome.examined.files.get(path, ())
        if not files or not _is_own(files[0], toolchain):
            continue
        tell(Progress(f"fixing {path}", number, len(groups)))
        every = [one.finding for one in report.shown if one.finding.package == path]

        def step(text: str, path: str = path, number: int = number) -> None:
            tell(Progress(f"{path}: {text}", number, len(groups)))

        made = await _package(request, files, every, shown, step, wanted)
        if made is not None:
            done.append(made)
    return await _first(done, top)


def _by_package(report: Report) -> dict[str, list[Shown]]:
    """What people are told, by package, as far as a row may have an edit; the first first."""
    codes = frozenset(code for row in ROWS for code in row.codes)
    groups: dict[str, list[Shown]] = {}
    for one in sorted(report.fresh, key=lambda shown: shown.rank or len(report.shown)):
        finding = one.finding
        if finding.code in codes and not one.cold:
            groups.setdefault(finding.package, []).append(one)
    return groups


def _is_own(file: str, toolchain: Toolchain) -> bool:
    """Whether a package is somebody's work here: not Go's, of the module cache, nor vendored."""
    real = Path(os.path.realpath(file))
    foreign = [toolchain.version.goroot, toolchain.variables.get("GOMODCACHE", "")]
    if any(root and real.is_relative_to(Path(os.path.realpath(root))) for root in foreign):
        return False
    return "vendor" not in real.parts


async def _package(
    request: RunRequest,
    files: Sequence[str],
    every: Sequence[Finding],
    shown: Sequence[Shown],
    step: Callable[[str], None],
    wanted: Callable[[Candidate], bool],
) -> _Package | None:
    parsed = []
    for file in files:
        try:
            parsed.append(GoFile.parse(file, read_regular(file)))
        except OSError:
            return None
    engine = Engine(request.settings, Path(files[0]).parent)
    try:
        confirmer = await confirmer_of(engine, parsed, every)
        candidates = await confirmer.candidates([one.finding for one in shown])
        chosen = [one for one in candidates if wanted(one)]
        if not chosen:
            return None
        return _Package(confirmer, await confirmer.together(chosen, step))
    except BuildFailed:
        # It was built a moment ago: somebody is writing.
        return None


async def _first(packages: Sequence[_Package], top: int | None) -> FileEdits:
    """The first edits of all packages, by the rank of what they answer."""
    before: dict[Path, bytes] = {}
    after: dict[Path, bytes] = {}
    kept: list[Candidate] = []
    confirmers: dict[Candidate, Confirmer] = {}
    refused = 0
    left = top
    for one in packages:
        candidates = one.accepted.candidates
        texts = one.accepted.texts
        refused += len(one.accepted.refused)
        if left is not None:
            if left < len(candidates):
                candidates = candidates[:left]
                texts = await one.confirmer.editor.texts(candidates) or {}
            left -= len(candidates)
        kept += candidates
        confirmers.update(dict.fromkeys(candidates, one.confirmer))
        for path, text in texts.items():
            before[path] = one.confirmer.context.files[str(path)].text
            after[path] = text
    return FileEdits(before, after, tuple(sorted(kept, key=_place)), confirmers, refused)


def _place(candidate: Candidate) -> tuple[str, int, int]:
    span = candidate.findings[0].span
    return span.file, span.line, span.column


async def gained(request: RunRequest, before: Report, on_progress: OnProgress | None) -> list[str]:
    """How many findings of each code a second check counts, where that differs.

    Raises BuildFailed where a package does not build that did before.
    """
    after = (await outcome_of(request, on_progress)).report
    broken = {one.import_path for one in after.failed} - {one.import_path for one in before.failed}
    if broken:
        raise BuildFailed(f"{min(broken)} does not build any more; please report it")
    then, now = _counts(before), _counts(after)
    return [
        f"{code} {then[code]} → {now[code]}"
        for code in sorted({*then, *now})
        if then[code] != now[code]
    ]


def _counts(report: Report) -> Counter[str]:
    return Counter(one.finding.code.value for one in report.fresh)


def quietly(request: RunRequest) -> RunRequest:
    """The request of an editor: what runs seldom is worth no edit unless somebody wants it. Calls
    that allocate further in are asked for: some rows have edits for them."""
    settings = request.settings
    calls = settings.heap_calls
    if calls is HeapCalls.NONE and Code.HEAP_CALL in settings.severity:
        calls = HeapCalls.ALL
    cold = settings.cold_paths or "quiet"
    return evolve(request, settings=evolve(settings, cold_paths=cold, heap_calls=calls))
