"""A copy of a real module: what go says of it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

_STATUS = re.compile(r"^(ok|FAIL|---|\?)\s+(\S+)", re.MULTILINE)
_SECONDS = 600


@frozen
class Module:
    directory: Path


def go(module: Module, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["go", *arguments],
        cwd=module.directory,
        env={**os.environ, "GOFLAGS": "-buildvcs=false", "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_SECONDS,
    )


def tests_of(module: Module, packages: Sequence[str]) -> dict[str, str]:
    """``ok``, ``FAIL`` or ``?`` of each package's tests and of those that import it here."""
    listed = go(module, "list", "-test", "-f", '{{.ImportPath}} {{join .Deps " "}}', "./...")
    wanted = set(packages)
    for line in listed.stdout.splitlines():
        path, _, deps = line.partition(" ")
        if wanted.intersection(deps.split()) and not path.endswith(".test") and " [" not in line:
            wanted.add(path)
    done = go(module, "test", "-short", "-count=1", *sorted(wanted))
    return {match[2]: match[1] for match in _STATUS.finditer(done.stdout)}


def vet_of(module: Module, packages: Sequence[str]) -> set[str]:
    """What go vet complains of, without the lines."""
    done = go(module, "vet", *packages)
    return {re.sub(r":\d+(?::\d+)?:", ":", line) for line in done.stderr.splitlines()
            if not line.startswith("#")}  # fmt: skip
