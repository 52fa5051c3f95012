"""A check after ``go build`` says what one with ``-gcflags=-m`` says, and compiles nothing."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.runs.after_build import AfterBuild
from golsp_mem.config import Settings
from golsp_mem.model import Analysis
from golsp_mem.toolchain.go_list import Listing
from golsp_mem.toolchain.module import module_path
from tests.toolchain.test_plan import write_files
from tests.toolchains import go_binary

GO = str(go_binary("1.26"))


def built(module: Path) -> Path:
    """With all that has its own way to a compile: assembly, an embed, tests, a dependency."""
    for path in (module / "p" / "p.go", module / "q" / "q.go"):
        # No other run has compiled this.
        path.write_text(f"{path.read_text()}\nvar unique = {str(module)!r}\n".replace("'", '"'))
    (module / "p" / "s_amd64.s").write_text(
        '#include "textflag.h"\n\nTEXT ·Sum(SB),NOSPLIT,$0-16\n\tMOVQ x+0(FP), AX\n'
        "\tMOVQ AX, ret+8(FP)\n\tRET\n"
    )
    (module / "p" / "s_amd64.go").write_text("package p\n\nfunc Sum(x int) int\n")
    subprocess.run([GO, "build", "./..."], cwd=module, check=True, capture_output=True)
    return module


def both(module: Path, cache: Path, settings: Settings, *, tests: bool) -> list[Analysis]:
    async def ways() -> list[Analysis]:
        after = await Engine(settings, module, cache=cache).check(["./..."], tests=tests)
        other = Engine(settings, module, cache=cache.with_name("other"))
        listing = await other.build(["./..."], tests=tests)
        return [after, await other.check(["./..."], tests=tests, built=listing)]

    return asyncio.run(ways())


def listed(module: Path, cache: Path, settings: Settings) -> Listing | None:
    async def ask() -> Listing | None:
        toolchain = await Engine(settings, module).toolchain()
        after = AfterBuild(toolchain, settings, module, cache)
        return await after.listing(["./..."], tests=False, on_line=lambda _: None, on_compiled=None)

    return asyncio.run(ask())


@pytest.mark.parametrize("tests", [False, True])
def test_what_was_built_is_taken_and_told_as_ever(tmp_path: Path, tests: bool) -> None:
    module, settings = built(write_files(tmp_path)), Settings(go_path=GO)
    after, asked = both(module, tmp_path / "kept", settings, tests=tests)
    assert after.packages == asked.packages
    assert after.warnings == asked.warnings
    assert sum(len(one.findings) for one in after.packages) > 2
    assert [*(tmp_path / "kept" / "texts").rglob("*.json")]
    # Once more, of kept texts, and after an edit that nobody has built.
    path = module / "p" / "p.go"
    path.write_text(path.read_text() + "\nfunc late() *int { return new(int) }\n")
    again, asked = both(module, tmp_path / "kept", settings, tests=tests)
    assert again.packages == asked.packages
    assert again.packages != after.packages


def test_what_was_not_built_is_left_to_the_go_command(tmp_path: Path) -> None:
    module, settings = built(write_files(tmp_path)), Settings(go_path=GO)
    path = module / "q" / "q.go"
    path.write_text(path.read_text() + "\nvar Late = new(int)\n")
    assert listed(module, tmp_path / "kept", settings) is None
    subprocess.run([GO, "build", "./..."], cwd=module, check=True)
    # It stays so: else both would compile the same code in turns.
    assert listed(module, tmp_path / "kept", settings) is None
    taken = listed(module, tmp_path / "fresh", settings)
    assert taken is not None
    assert any("escapes to heap" in line for line in taken.lines)


@pytest.mark.parametrize(
    "how", ["a profile", "what does not build", "flags that change code", "no place to keep"]
)
def test_what_is_not_as_simple_is_left_to_the_go_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    module, settings = built(write_files(tmp_path)), Settings(go_path=GO)
    cache: Path | None = tmp_path / "kept"
    if how == "a profile":
        (module / "default.pgo").write_bytes(b"")
    elif how == "what does not build":
        (module / "q" / "q.go").write_text("package q\n\nvar x int = nil\n")
    elif how == "flags that change code":
        monkeypatch.setenv("GOFLAGS", "-gcflags=-N")
    else:
        cache = None
    toolchain = asyncio.run(Engine(settings, module).toolchain())
    after = AfterBuild(toolchain, settings, module, cache)
    said = after.listing(["./..."], tests=False, on_line=lambda _: None, on_compiled=None)
    assert asyncio.run(said) is None


@pytest.mark.skipif(os.name != "posix", reason="named pipes of POSIX")
def test_a_go_mod_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go.mod")
    assert module_path(tmp_path) is None
