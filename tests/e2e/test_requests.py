"""Hovers, hints, lenses, actions and commands on real Go code."""

from __future__ import annotations

import asyncio
import stat
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from tests.e2e.conftest import Module
from tests.e2e.editor import Editor, capabilities, editor_on
from tests.e2e.test_workspace import tell_settings

CODE = """package m

type T struct{ a, b, c int }

var sink *T

func leak(n int) []int {
	t := T{1, 2, 3}
	sink = &t
	xs := make([]int, n)
	xs = append(xs, n)
	return xs
}

func quiet(n int) int {
	return n + 1
}

func keep(p *T) {
	sink = p
}
"""


async def test_a_hover_says_what_how_big_why_and_what_helps(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        hover = await editor.hover(uri, 7, 1)
        assert hover is not None
        assert "m.T" in hover
        assert "24 B" in hover
        assert "always" in hover
        # The flow, each step a link that leads into the file.
        assert f"({uri}#L9,9)" in hover
        assert "**Helps**" in hover
        # Nothing there, nothing shown: gopls owns the rest of the file.
        assert await editor.hover(uri, 2, 6) is None
        assert await editor.hover(uri, 15, 8) is None


async def test_a_hover_on_a_function_counts_its_allocations(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        hover = await editor.hover(uri, 6, 6)
        assert hover is not None
        assert "frame" in hover
        assert "1 to 3 allocations · 24 B or more" in hover
        leaking = await editor.hover(uri, 18, 6)
        assert leaking is not None
        assert "may be kept after the call" in leaking
        assert "`p`" in leaking
        # On the keyword there is nothing to say.
        assert await editor.hover(uri, 6, 2) is None


async def test_a_hover_follows_the_text_and_says_that_it_changed(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        editor.edit(uri, (0, 0), (0, 0), "// typed\n\n")
        hover = await editor.hover(uri, 9, 1)
        assert hover is not None
        assert "has changed" in hover
        assert await editor.hover(uri, 7, 1) is None
        editor.edit(uri, (9, 0), (9, 0), " ")
        assert await editor.hover(uri, 9, 2) is None


async def test_hints_and_lenses_follow_the_settings_at_once(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder, settings={"inlayHints": True}) as editor:
        uri = await editor.opened(folder / "a.go")
        await editor.until(lambda: types.WORKSPACE_INLAY_HINT_REFRESH in editor.refreshes)
        await editor.until(lambda: types.WORKSPACE_CODE_LENS_REFRESH in editor.refreshes)
        assert await editor.hints(uri) == [
            ("7:2", "heap 24 B"),
            ("9:21", "heap n × 8 B"),
            ("10:19", "may grow"),
        ]
        ((line, title),) = await editor.lenses(uri)
        assert line == 6
        assert title.startswith("1 to 3 allocs · 24 B or more · frame ")
        editor.client.set_configuration({"golsp-mem": {"codeLens": False}})
        since = len(editor.statuses)
        editor.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams(settings=None)
        )
        await editor.settled(uri, since)
        assert await editor.hints(uri) == []
        assert await editor.lenses(uri) == []


async def test_hints_move_with_their_lines(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder, settings={"inlayHints": True}) as editor:
        uri = await editor.opened(folder / "a.go")
        editor.edit(uri, (4, 0), (4, 0), "// typed\n")
        editor.edit(uri, (10, 1), (10, 1), "// ")
        assert await editor.hints(uri) == [("8:2", "heap 24 B"), ("11:19", "may grow")]


def at(uri: str, line: int, character: int) -> dict[str, Any]:
    return {"uri": uri, "position": {"line": line, "character": character}}


async def actions(editor: Editor, uri: str, line: int, *only: str) -> list[tuple[str, Any]]:
    """Title and command argument of the actions on a line's ninth character."""
    where = types.Range(types.Position(line, 8), types.Position(line, 8))
    # lsprotocol reads an action that has a command as a bare command.
    raw = await editor.client.protocol.send_request_async(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri),
            where,
            types.CodeActionContext(
                list(editor.client.diagnostics.get(uri, [])), list(only) or None
            ),
        ),
    )
    return [(action.title, action) for action in raw or []]


