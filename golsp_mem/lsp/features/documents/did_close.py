"""``textDocument/didClose``: what nobody looks at is not shown."""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(ls: GolspMemServer, params: types.DidCloseTextDocumentParams) -> None:
        document = ls.session.documents.close(params.text_document.uri)
        if document is None:
            return
        package = ls.analyses.packages.of_file(document.name)
        package.close_file(document.key)
        if ls.analyses.visible(package):
            ls.analyses.changed(package)
            if document.is_unsaved:
                # What was typed is gone, and with it what was found in it.
                ls.analyses.request_if_changed(package)
        else:
            ls.analyses.forget(package)
