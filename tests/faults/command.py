"""Faults that a command meets: where it writes, what it reads, who ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from tests.faults.server import Place, marked


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
        stderr=subprocess.PIPE, **options,
    )  # fmt: skip


def full_output(place: Place) -> subprocess.Popen[bytes]:
    with Path("/dev/full").open("wb") as full:
        return _started(place, stdout=full)


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
        process = _started(place, slow, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while len(marked(place.root)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        return process

    return start


COMMANDS: dict[str, tuple[Callable[[Place], subprocess.Popen[bytes]], tuple[int, ...]]] = {
    "check >/dev/full": (full_output, (4,)),
    "check | (nobody reads)": (closed_pipe, (141,)),
    "check, SIGTERM": (signalled(signal.SIGTERM), (143,)),
    "check, SIGHUP": (signalled(signal.SIGHUP), (129,)),
    "check, SIGINT": (signalled(signal.SIGINT), (130,)),
}


def meet(name: str, root: Path) -> Ended:
    """Run a command into a fault."""
    place = Place(root)
    place.lay_out()
    start, expected = COMMANDS[name]
    process = start(place)
    begun = time.monotonic()
    _, err = process.communicate(timeout=120)
    seconds = time.monotonic() - begun
    said = tuple(err.decode("utf-8", "replace").splitlines())
    left = tuple(entry.name for entry in place.directory("tmp").iterdir())
    return Ended(name, process.returncode, said, seconds, len(marked(root)), left, expected)
