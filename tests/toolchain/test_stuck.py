"""A named pipe in a module ends the go command that waits for it, and is named."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed
from golsp_mem.toolchain import benchmarks
from golsp_mem.toolchain.go import find_go
from golsp_mem.toolchain.go_list import listing
from golsp_mem.toolchain.processes import stuck
from golsp_mem.toolchain.processes.stuck import unless_stuck, waiting_files
from tests.files import write_files

pytestmark = pytest.mark.skipif(os.name != "posix", reason="named pipes of POSIX")

WAITED_FOR = ["z.go", "z_test.go", "z_linux.go", "z_linux_amd64.go", "windows.go", "a/b/c.go",
              "z.s", "z.h", "z_unknown.go", "go.sum", "a/go.mod", "vendor/modules.txt",
              "default.pgo"]  # fmt: skip
PASSED_OVER = ["z_windows.go", "z_arm64.go", "z_linux_arm64.go", "z_windows_test.go", "_z.go",
               ".z.go", "testdata/z.go", "vendor/z.go", "_a/z.go", "z.txt"]  # fmt: skip


def module(directory: Path, pipes: list[str]) -> Path:
    write_files(directory, {"go.mod": "module m\n\ngo 1.22\n", "a.go": "package m\n"})
    for name in pipes:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(directory / name)
    return directory


def test_what_is_waited_for(tmp_path: Path) -> None:
    module(tmp_path, [*WAITED_FOR, *PASSED_OVER])
    inside = tmp_path / "a" / "sub"
    inside.mkdir()
    found = {str(path.relative_to(tmp_path)) for path in waiting_files(tmp_path, "linux", "amd64")}
    assert found == set(WAITED_FOR)


def test_files_outside_of_the_module_are_read_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = module(tmp_path / "m", [])
    os.mkfifo(tmp_path / "go.work")
    assert list(waiting_files(inside, "linux", "amd64")) == [tmp_path / "go.work"]
    (tmp_path / "go.work").unlink()
    for name in ("used", "replaced", "other"):
        module(tmp_path / name, ["z.go"])
    write_files(tmp_path, {"go.work": "go 1.22\n\nuse (\n\t./m // ./other\n\t./used\n)\n"})
    (inside / "go.mod").write_text("module m\n\nreplace x/y v1.0.0 => ../replaced\n")
    os.mkfifo(tmp_path / "env")
    monkeypatch.setenv("GOENV", str(tmp_path / "env"))
    expected = {tmp_path / "used/z.go", tmp_path / "replaced/z.go", tmp_path / "env"}
    assert set(waiting_files(inside, "linux", "amd64")) == expected


def test_regular_files_and_links_to_them_are_not(tmp_path: Path) -> None:
    module(tmp_path, [])
    (tmp_path / "z.go").symlink_to("a.go")
    (tmp_path / "gone.go").symlink_to("nothing")
    (tmp_path / "zero_windows.go").symlink_to("/dev/zero")
    (tmp_path / "go.sum").symlink_to(os.devnull)
    assert list(waiting_files(tmp_path, "linux", "amd64")) == []


async def test_the_go_command_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stuck, "_PATIENCE_SECONDS", 0.5)
    module(tmp_path, ["z.go"])
    toolchain = await find_go(Settings(), tmp_path)
    with pytest.raises(BuildFailed, match=r"z\.go is a pipe or a device"):
        await listing(
            toolchain, ["."], directory=tmp_path, settings=Settings(), gcflags="-m", tests=False,
        )  # fmt: skip


async def test_a_profile_is_ended_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stuck, "_PATIENCE_SECONDS", 0.5)
    module(tmp_path, ["z_test.go"])
    toolchain = await find_go(Settings(), tmp_path)
    with pytest.raises(BuildFailed, match=r"z_test\.go is a pipe or a device"):
        await benchmarks.tested_packages(toolchain, ["."], directory=tmp_path, settings=Settings())
    with pytest.raises(BuildFailed, match=r"z_test\.go is a pipe or a device"):
        await benchmarks.build(
            toolchain,
            benchmarks.TestedPackage("m", tmp_path),
            settings=Settings(),
            to=tmp_path / "tests",
        )


async def test_what_is_only_slow_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stuck, "_PATIENCE_SECONDS", 0.01)
    module(tmp_path, ["z_windows.go", "nobody_reads_it.go"])
    async with unless_stuck(tmp_path, "linux", "amd64"):
        await asyncio.sleep(0.2)


async def test_who_cancels_meanwhile_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stuck, "_PATIENCE_SECONDS", 60.0)

    async def work() -> None:
        async with unless_stuck(tmp_path, "linux", "amd64"):
            await asyncio.sleep(600)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
