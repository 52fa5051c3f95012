"""What the server offers for stacks and lifetimes, on real Go code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsprotocol import types

from golsp_mem.model import Span
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.edits import applied as applied_edits
from golsp_mem.source.syntax import GoFile
from tests.e2e.conftest import Module
from tests.e2e.editor import Editor, editor_on

KEEP = """package m

import (
	"os"
	"syscall"
)

func Read(name string, buf []byte) (int, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	fd := int(f.Fd())
	n, err := syscall.Read(fd, buf)
	return n, err
}
"""

RECURSE = """package main

import "runtime/debug"

func dive(n int) int {
	var buf [128]byte
	buf[n%128] = 1
	if n == 0 {
		return int(buf[3])
	}
	return dive(n-1) + int(buf[n%128])
}

func work(c chan int) {
	c <- dive(10)
}

func main() {
	debug.SetMaxStack(100_000_000)
	c := make(chan int)
	go work(c)
	<-c
}
"""


async def actions(editor: Editor, uri: str, line: int, character: int) -> dict[str, Any]:
    """The actions at a place by title."""
    here = types.Position(line, character)
    raw = await editor.client.protocol.send_request_async(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri),
            types.Range(here, here),
            types.CodeActionContext(list(editor.client.diagnostics.get(uri, []))),
        ),
    )
    return {action.title: action for action in raw or []}


def applied(text: str, action: Any) -> str:
    """The text after the action's edits; ASCII text, so that characters are bytes."""
    edits = [
        TextEdit(
            Span(
                "",
                edit.range.start.line + 1,
                edit.range.start.character + 1,
                edit.range.end.line + 1,
                edit.range.end.character + 1,
            ),
            edit.new_text,
        )
        for changed in action.edit.changes.values()
        for edit in changed
    ]
    return applied_edits(GoFile.parse("", text.encode()), edits).decode()


def missing(editor: Editor, uri: str) -> list[types.Diagnostic]:
    found = editor.client.diagnostics.get(uri, [])
    return [diagnostic for diagnostic in found if diagnostic.code == "keepalive-missing"]


async def test_the_keepalive_fix_ends_the_warning(module: Module):
    folder = module({"a.go": KEEP})
    path: Path = folder / "a.go"
    async with editor_on(folder) as editor:
        uri = await editor.opened(path)
        await editor.until(lambda: missing(editor, uri))
        start = missing(editor, uri)[0].range.start
        offered = await actions(editor, uri, start.line, start.character)
        assert "Explain KeepAlive for f" in offered
        fix = offered["Keep f alive until after this call"]
        assert fix.kind == types.CodeActionKind.QuickFix
        text = applied(KEEP, fix)
        assert "runtime.KeepAlive(f)" in text
        assert '"runtime"' in text
        await editor.save_and_wait(path, text)
        await editor.until(lambda: not missing(editor, uri))
        assert "keepalive-ineffective" not in editor.codes(path)


async def test_a_hover_on_a_variable_says_where_it_is_last_needed(module: Module):
    folder = module({"a.go": KEEP})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        hover = await editor.hover(uri, 8, 1)
        assert hover is not None
        assert "f is last needed at line 13" in hover
        # An error code is no block's keeper.
        assert await editor.hover(uri, 13, 1) is None


async def test_stack_growth_is_explained_at_functions_and_go_statements(module: Module):
    folder = module({"main.go": RECURSE})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "main.go")
        offered = await actions(editor, uri, 4, 6)
        assert "Explain stack growth of main.dive" in offered
        # The recursion's page, with what this program's own limit allows.
        where = {"uri": uri, "position": {"line": 4, "character": 6}}
        numbers = (await editor.run("golsp-mem.explain", where))["numbers"]
        assert numbers["limit_bytes"] == 1 << 26
        assert numbers["max_depth"] > 100_000
        assert numbers["max_depth"] * numbers["frame_bytes"] < 1 << 26
        assert "Explain stack growth of work" in await actions(editor, uri, 20, 5)
        where = {"uri": uri, "position": {"line": 20, "character": 5}}
        page = await editor.run("golsp-mem.explain", where)
        assert "The `go` statement starts a goroutine with `main.main.gowrap1`" in page["markdown"]
        assert page["numbers"]["growth_steps"][0] == 2048
