"""Findings travel with Go's build cache: a second machine reports the same and compiles no package.

The documented set-up of README.md ("CI"), with the cache program that it names.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runner import environment, run
from tests.e2e.cache_programs import program, server
from tests.e2e.machines import Machine, check_out
from tests.toolchains import WHOLE, go_binary

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="compiles are counted by a shell script"),
]
long = pytest.mark.skipif(
    not WHOLE,
    reason="compiles the standard library several times: GOLSP_MEM_TEST_RELEASES=all",
)
OWN = ["example.com/m", "example.com/m/boxes", "example.com/m/files", "example.com/m/parts"]
# Whose types matter for a lifetime, and are asked for on each machine.
ASKED = ["example.com/m/files"]


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[str]:
    with server(tmp_path / "server") as url:
        yield url


def sharing(root: Path, release: str, backend: str) -> Machine:
    """A machine whose go command has the shared cache behind a cache directory of its own."""
    cacher = f"{program('go-cacher')} --cache-dir={root / 'cacher'} --cache-server={backend}"
    return Machine(root, release, cache_program=cacher)


@long
@pytest.mark.parametrize("release", ["1.27"])
def test_a_shared_cache_program_brings_the_findings(
    tmp_path: Path, backend: str, release: str
) -> None:
    checkout = tmp_path / "checkout"
    first = sharing(tmp_path / "first", release, backend).check(check_out(checkout))
    assert set(OWN) <= set(first.compiled)

    second = sharing(tmp_path / "second", release, backend).check(check_out(checkout))

    assert second.said == first.said
    assert second.compiled == []
    assert second.asked == first.asked == ASKED


@long
def test_with_tests_go_compiles_only_test_mains_where_the_cache_lies_elsewhere(
    tmp_path: Path, backend: str
) -> None:
    checkout = check_out(tmp_path / "checkout")
    machine = sharing(tmp_path / "machine", "1.26", backend)
    first = machine.check(checkout, "--tests")
    machine.root.rename(tmp_path / "gone")

    same_paths = machine.check(check_out(checkout), "--tests")
    other_paths = sharing(tmp_path / "other", "1.26", backend).check(checkout, "--tests")

    assert same_paths.said == other_paths.said == first.said
    assert same_paths.compiled == []
    assert set(same_paths.asked) == set(other_paths.asked) == set(ASKED)
    assert set(other_paths.compiled) == {"example.com/m.test"}


def test_restored_caches_bring_the_findings(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    analyses = tmp_path / "analyses"
    old = Machine(tmp_path / "old", "1.22", analyses=analyses)
    first = old.check(check_out(checkout))
    assert set(OWN) <= set(first.compiled)
    kept = entries(analyses)
    assert len(kept) == len(OWN)

    # Go's cache alone: everything is read again, nothing compiled.
    gos = Machine(tmp_path / "gos", "1.22")
    gos.root.mkdir()
    shutil.move(old.build_cache, gos.build_cache)
    second = gos.check(check_out(checkout))
    assert second.said == first.said
    assert second.compiled == []
    assert second.asked == first.asked == ASKED

    # Ours too, for a fresh checkout: an analysis that was made anew would have been written anew.
    both = Machine(tmp_path / "both", "1.22", analyses=analyses)
    both.root.mkdir()
    shutil.move(gos.build_cache, both.build_cache)
    third = both.check(check_out(checkout))
    assert third.said == first.said
    assert entries(analyses) == kept


@long
def test_another_checkout_path_needs_trimpath(tmp_path: Path) -> None:
    here, there = check_out(tmp_path / "here"), check_out(tmp_path / "elsewhere" / "there")
    plain = Machine(tmp_path / "machine", "1.26")
    trimming = Machine(tmp_path / "machine", "1.26", flags="-buildvcs=false -trimpath")

    first = plain.check(here)
    moved = plain.check(there)
    trimmed = trimming.check(here)
    moved_trimmed = trimming.check(there)

    # Paths are relative to the checkout, so the reports are the same to the letter, but for the
    # flags that they name.
    assert first.said == moved.said
    assert trimmed.said == moved_trimmed.said == first.said.replace(plain.flags, trimming.flags)
    assert set(moved.compiled) == set(OWN)
    assert set(OWN) <= set(trimmed.compiled)
    assert moved_trimmed.compiled == []
    assert moved_trimmed.asked == ASKED


def test_doctor_tells_of_the_cache_program(tmp_path: Path) -> None:
    cacher = f"{program('go-cacher')} --cache-dir={tmp_path / 'cacher'}"
    done = run(
        "doctor", "--go", str(go_binary("1.24")), cwd=check_out(tmp_path / "checkout"),
        env=environment(GOCACHEPROG=cacher, GOCACHE=str(tmp_path / "go-build")),
    )  # fmt: skip
    assert done.status == 0, done.stdout
    assert f"the build cache is behind {cacher}" in done.stdout


def entries(directory: Path) -> dict[Path, tuple[int, int]]:
    found = {path: path.stat() for path in (directory / "packages").rglob("*.json")}
    return {path: (status.st_ino, status.st_mtime_ns) for path, status in found.items()}