async def test_actions_lead_to_the_page(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        titles = [title for title, _ in await actions(editor, uri, 9)]
        assert "Explain heap-make-slice" in titles
        titles = [title for title, _ in await actions(editor, uri, 6)]
        assert titles == [
            "Explain stack growth of m.leak",
            "Explain memory of function m.leak",
        ]
        assert await actions(editor, uri, 15) == []
        assert await actions(editor, uri, 9, "refactor") == []
        only = [title for title, _ in await actions(editor, uri, 6, "source")]
        assert only == titles


async def test_explain_for_a_client_that_shows_it_itself(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder, options={"explain": "client"}) as editor:
        uri = await editor.opened(folder / "a.go")
        page = await editor.run("golsp-mem.explain", at(uri, 7, 1))
        assert page["topic"] == "heap-variable"
        assert "m.T" in page["markdown"]
        assert page["numbers"]["allocations"] == 1
        page = await editor.run("golsp-mem.explain", at(uri, 6, 6))
        assert page["topic"] == "stack-growth"
        assert page["numbers"]["frame_bytes"] > 0
        for subject in ({"topic": "memory-block"}, {"code": "heap-boxing"}, "garbage-collection"):
            page = await editor.run("golsp-mem.explain", subject)
            assert page["markdown"].startswith("# ")
        assert editor.client.shown_documents == []
        assert editor.popups() == []


async def test_explain_opens_a_private_page_in_other_clients(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder) as editor:
        await editor.run("golsp-mem.explain", {"topic": "memory-block"})
        await editor.run("golsp-mem.explain", {"topic": "memory-block"})
        (shown, again) = editor.client.shown_documents
        assert shown.uri == again.uri
        path = Path(unquote(urlsplit(shown.uri).path))
        text, *modes = private_page(path)
        assert text.startswith("# ")
        assert modes == [0o400, 0o700]
    assert gone(path.parent)


def gone(path: Path) -> bool:
    return not path.exists()


def private_page(path: Path) -> tuple[str, int, int]:
    """The text, and who may do what with the file and its directory."""
    modes = (stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent))
    return path.read_text(encoding="utf-8"), *modes


async def test_explain_tells_the_gist_where_nothing_can_be_opened(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder, client_can=capabilities(show=False)) as editor:
        page = await editor.run("golsp-mem.explain", {"topic": "memory-block"})
        (told,) = editor.popups()
        assert len(told) <= 400 < len(page["markdown"])
        assert "](" not in told


