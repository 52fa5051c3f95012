"""What is kept between runs holds as long as nothing changed that it was made from, no longer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from attrs import evolve, field, frozen

import golsp_mem
from golsp_mem.analysis.cache.digests import Digests, program
from golsp_mem.analysis.cache.store import Store
from golsp_mem.config import Settings
from golsp_mem.model import GoVersion, PackageAnalysis, PackageStatus
from golsp_mem.toolchain.go_list import ListedPackage

GO = GoVersion("go1.26.6", "linux", "amd64", "/usr/local/go", "/usr/local/go/bin/go")
LINES = ("./a.go:3:6: moved to heap: x",)


@frozen
class Run:
    """All that a key is made of."""

    variants: Sequence[ListedPackage]
    directory: Path
    lines: Sequence[str] = LINES
    go: GoVersion = GO
    settings: Settings = field(factory=Settings)

    def key(self, store: Store) -> str:
        return store.key(
            self.variants, self.lines, self.go, self.settings, self.directory, Digests()
        )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "m" / "a.go"
    path.parent.mkdir()
    path.write_text("package m\n")
    return path


@pytest.fixture
def package(source: Path) -> ListedPackage:
    return ListedPackage(
        import_path="example.com/m", name="m", directory=str(source.parent),
        export=str(source.parent / "m.a"), build_id="action/content", for_test=None,
        standard=False, dep_only=False, files=(str(source),), error=None,
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def analysis(source: Path) -> PackageAnalysis:
    return PackageAnalysis(
        "example.com/m", str(source.parent), PackageStatus.OK, files=(str(source),)
    )


def touch(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))


def test_time_stamps_and_places_in_a_build_cache_do_not_matter(
    store: Store, package: ListedPackage, source: Path
) -> None:
    before = Run([package], source.parent).key(store)
    touch(source)
    restored = evolve(package, export="/elsewhere/go-build/00/0011-d")
    assert Run([restored], source.parent).key(store) == before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda run: evolve(run, lines=()), id="text"),
        pytest.param(lambda run: evolve(run, go=evolve(GO, version="go1.27")), id="release"),
        pytest.param(lambda run: evolve(run, go=evolve(GO, goarch="arm64")), id="target"),
        pytest.param(lambda run: evolve(run, directory=run.directory.parent), id="directory"),
        pytest.param(
            lambda run: evolve(run, settings=Settings(large_frame_bytes=1)), id="settings"
        ),
        pytest.param(lambda run: with_package(run, build_id="other/content"), id="inputs"),
        pytest.param(lambda run: with_package(run, build_id="action/other"), id="output"),
        pytest.param(lambda run: with_package(run, error="does not build"), id="error"),
        pytest.param(lambda run: with_package(run, files=()), id="files"),
        pytest.param(lambda run: evolve(run, variants=[*run.variants] * 2), id="variants"),
    ],
)
def test_a_change_of_anything_else_is_another_entry(
    store: Store, package: ListedPackage, source: Path, change: Callable[[Run], Run]
) -> None:
    run = Run([package], source.parent)
    assert change(run).key(store) != run.key(store)


def with_package(run: Run, **changes: object) -> Run:
    return evolve(run, variants=[evolve(run.variants[0], **changes)])


def test_a_source_of_the_same_size_and_time_but_other_text_is_another_entry(
    store: Store, package: ListedPackage, source: Path
) -> None:
    run = Run([package], source.parent)
    before, status = run.key(store), source.stat()
    source.write_text("package n\n")
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run.key(store) != before


def test_without_a_build_id_the_archive_itself_counts(
    store: Store, package: ListedPackage, source: Path
) -> None:
    run = Run([evolve(package, build_id=None)], source.parent)
    archive = Path(package.export or "")
    archive.write_bytes(b"one")
    before = run.key(store)
    archive.write_bytes(b"two")
    assert run.key(store) != before


def test_what_was_looked_up_must_still_be_the_same(
    tmp_path: Path, store: Store, source: Path
) -> None:
    inlined, absent = tmp_path / "inlined.go", tmp_path / "absent.go"
    inlined.write_text("package other\n")
    kept = analysis(source)
    store.save("aabb", kept, {str(inlined), str(absent)}, Digests())
    touch(inlined)
    assert store.load("aabb", Digests()) == kept
    absent.write_text("package other\n")
    assert store.load("aabb", Digests()) is None
    absent.unlink()
    assert store.load("aabb", Digests()) == kept
    inlined.write_text("package changed\n")
    assert store.load("aabb", Digests()) is None


def test_what_was_written_during_the_run_is_not_kept(
    store: Store, package: ListedPackage, source: Path
) -> None:
    digests = Digests()
    key = store.key([package], LINES, GO, Settings(), source.parent, digests)
    source.write_text("package m // somebody is typing\n")
    store.save(key, analysis(source), {str(source)}, digests)
    assert store.load(key, digests) is None


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'"text"', b"null", b"{}", b'{"consulted": 1}', b"\xff\x00"]
)
def test_a_damaged_entry_is_none(store: Store, source: Path, damage: bytes) -> None:
    store.save("aabb", analysis(source), (), Digests())
    (entry,) = (store.directory or source).rglob("*.json")
    entry.write_bytes(damage)
    assert store.load("aabb", Digests()) is None


def test_nothing_is_kept_without_a_directory(package: ListedPackage, source: Path) -> None:
    store = Store(None)
    key = Run([package], source.parent).key(store)
    store.save(key, analysis(source), (), Digests())
    assert store.load(key, Digests()) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe in the file system")
def test_a_line_comment_that_names_a_pipe_blocks_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.go"
    os.mkfifo(pipe)
    assert Digests().of(str(pipe)) == ""


def test_a_file_is_read_once_in_a_run(source: Path) -> None:
    digests = Digests()
    first = digests.of(str(source))
    source.write_text("package other\n")
    assert digests.of(str(source)) == first
    assert not digests.unchanged(str(source))
    assert Digests().of(str(source)) != first


@pytest.mark.parametrize(
    "changed",
    ["model.py", "analysis/engine.py", "analysis/heap/findings.py", "source/directives/own.py"],
)
def test_the_program_is_known_by_its_text_wherever_it_is(tmp_path: Path, changed: str) -> None:
    here = Path(golsp_mem.__file__).parent
    copy = shutil.copytree(here, tmp_path / "golsp_mem", copy_function=shutil.copyfile)
    assert program(copy) == program()
    assert (copy / changed).is_file()
    (copy / changed).write_text("")
    assert program(copy) != program()
