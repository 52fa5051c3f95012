"""``python -m tests.fuzz.protocol [--rounds N] [--steps N] [--seed N]``: a client without a plan.

Each round a real server gets a random sequence: files are opened, changed (texts that build and
that do not), saved, closed, renamed, asked about, requests cancelled, folders and settings changed,
and some messages are not what LSP says. Every request is answered, none with an internal error;
nothing of a failure is on stderr;
when all files have their own texts again and are saved, what is shown is what `check` finds. Exit
status 1: not so; a round's seed repeats its sequence.
"""

from __future__ import annotations

import json
import os
import queue
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from attrs import define, field

from tests.differential import ways
from tests.differential.modules import random_module
from tests.e2e.wire import Wire, wire
from tests.files import write_files

TYPED = ("", "x", "\n", "// é\n", "\nvar Q = new([3]int)\n", "}", "{", "𝄞")
INTERNAL_ERRORS = frozenset({-32603, -32001})
REQUESTS = (
    "textDocument/hover", "textDocument/codeAction", "textDocument/codeLens",
    "textDocument/inlayHint", "textDocument/diagnostic", "workspace/executeCommand",
)  # fmt: skip


# Parameters that are not what LSP says; @ is the URI of a file.
ODD: tuple[Any, ...] = (
    [], 7, "x", True, None, {}, {"textDocument": None}, {"textDocument": 5},
    {"textDocument": {"uri": 5}, "position": {"line": "1", "character": []}},
    {"textDocument": {"uri": "@"}, "position": {"line": -1, "character": -1}},
    {"textDocument": {"uri": "@"}, "position": {"line": 1 << 40, "character": 1 << 40}},
    {"textDocument": {"uri": "@"}, "position": {"line": 1 << 80, "character": 0}},
    {"textDocument": {"uri": ""}, "position": {"line": 0, "character": 0}},
    {"textDocument": {"uri": "file://%zz%00"}, "position": {"line": 0, "character": 0}},
    {"textDocument": {"uri": "untitled:a"}, "position": {"line": 0, "character": 0}},
    {"textDocument": {"uri": "@"}, "range": {"start": {"line": 9, "character": 9}}},
    {"textDocument": {"uri": "@"}, "range": 5, "context": []},
    {"command": 5}, {"command": "golsp-mem.explain", "arguments": {"a": 1}},
    {"command": "golsp-mem.explain", "arguments": [5, "x"]}, {"command": "no.such"},
    {"id": []}, {"id": "none"}, {"event": 5}, {"event": {"added": [{"uri": 5}], "removed": 5}},
    {"changes": 5}, {"changes": [{"uri": 5, "type": 1}]}, {"changes": [{"uri": "@", "type": 77}]},
    {"settings": None}, {"settings": {"golsp-mem": 5}}, {"settings": {"golsp-mem": {"tests": []}}},
    {"textDocument": {"uri": "@", "version": 9}, "contentChanges": 5},
    {"textDocument": {"uri": "file:///no/such.go", "version": 9},
     "contentChanges": [{"range": {}, "text": 5}]},
)  # fmt: skip
NOTES = (
    "textDocument/didOpen", "textDocument/didChange", "$/cancelRequest", "$/setTrace", "no/such",
    "workspace/didChangeWorkspaceFolders", "workspace/didChangeWatchedFiles", "$/progress",
    "workspace/didChangeConfiguration", "window/workDoneProgress/cancel", "initialized",
)  # fmt: skip


