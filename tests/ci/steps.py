"""Runs the shell steps of CI descriptions as a runner does, without one."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parents[2]

GOOD = "package m\n\n//golsp-mem:noalloc the hot path\nfunc F(n int) int { return n }\n"
BROKEN = (
    "package m\n\n//golsp-mem:noalloc the hot path\nfunc F() *[64]byte { return new([64]byte) }\n"
)


@frozen
class Ran:
    status: int
    stdout: str
    stderr: str


def bash(script: str, directory: Path, env: Mapping[str, str]) -> Ran:
    """A step as both runners start it: `bash -e`, an unset variable is no error."""
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=directory,
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=600,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def git(directory: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=directory, check=True, capture_output=True, text=True
    )
    return done.stdout


def repository(directory: Path, source: str) -> Path:
    """A git repository with one commit: a module example.com/m of one file."""
    directory.mkdir(parents=True)
    (directory / "go.mod").write_text("module example.com/m\n\ngo 1.22\n")
    (directory / "m.go").write_text(source)
    git(directory, "init", "--quiet")
    git(directory, "add", "-A")
    git(directory, "commit", "--quiet", "-m", "first")
    return directory


def outside_ci() -> dict[str, str]:
    """The environment without what CI systems and hooks set. What pip installs is compiled when it
    is imported: most of it never is."""
    gone = re.compile(r"GITHUB_|CI_|CI$|GIT_|GOLSP_MEM_|RUNNER_|PIP_|VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not gone.match(name)}
    return {**kept, "PIP_NO_COMPILE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
