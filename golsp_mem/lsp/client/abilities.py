"""What the client can do, asked once at initialisation."""

from __future__ import annotations

import json
from urllib.parse import quote

from attrs import frozen
from lsprotocol import types
from pygls.capabilities import get_capability

from golsp_mem.lsp.client.offer import pulls_diagnostics
from golsp_mem.lsp.convert import Encoding


@frozen
class Client:
    """The client's abilities that change what the server sends."""

    encoding: Encoding = types.PositionEncodingKind.Utf16
    # It asks for diagnostics itself, and asks again when told to. One that cannot be told asks
    # when a text is opened or changes, but not when it is saved (Neovim 0.11): it is sent them.
    pull_diagnostics: bool = False
    refresh_inlay_hints: bool = False
    refresh_code_lenses: bool = False
    related_information: bool = False
    document_changes: bool = False
    progress: bool = False
    show_document: bool = False
    configuration: bool = False
    watch_files: bool = False
    watch_configuration: bool = False
    # The client opens explanations itself (our own editor plugins do).
    explains: bool = False
    # It shows what is wrong with settings itself, with a way to them.
    shows_problems: bool = False
    # Its hovers begin with the diagnostics of the place.
    hovers_diagnostics: bool = False
    # Its Markdown shows escapes as they are written.
    shows_escapes: bool = False
    # What leads to the page of a place: a VS Code command (``command:``), or words to type.
    more: str | None = None

    def page_of(self, uri: str, position: types.Position) -> str | None:
        """The address that opens the page of a place; None where the client has none."""
        if self.more is None or not self.more.startswith("command:"):
            return None
        place = {"line": position.line, "character": position.character}
        return f"{self.more}?{quote(json.dumps([uri, place]), safe='')}"


def client_of(params: types.InitializeParams, encoding: Encoding) -> Client:
    """The abilities that ``initialize`` announced; what is not said is not there."""
    capabilities = params.capabilities

    def can(path: str) -> bool:
        return bool(get_capability(capabilities, path, False))

    options = params.initialization_options
    return Client(
        encoding=encoding,
        pull_diagnostics=pulls_diagnostics(capabilities),
        refresh_inlay_hints=can("workspace.inlay_hint.refresh_support"),
        refresh_code_lenses=can("workspace.code_lens.refresh_support"),
        related_information=can("text_document.publish_diagnostics.related_information")
        or can("text_document.diagnostic.related_information"),
        document_changes=can("workspace.workspace_edit.document_changes"),
        progress=can("window.work_done_progress"),
        show_document=can("window.show_document.support"),
        configuration=can("workspace.configuration"),
        watch_files=can("workspace.did_change_watched_files.dynamic_registration"),
        watch_configuration=can("workspace.did_change_configuration.dynamic_registration"),
        explains=isinstance(options, dict) and options.get("explain") == "client",
        more=_words(options, "more"),
        hovers_diagnostics=isinstance(options, dict) and options.get("hoversDiagnostics") is True,
        shows_escapes=params.client_info is not None and params.client_info.name == "Neovim",
        shows_problems=isinstance(options, dict) and options.get("problems") == "client",
    )


def _words(options: object, key: str) -> str | None:
    value = options.get(key) if isinstance(options, dict) else None
    return value if isinstance(value, str) else None