async def test_explain_says_what_it_cannot_do(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        assert await editor.run("golsp-mem.explain", {"topic": "no-such-topic"}) is None
        assert "no-such-topic" in editor.popups()[-1]
        editor.edit(uri, (7, 0), (7, 0), " ")
        assert await editor.run("golsp-mem.explain", at(uri, 7, 2)) is None
        assert "save the file" in editor.popups()[-1]
        outside = at((folder / "none.go").as_uri(), 0, 0)
        assert await editor.run("golsp-mem.explain", outside) is None
        assert "has not been analysed" in editor.popups()[-1]


@pytest.mark.parametrize(
    "arguments",
    [[], [{}], [{"uri": 3}], [None], [[1]], [{"uri": "file:///a.go"}], [1, 2],
     [{"uri": "file:///a.go", "position": {"line": "x"}}]],
)  # fmt: skip
async def test_arguments_that_make_no_sense_are_refused(module: Module, arguments: list[Any]):
    folder = module({"a.go": CODE})
    async with editor_on(folder) as editor:
        for command in ("explain", "profileBenchmark", "turnOff"):
            with pytest.raises(JsonRpcInvalidParams, match=r"^name a"):
                await editor.run(f"golsp-mem.{command}", *arguments)
        with pytest.raises(JsonRpcException):
            await editor.run("golsp-mem.noSuchCommand")
        # And the server goes on.
        uri = await editor.opened(folder / "a.go")
        assert await editor.hover(uri, 7, 1) is not None
        assert editor.popups() == []


async def test_the_report_lists_what_was_analysed(module: Module):
    files = {"a/a.go": CODE, "b/b.go": CODE.replace("package m", "package b")}
    folder = module(files)
    async with editor_on(folder, options={"explain": "client"}) as editor:
        empty = await editor.run("golsp-mem.report")
        assert empty["numbers"] == {"findings": 0, "packages": 0}
        outcome = await editor.run("golsp-mem.analyseWorkspace")
        assert outcome == {"packages": 2, "findings": 6, "cancelled": False, "failed": []}
        page = await editor.run("golsp-mem.report")
        assert page["numbers"] == {"findings": 6, "packages": 2}
        assert f"({(folder / 'b' / 'b.go').as_uri()}#L8,2)" in page["markdown"]
        assert editor.codes(folder / "a" / "a.go") == [
            "heap-variable", "heap-make-slice", "heap-append",
        ]  # fmt: skip


CALLS = """package m

import (
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
)

func Head(name string, b []byte) {
	f, _ := os.Open(name)
	fd := int(f.Fd())
	syscall.Read(fd, b)
	runtime.KeepAlive(f)
}

func Dive(n int) int {
	var b [1000]byte
	b[n%1000] = 1
	return Dive(n-1) + int(b[n%7])
}

func Start() {
	debug.SetMaxStack(100_000_000)
	go Dive(3)
}
"""


async def test_hovers_on_calls_say_what_they_do_here(module: Module):
    folder = module({"a.go": CALLS})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        told = {}
        for word in ("KeepAlive", "SetMaxStack", "Dive(n-1)", "go Dive"):
            line, column = place_of(CALLS, word)
            hover = await editor.hover(uri, line, column)
            while word in ("Dive(n-1)", "go Dive") and hover and "stack: after" not in hover \
                    and "begins with" not in hover:  # fmt: skip
                # The whole program is read for these numbers.
                await asyncio.sleep(0.5)
                hover = await editor.hover(uri, line, column)
            assert hover is not None, word
            assert len(hover.strip().split("\n\n")) <= 5
            told[word] = hover
        assert "without this it may be collected during `syscall.Read`" in told["KeepAlive"]
        assert "64 MiB" in told["SetMaxStack"]
        assert "calls itself here" in told["Dive(n-1)"]
        assert "B of stack: after about" in told["Dive(n-1)"]
        assert "Starts `Dive` on a stack of its own. It begins with 2 KiB" in told["go Dive"]


THROUGH = """package m

import (
	"io"
	"strings"
)

func fields(w io.Writer, line string) int {
	n := strings.Count(line, ",")
	n += len(strings.Split(line, ","))
	w.Write(nil)
	return n
}
"""


OWN = """
var sink *[8]int

func own(w io.Writer) {
	sink = new([8]int)
	w.Write(nil)
}

func Late(w io.Writer) {
	if w == nil {
		panic(new([8]int))
	}
	w.Write(nil)
}

type failed [8]int

func (*failed) Error() string { return "" }

func Later(w io.Writer) error {
	if _, err := w.Write(nil); err != nil {
		return new(failed)
	}
	return nil
}
"""


async def test_hovers_and_lenses_say_what_calls_allocate(module: Module):
    folder = module({"a.go": THROUGH})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        told = {}
        for word in ("Split", "fields"):
            line, column = place_of(THROUGH, word)
            hover = await editor.hover(uri, line, column)
            while hover is None or "A call of" not in hover:
                # The program is read for it.
                await asyncio.sleep(0.2)
                hover = await editor.hover(uri, line, column)
            told[word] = hover
        assert "A call of `strings.Split` makes up to 1 allocation" in told["Split"]
        assert "A call of `m.fields` makes up to 1 allocation" in told["fields"]
        assert "1 call further in cannot be followed: interface method" in told["fields"]
        line, column = place_of(THROUGH, "Count")
        counted = await editor.hover(uri, line, column)
        assert counted is None or "allocates nothing" in counted
        lenses = await editor.client.text_document_code_lens_async(
            types.CodeLensParams(types.TextDocumentIdentifier(uri))
        )
        titles = [one.command.title for one in lenses or () if one.command]
        assert titles == ["0 allocs · with calls: up to 1 alloc plus 1 unknown call"]


async def test_a_lens_says_what_a_function_costs_in_all_without_being_asked(module: Module):
    folder = module({"a.go": THROUGH})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")

        def more_than(seen: int) -> bool:
            return len(editor.refreshes) > seen

        async def told(words: str = "with calls") -> list[str]:
            while True:
                seen = len(editor.refreshes)
                lenses = await editor.client.text_document_code_lens_async(
                    types.CodeLensParams(types.TextDocumentIdentifier(uri))
                )
                titles = [one.command.title for one in lenses or () if one.command]
                if any(words in title for title in titles):
                    return titles
                # An editor asks when the server says so.
                await editor.until(partial(more_than, seen))

        assert (await told())[0].endswith("with calls: up to 1 alloc plus 1 unknown call")
        edited = THROUGH.replace("w.Write(nil)", "") + OWN
        await editor.save_and_wait(folder / "a.go", edited)
        titles = await told()
        assert titles[0].endswith("with calls: up to 1 alloc")
        assert titles[1].startswith("1 alloc · 64 B · frame ")
        assert titles[1].endswith(" B · plus 1 unknown call"), "what it says of itself is all of it"
        on_errors = "allocs on cold paths only · with calls: up to 1 alloc plus 1 unknown call"
        assert titles[2:] == [on_errors], "what a panic alone allocates is none of calls' cost"
        tell_settings(editor, severity={"heap-new": "off"})
        titles = await told("turned off")
        assert titles[1] == "allocs turned off · with calls: 1 alloc plus 1 unknown call"
        assert titles[-1] == on_errors


def place_of(text: str, word: str) -> tuple[int, int]:
    """0-based line and character of the first occurrence."""
    offset = text.index(word)
    return text.count("\n", 0, offset), offset - (text.rfind("\n", 0, offset) + 1)
