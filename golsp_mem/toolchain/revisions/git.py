"""The ``git`` command: which repository a directory belongs to, which commits words mean.

Needs git 2.25 or newer. No hook, no file-system monitor and no prompt of the repository ever
runs, and the variables by which git points its hooks at one repository, index or work tree
(a pre-commit hook has GIT_INDEX_FILE) are taken out: the directory alone decides.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from attrs import frozen

from golsp_mem.errors import GitFailed, GoFailed, UsageError
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.process import Completed
from golsp_mem.toolchain.processes.programs import find_program, search_path

# `git rev-parse --local-env-vars` of git 2.39, without GIT_CONFIG_PARAMETERS and
# GIT_CONFIG_COUNT: by those a CI job declares its directory safe.
_OF_ONE_REPOSITORY = frozenset({
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_DIR",
    "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
})  # fmt: skip
_UNATTENDED = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # empty: not even the one that the configuration names
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_LFS_SKIP_SMUDGE": "1",  # large files stay pointers: none of them is Go source
    "LC_ALL": "C",  # errors are told apart by their text
}
_QUIET_CONFIGURATION = (
    "core.hooksPath=/dev/null",
    # Empty is "none" both where it names a program (before 2.36) and where it is a switch.
    "core.fsmonitor=",
    "submodule.recurse=false",
)
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHALLOW = (
    "this is a shallow clone; run git fetch --unshallow first "
    "(GitHub's checkout: fetch-depth: 0, GitLab: GIT_DEPTH: 0)"
)


@frozen
class Repository:
    """A directory inside a git work tree.

    ``directory`` is as it was asked for; ``top`` is the work tree's root and ``common`` the
    git directory that all its work trees share, both without symbolic links; ``prefix`` is
    the directory below ``top`` (``.`` at the top). ``shallow``: history is cut off.
    """

    directory: Path
    top: Path
    prefix: PurePosixPath
    common: Path
    shallow: bool


def outside_hooks(env: Mapping[str, str]) -> dict[str, str]:
    """An environment without the variables that bind git to one repository or index."""
    return {name: value for name, value in env.items() if name not in _OF_ONE_REPOSITORY}


async def ask(directory: Path, *arguments: str) -> Completed:
    """Run git in a directory, whatever its exit status.

    Raises UsageError when there is no git, GitFailed when it cannot be started.
    """
    program = find_program("git", directory)
    if program is None:
        raise UsageError("git is not on PATH, and revisions need it; see https://git-scm.com")
    settings = [word for setting in _QUIET_CONFIGURATION for word in ("-c", setting)]
    env = outside_hooks(os.environ) | _UNATTENDED | {"PATH": search_path(os.environ, directory)}
    try:
        return await process.run([program, *settings, *arguments], cwd=directory, env=env)
    except GoFailed as error:
        raise GitFailed(str(error)) from error


async def tell(directory: Path, *arguments: str) -> bytes:
    """The output of a git command that is expected to succeed. Raises GitFailed, UsageError."""
    done = await ask(directory, *arguments)
    if done.status != 0:
        name = next(word for word in arguments if not word.startswith("-"))
        raise GitFailed(f"git {name} failed in {directory}: {_complaint(done)}")
    return done.stdout


async def repository(directory: Path) -> Repository:
    """The repository whose work tree holds the directory.

    Raises UsageError when there is none, when git refuses it because another user owns it,
    and when git is not installed; GitFailed for what else git complains of.
    """
    if not directory.is_dir():  # noqa: ASYNC240 - one look
        raise UsageError(f"{directory} is no directory")
    done = await ask(directory, "rev-parse", "--show-toplevel")
    if done.status != 0:
        raise _refusal(directory, done)
    top = _path(done.stdout)
    prefix = _path(await tell(directory, "rev-parse", "--show-prefix"))
    common = _path(await tell(top, "rev-parse", "--git-common-dir"))
    shallow = await tell(top, "rev-parse", "--is-shallow-repository")
    return Repository(
        directory=directory,
        top=top,
        prefix=PurePosixPath(prefix),
        common=(top / common).resolve(),
        shallow=shallow.strip() == b"true",
    )


async def commit_of(repo: Repository, rev: str) -> str:
    """The full hash of the commit that a branch, tag, hash or other revision names.

    Raises UsageError for a word that git could take for an option, and for what names no
    commit here.
    """
    _check(rev)
    found = await _resolve(repo, rev)
    if found is None:
        advice = "if it is only on the server, run git fetch first"
        if repo.shallow:
            advice = _SHALLOW
        elif await _resolve(repo, f"origin/{rev}"):
            advice = f"origin/{rev} is one"
        raise UsageError(f"{rev} is not a commit of {repo.top}: {advice}")
    return found


async def head_commit(directory: Path) -> str | None:
    """The full hash of the commit that is checked out around a directory; None where there is no
    git, no repository, or no commit yet."""
    try:
        done = await ask(directory, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    except (GitFailed, UsageError):
        return None
    return _hash(done.stdout) if done.status == 0 else None


async def merge_base(repo: Repository, branch: str) -> str:
    """The full hash of the best common ancestor of HEAD and a branch.

    A branch that exists only as ``origin/BRANCH``, as in a CI checkout, is found there.
    Raises UsageError when the branch is unknown or shares no commit with HEAD.
    """
    _check(branch)
    head = await commit_of(repo, "HEAD")
    tip = await _resolve(repo, branch) or await _resolve(repo, f"origin/{branch}")
    if tip is None:
        advice = _SHALLOW if repo.shallow else "run git fetch origin first, or check its name"
        raise UsageError(f"neither {branch} nor origin/{branch} is a branch here: {advice}")
    done = await ask(repo.top, "merge-base", head, tip)
    if done.status == 1:
        advice = _SHALLOW if repo.shallow else "name a branch of the same history"
        raise UsageError(f"HEAD and {branch} have no common commit: {advice}")
    found = _hash(done.stdout)
    if done.status != 0 or found is None:
        raise GitFailed(f"git merge-base failed in {repo.top}: {_complaint(done)}")
    return found


async def has_directory(repo: Repository, commit: str) -> bool:
    """Does the commit have the directory that the repository was asked for?"""
    if repo.prefix == PurePosixPath():
        return True
    path = str(repo.prefix)
    listed = await tell(
        repo.top, "--literal-pathspecs", "ls-tree", "-d", "-z", "--full-tree", commit, path
    )
    return listed.split(b"\t")[0].split()[1:2] == [b"tree"]


async def _resolve(repo: Repository, rev: str) -> str | None:
    # `:/text` searches messages and would search for the suffix, too; it finds only commits.
    suffix = "" if rev.startswith(":/") else "^{commit}"
    # Without --end-of-options, which rev-parse knows since 2.30 only: see _check.
    done = await ask(repo.top, "rev-parse", "--verify", "--quiet", rev + suffix)
    return _hash(done.stdout) if done.status == 0 else None


def _check(rev: str) -> None:
    if not rev or rev.startswith("-") or "\0" in rev:
        raise UsageError(f"{rev!r} is not a git revision; write a branch, a tag or a hash")


def _hash(output: bytes) -> str | None:
    # `^main` is a revision to rev-parse, though no commit.
    text = output.decode("ascii", "replace").strip()
    return text if _HASH.fullmatch(text) else None


def _path(output: bytes) -> Path:
    return Path(os.fsdecode(output.removesuffix(b"\n")))


def _refusal(directory: Path, done: Completed) -> UsageError | GitFailed:
    text = done.stderr.decode("utf-8", "replace")
    # "unsafe repository" is how 2.35.2, the first with this check, put it.
    if "dubious ownership" in text or "unsafe repository" in text:
        lines = (line.strip() for line in text.splitlines())
        remedy = next((line for line in lines if line.startswith("git config")), "")
        remedy = remedy or "git config --global --add safe.directory DIRECTORY"
        return UsageError(
            f"git refuses {directory}, which belongs to another user; if you trust it, "
            f"run: {remedy}"
        )
    if "not a git repository" in text:
        return UsageError(f"{directory} is in no git repository, and revisions need one")
    if "must be run in a work tree" in text:
        return UsageError(f"{directory} is in no git work tree; use -C with a checkout")
    return GitFailed(f"git failed in {directory}: {_complaint(done)}")


def _complaint(done: Completed) -> str:
    """The line of stderr that says what went wrong: git's progress and hints surround it."""
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line]
    for line in reversed(lines):
        if line.startswith(("fatal:", "error:")):
            return line
    return lines[-1] if lines else f"exit status {done.status}"
