"""A commit checked out beside the user's work tree, for as long as it is looked at.

The place is the same for every run on a repository, and a file's modification time comes from
its content: to the go command a package's directory is part of what it compiles, and its
module index, like our own store, knows files by size and time. So what did not change between
two commits, or two runs, is compiled and read once. A place is held by a lock (``flock``);
a run that finds it taken uses the next, and a temporary directory when there is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from golsp_mem.errors import GitFailed, NotInCommit
from golsp_mem.files import read_regular
from golsp_mem.toolchain.revisions import git
from golsp_mem.toolchain.revisions.git import Repository

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

T = TypeVar("T")

_TEMPORARY = "golsp-mem-"
# Places for runs at the same time: shards, several configurations, both sides of a diff.
_PLACES = 4
# A turn takes milliseconds. Whoever holds one for longer than all tries has been stopped.
_TURN_SECONDS = 0.02
_TURN_TRIES = 500
# A work tree that is registered but not here may live in a container that shares the
# repository. Checks of one commit do not last that long.
_FOREIGN_SECONDS = 24 * 3600.0
# Times of files lie in the eight years from 2001-09-09 on: never recent, for the go command
# does not index what changed a moment ago.
_EPOCH_SECONDS = 1_000_000_000
_SPAN_SECONDS = 1 << 28
_NS = 1_000_000_000


@contextlib.asynccontextmanager
async def worktree(repo: Repository, commit: str, *, cache: Path | None) -> AsyncIterator[Path]:
    """A detached work tree of the commit (a full hash), removed when the block is left.

    Yields the directory that corresponds to ``repo.directory``. ``cache`` is the user's cache
    directory, below which the stable places are; None: a temporary directory, whose packages
    are compiled anew each time.

    However often the task is cancelled, the removal runs to its end; what a killed run left
    behind, the next run of the same user on the repository removes. Nobody else's work trees
    are touched.

    What is checked out is what git would check out here: filters and line ends as configured,
    the same sparse patterns as the user's work tree (git 2.36 and newer). Submodules stay
    empty, Git LFS files pointers; files that are not committed, and ``replace => ../outside``
    beyond the repository, are missing.

    Raises NotInCommit (a UsageError) when the commit lacks the directory, GitFailed.
    """
    if not await git.has_directory(repo, commit):
        raise NotInCommit(f"{repo.directory} does not exist at {commit[:12]}")
    held = contextlib.ExitStack()
    try:
        tree = await _to_its_end(partial(_take_place, repo.common, cache, held))
        await _check_out(repo, commit, tree)
        _stamp(tree, await git.tell(repo.top, "ls-tree", "-r", "-z", "--full-tree", commit))
        yield tree / repo.prefix
    finally:
        await _to_its_end(held.close)


def _take_place(common: Path, cache: Path | None, held: contextlib.ExitStack) -> Path:
    """A free path for a work tree; closing ``held`` removes what is there then."""
    tree = None
    if cache is not None:
        # The dot hides it from ./... of a work tree that has the cache inside, as GitLab's must.
        base = cache.resolve() / ".worktrees"
        with contextlib.suppress(OSError):
            base.mkdir(parents=True, exist_ok=True, mode=0o700)
        tree = _free_place(common, base, held)
    if tree is None:
        try:
            base = Path(tempfile.mkdtemp(prefix=_TEMPORARY)).resolve()
        except OSError as error:
            raise GitFailed(f"no place for a work tree: {error}; set TMPDIR") from error
        tree = _free_place(common, base, held)
    if tree is None:
        shutil.rmtree(base, ignore_errors=True)
        raise GitFailed(f"no file can be locked in {base}; set TMPDIR to a local disk")
    _sweep(common, tree)
    return tree


def _free_place(common: Path, base: Path, held: contextlib.ExitStack) -> Path | None:
    for number in range(_PLACES):
        tree = base / f"{_name(common)}{number}"
        lock = _lock(tree)
        if lock is None:
            continue
        if _is_clear(common, tree):
            held.callback(os.close, lock)
            held.callback(_remove, common, tree)
            return tree
        os.close(lock)
    return None


def _is_clear(common: Path, tree: Path) -> bool:
    """Is the place free, after removing what a killed run left there?"""
    records = [admin for admin, registered in _registered(common) if registered == tree]
    if not tree.exists() and not all(_is_old(admin) for admin in records):
        return False
    if tree.exists() or records:
        _remove(common, tree)
    return not tree.exists()


def _sweep(common: Path, own: Path) -> None:
    """Remove the work trees of killed runs in other places."""
    for admin, tree in _registered(common):
        if tree == own:
            continue
        if tree is None or not tree.exists():
            if _is_old(admin):
                shutil.rmtree(admin, ignore_errors=True)
            continue
        lock = _lock(tree)
        if lock is not None:
            try:
                _remove(common, tree)
            finally:
                os.close(lock)


def _remove(common: Path, tree: Path) -> None:
    """Remove a work tree and git's record of it.

    Done with files alone, as `git worktree remove` does: a process could be interrupted.
    """
    shutil.rmtree(tree, ignore_errors=True)
    if tree.exists():
        # On Windows a program may still be in it. The record lets the next run find it.
        return
    with contextlib.ExitStack() as turn:
        _wait_for_turn(common, turn)
        for admin, registered in _registered(common):
            if registered == tree:
                shutil.rmtree(admin, ignore_errors=True)
        with contextlib.suppress(OSError):
            (common / "worktrees").rmdir()
    if tree.parent.name.startswith(_TEMPORARY):
        with contextlib.suppress(OSError):
            _lock_file(tree).unlink()
            tree.parent.rmdir()


def _name(common: Path) -> str:
    # git calls its record of a work tree after the last name of the path. With the
    # repository's hash in it, no work tree of the user's has such a name.
    return f"golsp-mem-{hashlib.sha256(os.fsencode(common)).hexdigest()[:16]}-"


def _registered(common: Path) -> Iterator[tuple[Path, Path | None]]:
    """git's records of our work trees, each with the path it is for (None: not yet written).

    gitrepository-layout(5): ``worktrees/<id>/gitdir`` names the ``.git`` file of the work tree.
    """
    for admin in sorted((common / "worktrees").glob(f"{_name(common)}*")):
        try:
            text = read_regular(admin / "gitdir").removesuffix(b"\n")
        except OSError:
            yield admin, None
            continue
        # Relative with worktree.useRelativePaths (git 2.48).
        file = Path(os.path.normpath(admin / os.fsdecode(text)))
        if file.parent.name.startswith(_name(common)):
            yield admin, file.parent


def _is_old(admin: Path) -> bool:
    try:
        return time.time() - admin.stat().st_mtime > _FOREIGN_SECONDS
    except OSError:
        return False


def _lock_file(tree: Path) -> Path:
    return tree.with_name(f"{tree.name}.lock")


def _lock(tree: Path) -> int | None:
    """Hold a place until the returned file is closed; None when another run holds it.

    The lock ends with the process, however that ends. None too where nothing can be locked.
    """
    try:
        file = os.open(_lock_file(tree), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None
    try:
        if sys.platform == "win32":
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


async def _check_out(repo: Repository, commit: str, tree: Path) -> None:
    with contextlib.ExitStack() as turn:
        await _to_its_end(partial(_wait_for_turn, repo.common, turn))
        await git.tell(
            repo.top, "worktree", "add", "--quiet", "--detach", "--no-checkout", str(tree), commit
        )
    # Apart: it may take long, and needs no turn. By its name, as `worktree add` would do it:
    # git has agreed to this repository's owner, but would ask again for the new directory.
    await git.tell(tree, f"--git-dir={tree / '.git'}", "reset", "--quiet", "--hard")


def _wait_for_turn(common: Path, turn: contextlib.ExitStack) -> None:
    """One of our runs at a time changes git's records, until ``turn`` is closed.

    git fails over a record that another git is about to write ("failed to read commondir").
    Where directories cannot be locked, that small risk remains.
    """
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        directory = os.open(common, os.O_RDONLY)
        turn.callback(os.close, directory)
        for _ in range(_TURN_TRIES):
            try:
                fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_TURN_SECONDS)
            else:
                return


def _stamp(tree: Path, listed: bytes) -> None:
    """Give the files of a commit times that belong to their content.

    ``listed`` is the output of ``git ls-tree -r -z``. What a file becomes on disk depends on
    the attributes too, so all of those are part of every time.
    """
    entries = [entry.partition(b"\t") for entry in listed.split(b"\0") if entry]
    attributes = hashlib.sha256()
    for what, _, path in entries:
        if path.rpartition(b"/")[2] == b".gitattributes":
            attributes.update(what + b"\t" + path + b"\0")
    salt = attributes.digest()
    for what, _, path in entries:
        _set_time(tree / os.fsdecode(path), _time_of(salt + what))
    # Its text, the path of git's record, is the same in every run.
    _set_time(tree / ".git", _EPOCH_SECONDS * _NS)


def _time_of(content: bytes) -> int:
    """A time in ns since 1970 that no other content has (57 bits of a hash)."""
    number = int.from_bytes(hashlib.sha256(content).digest()[:12], "big")
    seconds, nanoseconds = number % _SPAN_SECONDS, number // _SPAN_SECONDS % _NS
    return (_EPOCH_SECONDS + seconds) * _NS + nanoseconds


def _set_time(path: Path, ns: int) -> None:
    # What a sparse checkout leaves out is not there; Windows cannot stamp a link itself.
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if os.utime in os.supports_follow_symlinks:
            os.utime(path, ns=(ns, ns), follow_symlinks=False)
        elif not path.is_symlink():
            os.utime(path, ns=(ns, ns))


async def _to_its_end(work: Callable[[], T]) -> T:
    """Run blocking work in a thread until it is done, however often the caller is cancelled."""
    done = asyncio.get_running_loop().run_in_executor(None, work)
    cancelled = False
    while not done.done():
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        # Being cancelled comes before whatever went wrong with the work.
        done.exception()
        raise asyncio.CancelledError
    return done.result()
