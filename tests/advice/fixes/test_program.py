"""Every row on programs that run: fewer allocations, the same results, nothing else touched."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest
from attrs import frozen

from tests.advice.fixes.measured import (
    PROGRAM,
    Case,
    apply_all,
    cases_of,
    functions_of,
    write_program,
)
from tests.cli.runner import Done, run
from tests.toolchains import WHOLE, go_binary

RELEASES = ["1.22", "1.27"] if WHOLE else ["1.27"]
# The whole program takes minutes (``python -m tests.fixes.rows`` prints what it gains).
ONLY = None if WHOLE else ("captures", "formatting", "pools", "preallocation", "returned")


@frozen
class Fixed:
    directory: Path
    release: str
    done: Done
    before: dict[str, Case]
    after: dict[str, Case]
    old: dict[str, bytes]
    new: dict[str, bytes]
    chosen: dict[str, Case]


@pytest.fixture(scope="module", params=RELEASES)
def fixed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fixed:
    release: str = request.param
    directory = write_program(PROGRAM, tmp_path_factory.mktemp("fixes") / "corpus", release, ONLY)
    before, old = cases_of(directory, release), dict(functions_of(directory))
    done = run("fix", "--go", str(go_binary(release)), cwd=directory)
    assert done.status == 0, done.stderr
    after, new = cases_of(directory, release), dict(functions_of(directory))
    asyncio.run(apply_all(directory, release, chosen=True))
    return Fixed(directory, release, done, before, after, old, new, cases_of(directory, release))


def test_results_stay(fixed: Fixed) -> None:
    before = {name: one.result for name, one in fixed.before.items()}
    assert before == {name: one.result for name, one in fixed.after.items()}
    corners = {name: one for name, one in before.items() if _last(name).startswith("Corner")}
    assert corners == {name: fixed.chosen[name].result for name in corners}


def test_fewer_allocations(fixed: Fixed) -> None:
    more = {
        name: (fixed.before[name], after[name])
        for start, after in (
            ("Fixed", fixed.after),
            ("Corner", fixed.chosen),
            ("Smaller", fixed.chosen),
        )
        for name in fixed.old
        if _last(name).startswith(start)
        and not (
            after[name].bytes < fixed.before[name].bytes
            if start == "Smaller"
            else after[name].allocations < fixed.before[name].allocations
        )
    }
    assert not more


def test_nothing_else_is_touched(fixed: Fixed) -> None:
    changed = {name for name, text in fixed.old.items() if fixed.new.get(name) != text}
    # What a case calls may be fixed for it.
    assert not {name for name in changed if not _last(name).lower().startswith("fixed")}


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def test_gofmt_is_content(fixed: Fixed) -> None:
    gofmt = go_binary(fixed.release).with_name("gofmt")
    listed = subprocess.run(
        [str(gofmt), "-l", "."], cwd=fixed.directory, capture_output=True, text=True
    )
    assert (listed.returncode, listed.stdout) == (0, "")
