"""When packages are analysed (setting ``analyse``): while you type, after saves, by command."""

from __future__ import annotations

import asyncio

from tests.e2e.conftest import Module
from tests.e2e.editor import editor_on

TEXT = """package m

func A() *int { return new(int) }
"""
MORE = """
func B() []int {
	n := len(TEXT)
	return make([]int, n)
}

var TEXT = "x"
"""
# More than the pause after the last keystroke and a compile, in seconds: where nothing may come.
AWHILE = 1.2


async def test_unsaved_text_is_analysed_while_it_compiles(module: Module):
    folder = module({"a.go": TEXT, "b.go": "package m\n\nfunc C() *int { return A() }\n"})
    path = folder / "a.go"
    async with editor_on(folder, settings={"analyse": "onType"}) as editor:
        uri = await editor.opened(path)
        before = editor.codes(path)
        assert "heap-new" in before
        editor.replace(uri, TEXT + MORE)
        await editor.until(lambda: "heap-make-slice" in editor.codes(path))
        assert path.read_text() == TEXT
        # No reasons and no fixes of what is on no disk.
        found = await editor.hover(uri, 6, 10)
        assert found is not None
        assert "not saved" in found

        # What does not compile keeps its findings, moved along.
        editor.edit(uri, (0, 0), (0, 0), "// A line more.\n")
        editor.edit(uri, (9, 0), (9, 0), "var broken int = \n")
        await asyncio.sleep(AWHILE)
        assert "heap-make-slice" in editor.codes(path)

        # Taken back: what is on the disk holds again.
        editor.replace(uri, TEXT)
        await editor.until(lambda: editor.codes(path) == before)

        # And a save of typed text finds what typing found.
        editor.replace(uri, TEXT + MORE)
        await editor.until(lambda: "heap-make-slice" in editor.codes(path))
        typed = editor.shown(path)
        await editor.save_and_wait(path, TEXT + MORE)
        assert editor.shown(path) == typed


async def test_closed_without_a_save(module: Module):
    folder = module({"a.go": TEXT, "b.go": "package m\n\nfunc C() *int { return new(int) }\n"})
    path, other = folder / "a.go", folder / "b.go"
    async with editor_on(folder, settings={"analyse": "onType"}) as editor:
        uri = await editor.opened(path)
        await editor.opened(other)
        before = editor.shown(other)
        editor.replace(uri, "package m\n\n//go:noinline\nfunc A() *int { return nil }\n" + MORE)
        await editor.until(lambda: "heap-make-slice" in editor.codes(path))
        since = len(editor.statuses)
        editor.close(uri)
        await editor.settled(other.as_uri(), since)
        await editor.until(lambda: editor.shown(other) == before)
        await editor.opened(path)
        await editor.until(lambda: editor.codes(path) == ["heap-new"])


async def test_typing_is_left_alone_by_default(module: Module):
    folder = module({"a.go": TEXT})
    path = folder / "a.go"
    async with editor_on(folder) as editor:
        uri = await editor.opened(path)
        editor.replace(uri, TEXT + MORE)
        await asyncio.sleep(AWHILE)
        assert editor.codes(path) == ["heap-new"]


async def test_manual_waits_for_a_command(module: Module):
    folder = module({"a.go": TEXT})
    path = folder / "a.go"
    async with editor_on(folder, settings={"analyse": "manual"}) as editor:
        await editor.opened(path)
        assert editor.codes(path) == []
        await editor.run("golsp-mem.restartAnalysis")
        await editor.until(lambda: editor.codes(path) == ["heap-new"])
        await editor.save_and_wait(path, TEXT + MORE)
        await asyncio.sleep(AWHILE)
        assert editor.codes(path) == ["heap-new"]
        await editor.run("golsp-mem.analyseWorkspace")
        await editor.until(lambda: "heap-make-slice" in editor.codes(path))
