"""Where results go: stdout, or a file that is either complete or untouched."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from golsp_mem.errors import GolspMemError, OutOfResources, UsageError

# A result of 100 000 findings has some 100 MB.
MOST_BYTES = 256 << 20
_OF_MODULES = ("go.mod", "go.sum", "go.work", "go.work.sum")


def refuse_unwritable(file: Path | None, written: str | None = None) -> None:
    """Raises UsageError for a file in a directory that is not there: said before work is done.

    ``written`` is the name as the user wrote it; None stands for stdout.
    """
    if written == "" or (file is not None and file.is_dir()):
        raise UsageError(f"cannot write {written or file}: it is no name of a file")
    if file is not None and file.exists() and (file.suffix == ".go" or file.name in _OF_MODULES):
        raise UsageError(f"cannot write {written or file}: it is a file of the Go module")
    if file is not None and not file.parent.is_dir():
        raise UsageError(f"cannot write {written or file}: no such directory")


def encoded(chunks: Iterable[str], encoding: str = "utf-8") -> Iterator[bytes]:
    """Text as bytes; what the encoding lacks, or names that are not UTF-8, as escapes."""
    for chunk in chunks:
        yield chunk.encode(encoding, "backslashreplace")


def write(chunks: Iterable[bytes], file: Path | None) -> None:
    """`write_file`, or `write_stdout` for None."""
    if file is None:
        write_stdout(chunks)
    else:
        write_file(file, chunks)


def write_file(path: Path, chunks: Iterable[bytes]) -> None:
    """Write the file under another name and rename it, so that a reader never sees half.

    A path that is no regular file (``/dev/stderr``, a pipe) is written directly. Raises
    UsageError when the file cannot be written, OutOfResources when the disk is full.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as stream:
                stream.writelines(chunks)
            return
        target = Path(os.path.realpath(path))
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.writelines(chunks)
            Path(temporary).chmod(_mode(target))
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise unwritten(f"cannot write {path}", error) from error


def append_file(path: Path, chunks: Iterable[bytes]) -> None:
    """Add to a file that others write to as well. Raises as `write_file`."""
    try:
        with path.open("ab") as stream:
            stream.writelines(chunks)
    except OSError as error:
        raise unwritten(f"cannot write {path}", error) from error


def unwritten(what: str, error: OSError) -> GolspMemError:
    """``what``, with the system's reason; of a full disk it is no wrong usage."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    said = f"{what}: {error.strerror or error}"
    return OutOfResources(said) if full else UsageError(said)


def read_named(path: Path) -> bytes:
    """The bytes of a file that somebody named on the command line; it may be a pipe.

    Raises OSError, also above `MOST_BYTES`.
    """
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"larger than {MOST_BYTES >> 20} MiB", str(path))
    return content


def read_text(path: Path) -> str:
    """The text of what `read_named` reads; bytes that are no UTF-8 replaced. Raises OSError."""
    return read_named(path).decode("utf-8", "replace")


def write_stdout(chunks: Iterable[bytes]) -> None:
    """Write to stdout as bytes: the reports bring their own encoding.

    Raises OutOfResources when there is no room for them; may raise BrokenPipeError.
    """
    try:
        sys.stdout.flush()
        stream = sys.stdout.buffer
        for chunk in chunks:
            stream.write(chunk)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutOfResources(f"cannot write to stdout: {error.strerror or error}") from error


def _mode(target: Path) -> int:
    """The permissions the file has, or would have been given (mkstemp's are private)."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