@define
class Client:
    """What is open, with the text that the server knows."""

    wire: Wire
    root: Path
    files: Mapping[str, str]
    random: random.Random
    open: dict[str, str] = field(factory=dict)
    version: int = 1
    asked: list[tuple[Any, str]] = field(factory=list)
    done: list[str] = field(factory=list)
    moved: set[str] = field(factory=set)
    gone: bool = False

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def step(self) -> None:
        chosen: Callable[[], None] = self.random.choice(
            [self.open_one, self.change, self.change, self.change, self.save, self.save, self.ask,
             self.ask, self.ask, self.ask, self.cancel, self.close, self.folders, self.watched,
             self.configure, self.rename, self.odd, self.odd]
        )  # fmt: skip
        self.done.append(chosen.__name__)
        chosen()

    def open_one(self) -> None:
        closed = sorted(self.files.keys() - self.open.keys() - self.moved)
        if closed:
            name = self.random.choice(closed)
            self.open[name] = (self.root / name).read_text()
            item = {"uri": self.uri(name), "languageId": "go", "version": 1}
            item["text"] = self.open[name]
            self.wire.notify("textDocument/didOpen", {"textDocument": item})

    def some(self) -> str | None:
        return self.random.choice(sorted(self.open)) if self.open else None

    def change(self) -> None:
        name = self.some()
        if name is None:
            return
        text = self.open[name]
        lines = text.split("\n")
        kind = self.random.randrange(4)
        line = self.random.randrange(len(lines))
        column = self.random.randrange(len(lines[line]) + 1)
        new = self.random.choice(
            ["", "x", "\n", "// é\n", "\nvar Q = new([3]int)\n", "}", "{", "𝄞"]
        )
        if kind == 0:
            self.sent(name, [{"text": self.files[name]}], self.files[name])
            return
        end = line if kind == 1 else min(line + self.random.randrange(3), len(lines) - 1)
        last = column if end == line and kind == 1 else len(lines[end])
        if (end, last) < (line, column):
            return
        before, after = lines[line][:column], lines[end][last:]
        changed = "\n".join([*lines[:line], before + new + after, *lines[end + 1 :]])
        where = {
            "start": {"line": line, "character": _units(before)},
            "end": {"line": end, "character": _units(lines[end][:last])},
        }
        self.sent(name, [{"range": where, "text": new}], changed)

    def sent(self, name: str, changes: list[dict[str, Any]], text: str) -> None:
        self.version += 1
        document = {"uri": self.uri(name), "version": self.version}
        self.open[name] = text
        self.wire.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": changes}
        )

    def save(self) -> None:
        name = self.some()
        if name is not None:
            (self.root / name).write_text(self.open[name])
            self.wire.notify("textDocument/didSave", {"textDocument": {"uri": self.uri(name)}})

    def close(self) -> None:
        name = self.some()
        if name is not None and self.random.random() < 0.4:
            del self.open[name]
            self.wire.notify("textDocument/didClose", {"textDocument": {"uri": self.uri(name)}})

    def ask(self) -> None:
        name = self.random.choice(sorted(self.files))
        uri, method = self.uri(name), self.random.choice(REQUESTS)
        place = {"line": self.random.randrange(400), "character": self.random.randrange(30)}
        far = {"line": place["line"] + self.random.randrange(50), "character": 0}
        whole = {"start": place, "end": max(place, far, key=lambda one: one["line"])}
        document = {"textDocument": {"uri": uri}}
        params: dict[str, Any] = {
            "textDocument/hover": {**document, "position": place},
            "textDocument/codeAction": {**document, "range": whole, "context": {"diagnostics": []}},
            "textDocument/inlayHint": {**document, "range": whole},
            "workspace/executeCommand": {
                "command": self.random.choice(
                    ["golsp-mem.explain", "golsp-mem.findings", "golsp-mem.report",
                     "golsp-mem.restartAnalysis"]
                ),
                "arguments": [{"uri": uri, "position": place}],
            },
        }.get(method, document)  # fmt: skip
        self.asked.append((self.wire.ask(method, params), method))

    def cancel(self) -> None:
        if self.asked:
            self.wire.notify("$/cancelRequest", {"id": self.random.choice(self.asked[-3:])[0]})

    def folders(self) -> None:
        folder = [{"uri": self.root.as_uri(), "name": "m"}]
        event = {"added": folder if self.gone else [], "removed": [] if self.gone else folder}
        self.gone = not self.gone
        self.wire.notify("workspace/didChangeWorkspaceFolders", {"event": event})

    def watched(self) -> None:
        name = self.random.choice([*sorted(self.files), "go.mod", "gone.go"])
        change = {"uri": self.uri(name), "type": self.random.choice([1, 2, 3])}
        self.wire.notify("workspace/didChangeWatchedFiles", {"changes": [change]})

    def rename(self, name: str = "") -> None:
        """On the disk, as a file manager does, and back the next time."""
        name = name or self.random.choice(sorted(self.files))
        moved = name.replace("a", "moved", 1)
        old, new = (moved, name) if name in self.moved else (name, moved)
        self.moved ^= {name}
        text = (self.root / old).read_text()
        (self.root / new).parent.mkdir(exist_ok=True)
        (self.root / old).rename(self.root / new)
        if self.open.pop(name, None) is not None or old == moved:
            document = {"uri": self.uri(old)}
            self.wire.notify("textDocument/didClose", {"textDocument": document})
        renamed = {"oldUri": self.uri(old), "newUri": self.uri(new)}
        self.wire.notify("workspace/didRenameFiles", {"files": [renamed]})
        changes = [{"uri": self.uri(old), "type": 3}, {"uri": self.uri(new), "type": 1}]
        self.wire.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        item = {"uri": self.uri(new), "languageId": "go", "version": 1, "text": text}
        self.wire.notify("textDocument/didOpen", {"textDocument": item})
        if new == name:
            self.open[name] = text

    def odd(self) -> None:
        """What no client should send: a request is answered all the same."""
        name = self.random.choice(sorted(self.files))
        params = json.loads(json.dumps(self.random.choice(ODD)).replace("@", self.uri(name)))
        if self.random.random() < 0.6:
            method = self.random.choice([*REQUESTS, "no/such", "workspace/diagnostic"])
            self.asked.append((self.wire.ask(method, params), method))
            return
        self.wire.notify(self.random.choice(NOTES), params)
        self.wire.send(self.random.choice([[], 7, {"jsonrpc": "2.0", "id": 10**6, "result": 5}]))

    def configure(self) -> None:
        self.wire.notify("workspace/didChangeConfiguration", {"settings": {}})

    def settle(self) -> None:
        """All files open, with their own texts, on the disk and here."""
        if self.gone:
            self.folders()
        self.configure()
        for name in sorted(self.moved):
            self.rename(name)
        for name in sorted(self.files):
            (self.root / name).write_text(self.files[name])
        for name, text in self.files.items():
            if name in self.open:
                self.sent(name, [{"text": text}], text)
            while name not in self.open:
                self.open_one()
        for name in sorted(self.files):
            self.wire.notify("textDocument/didSave", {"textDocument": {"uri": self.uri(name)}})


