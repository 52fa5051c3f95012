"""Faults that a command meets: where it writes, what it reads, who ends it."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from attrs import frozen

from tests.e2e.wire import HELLO, framed
from tests.faults.server import Place, marked, tear


@frozen
class Ended:
    """One row: exit status, the last line of stderr, what is left."""

    name: str
    status: int
    said: tuple[str, ...]
    seconds: float
    orphans: int
    left: tuple[str, ...]
    expected: tuple[int, ...]

    @property
    def good(self) -> bool:
        traceback = any("Traceback" in line or "internal error" in line for line in self.said)
        return (
            self.status in self.expected and not self.orphans and not self.left
            and not traceback and len(self.said) <= 2
        )  # fmt: skip


def _check(place: Place, go: Path) -> list[str]:
    return [sys.executable, "-m", "golsp_mem", "check", "-q", "--go", str(go)]


def _started(place: Place, go: Path | None = None, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        _check(place, go or place.go), cwd=place.module, env={**os.environ, **place.environment()},
        **{"stderr": subprocess.PIPE, **options},
    )  # fmt: skip


def full_output(place: Place) -> subprocess.Popen[bytes]:
    with Path("/dev/full").open("wb") as full:
        return _started(place, stdout=full)


def full_streams(place: Place) -> subprocess.Popen[bytes]:
    with Path("/dev/full").open("wb") as full:
        return _started(place, stdout=full, stderr=full)


def childless(place: Place) -> subprocess.Popen[bytes]:
    """Started by who ignores SIGCHLD, which children inherit."""
    ignored = partial(signal.signal, signal.SIGCHLD, signal.SIG_IGN)
    return _started(place, stdout=subprocess.DEVNULL, preexec_fn=ignored)


def files_may_not_grow(place: Place) -> subprocess.Popen[bytes]:
    """As with ``ulimit -f 0``, and on a file system that knows no larger ones."""
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (0, 0))
    return _started(place, stdout=subprocess.DEVNULL, preexec_fn=limit)


def closed_pipe(place: Place) -> subprocess.Popen[bytes]:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return _started(place, stdout=writing)
    finally:
        os.close(writing)


def signalled(number: signal.Signals) -> Callable[[Place], subprocess.Popen[bytes]]:
    def start(place: Place) -> subprocess.Popen[bytes]:
        # One that is about to end ends as if nothing had been sent.
        slow = place.root / "slow-go"
        slow.write_text(f'#!/bin/sh\n[ "$1" = list ] && exec sleep 1000\nexec "{place.go}" "$@"\n')
        slow.chmod(0o755)
        # In the background of a shell the table itself ignores SIGINT, and children inherit that.
        heeds = partial(signal.signal, number, signal.SIG_DFL)
        process = _started(place, slow, stdout=subprocess.DEVNULL, preexec_fn=heeds)
        deadline = time.monotonic() + 20
        while len(marked(place.root)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        return process

    return start


def mounted(name: str, *, full: bool) -> Callable[[Place], subprocess.Popen[bytes]]:
    """A directory is full, or read-only."""

    def start(place: Place) -> subprocess.Popen[bytes]:
        place.mount(name, fill=full, read_only=not full)
        return _started(place, stdout=subprocess.DEVNULL)

    return start


def torn(place: Place) -> subprocess.Popen[bytes]:
    _started(place, stdout=subprocess.DEVNULL).communicate(timeout=120)
    tear(place)
    return _started(place, stdout=subprocess.DEVNULL)


def unread(number: signal.Signals | None) -> Callable[[Place], subprocess.Popen[bytes]]:
    """A client that asks much, reads nothing, and goes or sends a signal."""

    def start(place: Place) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "golsp_mem", "serve", "--go", str(place.go)]
        reading, writing = os.pipe()
        process = subprocess.Popen(
            command, env={**os.environ, **place.environment()}, stdin=subprocess.PIPE,
            stdout=writing, stderr=subprocess.PIPE, pass_fds=[reading],
        )  # fmt: skip
        os.close(writing)
        os.close(reading)  # The server has one that nobody reads.
        asked: list[tuple[str, object]] = [("initialize", HELLO)]
        asked += [("no/method", {}) for _ in range(3000)]
        stdin = process.stdin
        assert stdin is not None
        os.set_blocking(stdin.fileno(), False)
        with contextlib.suppress(BlockingIOError):
            for identifier, (method, params) in enumerate(asked):
                message = {"jsonrpc": "2.0", "id": identifier, "method": method, "params": params}
                os.write(stdin.fileno(), framed(json.dumps(message).encode()))
                time.sleep(1 if identifier == 0 else 0)
        time.sleep(2)
        if number is not None:
            process.send_signal(number)
        return process

    return start


@frozen
class Command:
    """``start`` runs it into the fault; ``expected``: how it may end."""

    start: Callable[[Place], subprocess.Popen[bytes]]
    expected: tuple[int, ...]
    as_root: bool = False
    own_cache: bool = False


COMMANDS: dict[str, Command] = {
    "check >/dev/full": Command(full_output, (4,)),
    "check >/dev/full 2>/dev/full": Command(full_streams, (4,)),
    "check, SIGCHLD is ignored": Command(childless, (0,)),
    "check | (nobody reads)": Command(closed_pipe, (141,)),
    "check, SIGTERM": Command(signalled(signal.SIGTERM), (143,)),
    "check, SIGHUP": Command(signalled(signal.SIGHUP), (129,)),
    "check, SIGINT": Command(signalled(signal.SIGINT), (130,)),
    "check, cache and store are torn": Command(torn, (0,), own_cache=True),
    "check, files may not grow": Command(files_may_not_grow, (4,), own_cache=True),
    "check, GOCACHE is full": Command(mounted("cache", full=True), (4,), True, True),
    "check, GOCACHE is read-only": Command(mounted("cache", full=False), (4,), True, True),
    "check, the store is full": Command(mounted("store", full=True), (0,), True),
    "check, TMPDIR is full": Command(mounted("tmp", full=True), (0, 4), True),
    "serve, unread, the client goes": Command(unread(None), (1,)),
    "serve, unread, SIGTERM": Command(unread(signal.SIGTERM), (1,)),
}


def meet(name: str, root: Path) -> Ended:
    """Run a command into a fault."""
    command = COMMANDS[name]
    place = Place(root, command.own_cache)
    place.lay_out()
    try:
        process = command.start(place)
        begun = time.monotonic()
        _, err = process.communicate(timeout=120)
        seconds = time.monotonic() - begun
        left = tuple(one.name for one in place.directory("tmp").iterdir() if one.name != "fill")
    finally:
        place.unmount()
    said = tuple((err or b"").decode("utf-8", "replace").splitlines())
    orphans = len(marked(root))
    return Ended(name, process.returncode, said, seconds, orphans, left, command.expected)
