"""Which modules, and what `golsp-mem check` says of each."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.truth.corpus import module_copy
from tests.truth.runs import Go, run

LISTED = Path(__file__).with_name("modules.toml")
_SECONDS = 900.0


@frozen
class Module:
    """``packages`` are patterns of go list; ``suite``: the test suite checks it."""

    path: str
    version: str
    packages: tuple[str, ...] = ("./...",)
    suite: bool = False


def modules() -> tuple[Module, ...]:
    """Those of `LISTED`, in its order."""
    rows = tomllib.loads(LISTED.read_text(encoding="utf-8"))["module"]
    return tuple(
        Module(
            row["path"], row["version"], tuple(row.get("packages", ("./...",))),
            row.get("suite", False),
        )
        for row in rows
    )  # fmt: skip


def checked(module: Module, go: Go, *arguments: str) -> str:
    """The output of ``golsp-mem check`` in the module, its cache left out. Fetches the module."""
    env = {**go.env, "GOFLAGS": "-mod=mod", "GOLSP_MEM_CACHE": "off"}
    command = [sys.executable, "-m", "golsp_mem", "check", *arguments, *module.packages]
    done = run(command, module_copy(module.path, module.version, go), env, _SECONDS)
    assert done.status in (0, 1), done.stderr
    return done.stdout


def report(module: Module, go: Go) -> dict[str, Any]:
    """The JSON report of the module, without what stays on the stack."""
    found: dict[str, Any] = json.loads(checked(module, go, "--format", "json"))
    return found


def failed(found: dict[str, Any]) -> Sequence[str]:
    """The packages that do not build."""
    return [one["import_path"] for one in found["packages"] if one["status"] != "ok"]
