"""An editor in a test: pytest-lsp's client on the stdio of a real server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

from tests import program

# Nothing here takes that long; a test that waits for ever must end.
PATIENCE_SECONDS = 60

SERVER = [sys.executable, "-m", "golsp_mem", "serve"]


def capabilities(
    *, encoding: str = "utf-16", pull: bool = False, progress: bool = True, show: bool = True
) -> types.ClientCapabilities:
    """What a current editor can do; the profile is Neovim's, the rest is chosen."""
    profile = deepcopy(client_capabilities("neovim@v0.11.0"))
    assert profile.text_document and profile.workspace and profile.general and profile.window
    profile.general.position_encodings = [types.PositionEncodingKind(encoding)]
    profile.window.work_done_progress = progress
    profile.window.show_document = types.ShowDocumentClientCapabilities(support=show)
    profile.workspace.inlay_hint = types.InlayHintWorkspaceClientCapabilities(True)
    profile.workspace.code_lens = types.CodeLensWorkspaceClientCapabilities(True)
    profile.workspace.did_change_watched_files = types.DidChangeWatchedFilesClientCapabilities(
        dynamic_registration=True
    )
    if not pull:
        profile.text_document.diagnostic = None
        profile.workspace.diagnostics = None
    else:
        profile.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(
            refresh_support=True
        )
    return profile


class Editor:
    """What a person does in an editor, and what the server made of it."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.statuses: list[Any] = []
        self.published: list[types.PublishDiagnosticsParams] = []
        self.registrations: list[types.Registration] = []
        self.refreshes: list[str] = []
        self.offers = types.ServerCapabilities()
        self._news = asyncio.Condition()
        self._versions: dict[str, int] = {}
        self._listen()

    def _listen(self) -> None:
        @self.client.feature("golsp-mem/status")
        async def status(params: Any) -> None:
            self.statuses.append(params)
            await self._tell()

        publish = self.client.protocol.fm.features.pop(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        async def diagnostics(params: types.PublishDiagnosticsParams) -> None:
            self.published.append(params)
            publish(params)
            await self._tell()

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params: types.RegistrationParams) -> None:
            self.registrations += params.registrations

        for method in (
            types.WORKSPACE_INLAY_HINT_REFRESH,
            types.WORKSPACE_CODE_LENS_REFRESH,
        ):
            self._count(method)

        for method in (types.WINDOW_SHOW_MESSAGE, types.WINDOW_LOG_MESSAGE, types.PROGRESS):
            self._announce(method)

        ask_again = self.client.protocol.fm.features.pop(types.WORKSPACE_DIAGNOSTIC_REFRESH)

        @self.client.feature(types.WORKSPACE_DIAGNOSTIC_REFRESH)
        async def diagnostic_refresh(params: None) -> None:
            ask_again(params)
            await self._tell()

    def _count(self, method: str) -> None:
        @self.client.feature(method)
        async def refresh(_params: None) -> None:
            self.refreshes.append(method)
            await self._tell()

    def _announce(self, method: str) -> None:
        known = self.client.protocol.fm.features.pop(method)

        @self.client.feature(method)
        async def news(params: Any) -> None:
            known(params)
            await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for something that the server tells."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._news:
            await self._news.wait_for(true)

    async def until_refreshed(self, more_than: int = 0) -> None:
        """Wait until the server asked for diagnostics to be asked for once more."""
        await self.until(lambda: self.client.diagnostic_refresh_count > more_than)

    # What a person does

    def open(self, path: Path, text: str | None = None) -> str:
        uri = path.as_uri()
        self._versions[uri] = 1
        text = path.read_text(encoding="utf-8") if text is None else text
        item = types.TextDocumentItem(uri, "go", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def edit(self, uri: str, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        where = types.Range(types.Position(*start), types.Position(*end))
        self._change(uri, types.TextDocumentContentChangePartial(range=where, text=text))

    def replace(self, uri: str, text: str) -> None:
        self._change(uri, types.TextDocumentContentChangeWholeDocument(text=text))

    def _change(self, uri: str, change: types.TextDocumentContentChangeEvent) -> None:
        self._versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def save(self, path: Path, text: str) -> None:
        """Write the text to the disk and tell the server, without waiting."""
        self.replace(path.as_uri(), text)
        path.write_text(text, encoding="utf-8")
        self.saved(path)

    def saved(self, path: Path) -> None:
        document = types.TextDocumentIdentifier(path.as_uri())
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(document))

    def close(self, uri: str) -> None:
        document = types.TextDocumentIdentifier(uri)
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    async def settled(self, uri: str, since: int = 0) -> Any:
        """The first status of the document after ``since`` that is not of a run under way."""

        def last() -> Any:
            fitting = [each for each in self.statuses[since:] if each.uri == uri]
            return next((each for each in fitting if each.state != "building"), None)

        await self.until(last)
        return last()

    async def opened(self, path: Path) -> str:
        since = len(self.statuses)
        uri = self.open(path)
        await self.settled(uri, since)
        return uri

    async def save_and_wait(self, path: Path, text: str) -> Any:
        since = len(self.statuses)
        self.save(path, text)
        return await self.settled(path.as_uri(), since)

    # What a person sees

    def shown(self, path: Path) -> list[tuple[str, str]]:
        """The published findings of a file: code and range, in the client's own terms."""
        return [
            (str(diagnostic.code), str(diagnostic.range))
            for diagnostic in self.client.diagnostics.get(path.as_uri(), [])
        ]

    def codes(self, path: Path) -> list[str]:
        return [code for code, _ in self.shown(path)]

    async def hover(self, uri: str, line: int, character: int) -> str | None:
        params = types.HoverParams(
            types.TextDocumentIdentifier(uri), types.Position(line, character)
        )
        found = await self.client.text_document_hover_async(params)
        if found is None:
            return None
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def hints(self, uri: str) -> list[tuple[str, str]]:
        everything = types.Range(types.Position(0, 0), types.Position(9999, 0))
        params = types.InlayHintParams(types.TextDocumentIdentifier(uri), everything)
        found = await self.client.text_document_inlay_hint_async(params)
        return [(str(hint.position), str(hint.label)) for hint in found or []]

    async def lenses(self, uri: str) -> list[tuple[int, str]]:
        params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
        found = await self.client.text_document_code_lens_async(params)
        return [(lens.range.start.line, lens.command.title) for lens in found or [] if lens.command]

    async def run(self, command: str, *arguments: Any) -> Any:
        return await self.client.workspace_execute_command_async(
            types.ExecuteCommandParams(command, list(arguments))
        )

    def popups(self) -> list[str]:
        return [message.message for message in self.client.messages]


@asynccontextmanager
async def editor_on(
    *folders: Path,
    client_can: types.ClientCapabilities | None = None,
    options: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    command: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Editor]:
    """An editor with the folders open, until it is closed in order."""
    client = make_test_lsp_client()
    if settings is not None:
        client.set_configuration({"golsp-mem": dict(settings)})
    editor = Editor(client)
    async with asyncio.timeout(PATIENCE_SECONDS):
        command = command or program.command("serve", env=environment)
        await client.start_io(*command, env=dict(environment) if environment else None)
        answer = await client.initialize_session(
            types.InitializeParams(
                capabilities=client_can or capabilities(),
                workspace_folders=[
                    types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders
                ],
                initialization_options=dict(options) if options else None,
            )
        )
        editor.offers = answer.capabilities
    try:
        yield editor
    finally:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await client.shutdown_session()
            await client.stop()
