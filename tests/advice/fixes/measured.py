"""A Go module of cases, run before and after ``golsp-mem fix``: its results and its allocations."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path

from attrs import frozen

from golsp_mem.cli.analysing import RunRequest, outcome_of
from golsp_mem.cli.applying import replace_files
from golsp_mem.cli.fixing import fixes_of, quietly
from golsp_mem.config import Settings
from golsp_mem.source.syntax import GoFile
from tests.toolchains import go_binary


@frozen
class Case:
    """What one case gives, as Go prints it, how many allocations a run of it makes, and of how many
    bytes."""

    result: str
    allocations: float
    bytes: float


PROGRAM = Path(__file__).parent / "program"
# What a package that imports sync/atomic or encoding/binary changes for other rows.
MORE = Path(__file__).parent / "more"
_SHARED = ("corpus.go", "corpus_test.go")


def write_program(
    source: Path, directory: Path, release: str, only: Collection[str] | None = None
) -> Path:
    """The module, with go.mod's line of the release and what all of them share; ``only``: of these
    files, without ``.go``."""
    directory.mkdir(parents=True)
    (directory / "go.mod").write_text(f"module example.com/corpus\n\ngo {release}\n")
    shared = [PROGRAM / name for name in _SHARED if not (source / name).exists()]
    for file in sorted([*source.glob("*.go"), *shared]):
        if only is not None and file.stem not in only and file.name not in _SHARED:
            continue
        text = file.read_bytes()
        if is_for(text, int(release.partition(".")[2])):
            (directory / file.name).write_bytes(text)
    return directory


async def apply_all(directory: Path, release: str, *, chosen: bool) -> None:
    """Apply the safe edits; ``chosen``: also those that a person has to choose, and those of paths
    that run seldom."""
    cold = "show" if chosen else None
    settings = Settings(go_path=str(go_binary(release)), cold_paths=cold)
    request = quietly(RunRequest(directory, ("./...",), settings))
    outcome = await outcome_of(request)
    edits = await fixes_of(request, outcome, None, None, lambda one: chosen or one.is_safe)
    replace_files(edits.before, edits.after, directory)


def is_for(text: bytes, minor: int) -> bool:
    """Whether a file says ``// since go1.24`` or ``// until go1.26`` of other releases."""
    since = re.search(rb"^// since go1\.(\d+)$", text, re.MULTILINE)
    until = re.search(rb"^// until go1\.(\d+)$", text, re.MULTILINE)
    return (since is None or int(since[1]) <= minor) and (until is None or minor <= int(until[1]))


def cases_of(directory: Path, release: str) -> dict[str, Case]:
    """Run the module's test. It fails where a case does not build or does not end well."""
    out = directory / "cases.txt"
    done = subprocess.run(
        [str(go_binary(release)), "test", "-count=1", "."],
        cwd=directory,
        env={**os.environ, "CORPUS_OUT": str(out), "GOTOOLCHAIN": "local", "GOFLAGS": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = {}
    for line in out.read_text().splitlines():
        name, allocations, size, result = line.split("\t", 3)
        found[name] = Case(result, float(allocations), float(size))
    return found


def functions_of(directory: Path) -> Mapping[str, bytes]:
    """The text of every declared function by its name."""
    found = {}
    for path in sorted(directory.glob("*.go")):
        file = GoFile.parse(str(path), path.read_bytes())
        for function in file.functions:
            if not function.is_literal:
                start, end = file.tree.bounds(function.span)
                found[function.name] = file.text[start:end]
    return found
