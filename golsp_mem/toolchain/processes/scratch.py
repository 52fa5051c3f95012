"""Temporary directories that go away: with the work that needs them, or when the next run finds
them left by one that was killed.

``go`` removes its own (``$TMPDIR/go-build…``) only when it ends in order, and a ``go`` whose
answer nobody needs any more is not always given the time. So each child gets a place of its own.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

from golsp_mem.errors import OutOfResources
from golsp_mem.toolchain.processes.plain import PREFIX

if sys.platform != "win32":
    import fcntl

# Somebody makes a directory and then locks it.
_YOUNG_SECONDS = 60.0
# Where nothing can be locked, age has to tell.
_OLD_SECONDS = 24 * 3600.0
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})


@frozen
class Scratch:
    """A private directory. ``lock`` is a file descriptor that marks it as in use as long as any
    process has it open; None where directories cannot be locked."""

    path: Path
    lock: int | None


@contextlib.contextmanager
def scratch(base: str | None = None) -> Iterator[Scratch]:
    """An empty directory below ``base`` (by default where temporary files belong), removed with
    all that is in it when the block is left.

    Raises OutOfResources when there is no room for it, or for what the block writes.
    """
    base = base or _usual_base()
    path = None
    lock = None
    try:
        try:
            path = Path(tempfile.mkdtemp(prefix=_own_prefix(), dir=base))
            lock = _hold(path)
        except OSError as error:
            reason = error.strerror or error
            raise OutOfResources(
                f"no temporary file can be made in {base}: {reason}; make room or set TMPDIR"
            ) from error
        try:
            yield Scratch(path, lock)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            raise OutOfResources(
                f"temporary files cannot be written in {base}: {error.strerror}; make room or "
                "set TMPDIR"
            ) from error
    finally:
        if path is not None:
            shutil.rmtree(path, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def moved_to(scratch: Scratch, env: Mapping[str, str]) -> dict[str, str]:
    """An environment in which a child keeps its temporary files there.

    ``go`` prefers GOTMPDIR. Where that is not set it stays so: `go env` shall tell the user's.
    """
    names = ["TMP", "TEMP"] if sys.platform == "win32" else ["TMPDIR"]
    names += ["GOTMPDIR"] if env.get("GOTMPDIR") else []
    return {**env, **dict.fromkeys(names, str(scratch.path))}


def sweep(base: str | None = None) -> None:
    """Remove the directories that killed runs of this user left; never fails."""
    _sweep(base, PREFIX, _YOUNG_SECONDS)


def sweep_own(base: str | None = None) -> None:
    """Remove, at the end, what this process could not remove when its time came: its file system
    was read-only then, or another was mounted over it. Never fails."""
    _sweep(base, _own_prefix(), 0.0)


def _usual_base() -> str:
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        # Python looks for one that it can write a file in: disks are full, or files may not grow.
        # A directory is more than a child can expect then: its own goes away.
        return os.environ.get("TMPDIR") or os.sep + "tmp"


def _own_prefix() -> str:
    return f"{PREFIX}{os.getpid()}-"


def _sweep(base: str | None, prefix: str, young: float) -> None:
    with contextlib.suppress(OSError), os.scandir(base or tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    _remove_if_left(Path(entry.path), young)


def _remove_if_left(path: Path, young: float) -> None:
    status = path.lstat()
    age = time.time() - status.st_mtime
    if sys.platform == "win32":
        if age > _OLD_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
        return
    if status.st_uid != os.geteuid() or not stat.S_ISDIR(status.st_mode) or age < young:
        return
    lock = _hold(path)
    if lock is not None:
        try:
            shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(lock)


def _hold(path: Path) -> int | None:
    """Lock a directory until all copies of the returned descriptor are closed; None when
    somebody has it, or nothing can be locked there."""
    if sys.platform == "win32":
        return None
    held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held
