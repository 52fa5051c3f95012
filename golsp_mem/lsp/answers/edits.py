"""Edits of Go text as LSP edits of one version of a document."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from golsp_mem.errors import StaleDocument
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.source.edits import TextEdit


def workspace_edit(reading: Reading, edits: Sequence[TextEdit]) -> types.WorkspaceEdit:
    """The edits (of the analysed text) for the document as it is open now.

    Bound to its version where the client can, so that it refuses them after the next
    keystroke. Raises StaleDocument when the text is not the analysed one any more.
    """
    if reading.shown.outdated:
        raise StaleDocument(f"{reading.document.name} has changed; save it and try again")
    encoding = reading.client.encoding
    changes = [
        types.TextEdit(reading.shown.analysed.range_of(edit.span, encoding), edit.new_text)
        for edit in edits
    ]
    document = reading.document
    if not reading.client.document_changes:
        return types.WorkspaceEdit(changes={document.uri: changes})
    versioned = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(versioned, changes)])
