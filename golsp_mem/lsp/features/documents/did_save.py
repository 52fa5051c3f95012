"""``textDocument/didSave``: analyse the package of the file; the newest save wins."""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.lsp.client.offer import SAVES
from golsp_mem.lsp.connection import GolspMemServer


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE, SAVES)
    def did_save(ls: GolspMemServer, params: types.DidSaveTextDocumentParams) -> None:
        document = ls.session.documents.save(params.text_document.uri, params.text)
        if document is not None:
            package = ls.analyses.packages.of_file(document.name)
            ls.analyses.request_edited(package, pause=0.0)
