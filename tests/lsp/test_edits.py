"""Edits reach the client in its own terms, and only for the text that they were made for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from attrs import evolve
from lsprotocol import types

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.errors import StaleDocument
from golsp_mem.lsp.answers.edits import workspace_edit
from golsp_mem.lsp.answers.fixes import fixes_for
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.client.abilities import Client
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.convert import Text, file_key
from golsp_mem.lsp.server import create_server
from golsp_mem.lsp.state.view import view_of
from golsp_mem.model import Analysis, Code

CODE = """package m

import "runtime/debug"

func init() { /* é😀 */ debug.SetMaxStack(100000000) }
"""


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """A package on disk: edits are offered only if the compiler agrees."""
    directory = tmp_path_factory.mktemp("edits")
    (directory / "go.mod").write_text("module example.org/m\n\ngo 1.22\n")
    (directory / "a.go").write_text(CODE)
    return asyncio.run(Engine(Settings(), directory).check(["."]))


def opened(analysed: Analysis, can: Client) -> tuple[GolspMemServer, Reading]:
    """A server that has analysed one open file with a finding on the limit."""
    (package,) = analysed.packages
    path = Path(package.files[0])
    server = create_server()
    server.session.start(can, types.InitializeParams(types.ClientCapabilities()))
    server.session.documents.open(types.TextDocumentItem(path.as_uri(), "go", 5, CODE))
    known = server.analyses.packages.of_file(str(path))
    texts = {file_key(path): Text(CODE)}
    known.accept(view_of(1, known.directory, analysed.go, Settings(), (package,), texts))
    reading = server.reading(path.as_uri())
    assert reading is not None
    return server, reading


@pytest.mark.parametrize(("encoding", "character"), [("utf-16", 42), ("utf-8", 45)])
async def test_an_edit_is_of_one_version(analysed: Analysis, encoding: str, character: int):
    can = Client(encoding=types.PositionEncodingKind(encoding), document_changes=True)
    _, reading = opened(analysed, can)
    (fix,) = await fixes_for(reading, reading.items[0])
    edit = workspace_edit(reading, fix.edits)
    assert edit.document_changes is not None
    (change,) = edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 5
    (replaced,) = change.edits
    assert isinstance(replaced, types.TextEdit)
    assert replaced.range.start == types.Position(4, character)
    assert replaced.new_text == "64 << 20"


async def test_a_client_without_versions_gets_plain_changes(analysed: Analysis):
    _, reading = opened(analysed, Client())
    (fix,) = await fixes_for(reading, reading.items[0])
    edit = workspace_edit(reading, fix.edits)
    assert edit.document_changes is None
    assert edit.changes is not None
    assert list(edit.changes) == [reading.document.uri]


async def test_nothing_is_offered_for_another_text(analysed: Analysis):
    server, reading = opened(analysed, Client())
    (fix,) = await fixes_for(reading, reading.items[0])
    reading.document.replace(Text("// typed\n" + CODE))
    now = server.reading(reading.document.uri)
    assert now is not None
    assert await fixes_for(now, now.items[0]) == []
    with pytest.raises(StaleDocument, match="has changed"):
        workspace_edit(now, fix.edits)


async def test_nothing_is_offered_while_the_code_does_not_build(analysed: Analysis):
    _, reading = opened(analysed, Client())
    reading.package.fail("undefined: x")
    assert await fixes_for(reading, reading.items[0]) == []
    assert reading.stale is not None


async def test_other_findings_have_no_edits(analysed: Analysis):
    _, reading = opened(analysed, Client())
    item = reading.items[0]
    other = evolve(item, finding=evolve(item.finding, code=Code.HEAP_NEW))
    assert await fixes_for(reading, other) == []
