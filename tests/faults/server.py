"""Faults that a language server meets between two saves."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from tests.differential import ways
from tests.e2e.wire import Wire, wire
from tests.files import write_files
from tests.toolchains import go_binary

GOOD = (
    "package m\n\ntype T struct{ A [5]int }\n\nvar Sink any\n\nfunc F(n int) {\n\tSink = &T{}\n}\n"
)
BETTER = GOOD + "\nfunc G() *int { return new(int) }\n"
MARK = "GOLSP_MEM_FAULTS"
PATIENCE_SECONDS = 150.0


@frozen
class Result:
    """One row. ``answered`` in seconds: a hover sent during the fault. ``as_check``: what the
    save after it shows is what a fresh `check` finds."""

    name: str
    told: str
    answered: float
    orphans: int
    left: tuple[str, ...]
    as_check: bool

    @property
    def good(self) -> bool:
        return self.as_check and not self.orphans and not self.left


@define
class Place:
    """A module, a toolchain and directories of its own, that faults happen to."""

    root: Path
    own_cache: bool = False
    mounts: list[Path] = field(factory=list)

    @property
    def module(self) -> Path:
        return self.root / "m"

    @property
    def go(self) -> Path:
        return self.root / "bin" / "go"

    def directory(self, name: str) -> Path:
        path = self.root / name
        path.mkdir(exist_ok=True)
        return path

    def environment(self) -> dict[str, str]:
        # To compile the standard library anew takes a minute: only where that is the fault.
        own = {"GOCACHE": str(self.directory("cache"))} if self.own_cache else {}
        return {
            **own,
            "TMPDIR": str(self.directory("tmp")),
            "GOLSP_MEM_CACHE": str(self.directory("store")),
            "GOENV": str(self.root / "goenv"),
            MARK: str(self.root),
        }

    def lay_out(self) -> None:
        write_files(self.module, {"go.mod": "module m\n\ngo 1.22\n", "a.go": GOOD})
        self.go.parent.mkdir(exist_ok=True)
        self.go.write_text(f'#!/bin/sh\nexec {go_binary("1.26")} "$@"\n')
        self.go.chmod(0o755)

    def mount(
        self, name: str, *, fill: bool = False, read_only: bool = False, options: str = "size=256k"
    ) -> None:
        """A small file system of its own in place of a directory: full, or read-only."""
        path = self.directory(name)
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], check=True)
        self.mounts.append(path)
        if fill:
            with contextlib.suppress(OSError), (path / "fill").open("wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4096)
        if read_only:
            subprocess.run(["mount", "-o", "remount,ro", path], check=True)

    def freeze(self, name: str) -> None:
        """A directory as it is, read-only."""
        path = self.directory(name)
        subprocess.run(["mount", "--bind", path, path], check=True)
        self.mounts.append(path)
        subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)

    def unmount(self) -> None:
        while self.mounts:
            subprocess.run(["umount", "-l", self.mounts.pop()], check=True)

    def mend(self) -> None:
        self.unmount()
        for path in (*self.module.glob("*"), self.root / "go.work", self.root / "goenv"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name not in ("a.go", "go.mod") or not path.is_file() or path.is_symlink():
                path.unlink(missing_ok=True)
        self.lay_out()
        self.environment()


@frozen
class Fault:
    """``happen`` is called with the server running and the file open."""

    name: str
    happen: Callable[[Place, Wire], None]
    as_root: bool = False
    own_cache: bool = False


def _gone(name: str) -> Callable[[Place, Wire], None]:
    return lambda place, _: shutil.rmtree(place.root / name, ignore_errors=True)


def _full(name: str) -> Callable[[Place, Wire], None]:
    return lambda place, _: place.mount(name, fill=True, read_only=False)


def _read_only(name: str) -> Callable[[Place, Wire], None]:
    return lambda place, _: place.mount(name, fill=False, read_only=True)


def _instead(make: Callable[[Path], object]) -> Callable[[Place, Wire], None]:
    """Something else lies where the file was."""

    def happen(place: Place, _: Wire) -> None:
        file = place.module / "a.go"
        file.unlink()
        make(file)

    return happen


def _written(name: str, text: str) -> Callable[[Place, Wire], None]:
    """A file beside the module, or in it."""
    return lambda place, _: write_files(place.root, {name: text})


def _all_suspended(place: Place, _: Wire) -> None:
    group = marked(place.root)
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for process in group:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
        time.sleep(1)


def _go_of_another_kind(place: Place, _: Wire) -> None:
    place.go.write_text("#!/bin/sh\nhead -c 100000 /dev/urandom | tee /dev/stderr\n")


def _children_stopped(place: Place, one: Wire) -> None:
    """And nobody ever lets them go on."""
    deadline = time.monotonic() + 2
    while not _signal_children(place, one, signal.SIGSTOP) and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.5)


def _away(place: Place, one: Wire) -> None:
    """As a network drive: gone for three saves, and back with all that was there."""
    uri = (place.module / "a.go").as_uri()
    place.module.rename(place.root / "away")
    for _ in range(3):
        one.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        time.sleep(0.3)
    (place.root / "away").rename(place.module)


def _to_and_fro(place: Place, one: Wire) -> None:
    """The file becomes a directory and a file again, while it is saved."""
    file = place.module / "a.go"
    for _ in range(20):
        file.unlink()
        file.mkdir()
        one.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})
        time.sleep(0.03)
        file.rmdir()
        file.write_text(GOOD)
        one.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})
        time.sleep(0.03)


def _links_in_circles(place: Place, _: Wire) -> None:
    for name, target in (("loop", "."), ("up", ".."), ("self", "self"), ("b.go", "b.go")):
        (place.module / name).symlink_to(target)


def _suspended(_: Place, one: Wire) -> None:
    one.process.send_signal(signal.SIGSTOP)
    time.sleep(1)
    one.process.send_signal(signal.SIGCONT)


def _clock(place: Place, _: Wire) -> None:
    for number, name in enumerate(("a.go", "go.mod")):
        os.utime(place.module / name, (number * 4e9, number * 4e9))


def _kill_children(place: Place, one: Wire) -> None:
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        _signal_children(place, one, signal.SIGKILL)
        time.sleep(0.01)


def _signal_children(place: Place, one: Wire, number: signal.Signals) -> bool:
    """Whether there was any."""
    children = [
        child
        for child in marked(place.root)
        # One that is no other program yet is the server, which stands still with it (vfork).
        if child != one.process.pid and _command(child) != _command(one.process.pid)
    ]
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)
    return bool(children)


def _command(process: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


def _children_suspended(place: Place, one: Wire) -> None:
    deadline = time.monotonic() + 2
    while not _signal_children(place, one, signal.SIGSTOP) and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(1)
    _signal_children(place, one, signal.SIGCONT)


def _killed_in_a_write(place: Place, one: Wire) -> None:
    """As soon as the cache gets a file: twenty times, each with a text that it has not seen."""
    cache, uri = place.directory("cache"), (place.module / "a.go").as_uri()
    for number in range(20):
        before = set(cache.glob("*/*"))
        (place.module / "a.go").write_text(f"{GOOD}\nvar V{number} = new([{number + 9}]int)\n")
        one.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        deadline = time.monotonic() + 2
        while before >= set(cache.glob("*/*")) and time.monotonic() < deadline:
            time.sleep(0.001)
        _signal_children(place, one, signal.SIGKILL)
    (place.module / "a.go").write_text(GOOD)


def tear(place: Place) -> None:
    """What a machine leaves that lost its power: files of their names, half of what was in them."""
    for path in (*place.directory("cache").glob("*/*"), *place.directory("store").rglob("*")):
        if path.is_file():
            os.truncate(path, path.stat().st_size // 2)


def _another_server(place: Place, _: Wire) -> None:
    """It saves with the same store at the same time, and is killed in the midst."""
    command = [sys.executable, "-m", "golsp_mem", "serve", "--go", str(place.go)]
    uri = (place.module / "a.go").as_uri()
    with wire(*command, environment=place.environment()) as other:
        other.begin(place.module)
        document = {"uri": uri, "languageId": "go", "version": 1, "text": GOOD}
        other.notify("textDocument/didOpen", {"textDocument": document})
        shown: dict[str, list[Any]] = {}
        _settled(other, uri, shown)
        (place.module / "a.go").write_text(BETTER)
        other.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        time.sleep(0.3)


FAULTS = (
    Fault("the package is deleted", lambda place, _: (place.module / "a.go").unlink()),
    Fault("go.mod is deleted", lambda place, _: (place.module / "go.mod").unlink()),
    Fault("the workspace is deleted", lambda place, _: shutil.rmtree(place.module)),
    Fault("the toolchain is deleted", lambda place, _: place.go.unlink()),
    Fault("the build cache is deleted", _gone("cache"), own_cache=True),
    Fault("go writes junk", _go_of_another_kind),
    Fault("GOFLAGS is set to what go refuses", _written("goenv", "GOFLAGS=-none\n")),
    Fault("a go.work appears above", _written("go.work", "go 1.22\n\nuse ./other\n")),
    Fault("go.mod is broken", _written("m/go.mod", "module m\n\nfoo\n")),
    Fault("a file imports its own package", _written("m/b.go", 'package m\n\nimport _ "m"\n')),
    Fault("the file has zeros", _written("m/a.go", "package m\n\0\0\0\n")),
    Fault("the file has a line of 20 MB", _written("m/a.go", f"{GOOD}// {'x' * 20_000_000}\n")),
    Fault("the file is a directory", _instead(Path.mkdir)),
    Fault("the file is a pipe", _instead(os.mkfifo)),
    Fault("the file links to itself", _instead(lambda file: file.symlink_to(file))),
    Fault("the settings are a pipe", lambda place, _: os.mkfifo(place.module / "golsp-mem.toml")),
    Fault("TMPDIR is deleted", _gone("tmp")),
    Fault("the store is deleted", _gone("store")),
    Fault("the clock moves", _clock),
    Fault("suspend and resume", _suspended),
    Fault("all its processes are suspended", _all_suspended),
    Fault("its children are killed", _kill_children),
    Fault("its children are suspended", _children_suspended),
    Fault("its children are stopped for good", _children_stopped),
    Fault("the workspace goes and comes back", _away),
    Fault("the file is a directory now and then", _to_and_fro),
    Fault("links in circles", _links_in_circles),
    Fault("GOENV is a pipe", lambda place, _: os.mkfifo(place.root / "goenv")),
    Fault("go.mod gets CRLF", _written("m/go.mod", "module m\r\n\r\ngo 1.22\r\n")),
    Fault("go.mod gets a byte order mark", _written("m/go.mod", "\ufeffmodule m\n\ngo 1.22\n")),
    Fault("go is killed in a cache write", _killed_in_a_write, own_cache=True),
    Fault("cache and store are torn", lambda place, _: tear(place), own_cache=True),
    Fault("another server with its store", _another_server),
    Fault("the workspace is read-only", lambda place, _: place.freeze("m"), as_root=True),
    Fault("GOCACHE is full", _full("cache"), as_root=True, own_cache=True),
    Fault("GOCACHE is read-only", _read_only("cache"), as_root=True, own_cache=True),
    Fault("TMPDIR is full", _full("tmp"), as_root=True),
    Fault("TMPDIR is read-only", _read_only("tmp"), as_root=True),
    Fault("the store is full", _full("store"), as_root=True),
    Fault("the store is read-only", _read_only("store"), as_root=True),
)


def marked(root: Path) -> list[int]:
    """The processes that were started for a place."""
    wanted = f"{MARK}={root}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def meet(fault: Fault, root: Path) -> Result:
    """Let a fault happen to a server that works, mend it, and look."""
    place = Place(root, fault.own_cache)
    place.lay_out()
    command = [sys.executable, "-m", "golsp_mem", "serve", "--go", str(place.go)]
    try:
        with wire(*command, environment=place.environment()) as one:
            one.begin(place.module)
            uri = (place.module / "a.go").as_uri()
            document = {"uri": uri, "languageId": "go", "version": 1, "text": GOOD}
            one.notify("textDocument/didOpen", {"textDocument": document})
            shown: dict[str, list[Any]] = {}
            _settled(one, uri, shown)
            one.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            fault.happen(place, one)
            one.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            answered = _hover(one, uri)
            told = _settled(one, uri, shown)
            place.mend()
            expected = _save(place, one, uri, shown)
            found = ways.shown_lines(shown)
            one.end()
        orphans = len(marked(root))
        left = tuple(entry.name for entry in place.directory("tmp").iterdir())
    finally:
        place.unmount()
    return Result(fault.name, told, answered, orphans, left, found == expected)


def _save(place: Place, one: Wire, uri: str, shown: dict[str, list[Any]]) -> list[str]:
    identifier = {"uri": uri, "version": 2}
    change = {"textDocument": identifier, "contentChanges": [{"text": BETTER}]}
    one.notify("textDocument/didChange", change)
    (place.module / "a.go").write_text(BETTER)
    one.notify("textDocument/didSave", {"textDocument": identifier})
    _settled(one, uri, shown)
    return ways.as_shown(place.module, None)


def _hover(one: Wire, uri: str) -> float:
    begun = time.monotonic()
    position = {"line": 6, "character": 5}
    one.answer(one.ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": position}))
    return time.monotonic() - begun


def _settled(one: Wire, uri: str, shown: dict[str, list[Any]]) -> str:
    """Wait until the file's package came to rest after a run; what was told of it."""
    return _last(list(_states(one, uri, shown)))


def _last(told: list[str]) -> str:
    return told[-1] if told else "nothing"


def _states(one: Wire, uri: str, shown: dict[str, list[Any]]) -> Iterator[str]:
    state, news = "", time.monotonic()
    deadline = news + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(queue.Empty):
            one.take(0.25)
        for note in one.notes:
            params = note["params"]
            if note["method"] == "golsp-mem/status" and params["uri"] == uri:
                state, news = params["state"], time.monotonic()
                if state != "building":
                    yield f"{state}: {params['message']}" if params["message"] else state
            elif note["method"] == "textDocument/publishDiagnostics":
                shown[params["uri"]] = params["diagnostics"]
        one.notes.clear()
        if state not in ("", "building") and time.monotonic() - news > 1.5:
            return
