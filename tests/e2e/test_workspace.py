"""Settings, folders and files that change while the server runs."""

from __future__ import annotations

import os
from pathlib import Path

from lsprotocol import types

from tests.e2e.conftest import Module
from tests.e2e.editor import Editor, editor_on
from tests.e2e.test_diagnostics import CHANNEL, FOUND, LEAK, QUIET
from tests.files import write_files


def tell_files(editor: Editor, *paths: Path) -> None:
    changes = [types.FileEvent(path.as_uri(), types.FileChangeType.Changed) for path in paths]
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes))


def tell_settings(editor: Editor, **settings: object) -> None:
    editor.client.set_configuration({"golsp-mem": settings})
    editor.client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams(settings=None)
    )


async def test_settings_change_without_a_restart(module: Module):
    folder = module({"a.go": LEAK})
    path = folder / "a.go"
    async with editor_on(folder, settings={"diagnostics": False}) as editor:
        await editor.opened(path)
        assert editor.shown(path) == []
        tell_settings(editor, diagnostics=True)
        await editor.until(lambda: editor.shown(path) == FOUND)
        tell_settings(editor, severity={"heap-*": "off"})
        await editor.until(lambda: editor.shown(path) == [])
        tell_settings(editor)
        await editor.until(lambda: editor.shown(path) == FOUND)


async def test_bad_settings_are_told_once_and_nothing_stops(module: Module):
    folder = module({"a.go": LEAK})
    path = folder / "a.go"
    async with editor_on(folder, settings={"severity": {"heap-variable": "loud"}}) as editor:
        await editor.opened(path)
        assert editor.shown(path) == FOUND
        (popup,) = editor.popups()
        assert "heap-variable" in popup
        assert "loud" in popup
        await editor.save_and_wait(path, CHANNEL)
        await editor.save_and_wait(path, LEAK)
        assert len(editor.popups()) == 1
        tell_settings(editor, noSuchSetting=1)
        await editor.until(lambda: len(editor.popups()) == 2)
        assert "noSuchSetting" in editor.popups()[-1]
        assert editor.shown(path) == FOUND


async def test_a_settings_file_that_is_written_meanwhile(module: Module):
    folder = module({"a.go": LEAK})
    path, file = folder / "a.go", folder / "golsp-mem.toml"
    async with editor_on(folder) as editor:
        await editor.opened(path)
        write_files(folder, {"golsp-mem.toml": '[severity]\nheap-variable = "off"\n'})
        tell_files(editor, file)
        await editor.until(lambda: editor.shown(path) == [])
        write_files(folder, {"golsp-mem.toml": "[severity\n"})
        tell_files(editor, file)
        await editor.until(editor.popups)
        assert "golsp-mem.toml" in editor.popups()[0]
        assert editor.shown(path) == []


async def test_the_server_asks_to_be_told_of_files(module: Module):
    folder = module({"a.go": LEAK})
    async with editor_on(folder) as editor:
        await editor.opened(folder / "a.go")
        methods = {registration.method for registration in editor.registrations}
        assert types.WORKSPACE_DID_CHANGE_WATCHED_FILES in methods


async def test_files_changed_by_others(module: Module):
    folder = module({"a.go": LEAK, "b.go": "package m\n"})
    a, b = folder / "a.go", folder / "b.go"
    async with editor_on(folder) as editor:
        await editor.opened(a)
        write_files(folder, {"b.go": "package m\n\nfunc other() *T { return &T{} }\n"})
        tell_files(editor, b)
        await editor.until(lambda: editor.codes(b) == ["heap-literal"])
        remove(b)
        tell_files(editor, b)
        await editor.until(lambda: editor.codes(b) == [])
        assert editor.shown(a) == FOUND


def remove(path: Path) -> None:
    path.unlink()


async def test_a_changed_go_mod_reaches_every_package(module: Module):
    # Below Go 1.22 a loop variable is one variable for the whole loop.
    loop = "package m\n\nvar p *int\n\nfunc f() {\n\tfor i := 0; i < 9; i++ {\n\t\tp = &i\n\t}\n}\n"
    folder = module({"a.go": loop, "go.mod": "module example.com/m\n\ngo 1.99\n"})
    path = folder / "a.go"
    async with editor_on(folder) as editor:
        since = len(editor.statuses)
        status = await editor.settled(editor.open(path), since)
        assert status.state == "failed"
        write_files(folder, {"go.mod": "module example.com/m\n\ngo 1.22\n"})
        tell_files(editor, folder / "go.mod")
        await editor.until(lambda: editor.codes(path) == ["heap-variable"])


async def test_several_folders_and_their_settings(module: Module):
    first, second = module({"a.go": LEAK}, "one"), module({"a.go": LEAK}, "two")
    async with editor_on(first, second) as editor:
        editor.client.set_configuration(
            {"golsp-mem": {"severity": {"heap-variable": "off"}}}, scope_uri=second.as_uri()
        )
        await editor.opened(first / "a.go")
        tell_settings(editor)
        await editor.opened(second / "a.go")
        assert editor.shown(first / "a.go") == FOUND
        assert editor.shown(second / "a.go") == []
        assert (await editor.run("golsp-mem.analyseWorkspace"))["packages"] == 2


