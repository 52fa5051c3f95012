"""Each kind of load: what is done, and the figures that tell how it was taken."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.differential import ways
from tests.files import write_files
from tests.load.client import SOURCE, Client, client, module

FOLDERS = 4
FILES = 20
BURST = 25
"""Saves that follow each other without a pause."""
REQUESTS = 50
MOST_HOVERS = 2000


def milliseconds(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


def opening(folder: Path, packages: int) -> dict[str, float]:
    """Many packages of four folders opened at once."""
    roots = [folder / f"w{number}" for number in range(FOLDERS)]
    paths = [path for root in roots for path in module(root, packages // FOLDERS)]
    with client(*roots) as one:
        begun = time.monotonic()
        for path in paths:
            one.open(path, path.read_text())
        seconds = one.rest() - begun
        as_check = all(
            ways.shown_lines(_below(one, root)) == ways.as_shown(root, None, strangers=True)
            for root in roots
        )
        return {
            "packages opened": len(paths),
            "folders": FOLDERS,
            "with findings": sum(bool(one.shown.get(path.as_uri())) for path in paths),
            "seconds until all": round(seconds, 1),
            "memory, MB": round(one.megabytes(), 1),
            "as check": float(as_check),
        }


def _below(one: Client, root: Path) -> dict[str, list[Any]]:
    return {uri: found for uri, found in one.shown.items() if uri.startswith(f"{root.as_uri()}/")}


def saving(folder: Path, saves: int) -> dict[str, float]:
    """Edits and saves in bursts over twenty files, with hovers between them."""
    paths = module(folder, FILES)
    chosen = random.Random(1)
    with client(folder) as one:
        for path in paths:
            one.open(path, path.read_text())
        one.rest()
        # As while saves go on: the first of a new text, which asks the compiler for the way.
        idle = [one.hover(path) for path in paths]
        again = [one.hover(path) for path in paths]
        memory = [one.megabytes()]
        busy: list[float] = []
        for number in range(saves):
            path = chosen.choice(paths)
            one.edit(path, SOURCE.format(name=path.parent.name, size="missing"))
            one.save(path, SOURCE.format(name=path.parent.name, size=chosen.randint(1, 50)))
            if number % 5 == 0:
                busy.append(one.hover(chosen.choice(paths)))
            if number % BURST == BURST - 1:
                # A burst is over when what it left to do is done.
                one.rest(0.3)
                memory.append(one.megabytes())
        one.rest()
        expected = ways.as_shown(folder, None, strangers=True)
        # The first bursts fill what a server keeps of twenty packages.
        warm = memory[min(len(memory) - 1, 4)]
        return {
            "edits": 2 * saves,
            "saves": saves,
            "hover idle, ms": milliseconds(idle),
            "hover idle again, ms": milliseconds(again),
            "hover busy, ms": milliseconds(busy),
            "busy / idle": round(statistics.median(busy) / statistics.median(idle), 2),
            "memory idle, MB": round(memory[0], 1),
            "memory after four bursts, MB": round(warm, 1),
            "memory at the end, MB": round(memory[-1], 1),
            "growth, %": round((memory[-1] / warm - 1) * 100, 1),
            "as check": float(ways.shown_lines(one.shown) == expected),
        }


def asking(folder: Path) -> dict[str, float]:
    """Fifty requests at once, beside one after the other."""
    paths = module(folder, FILES)
    with client(folder) as one:
        for path in paths:
            one.open(path, path.read_text())
        one.rest()
        for request in _requests(paths):  # What is computed once is computed here.
            one.wire.answer(one.wire.ask(*request))
        begun = time.monotonic()
        for request in _requests(paths):
            one.wire.answer(one.wire.ask(*request))
        alone = time.monotonic() - begun
        begun = time.monotonic()
        numbers = [one.wire.ask(*request) for request in _requests(paths)]
        answers = [one.wire.answer(number) for number in numbers]
        together = time.monotonic() - begun
        return {
            "requests": len(answers),
            "errors": sum("error" in answer for answer in answers),
            "one after the other, ms": round(alone * 1000),
            "at once, ms": round(together * 1000),
            "at once / one after the other": round(together / alone, 2),
        }


def _requests(paths: Sequence[Path]) -> list[tuple[str, dict[str, Any]]]:
    asked: list[tuple[str, dict[str, Any]]] = []
    for number in range(REQUESTS):
        document = {"uri": paths[number % len(paths)].as_uri()}
        position = {"line": 5, "character": 9}
        span = {"start": position, "end": position}
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 7, "character": 0}}
        asked.append(
            (
                ("textDocument/hover", {"textDocument": document, "position": position}),
                (
                    "textDocument/codeAction",
                    {"textDocument": document, "range": span, "context": {"diagnostics": []}},
                ),
                ("textDocument/codeLens", {"textDocument": document}),
                ("textDocument/inlayHint", {"textDocument": document, "range": whole}),
                ("workspace/executeCommand", {"command": "golsp-mem.findings", "arguments": []}),
            )[number % 5]
        )
    return asked


def cancelling(folder: Path) -> dict[str, float]:
    """An analysis of the workspace that is cancelled while it compiles: how long until it is
    answered, and until no process of it is left. The median of five."""
    paths = module(folder, 200)
    answered: list[float] = []
    gone: list[float] = []
    with client(folder) as one:
        for turn in range(5):
            for path in paths:
                path.write_text(SOURCE.format(name=path.parent.name, size=100 + turn))
            number = one.wire.ask(
                "workspace/executeCommand",
                {"command": "golsp-mem.analyseWorkspace", "arguments": []},
            )
            deadline = time.monotonic() + 60
            while not children(one.wire.process.pid) and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.5)
            begun = time.monotonic()
            one.wire.notify("$/cancelRequest", {"id": number})
            answer = one.wire.answer(number)
            answered.append(time.monotonic() - begun)
            assert answer.get("error", {}).get("code") == -32800, answer  # RequestCancelled
            while children(one.wire.process.pid) and time.monotonic() < deadline:
                time.sleep(0.005)
            gone.append(time.monotonic() - begun)
    return {
        "packages": len(paths),
        "answered after, ms": milliseconds(answered),
        "no process after, ms": milliseconds(gone),
        "at most, ms": round(max(gone) * 1000, 1),
    }


def children(process: int) -> list[int]:
    """The processes that descend from a process (Linux)."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
            except OSError:
                continue
            state, parent = status.rpartition(")")[2].split()[:2]
            if state != "Z":
                parents.setdefault(int(parent), []).append(int(entry.name))
    found: list[int] = []
    queue = [process]
    while queue:
        below = parents.get(queue.pop(), [])
        found += below
        queue += below
    return found


