"""Real git repositories for tests, cut off from the configuration of the machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.files import write_files
from tests.toolchains import missing

IDENTITY = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "c", "GIT_COMMITTER_EMAIL": "c@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


def git(directory: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Run git as a user would; its output without the last newline."""
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=directory, env={**os.environ, **IDENTITY, **(env or {})}, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return os.fsdecode(done.stdout).removesuffix("\n")


def init(directory: Path, *options: str) -> Path:
    directory.mkdir(parents=True)
    git(directory, "init", "--quiet", *options)
    # init.defaultBranch is of git 2.28.
    git(directory, "symbolic-ref", "HEAD", "refs/heads/main")
    return directory


def needs(*release: int) -> None:
    """Skip the test where git is older than, say, 2, 36."""
    found = tuple(int(number) for number in git(Path.cwd(), "version").split()[2].split(".")[:2])
    if found < release:
        missing(f"git {found} is older than {release}")


def commit(directory: Path, files: Mapping[str, str]) -> str:
    """Write files (the rest of the tree stays), commit all, and return the hash."""
    write_files(directory, files)
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--no-verify", "--allow-empty", "-m", "x")
    return git(directory, "rev-parse", "HEAD")


def worktrees(directory: Path) -> list[Path]:
    """The paths that ``git worktree list`` tells."""
    lines = git(directory, "worktree", "list", "--porcelain").splitlines()
    return [Path(line.removeprefix("worktree ")) for line in lines if line.startswith("worktree ")]
