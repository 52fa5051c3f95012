"""The real reviewdog, built once from the Go module proxy."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.toolchains import go_binary, home, missing

# Of the later ones, `go install` needs modules that not every proxy has.
VERSION = "v0.20.1"


@cache
def reviewdog_binary() -> Path:
    """The program. Where it cannot be built the test is skipped visibly; in CI that is a failure.

    It is built inside its own module, whose go.sum holds the checksums of all that it needs.
    """
    target = home().parent / "reviewdog" / VERSION
    binary = target / "reviewdog"
    if binary.is_file():
        return binary
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as modules:
        env = {**os.environ, "GOPATH": modules, "GOFLAGS": "-modcacherw"}
        module = f"github.com/reviewdog/reviewdog@{VERSION}"
        found = _go(["mod", "download", "-json", module], target, env)
        source = Path(json.loads(found)["Dir"])
        _go(["build", "-o", str(binary), "./cmd/reviewdog"], source, env)
    return binary


def _go(arguments: list[str], directory: Path, env: Mapping[str, str]) -> str:
    command = [str(go_binary("1.26")), *arguments]
    done = subprocess.run(command, cwd=directory, env=env, capture_output=True, text=True)
    if done.returncode:
        missing(f"reviewdog {VERSION} cannot be built: {(done.stdout + done.stderr)[-300:]}")
    return done.stdout
