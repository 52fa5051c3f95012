"""Writing edited files in place: whole files or none, and nothing that somebody else wrote."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from golsp_mem.cli.output import unwritten
from golsp_mem.errors import GitFailed, UsageError
from golsp_mem.files import read_regular
from golsp_mem.toolchain.revisions.git import ask


async def unsaved_in_git(directory: Path, files: Sequence[Path]) -> list[Path]:
    """Those of the files of which git has not the text that lies there; none outside of git.

    Raises GitFailed.
    """
    try:
        inside = await ask(directory, "rev-parse", "--is-inside-work-tree")
    except (GitFailed, UsageError):
        return []
    if inside.status != 0:
        return []
    unsaved = []
    for file in files:
        name = f"./{file.name}"
        done = await ask(
            file.parent, "--literal-pathspecs", "status", "--porcelain", "--ignored", "-z", "--",
            name,
        )  # fmt: skip
        if done.status != 0 or done.stdout:
            unsaved.append(file)
    return unsaved


def refuse_unwritable_files(
    before: Mapping[Path, bytes], after: Mapping[Path, bytes], directory: Path
) -> None:
    """Raises UsageError where one of the files cannot or should not be replaced."""
    for path in after:
        name = os.path.relpath(path, directory)
        try:
            if path.is_symlink():
                raise UsageError(
                    f"{name} is a symbolic link to {path.readlink()}; nothing was written: fix "
                    "the package that the file belongs to"
                )
            if not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK):
                raise UsageError(f"{name} is read-only; nothing was written (chmod u+w {name})")
            if read_regular(path) != before[path]:
                raise UsageError(f"{name} was changed meanwhile; nothing was written: run it again")
        except OSError as error:
            raise UsageError(
                f"cannot write {name}: {error.strerror or error}; nothing was written"
            ) from error


def replace_files(
    before: Mapping[Path, bytes], after: Mapping[Path, bytes], directory: Path
) -> None:
    """Write all texts beside their files and rename them then; modes stay.

    Raises UsageError, OutOfResources where the disk is full; nothing is written then, but for files
    whose renaming succeeded before that of another failed, which are put back.
    """
    refuse_unwritable_files(before, after, directory)
    temporaries: dict[Path, Path] = {}
    try:
        for path, text in after.items():
            temporaries[path] = _beside(path, text)
        with _uninterrupted():
            _renamed(temporaries, before)
    except OSError as error:
        raise unwritten("nothing was written", error) from error
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)


def _renamed(temporaries: Mapping[Path, Path], before: Mapping[Path, bytes]) -> None:
    done: list[Path] = []
    try:
        for path, temporary in temporaries.items():
            temporary.replace(path)
            done.append(path)
    except OSError:
        for path in done:
            with contextlib.suppress(OSError):
                _beside(path, before[path]).replace(path)
        raise


def _beside(path: Path, text: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text)
        temporary.chmod(path.stat().st_mode & 0o7777)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C and the like wait until the files belong together again."""
    mask = getattr(signal, "pthread_sigmask", None)
    if mask is None:
        yield
        return
    numbers = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    old = mask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, old)
