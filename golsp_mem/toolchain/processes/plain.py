"""A child that is started before anything is loaded, and waited for.

What `process` does takes an event loop, whose modules take as long as a go command that finds
nothing to do. Here a child writes to files in a place of its own; it ends with its caller as there.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

if sys.platform != "win32":
    import fcntl

PREFIX = "golsp-mem-tmp-"
"""How the names of our temporary directories begin."""

_GRACE_SECONDS = 0.5
# Python ignores the first two (subprocess, restore_signals), who is started by a script's `&` the
# third; a child shall not.
_RESTORED = tuple(
    getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ", "SIGINT") if hasattr(signal, name)
)


class NotPlain(Exception):
    """The child cannot be started so, took too long, or failed."""


class _Late(Exception):
    pass


def said_by(
    argv: Sequence[str],
    *,
    directory: str,
    environment: Mapping[str, str],
    seconds: float,
    stopped: Callable[[int], BaseException],
    meanwhile: Callable[[], None],
) -> tuple[bytes, bytes]:
    """What a program that ends well wrote to stdout and stderr; ``meanwhile`` runs beside it.

    Raises NotPlain, and what ``stopped`` makes of a signal that ends us.
    """
    if sys.platform == "win32" or not hasattr(os, "posix_spawn"):
        raise NotPlain
    base = environment.get("GOTMPDIR") or environment.get("TMPDIR") or "/tmp"  # noqa: S108
    place = os.path.join(base, f"{PREFIX}{os.getpid()}-{os.urandom(6).hex()}")  # noqa: PTH118
    lock = None
    try:
        os.mkdir(place, 0o700)  # noqa: PTH102 - no pathlib here
        lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # With it the child's temporary files count as in use, even if we are killed.
        os.set_inheritable(lock, True)
        own = {**environment, "PWD": directory, "TMPDIR": place}
        if environment.get("GOTMPDIR"):
            own["GOTMPDIR"] = place
        return _said_in(place, argv, directory, own, seconds, stopped, meanwhile)
    except (OSError, ValueError, NotImplementedError) as error:
        raise NotPlain from error
    finally:
        _remove(place)
        if lock is not None:
            os.close(lock)


def digest_of(answer: bytes, text: str) -> str:
    """The same where a go command said the same, in whatever order it compiled: ``answer`` on
    stdout, the compiler's ``text`` on stderr."""
    digest = hashlib.blake2b(answer, digest_size=32)
    for block in sorted(f"\n{text}".split("\n# ")):
        digest.update(block.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()


def _said_in(
    place: str,
    argv: Sequence[str],
    directory: str,
    environment: Mapping[str, str],
    seconds: float,
    stopped: Callable[[int], BaseException],
    meanwhile: Callable[[], None],
) -> tuple[bytes, bytes]:
    files = [os.path.join(place, name) for name in ("stdout", "stderr")]  # noqa: PTH118
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    actions += [(os.POSIX_SPAWN_OPEN, n, file, flags, 0o600) for n, file in enumerate(files, 1)]
    child = 0
    with _Signals(seconds, stopped):
        here = os.open(".", os.O_RDONLY)
        try:
            try:
                os.chdir(directory)
                child = os.posix_spawn(
                    argv[0], [*argv], environment, file_actions=actions, setsid=True,
                    setsigdef=_RESTORED,
                )  # fmt: skip
            finally:
                os.fchdir(here)
                os.close(here)
            meanwhile()
            _, status = os.waitpid(child, 0)
        except BaseException as error:
            if child:
                _end(child)
            if isinstance(error, _Late):
                raise NotPlain from error
            raise
    if status:
        raise NotPlain
    return _read(files[0]), _read(files[1])


class _Signals:
    """As long as a child runs: what ends us ends it first, and it has so many seconds."""

    def __init__(self, seconds: float, stopped: Callable[[int], BaseException]) -> None:
        self._seconds, self._stopped = seconds, stopped
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            # Under nohup a terminal that closes is no reason to end. ValueError: in a thread.
            if number == signal.SIGALRM or signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._came)
        signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _came(self, number: int, _: FrameType | None) -> None:
        raise _Late if number == signal.SIGALRM else self._stopped(number)


def _end(child: int) -> None:
    """End a process group: by an interrupt, so that it can put away what it has begun, or else
    killed. (`_Signals` counts no more.)"""
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(child, number)
        except OSError:
            return
        if number == signal.SIGINT:
            _ended(child, _GRACE_SECONDS)
    _ended(child, _GRACE_SECONDS)


def _ended(child: int, seconds: float) -> None:
    import time  # noqa: PLC0415 - for who is stopped only

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if os.waitpid(child, os.WNOHANG)[0]:
                return
        except OSError:
            return
        time.sleep(0.01)


def _read(file: str) -> bytes:
    with open(file, "rb") as stream:  # noqa: PTH123 - no pathlib here
        return stream.read()


def _remove(place: str) -> None:
    try:
        for name in os.listdir(place):  # noqa: PTH208 - no pathlib here
            os.unlink(os.path.join(place, name))  # noqa: PTH108, PTH118 - the same
        os.rmdir(place)  # noqa: PTH106 - the same
    except OSError:
        # What was ended in the middle leaves more.
        import shutil  # noqa: PLC0415

        shutil.rmtree(place, ignore_errors=True)
