"""A client that has the server do much, and notes what it sees."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import define, field

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

    def edit(self, path: Path, text: str) -> None:
        self._version += 1
        identifier = {"uri": path.as_uri(), "version": self._version}
        change = {"textDocument": identifier, "contentChanges": [{"text": text}]}
        self.wire.notify("textDocument/didChange", change)

    def save(self, path: Path, text: str) -> None:
        self.edit(path, text)
        path.write_text(text)
        self.wire.notify("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})

    def hover(self, path: Path, line: int = 4) -> float:
        """Seconds until a hover is answered."""
        begun = time.monotonic()
        place = {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": 5}}
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
def client(*folders: Path) -> Iterator[Client]:
    """A client of a new server that keeps nothing, on these folders."""
    with wire(*SERVER, environment={"GOLSP_MEM_CACHE": "off"}) as one:
        one.begin(*folders)
        yield Client(one)


def module(folder: Path, packages: int) -> list[Path]:
    """A module of small packages; their files."""
    files = {"go.mod": "module m\n\ngo 1.22\n"}
    for number in range(packages):
        files[f"p{number}/a.go"] = SOURCE.format(name=f"p{number}", size=number % 50 + 1)
    write_files(folder, files)
    return [folder / name for name in files if name.endswith(".go")]
