"""Clients that ask for diagnostics get them that way, and only that way."""

from __future__ import annotations

from lsprotocol import types

from tests.e2e.conftest import Module
from tests.e2e.editor import Editor, capabilities, editor_on
from tests.e2e.test_diagnostics import CHANNEL, FOUND, LEAK, QUIET

Report = types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport


async def pull(editor: Editor, uri: str, previous: str | None = None) -> Report:
    return await editor.client.text_document_diagnostic_async(
        types.DocumentDiagnosticParams(
            types.TextDocumentIdentifier(uri), previous_result_id=previous
        )
    )


def found(report: Report) -> list[tuple[str, str]]:
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    return [(str(item.code), str(item.range)) for item in report.items]


async def pull_all(editor: Editor, known: dict[str, str]) -> dict[str, list[str]]:
    """The changed files by name; ``known`` is brought up to date."""
    report = await editor.client.workspace_diagnostic_async(
        types.WorkspaceDiagnosticParams(
            [types.PreviousResultId(uri, value) for uri, value in known.items()]
        )
    )
    changed = {}
    for item in report.items:
        assert isinstance(item, types.WorkspaceFullDocumentDiagnosticReport)
        assert item.result_id is not None
        known[item.uri] = item.result_id
        changed[item.uri.rsplit("/", 1)[-1]] = [str(one.code) for one in item.items]
    return changed


async def test_document_diagnostics(module: Module):
    folder = module({"a.go": LEAK})
    path = folder / "a.go"
    async with editor_on(folder, client_can=capabilities(pull=True)) as editor:
        uri = await editor.opened(path)
        report = await pull(editor, uri)
        assert found(report) == FOUND
        assert isinstance(await pull(editor, uri, report.result_id),
                          types.RelatedUnchangedDocumentDiagnosticReport)  # fmt: skip
        editor.edit(uri, (0, 0), (0, 0), "// typed\n")
        assert found(await pull(editor, uri, report.result_id)) == [("heap-variable", "8:1-8:2")]
        await editor.save_and_wait(path, QUIET)
        assert found(await pull(editor, uri, report.result_id)) == []
        assert editor.published == []


async def test_the_client_is_asked_to_ask_again(module: Module):
    folder = module({"a.go": LEAK})
    async with editor_on(folder, client_can=capabilities(pull=True)) as editor:
        await editor.opened(folder / "a.go")
        await editor.until_refreshed()
        count = editor.client.diagnostic_refresh_count
        await editor.save_and_wait(folder / "a.go", CHANNEL)
        await editor.until_refreshed(more_than=count)


async def test_a_client_that_cannot_be_asked_again_is_sent_them(module: Module):
    """It would ask when a text is opened or changes, and never when it is saved."""
    folder = module({"a.go": LEAK})
    can = capabilities(pull=True)
    assert can.workspace is not None
    can.workspace.diagnostics = None
    async with editor_on(folder, client_can=can) as editor:
        path = folder / "a.go"
        await editor.opened(path)
        assert editor.shown(path) == FOUND
        await editor.save_and_wait(path, CHANNEL)
        assert editor.codes(path) == ["heap-make-chan"]
        assert editor.offers.diagnostic_provider is None


async def test_workspace_diagnostics(module: Module):
    folder = module({"a/a.go": LEAK, "b/b.go": CHANNEL})
    async with editor_on(folder, client_can=capabilities(pull=True)) as editor:
        known: dict[str, str] = {}
        assert await pull_all(editor, known) == {}
        await editor.run("golsp-mem.analyseWorkspace")
        assert await pull_all(editor, known) == {
            "a.go": ["heap-variable"],
            "b.go": ["heap-make-chan"],
        }
        assert await pull_all(editor, known) == {}
        await editor.opened(folder / "a" / "a.go")
        await editor.save_and_wait(folder / "a" / "a.go", QUIET)
        assert await pull_all(editor, known) == {"a.go": []}
        assert await pull_all(editor, known) == {}
        assert editor.published == []


async def test_files_that_are_not_ours(module: Module):
    folder = module({"a.go": LEAK})
    async with editor_on(folder, client_can=capabilities(pull=True)) as editor:
        for uri in ("untitled:Untitled-1", (folder / "none" / "x.go").as_uri()):
            assert found(await pull(editor, uri)) == []
