"""A copy of a real module: what go says of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

# Small modules whose tests need no network; what they import comes with them.
PINNED = (
    "github.com/gorilla/mux@v1.8.1",
    "github.com/spf13/cobra@v1.8.1",
    "github.com/spf13/pflag@v1.0.5",
    "github.com/google/uuid@v1.6.0",
    "github.com/BurntSushi/toml@v1.4.0",
    "github.com/fsnotify/fsnotify@v1.7.0",
    "github.com/tidwall/gjson@v1.17.1",
    "github.com/pelletier/go-toml/v2@v2.2.2",
    "github.com/mitchellh/mapstructure@v1.5.0",
    "github.com/yuin/goldmark@v1.7.4",
    "github.com/sirupsen/logrus@v1.9.3",
    "github.com/go-chi/chi/v5@v5.1.0",
    "github.com/russross/blackfriday/v2@v2.1.0",
    "github.com/olekukonko/tablewriter@v0.0.5",
    "github.com/gin-gonic/gin@v1.10.0",
    "github.com/alecthomas/participle/v2@v2.1.1",
    "github.com/Masterminds/semver/v3@v3.2.1",
    "github.com/urfave/cli/v2@v2.27.2",
)
_STATUS = re.compile(r"^(ok|FAIL|---|\?)\s+(\S+)", re.MULTILINE)
_SECONDS = 600


@frozen
class Module:
    directory: Path


def source_of(name: str) -> Path:
    """The directory of a module: one on disk, or MODULE@VERSION from the module cache."""
    if "@" not in name:
        return Path(name)
    done = subprocess.run(
        ["go", "mod", "download", "-json", name],
        capture_output=True, text=True, timeout=_SECONDS, check=True,
    )  # fmt: skip
    return Path(json.loads(done.stdout)["Dir"])


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
