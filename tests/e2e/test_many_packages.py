"""Opening many packages at once: few go commands, and each package has its own findings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Module
from tests.e2e.editor import Editor, editor_on
from tests.e2e.test_diagnostics import FOUND, LEAK
from tests.toolchains import go_binary

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a shell script stands before go")

COUNT = 30


async def test_packages_that_wait_are_analysed_together(module: Module, tmp_path: Path) -> None:
    package = LEAK.partition("\n")[0].split()[1]
    files = {
        f"p{number}/a.go": LEAK.replace(f"package {package}", f"package p{number}", 1)
        for number in range(COUNT)
    }
    # One does not build, one is in a module of its own.
    files["p3/a.go"] = "package p3\n\nvar x int = nothing\n"
    files["p4/go.mod"] = "module example.com/other\n\ngo 1.22\n"
    folder = module(files)
    calls = tmp_path / "calls"
    go = tmp_path / "go"
    go.write_text(f'#!/bin/sh\necho "$1" >> {calls}\nexec {go_binary("1.26")} "$@"\n')
    go.chmod(0o755)
    async with editor_on(folder, options={"goPath": str(go)}) as editor:
        uris = [editor.open(folder / f"p{number}" / "a.go") for number in range(COUNT)]
        states = [await _told(editor, uri) for uri in uris]
        for number, state in enumerate(states):
            shown = editor.shown(folder / f"p{number}" / "a.go")
            assert (state.state, shown) == (("failed", []) if number == 3 else ("idle", FOUND))
        # One each would be as many as there are packages; a slow client gives fewer together.
        assert calls.read_text().splitlines().count("list") <= COUNT * 2 / 3
        # A save of one of them brings its findings alone, as ever.
        status = await editor.save_and_wait(folder / "p3" / "a.go", LEAK.replace(package, "p3", 1))
        assert (status.state, editor.shown(folder / "p3" / "a.go")) == ("idle", FOUND)


async def _told(editor: Editor, uri: str) -> Any:
    """The first status of a run which came to its end: one that is put off tells of none."""

    def found() -> Any:
        ended = (one for one in editor.statuses if one.uri == uri and one.state != "building")
        return next(ended, None)

    await editor.until(found)
    return found()
