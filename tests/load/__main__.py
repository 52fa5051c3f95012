"""``python -m tests.load [--packages N] [--saves N] [--megabytes N]``: prints what load costs.

Hovers while packages build beside hovers of an idle server, memory over many saves, many packages
opened at once, a large document. Exit status 1: the state after the last save is not what `check`
finds. Times depend on the machine: compare ratios.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from attrs import define, field

from tests.differential import ways
from tests.e2e.editor import SERVER
from tests.e2e.wire import Wire, wire
from tests.files import write_files

PATIENCE_SECONDS = 600.0
SOURCE = "package {name}\n\nvar Sink any\n\nfunc F(n int) {{\n\tSink = new([{size}]int)\n}}\n"


@define
class Client:
    """What a client sees: the last state and diagnostics of each file."""

    wire: Wire
    states: dict[str, str] = field(factory=dict)
    shown: dict[str, list[Any]] = field(factory=dict)
    _version: int = 1

    def open(self, path: Path, text: str) -> None:
        document = {"uri": path.as_uri(), "languageId": "go", "version": 1, "text": text}
        self.states[path.as_uri()] = "opened"
        self.wire.notify("textDocument/didOpen", {"textDocument": document})

    def save(self, path: Path, text: str) -> None:
        self._version += 1
        identifier = {"uri": path.as_uri(), "version": self._version}
        change = {"textDocument": identifier, "contentChanges": [{"text": text}]}
        self.wire.notify("textDocument/didChange", change)
        path.write_text(text)
        self.wire.notify("textDocument/didSave", {"textDocument": identifier})

    def hover(self, path: Path) -> float:
        """Seconds until a hover is answered."""
        begun = time.monotonic()
        place = {"textDocument": {"uri": path.as_uri()}, "position": {"line": 4, "character": 5}}
        self.wire.answer(self.wire.ask("textDocument/hover", place), PATIENCE_SECONDS)
        self.listen()
        return time.monotonic() - begun

    def listen(self) -> bool:
        """Note what was told; whether that was anything."""
        notes, self.wire.notes = self.wire.notes, []
        for note in notes:
            params = note["params"]
            if note["method"] == "golsp-mem/status":
                self.states[params["uri"]] = params["state"]
            elif note["method"] == "textDocument/publishDiagnostics":
                self.shown[params["uri"]] = params["diagnostics"]
        return bool(notes)

    def rest(self, quiet: float = 2.0) -> float:
        """Wait until all files stand idle and nothing comes any more; when the last news came."""
        news = time.monotonic()
        deadline = news + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                self.wire.take(0.2)
            if self.listen():
                news = time.monotonic()
            resting = all(state not in ("opened", "building") for state in self.states.values())
            if resting and time.monotonic() - news > quiet:
                return news
        raise TimeoutError("the server never came to rest")

    def megabytes(self, what: str = "VmRSS") -> float:
        """Memory of the server: VmRSS now, VmHWM the most so far (Linux)."""
        for line in Path(f"/proc/{self.wire.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1]) / 1024
        return 0.0


@contextlib.contextmanager
def client(folder: Path) -> Iterator[Client]:
    with wire(*SERVER, environment={"GOLSP_MEM_CACHE": "off"}) as one:
        one.begin(folder)
        yield Client(one)


def module(folder: Path, packages: int) -> list[Path]:
    """A module of small packages; their files."""
    files = {"go.mod": "module m\n\ngo 1.22\n"}
    for number in range(packages):
        files[f"p{number}/a.go"] = SOURCE.format(name=f"p{number}", size=number % 50 + 1)
    write_files(folder, files)
    return [folder / name for name in files if name.endswith(".go")]


def opening(folder: Path, packages: int) -> dict[str, float]:
    """Many packages opened at once."""
    paths = module(folder, packages)
    with client(folder) as one:
        begun = time.monotonic()
        for path in paths:
            one.open(path, path.read_text())
        seconds = one.rest() - begun
        with_findings = sum(bool(one.shown.get(path.as_uri())) for path in paths)
        return {
            "packages opened": packages,
            "with findings": with_findings,
            "seconds until all": round(seconds, 1),
            "memory, MB": round(one.megabytes(), 1),
        }


def saving(folder: Path, saves: int) -> dict[str, float]:
    """Saves in bursts over twenty files, with hovers between them."""
    paths = module(folder, 20)
    chosen = random.Random(1)
    with client(folder) as one:
        for path in paths:
            one.open(path, path.read_text())
        one.rest()
        idle = [one.hover(chosen.choice(paths)) for _ in range(30)]
        before = one.megabytes()
        busy: list[float] = []
        for number in range(saves):
            path = chosen.choice(paths)
            one.save(path, SOURCE.format(name=path.parent.name, size=chosen.randint(1, 50)))
            if number % 5 == 0:
                busy.append(one.hover(chosen.choice(paths)))
        one.rest()
        expected = ways.as_shown(folder, None)
        return {
            "saves": saves,
            "hover idle, ms": round(statistics.median(idle) * 1000, 1),
            "hover busy, ms": round(statistics.median(busy) * 1000, 1),
            "busy / idle": round(statistics.median(busy) / statistics.median(idle), 2),
            "memory before, MB": round(before, 1),
            "memory after, MB": round(one.megabytes(), 1),
            "as check": float(ways.shown_lines(one.shown) == expected),
        }


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


@click.command()
@click.option("--packages", default=300)
@click.option("--saves", default=500)
@click.option("--megabytes", default=60)
def main(packages: int, saves: int, megabytes: int) -> None:
    """Print what load costs, as JSON, a line for each kind."""
    good = True
    with tempfile.TemporaryDirectory(prefix="golsp-mem-load-") as place:
        for name, row in (
            ("opening", lambda folder: opening(folder, packages)),
            ("saving", lambda folder: saving(folder, saves)),
            ("large", lambda folder: large(folder, megabytes)),
        ):
            folder = Path(place, name)
            folder.mkdir()
            found = row(folder)
            good &= found.get("as check", 1.0) == 1.0
            load = os.getloadavg()[0]
            print(name, json.dumps({**found, "load of the machine": round(load, 1)}), flush=True)
    sys.exit(not good)


if __name__ == "__main__":
    main()