async def test_a_folder_that_leaves_takes_its_findings_along(module: Module):
    first, second = module({"a.go": LEAK}, "one"), module({"a.go": LEAK}, "two")
    async with editor_on(first, second) as editor:
        await editor.run("golsp-mem.analyseWorkspace")
        assert editor.shown(second / "a.go") == FOUND
        event = types.WorkspaceFoldersChangeEvent(
            added=[], removed=[types.WorkspaceFolder(second.as_uri(), "two")]
        )
        editor.client.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(event)
        )
        await editor.until(lambda: editor.shown(second / "a.go") == [])
        assert editor.shown(first / "a.go") == FOUND


async def test_go_work(module: Module, tmp_path: Path):
    module({"lib.go": LEAK.replace("package m", "package lib")}, "lib")
    uses = 'package app\n\nimport "example.com/lib"\n\nvar V = lib.Sink\n'
    module({"app.go": uses + "\nfunc F() *int { return new(int) }\n"}, "app")
    write_files(tmp_path / "lib", {"sink.go": "package lib\n\nvar Sink = sink\n"})
    write_files(tmp_path, {"go.work": "go 1.22\n\nuse (\n\t./lib\n\t./app\n)\n"})
    async with editor_on(tmp_path) as editor:
        await editor.opened(tmp_path / "app" / "app.go")
        assert editor.codes(tmp_path / "app" / "app.go") == ["heap-new"]
        outcome = await editor.run("golsp-mem.analyseWorkspace")
        assert outcome["packages"] == 2
        assert editor.shown(tmp_path / "lib" / "lib.go") == FOUND


async def test_no_go(module: Module, tmp_path: Path):
    folder = module({"a.go": LEAK})
    path = folder / "a.go"
    async with editor_on(folder, options={"goPath": str(tmp_path / "none" / "go")}) as editor:
        since = len(editor.statuses)
        status = await editor.settled(editor.open(path), since)
        assert status.state == "failed"
        await editor.save_and_wait(path, QUIET)
        await editor.save_and_wait(path, LEAK)
        (popup,) = editor.popups()
        assert str(tmp_path / "none" / "go") in popup
        assert editor.shown(path) == []
        # Go is there now: the settings say so, and everything works.
        tell_settings(editor, goPath=go_on_path())
        await editor.until(lambda: editor.shown(path) == FOUND)


def go_on_path() -> str:
    directories = os.environ["PATH"].split(os.pathsep)
    return next(str(Path(d) / "go") for d in directories if (Path(d) / "go").is_file())


async def test_a_file_outside_of_every_module(tmp_path: Path):
    write_files(tmp_path / "lone", {"a.go": LEAK})
    path = tmp_path / "lone" / "a.go"
    async with editor_on(tmp_path / "lone") as editor:
        since = len(editor.statuses)
        status = await editor.settled(editor.open(path), since)
        assert status.state == "failed"
        assert status.message
        await editor.save_and_wait(path, LEAK + "\n")
        assert len(editor.popups()) <= 1


async def test_restart_analysis(module: Module):
    folder = module({"a.go": LEAK, "b.go": "package m\n"})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        # A file that nobody told the server about.
        write_files(folder, {"b.go": "package m\n\nfunc other() *T { return &T{} }\n"})
        since = len(editor.statuses)
        await editor.run("golsp-mem.restartAnalysis")
        await editor.settled(uri, since)
        assert editor.codes(folder / "b.go") == ["heap-literal"]


MAKER = """\
package maker

type T struct{ a, b, c, d, e int }

func New() *T { return &T{} }
"""


async def test_a_saved_package_is_felt_where_it_is_imported(module: Module):
    through = 'package through\n\nimport "example.com/m/maker"\n\n'
    using = 'package m\n\nimport "example.com/m/through"\n\n'
    folder = module(
        {
            "maker/a.go": MAKER,
            "through/a.go": through + "func New() *maker.T { return maker.New() }\n",
            "a.go": using + "func F() any { return through.New() }\n",
            "apart/a.go": "package apart\n\nfunc F() *int { return new(int) }\n",
        }
    )
    user, apart = folder / "a.go", folder / "apart" / "a.go"
    async with editor_on(folder) as editor:
        await editor.opened(folder / "maker" / "a.go")
        await editor.opened(apart)
        await editor.opened(user)
        assert editor.codes(user) == ["heap-literal"]
        since = len(editor.statuses)
        kept = MAKER.replace("func New", "//go:noinline\nfunc New")
        await editor.save_and_wait(folder / "maker" / "a.go", kept)
        await editor.until(lambda: editor.codes(user) == [])
        assert apart.as_uri() not in {status.uri for status in editor.statuses[since:]}


async def test_a_command_at_the_start_waits_for_the_settings(module: Module):
    folder = module({"a.go": LEAK})
    async with editor_on(folder, settings={"goPath": "/nowhere/go"}) as editor:
        done = await editor.run("golsp-mem.analyseWorkspace")
        assert done["packages"] == 0
        assert "/nowhere/go" in done["failed"][0]["error"]
