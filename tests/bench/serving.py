"""What a server has in memory after a whole repository and many saves, and how long a hover with
an escape flow takes beside the compiler that tells it."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import shutil
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.lsp.state.typing import TYPING_SECONDS
from golsp_mem.model import Finding, Message, PackageAnalysis
from golsp_mem.toolchain.plans.planner import Planner
from tests.bench.client import Server, restored
from tests.bench.saves import Saver

# Until nobody works on what was saved before: the go command is asked two seconds later.
_SETTLED = 4.0
OURS = [sys.executable, "-m", "golsp_mem", "serve"]


def memory(module: Path, package: str, file: str, saves: int) -> dict[str, object]:
    """``module`` may be written to. Megabytes are those of the server alone, between its runs."""
    path = module / package / file
    with restored(path):
        server = Server(OURS, module)
        try:
            server.request(
                "workspace/executeCommand", {"command": "golsp-mem.analyseWorkspace"}, seconds=1800
            )
            whole = server.megabytes()
            saver = Saver(server, path, "golsp-mem")
            at: list[float] = []
            for number in range(saves):
                saver.save(number)
                saver.undo()
                if number % max(saves // 10, 1) == 0:
                    at.append(server.megabytes())
            end = server.megabytes()
        finally:
            server.stop()
    return {
        "repository_megabytes": whole,
        "first_saves_megabytes": at[0] if at else None,
        "last_saves_megabytes": end,
        "megabytes_at": at,
    }


def typed(module: Path, package: str, file: str, runs: int) -> dict[str, object]:
    """Text that is typed (after the pause that waits for the next key) and a file that is opened in
    a built module, beside a save of the same file. ``module`` may be written to."""
    path = module / package / file
    with restored(path):
        servers = [Server(OURS, module), Server(OURS, module, {"analyse": "onType"})]
        rows, opened = [], []
        try:
            saver, typist = (Saver(server, path, "golsp-mem") for server in servers)
            for one in (saver, typist):
                one.save(0)
                one.undo()
            for number in range(1, runs + 1):
                time.sleep(_SETTLED)
                saved = saver.save(number)
                saver.undo()
                time.sleep(_SETTLED)
                rows.append((typist.type(number) - TYPING_SECONDS, saved))
                typist.undo()
            for _ in range(runs):
                server = Server(OURS, module)
                try:
                    started = time.perf_counter()
                    _opened(server, path)
                    opened.append(time.perf_counter() - started)
                finally:
                    server.stop()
        finally:
            for server in servers:
                server.stop()
    save = statistics.median(b for _, b in rows)
    return {
        "save_seconds": save,
        "typed_seconds": statistics.median(a for a, _ in rows),
        "typed_ratio": statistics.median(a / b for a, b in rows),
        "opened_seconds": statistics.median(opened),
        "opened_ratio": statistics.median(opened) / save,
    }


def hover(directory: Path, runs: int) -> dict[str, object]:
    """Hovers at findings of the package in a directory, each the first in a server of its own,
    beside the compiler alone, stopped at that very flow; then hovers at the others."""
    engine = Engine(Settings(), directory)
    [package] = asyncio.run(engine.check(["."])).packages
    told = [one for one in package.findings if one.why is not None]
    shown = _shown(directory, Path(told[0].span.file)) if told else set()
    told = [one for one in told if one.fingerprint in shown]
    if not told:
        sys.exit(f"{directory}: no finding that is shown has a reason")
    step = max(len(told) // runs, 1)
    rows, later = [], []
    for finding in told[::step][:runs]:
        server = Server(OURS, directory)
        try:
            _opened(server, Path(finding.span.file))
            taken = _hovered(server, finding)
            alone = asyncio.run(_compiled(directory, package, finding.why))
            rows.append((taken, alone))
            later += [_hovered(server, other) for other in told[:20]
                      if other.span.file == finding.span.file]  # fmt: skip
        finally:
            server.stop()
    return {
        "hover_seconds": statistics.median(a for a, _ in rows),
        "flow_printed_seconds": statistics.median(b for _, b in rows),
        "hover_ratio": statistics.median(a / b for a, b in rows),
        "later_hover_seconds": statistics.median(later) if later else None,
    }


def lightbulb(module: Path, package: str, file: str, line: int, runs: int) -> dict[str, object]:
    """After each save of the file what a lightbulb at a line costs that has an edit: its answer at
    once, the one that has the edit confirmed, and the one after that. ``module`` may be written
    to."""
    path = module / package / file
    with restored(path):
        server = Server(OURS, module)
        saves, at_once, confirmed, again = [], [], [], []
        try:
            saver = Saver(server, path, "golsp-mem")
            for number in range(runs + 1):
                saves.append(saver.save(number))
                at_once.append(_lit(server, path, line, by_hand=False)[0])
                started = time.perf_counter()
                while not _lit(server, path, line, by_hand=True)[1]:
                    if time.perf_counter() - started > _PATIENCE:
                        sys.exit(f"{path}:{line}: no edit is offered")
                confirmed.append(time.perf_counter() - started + at_once[-1])
                again.append(_lit(server, path, line, by_hand=False)[0])
                saver.undo()
        finally:
            server.stop()
    # The first makes the plan that the others compile by.
    pairs = list(zip(confirmed[1:], saves[1:], strict=True))
    return {
        "save_seconds": statistics.median(saves[1:]),
        "lightbulb_at_once_seconds": statistics.median(at_once),
        "lightbulb_at_once_most_seconds": max(at_once),
        "lightbulb_confirmed_seconds": statistics.median(confirmed[1:]),
        "confirmed_over_save": statistics.median(a / b for a, b in pairs),
        "confirmed_over_save_least": min(a / b for a, b in pairs),
        "lightbulb_known_seconds": max(again),
    }


_PATIENCE = 120.0


def _lit(server: Server, path: Path, line: int, *, by_hand: bool) -> tuple[float, bool]:
    """Seconds, and whether an edit of ours is among the actions."""
    place = {"start": {"line": line - 1, "character": 0}, "end": {"line": line, "character": 0}}
    started = time.perf_counter()
    actions = server.request("textDocument/codeAction", {
        "textDocument": {"uri": path.as_uri()}, "range": place,
        "context": {"diagnostics": [], "triggerKind": 1 if by_hand else 2},
    })  # fmt: skip
    taken = time.perf_counter() - started
    known = actions if isinstance(actions, list) else []
    edits = [one for one in known if "edit" in one and "golsp-mem:" not in str(one["edit"])]
    return taken, bool(edits)


def _opened(server: Server, path: Path) -> None:
    server.notify("textDocument/didOpen", {"textDocument": {
        "uri": path.as_uri(), "languageId": "go", "version": 1, "text": path.read_text(),
    }})  # fmt: skip

    # Nothing of another file of the package may be worth showing.
    server.until(lambda message: bool(_fingerprints(message)))


def _shown(directory: Path, file: Path) -> set[str]:
    """The fingerprints of all that is shown of the package of a file."""
    found: set[str] = set()
    server = Server(OURS, directory)
    try:
        _opened(server, file)
        with contextlib.suppress(queue.Empty):
            # What is shown of other files comes at once behind it.
            server.until(lambda message: found.update(_fingerprints(message)) or False, 2.0)
    finally:
        server.stop()
    return found


def _fingerprints(message: Mapping[str, object]) -> set[str]:
    params = message.get("params")
    if message.get("method") != "textDocument/publishDiagnostics" or not isinstance(params, dict):
        return set()
    return {one["data"]["fingerprint"] for one in params["diagnostics"]}


def _hovered(server: Server, finding: Finding) -> float:
    started = time.perf_counter()
    server.request("textDocument/hover", {
        "textDocument": {"uri": Path(finding.span.file).as_uri()},
        "position": {"line": finding.span.line - 1, "character": finding.span.column - 1},
    })  # fmt: skip
    return time.perf_counter() - started


async def _compiled(directory: Path, package: PackageAnalysis, why: Message | None) -> float:
    """Seconds of a compiler with -m=2 until it has printed the flow's verdict."""
    assert why is not None
    settings = Settings(go_path=shutil.which("go"))
    engine = Engine(settings, directory)
    planner = Planner(await engine.toolchain(), settings, directory)
    planned = await planner.planned(tests=False)
    [variant] = planned.plan.variants_with([why.position.file])
    verdict = f":{why.position.line}:{why.position.column}: {why.text}"
    started = time.perf_counter()
    async with planner.text_of(planned, variant, ["-m=2"]) as pieces:
        async for piece in pieces:
            if f"{verdict}\n" in f"{piece}\n":
                break
    return time.perf_counter() - started
