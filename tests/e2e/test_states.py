"""What was not looked at is told as that, with the reason; never as "no findings"."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Module
from tests.e2e.editor import editor_on
from tests.e2e.test_diagnostics import LEAK

GO_FILE = "package m\n\nfunc F() *int { return new(int) }\n"


async def state_of(folder: Path, file: str, **how: Any) -> Any:
    async with editor_on(folder, **how) as editor:
        since = len(editor.statuses)
        return await editor.settled(editor.open(folder / file), since)


async def test_no_go(module: Module, tmp_path: Path):
    folder = module({"a.go": LEAK})
    (tmp_path / "nothing").mkdir()
    settings = {"goPath": str(tmp_path / "nothing" / "go")}
    status = await state_of(folder, "a.go", settings=settings)
    assert (status.state, status.cause, status.findings) == ("failed", "no-go", None)
    assert str(tmp_path / "nothing") in status.message


async def test_outside_a_module(tmp_path: Path):
    (tmp_path / "a.go").write_text(GO_FILE)
    environment = {**os.environ, "GO111MODULE": "on"}
    status = await state_of(tmp_path, "a.go", environment=environment)
    assert (status.state, status.cause, status.findings) == ("failed", "outside-module", None)
    assert "go mod init NAME" in status.message
    assert "-C" not in status.message


async def test_a_package_that_does_not_build(module: Module):
    folder = module({"a.go": "package m\n\nvar x int = missing\n"})
    status = await state_of(folder, "a.go")
    assert (status.state, status.cause, status.findings) == ("failed", "does-not-build", None)
    assert status.message.startswith("example.com/m does not build: ")
    assert "undefined: missing" in status.message


@pytest.mark.parametrize(
    ("name", "text"),
    [("a_plan9.go", GO_FILE), ("b.go", f"//go:build never\n\n{GO_FILE}")],
)
async def test_a_file_that_is_no_part_of_the_build(module: Module, name: str, text: str):
    folder = module({"a.go": LEAK, name: text.replace("F()", "G()")})
    status = await state_of(folder, name)
    assert (status.state, status.cause, status.findings) == ("failed", "not-built", None)
    assert "linux" in status.message


async def test_what_nobody_has_looked_at_is_not_idle(module: Module):
    folder = module({"a.go": LEAK})
    async with editor_on(folder, settings={"analyse": "manual"}) as editor:
        status = await editor.settled(editor.open(folder / "a.go"))
        assert (status.state, status.cause, status.findings) == ("failed", "not-yet", None)
        await editor.run("golsp-mem.analyseWorkspace")
        await editor.until(lambda: editor.statuses[-1].state == "idle")
        # Neither a new file of a known package, nor that of a new one, is on the disk yet.
        for name in ("new.go", "other/new.go"):
            uri = editor.open(folder / name, GO_FILE.replace("F()", "G()"))
            status = await editor.settled(uri)
            assert (status.state, status.cause, status.findings) == ("failed", "not-yet", None)
            assert "on the disk" in status.message


async def test_a_module_that_the_workspace_leaves_out(module: Module):
    folder = module({"go.work": "go 1.22\n\nuse ./in\n", "in/go.mod": "module in\n\ngo 1.22\n",
                     "in/a.go": "package in\n", "out/a.go": GO_FILE})  # fmt: skip
    status = await state_of(folder, "out/a.go")
    assert (status.state, status.findings) == ("failed", None)
    assert status.message


async def test_only_declarations_are_looked_at_and_have_nothing(module: Module):
    status = await state_of(module({"a.go": "package m\n\nconst X = 1\n"}), "a.go")
    assert (status.state, status.cause, status.findings) == ("idle", None, 0)


async def test_the_workspace_names_what_it_could_not_look_at(module: Module):
    folder = module({"good/a.go": LEAK.replace("package m", "package good"),
                     "bad/a.go": "package bad\n\nvar x int = missing\n"})  # fmt: skip
    async with editor_on(folder) as editor:
        outcome = await editor.run("golsp-mem.analyseWorkspace")
        assert (outcome["packages"], outcome["findings"]) == (1, 1)
        (failed,) = outcome["failed"]
        assert failed["package"] == "example.com/m/bad"
        assert "undefined: missing" in failed["error"]


async def test_generic_code_that_nothing_instantiates(module: Module):
    kept = "func Kept[T any](v T) *T { return &v }\n"
    generic = f"package m\n\n{kept}\n{kept.replace('Kept', 'Own')}"
    folder = module({"a.go": generic, "b.go": "package m\n\nvar P = Own(1)\n"})
    async with editor_on(folder) as editor:
        uri = editor.open(folder / "a.go")
        status = await editor.settled(uri)
        assert (status.state, status.findings, status.uncompiled) == ("idle", 1, 1)
        assert "nothing in the package" in str(await editor.hover(uri, 2, 6))
        told = str(await editor.hover(uri, 4, 6))
        assert "no allocations but on paths that run once" in told, "quiet, and not free"
