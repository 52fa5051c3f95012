"""Real archives for the reader's tests: one small module, compiled by each release."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path

from attrs import frozen

from golsp_mem.compiler.objects.builtins import parse_builtins
from golsp_mem.toolchain.go import read_builtins
from tests.toolchains import go_binary

SAMPLE = Path(__file__).parent / "sample"
RELEASES = ("1.22", "1.24", "1.25", "1.26", "1.27")


@frozen
class Built:
    """A compiled package: its archive's bytes, the ``-m`` lines, its release's builtins."""

    archive: bytes
    lines: tuple[str, ...]
    builtins: tuple[str, ...]
    goroot: Path


@cache
def built(release: str, package: str = ".", flag: str = "-m") -> Built:
    """``package`` as the release compiles it (``.``: the sample beside this file)."""
    go = go_binary(release)
    env = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    done = subprocess.run(
        [go, "list", "-export", f"-gcflags={flag}", "-json=Export", package],
        cwd=SAMPLE, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    goroot = Path(
        subprocess.run(
            [go, "env", "GOROOT"], env=env, capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    export = json.loads(done.stdout)["Export"]
    lines = tuple(line for line in done.stderr.splitlines() if not line.startswith("# "))
    builtins = parse_builtins(read_builtins(str(goroot)))
    return Built(Path(export).read_bytes(), lines, builtins, goroot)
