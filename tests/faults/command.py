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
from functools import cache, partial
from pathlib import Path

from attrs import evolve, frozen

from tests.e2e.wire import HELLO, framed
from tests.faults.server import GOOD, Place, marked, tear
from tests.files import write_files
from tests.toolchains import go_binary


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
        _check(place, go or place.go),
        **{"cwd": place.module, "env": {**os.environ, **place.environment()},
           "stderr": subprocess.PIPE, **options},
    )  # fmt: skip


def under(
    happen: Callable[[], object] | None = None, *without: str, **variables: str
) -> Callable[[Place], subprocess.Popen[bytes]]:
    """With another environment (``%`` stands for a directory of its own), or after a call of the
    child's."""

    def start(place: Place) -> subprocess.Popen[bytes]:
        home = str(place.directory("home"))
        # What Go keeps below HOME is not the fault.
        own = {"GOCACHE": _go_env("GOCACHE"), "GOPATH": _go_env("GOPATH"), **place.environment()}
        own |= {name: value.replace("%", home) for name, value in variables.items()}
        kept = {name: one for name, one in (os.environ | own).items() if name not in without}
        return _started(place, env=kept, stdout=subprocess.DEVNULL, preexec_fn=happen)

    return start


@cache
def _go_env(name: str) -> str:
    asked = [str(go_binary("1.26")), "env", name]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def among(lay: Callable[[Place], object]) -> Callable[[Place], subprocess.Popen[bytes]]:
    """Something odd lies about."""

    def start(place: Place) -> subprocess.Popen[bytes]:
        lay(place)
        return _started(place, stdout=subprocess.DEVNULL)

    return start


def loops(place: Place) -> None:
    for name, target in (("loop", "."), ("up", ".."), ("self", "self"), ("b.txt", "c.txt"),
                         ("c.txt", "b.txt")):  # fmt: skip
        (place.module / name).symlink_to(target)


def piped_profile(place: Place) -> None:
    text = "package main\n\nvar S any\n\nfunc main() { S = new([9]int) }\n"
    write_files(place.module, {"a.go": text})
    os.mkfifo(place.module / "default.pgo")


def without_a_directory(place: Place) -> subprocess.Popen[bytes]:
    """Started where nothing is any more."""
    gone = place.directory("gone")
    # Python itself looks for the module there.
    found = {"PYTHONPATH": str(Path(__file__).parents[2]), **os.environ, **place.environment()}
    leave = f'cd "{gone}" && rmdir "{gone}" && exec "$@"'
    command = ["/bin/sh", "-c", leave, "sh", *_check(place, place.go)]
    return subprocess.Popen(command, env=found, stderr=subprocess.PIPE)


def deep(place: Place) -> subprocess.Popen[bytes]:
    """In a directory whose path is as long as a path may be."""
    inside = place.module
    while len(str(inside)) < 3700:
        inside = inside / ("d" * 150)
    inside.mkdir(parents=True)
    (inside / "a.go").write_text(GOOD)
    return _started(place, cwd=inside, stdout=subprocess.DEVNULL)


def half_sent(data: bytes) -> Callable[[Place], subprocess.Popen[bytes]]:
    """A client that goes in the middle of a message."""

    def start(place: Place) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "golsp_mem", "serve", "--go", str(place.go)],
            env={**os.environ, **place.environment()}, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(data)
        return process

    return start


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


def without_inodes(name: str) -> Callable[[Place], subprocess.Popen[bytes]]:
    """A directory on which there is room, but not for a name."""

    def start(place: Place) -> subprocess.Popen[bytes]:
        place.mount(name, options="nr_inodes=1")
        return _started(place, stdout=subprocess.DEVNULL)

    return start


def frozen_home(place: Place) -> subprocess.Popen[bytes]:
    place.freeze("home")
    return under(None, "GOLSP_MEM_CACHE", "XDG_CACHE_HOME", HOME="%")(place)


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
    long: bool = False


CRLF = b"module m\r\n\r\ngo 1.22\r\n"
LONG_LINE = f'package m\n\nvar S any = "{"x" * 5_000_000}é"\n'
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
ODD = Command(under(), (0,), long=True)
UNPLACED = ("GOLSP_MEM_CACHE", "XDG_CACHE_HOME", "HOME")
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
    "check, no inode in TMPDIR": Command(without_inodes("tmp"), (0, 4), True),
    "check, no inode in the store": Command(without_inodes("store"), (0,), True),
    "check, no inode in GOCACHE": Command(without_inodes("cache"), (4,), True, True),
    "check, HOME is read-only": Command(frozen_home, (0,), True),
    "check, HOME is not set": evolve(ODD, start=under(None, *UNPLACED)),
    "check, nothing says where to keep": Command(
        under(None, *UNPLACED, "GOCACHE", "GOPATH"), (4,), long=True
    ),
    "check, HOME is no directory": evolve(ODD, start=under(None, *UNPLACED[:2], HOME="%/none")),
    "check, umask 077": evolve(ODD, start=under(partial(os.umask, 0o077))),
    "check, umask 777": evolve(ODD, start=under(partial(os.umask, 0o777))),
    "check <&-": evolve(ODD, start=under(partial(os.close, 0))),
    "check >&-": Command(under(partial(os.close, 1)), (4,), long=True),
    "check 2>&-": evolve(ODD, start=under(partial(os.close, 2))),
    "check <&- >&- 2>&-": Command(under(partial(os.closerange, 0, 3)), (4,), long=True),
    "check, PATH is empty": evolve(ODD, start=under(PATH="")),
    "check, PATH is not set": evolve(ODD, start=under(None, "PATH")),
    "check, PATH names 9000 directories": evolve(
        ODD, start=under(PATH=":".join(f"/x{number}" for number in range(9000)))
    ),
    "check, TMPDIR is a file": evolve(ODD, start=under(TMPDIR="/etc/passwd")),
    "check, locale C, text that is no ASCII": evolve(ODD, start=under(**C_LOCALE)),
    "check, a path of 3700 characters": evolve(ODD, start=deep),
    "check, the directory is gone": Command(without_a_directory, (2,), long=True),
    "check, twelve open files": Command(
        under(partial(resource.setrlimit, resource.RLIMIT_NOFILE, (12, 12))), (4,), long=True
    ),
    "check, links in circles": evolve(ODD, start=among(loops)),
    "check, go.mod has CRLF": evolve(
        ODD, start=among(lambda place: (place.module / "go.mod").write_bytes(CRLF))
    ),
    "check, go.mod has a byte order mark": Command(
        among(lambda place: (place.module / "go.mod").write_bytes(b"\xef\xbb\xbf" + CRLF)),
        (4,),
        long=True,
    ),
    "check, a line of 5 MB": evolve(
        ODD, start=among(lambda place: write_files(place.module, {"b.go": LONG_LINE}))
    ),
    "check, GOENV is a pipe": Command(
        among(lambda place: os.mkfifo(place.root / "goenv")), (3,), long=True
    ),
    "check, GOENV is a directory": evolve(
        ODD, start=among(lambda place: (place.root / "goenv").mkdir())
    ),
    "check, a profile is a pipe": Command(among(piped_profile), (3,), long=True),
    "serve, the client goes in a header": Command(half_sent(b"Content-Le"), (1,), long=True),
    "serve, the client goes in a body": Command(
        half_sent(b'Content-Length: 100\r\n\r\n{"js'), (1,), long=True
    ),
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
