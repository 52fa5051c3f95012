"""``textDocument/didChange``: nothing is computed while somebody types, unless the settings ask
for it (`golsp_mem.lsp.state.typing`).

Editors move the diagnostics they have with the text; hovers and hints asked for meanwhile
follow the unchanged lines (`golsp_mem.lsp.state.documents`).
"""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(ls: GolspMemServer, params: types.DidChangeTextDocumentParams) -> None:
        document = ls.session.documents.change(params)
        package = ls.analyses.packages.known(document.directory) if document else None
        if package is not None:
            ls.analyses.typing.request(package)
