"""Reading files that somebody else put there: a workspace may hold anything under any name.

A ``z_windows.go`` may be a link to ``/dev/zero`` or a named pipe, though no build ever opens it. So
files are read in this one way: regular ones, and not more of them than a cap.
"""

from __future__ import annotations

import errno
import os
import stat
from os import PathLike

# The largest generated Go files have some 30 MB; the compiler itself takes minutes for those.
MOST_SOURCE_BYTES = 64 << 20
MOST_SETTINGS_BYTES = 4 << 20

# A pipe is opened without waiting for its other end, a terminal without becoming ours.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_regular(path: str | PathLike[str], most: int = MOST_SOURCE_BYTES) -> bytes:
    """The bytes of a regular file of at most ``most`` bytes; links are followed.

    Raises OSError, also for a name that no file can have; its ``strerror`` says what is wrong.
    """
    name = os.fspath(path)
    if "\0" in name:
        raise OSError(errno.EINVAL, "no file has a NUL in its name", name)
    # Looked at before it is opened, which alone can move a tape or start a watchdog; and once
    # more open, as names can be changed in between.
    _size(os.stat(name), name, most)  # noqa: PTH116 - hot: thousands of files
    with open(os.open(name, _FLAGS), "rb", buffering=0) as file:  # noqa: PTH123 - the same
        size = _size(os.fstat(file.fileno()), name, most)
        # What has no size (/proc) is never read: some of it waits for ever. What grows while it
        # is read was written meanwhile, and that is looked at again.
        return _exactly(file.fileno(), size)


def _exactly(descriptor: int, size: int) -> bytes:
    chunks = []
    while size > 0 and (chunk := os.read(descriptor, size)):
        chunks.append(chunk)
        size -= len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _size(status: os.stat_result, name: str, most: int) -> int:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", name)
    if status.st_size > most:
        raise OSError(errno.EFBIG, f"larger than {most >> 20} MiB", name)
    return status.st_size


Stamp = tuple[int, int, int]


def stamp_of(path: str) -> Stamp | None:
    """The size of a regular file and when it was last changed; None for anything else."""
    try:
        status = os.stat(path)  # noqa: PTH116 - thousands of files in a run
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        # A //line comment may name a pipe or a device.
        return None
    # The time of the last change of the inode, which no program can set back (not on Windows).
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
