"""Findings come, change, go and survive broken code, as a person would see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from tests.e2e.conftest import Module
from tests.e2e.editor import Editor, capabilities, editor_on

LEAK = """package m

type T struct{ a, b, c int }

var sink *T

func leak() {
	t := T{1, 2, 3}
	sink = &t
}
"""
QUIET = LEAK.replace("sink = &t", "t.a = 2")
BROKEN = LEAK.replace("sink = &t", "sink = &nothing\n\t_ = t")
CHANNEL = LEAK.replace("sink = &t", "_ = t\n\tclose(make(chan int))")

FOUND = [("heap-variable", "7:1-7:2")]


async def test_open_save_fix(module: Module):
    folder = module({"a.go": LEAK})
    path = folder / "a.go"
    async with editor_on(folder) as editor:
        uri = await editor.opened(path)
        assert editor.shown(path) == FOUND
        status = await editor.save_and_wait(path, CHANNEL)
        assert (status.state, status.findings) == ("idle", 1)
        assert editor.codes(path) == ["heap-make-chan"]
        status = await editor.save_and_wait(path, QUIET)
        assert (status.state, status.findings) == ("idle", 0)
        assert list(editor.client.diagnostics[uri]) == []
        assert editor.popups() == []


async def test_what_a_diagnostic_carries(module: Module):
    folder = module({"a.go": LEAK})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        (found,) = editor.client.diagnostics[uri]
        assert found.source == "golsp-mem"
        assert found.severity == types.DiagnosticSeverity.Hint
        assert found.code_description is None, "there is no page on the web"
        assert isinstance(found.data, dict)
        assert found.data["fingerprint"]
        assert "24 B" in found.message
        assert editor.published[-1].version == 1


async def test_inlined_calls_are_related_information(module: Module):
    text = 'package m\n\nimport "errors"\n\nfunc Fail() error { return errors.New("no") }\n'
    folder = module({"a.go": text})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        (found,) = editor.client.diagnostics[uri]
        related = [
            (information.message, Path(information.location.uri).name)
            for information in found.related_information or []
        ]
        assert related == [("errors.New, inlined into example.com/m.Fail", "errors.go")]


async def test_severities_follow_the_settings(module: Module):
    folder = module({"a.go": CHANNEL + "\nfunc leak2() *int { x := 1; return &x }\n"})
    settings = {"severity": {"heap-variable": "warning", "heap-make-chan": "off"}}
    async with editor_on(folder, settings=settings) as editor:
        uri = await editor.opened(folder / "a.go")
        severities = {d.code: d.severity for d in editor.client.diagnostics[uri]}
        assert severities == {"heap-variable": types.DiagnosticSeverity.Warning}


async def test_typing_computes_nothing(module: Module):
    folder = module({"a.go": LEAK})
    path = folder / "a.go"
    async with editor_on(folder) as editor:
        uri = await editor.opened(path)
        before = (len(editor.published), len(editor.statuses))
        editor.edit(uri, (0, 0), (0, 0), "// typed\n")
        # The answer proves that the change has been dealt with.
        assert await editor.hover(uri, 8, 1) is not None
        assert (len(editor.published), len(editor.statuses)) == before


async def test_broken_code_and_recovery(module: Module):
    folder = module({"a.go": LEAK})
    path = folder / "a.go"
    async with editor_on(folder) as editor:
        uri = await editor.opened(path)
        for broken in (BROKEN, BROKEN + "\n"):
            status = await editor.save_and_wait(path, broken)
            assert status.state == "stale"
            assert "undefined: nothing" in status.message
            assert editor.shown(path) == FOUND
        hover = await editor.hover(uri, 7, 1)
        assert hover is not None
        assert "Not up to date" in hover
        assert "undefined" in hover
        logged = [m.message for m in editor.client.log_messages if "does not build" in m.message]
        assert len(logged) == 1
        assert editor.popups() == []
        # Not every client moves what it was sent, and none knows that another line came instead.
        for broken, shown in (
            ("// above\n" + BROKEN, [("heap-variable", "8:1-8:2")]),
            (BROKEN.replace("t := T{1, 2, 3}", "other()"), []),
        ):
            await editor.save_and_wait(path, broken)
            assert editor.shown(path) == shown
        status = await editor.save_and_wait(path, CHANNEL)
        assert (status.state, status.message) == ("idle", None)
        assert editor.codes(path) == ["heap-make-chan"]


async def test_code_that_never_built(module: Module):
    folder = module({"a.go": "package m\n\nfunc (\n"})
    path = folder / "a.go"
    async with editor_on(folder) as editor:
        since = len(editor.statuses)
        status = await editor.settled(editor.open(path), since)
        assert status.state == "failed"
        assert editor.shown(path) == []
        assert editor.popups() == []
        await editor.save_and_wait(path, LEAK)
        assert editor.shown(path) == FOUND


async def test_broken_tests_do_not_hide_the_package(module: Module):
    test = 'package m\n\nimport "testing"\n\nfunc TestX(t *testing.T) { sink = new(T) }\n'
    folder = module({"a.go": LEAK, "a_test.go": test})
    async with editor_on(folder) as editor:
        await editor.opened(folder / "a.go")
        uri = await editor.opened(folder / "a_test.go")
        assert editor.codes(folder / "a_test.go") == ["heap-new"]
        status = await editor.save_and_wait(folder / "a_test.go", test + '\nvar y int = ""\n')
        assert status.state == "stale"
        assert editor.codes(folder / "a_test.go") == ["heap-new"]
        since = len(editor.statuses)
        editor.save(folder / "a.go", CHANNEL)
        await editor.settled((folder / "a.go").as_uri(), since)
        assert editor.codes(folder / "a.go") == ["heap-make-chan"]
        assert editor.client.diagnostics[uri] != []


async def test_two_packages(module: Module):
    folder = module({"a/a.go": LEAK, "b/b.go": LEAK})
    a, b = folder / "a" / "a.go", folder / "b" / "b.go"
    async with editor_on(folder) as editor:
        await editor.opened(a)
        await editor.opened(b)
        assert (editor.shown(a), editor.shown(b)) == (FOUND, FOUND)
        count = len(editor.published)
        await editor.save_and_wait(a, QUIET)
        assert (editor.shown(a), editor.shown(b)) == ([], FOUND)
        assert {params.uri for params in editor.published[count:]} == {a.as_uri()}
        await editor.save_and_wait(b, BROKEN)
        assert (editor.shown(a), editor.shown(b)) == ([], FOUND)
        # What no code is left of, or is no part of the build, has nothing to be found.
        for gone in ("// nothing\n", f"//go:build never\n\n{LEAK}"):
            status = await editor.save_and_wait(b, gone)
            assert (editor.shown(b), status.state, status.findings) == ([], "failed", None)
            await editor.save_and_wait(b, LEAK)
            assert editor.shown(b) == FOUND


async def test_the_whole_package_is_shown(module: Module):
    second = LEAK.replace("package m", "package m\n").replace("leak", "leak2")
    second = second.replace("type T struct{ a, b, c int }", "").replace("var sink *T", "")
    folder = module({"a.go": LEAK, "b.go": second})
    a, b = folder / "a.go", folder / "b.go"
    async with editor_on(folder) as editor:
        first = await editor.opened(a)
        assert editor.codes(b) == ["heap-variable"]
        uri = await editor.opened(b)
        editor.close(uri)
        await editor.until(lambda: editor.shown(b) == [])
        assert editor.shown(a) == FOUND
        # What was closed stays quiet, whatever happens next door.
        await editor.save_and_wait(a, LEAK + "\n")
        assert editor.shown(b) == []
        await editor.opened(b)
        assert editor.codes(b) == ["heap-variable"]
        editor.close(uri)
        editor.close(first)
        await editor.until(lambda: editor.shown(a) == [] and editor.shown(b) == [])


async def test_rename(module: Module):
    folder = module({"a.go": LEAK})
    old, new = folder / "a.go", folder / "renamed.go"
    async with editor_on(folder) as editor:
        uri = await editor.opened(old)
        old.rename(new)
        editor.close(uri)
        await editor.opened(new)
        assert editor.shown(new) == FOUND
        assert editor.shown(old) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_columns_are_those_of_the_client(module: Module, encoding: str):
    before = "\t/* é😀€ */ t := make(chan int)\n\tclose(t)"
    text = LEAK.replace("\tt := T{1, 2, 3}\n\tsink = &t", before)
    folder = module({"a.go": text})
    path = folder / "a.go"
    async with editor_on(folder, client_can=capabilities(encoding=encoding)) as editor:
        uri = await editor.opened(path)
        ((code, where),) = editor.shown(path)
        assert code == "heap-make-chan"
        start = int(where.split("-")[0].split(":")[1])
        assert await editor.hover(uri, 7, start) is not None
        assert await editor.hover(uri, 7, start - 1) is None
        # Typed before the saved text in the same units: the line is still where it was.
        editor.edit(uri, (0, 0), (0, 0), "// é😀€\n")
        assert await editor.hover(uri, 8, start) is not None
        line = text.split("\n")[7]
        units = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
        codec = encoding if encoding == "utf-8" else f"{encoding}-le"
        prefix = line[: line.index("make")]
        assert start == len(prefix.encode(codec)) // units


@pytest.mark.parametrize("name", ["with space", "größe-日本", "per%41cent#hash"])
async def test_awkward_directories(module: Module, name: str):
    # The module's directory: Go allows such names only there, not in import paths.
    folder = module({"a.go": LEAK, "go.mod": "module example.com/m\n\ngo 1.22\n"}, name)
    path = folder / "a.go"
    async with editor_on(folder) as editor:
        await editor.opened(path)
        assert editor.shown(path) == FOUND


async def test_a_folder_behind_a_link(module: Module, tmp_path: Path):
    module({"a.go": LEAK, "b.go": "package m\n\nfunc other() *T { return &T{} }\n"})
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "m")
    async with editor_on(link) as editor:
        uri = await editor.opened(link / "a.go")
        assert uri == (link / "a.go").as_uri()
        assert editor.shown(link / "a.go") == FOUND
        # Also a file that is not open is spelled as the client spells its folder.
        assert editor.codes(link / "b.go") == ["heap-literal"]


async def test_many_saves_end_with_the_newest(module: Module):
    folder = module({"a.go": LEAK})
    path = folder / "a.go"
    async with editor_on(folder) as editor:
        await editor.opened(path)
        for number in range(6):
            editor.save(path, LEAK + f"\n// {number}\n")
        editor.save(path, CHANNEL)
        await editor.until(lambda: editor.codes(path) == ["heap-make-chan"])
        await idle(editor, path)
        assert editor.codes(path) == ["heap-make-chan"]


async def idle(editor: Editor, path: Path) -> None:
    await editor.until(
        lambda: [s.state for s in editor.statuses if s.uri == path.as_uri()][-1] == "idle"
    )
