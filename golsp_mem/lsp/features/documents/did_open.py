"""``textDocument/didOpen``: analyse the file's package, unless that is known already."""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(ls: GolspMemServer, params: types.DidOpenTextDocumentParams) -> None:
        document = ls.session.documents.open(params.text_document)
        if document is None:
            return
        package = ls.analyses.packages.of_file(document.name)
        package.open_file(document.key)
        ls.analyses.request_if_changed(package)