def _units(text: str) -> int:
    """UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def faults(seed: int, directory: Path, steps: int) -> Iterator[str]:
    """What is wrong in one round, in words."""
    whole = random_module(seed)
    root = directory / "m"
    write_files(root, whole)
    files = {name: text for name, text in whole.items() if name.endswith(".go")}
    log = directory / "stderr"
    with (
        log.open("wb") as errors,
        wire(environment={"GOLSP_MEM_CACHE": "off"}, stderr=errors) as one,
    ):
        one.begin(root)
        client = Client(one, root, files, random.Random(seed))
        try:
            for _ in range(steps):
                client.step()
            client.settle()
            for number, method in client.asked:
                code = one.answer(number, 120.0).get("error", {}).get("code")
                if code in INTERNAL_ERRORS:
                    yield f"{method}: internal error"
            shown: dict[str, list[Any]] = {}
            ways.settled(one, [client.uri(name) for name in files], shown)
            if one.end():
                yield "its exit status is not 0"
        except (queue.Empty, OSError, ways.WayFailedError) as error:
            yield f"{type(error).__name__}: {error} after {' '.join(client.done[-12:])}"
            return
    said = log.read_text(errors="replace")
    if "Traceback" in said:
        yield f"on stderr: {said[said.index('Traceback') :][-1500:]}"
    expected, found = ways.as_shown(root, None), ways.shown_lines(shown)
    if expected != found:
        missing = [line for line in expected if line not in found]
        more = [line for line in found if line not in expected]
        first = [*missing[:1], *more[:1]] or "order"
        yield f"{len(missing)} missing, {len(more)} more, first {first}"


@click.command()
@click.option("--rounds", default=20)
@click.option("--steps", default=150)
@click.option("--seed", default=1, help="The first round's.")
def main(rounds: int, steps: int, seed: int) -> None:
    """Talk to servers without a plan."""
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    wrong = 0
    for number in range(seed, seed + rounds):
        with tempfile.TemporaryDirectory(prefix="golsp-mem-protocol-") as scratch:
            found = list(faults(number, Path(scratch).resolve(), steps))
        wrong += bool(found)
        print(f"seed {number}: {'; '.join(found) or 'well'}", flush=True)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