def generated(folder: Path, lines: int, *, functions: int, each: int) -> dict[str, float]:
    """One generated file of many lines, or of many findings."""
    path = write_files(folder, {"go.mod": "module m\n\ngo 1.22\n"}) / "a.go"
    filling = max(1, lines // functions - 5) if lines else 0
    parts = ["package m\n\nvar Sink any\n\nvar V int\n"]
    for number in range(functions):
        body = f"\tV += {number}\n" * filling + "\tSink = new([7]int)\n" * (each or 1)
        parts.append(f"\nfunc F{number}() {{\n{body}}}\n")
    text = "".join(parts)
    path.write_text(text)
    with client(folder) as one:
        begun = time.monotonic()
        one.open(path, text)
        opened = one.rest(1.0) - begun
        found = len(one.shown.get(path.as_uri(), []))
        first = [one.hover(path, line) for line in range(6, 16)]
        # What was worked out by them is known; a person's hovers do not follow at once.
        hovers = [_later(one, path, number) for number in range(50)]
        begun = time.monotonic()
        one.save(path, text.replace("func F1()", "func Other()"))
        at_once = [one.hover(path, line) for line in range(6, 16)]
        during = [*at_once]
        while one.states.get(path.as_uri()) == "building" and len(during) < MOST_HOVERS:
            during.append(_later(one, path, len(during)))
        saved = one.rest(1.0) - begun
        return {
            "lines": text.count("\n"),
            "findings": found,
            "seconds to open": round(opened, 1),
            "seconds to save": round(saved, 1),
            "the slowest first, ms": round(max(first) * 1000, 1),
            "hover idle, ms": milliseconds(hovers),
            "hovers while saved": len(during),
            "hover while saved, ms": milliseconds(during),
            "of these the first ten, ms": milliseconds(at_once),
            "while saved / idle": round(statistics.median(during) / statistics.median(hovers), 2),
            "the slowest, ms": round(max(during) * 1000, 1),
            "memory at most, MB": round(one.megabytes("VmHWM"), 1),
            "as check": float(ways.shown_lines(one.shown) == ways.as_shown(folder, None)),
        }


def _later(one: Client, path: Path, number: int) -> float:
    """A hover after a while, on one of ten lines."""
    time.sleep(0.02)
    return one.hover(path, 6 + number % 10)


def large(folder: Path, megabytes: int) -> dict[str, float]:
    """One large document, opened and changed."""
    [path] = module(folder, 1)
    line = "// " + "x" * 60 + "\n"
    text = path.read_text() + line * (megabytes * (1 << 20) // len(line))
    path.write_text(text)
    with client(folder) as one:
        before = one.megabytes()
        one.open(path, text)
        one.rest()
        place = {"start": {"line": 9, "character": 0}, "end": {"line": 9, "character": 0}}
        one.wire.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": path.as_uri(), "version": 2},
             "contentChanges": [{"range": place, "text": "x"}]},
        )  # fmt: skip
        seconds = one.hover(path)
        return {
            "document, MB": megabytes,
            "memory before, MB": round(before, 1),
            "memory at most, MB": round(one.megabytes("VmHWM"), 1),
            "hover after a change, s": round(seconds, 2),
        }
