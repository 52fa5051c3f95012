"""Edits of Go text as LSP edits of one version of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lsprotocol import types

from golsp_mem.advice.fixes.edited import line_edits
from golsp_mem.errors import StaleDocument
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.convert import Text, file_key, file_uri
from golsp_mem.lsp.state.documents import Documents
from golsp_mem.source.edits import TextEdit, one_a_place


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
        for edit in one_a_place(edits)
    ]
    document = reading.document
    if not reading.client.document_changes:
        return types.WorkspaceEdit(changes={document.uri: changes})
    versioned = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(versioned, changes)])


def texts_edit(
    reading: Reading, documents: Documents, texts: Mapping[Path, bytes]
) -> types.WorkspaceEdit | None:
    """The edits that make whole files of the reading's view other texts; None where one of them is
    open with another text than the analysed one, or cannot be told to this client.

    Raises StaleDocument as `workspace_edit`.
    """
    own: tuple[TextEdit, ...] = ()
    others: list[types.TextDocumentEdit] = []
    encoding = reading.client.encoding
    for path, text in texts.items():
        file = reading.view.derived.sources(str(path))
        if file is None:
            return None
        edits = line_edits(file, text)
        if file_key(path) == reading.document.key:
            own = edits
            continue
        document = documents.of_file(file_key(path))
        analysed = Text.from_bytes(file.text)
        if document is not None and document.text.raw != file.text:
            return None
        uri = document.uri if document is not None else file_uri(str(path))
        version = document.version if document is not None else None
        others.append(
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri, version),
                [types.TextEdit(analysed.range_of(one.span, encoding), one.new_text)
                 for one in edits],
            )
        )  # fmt: skip
    if others and not reading.client.document_changes:
        return None
    made = workspace_edit(reading, own) if own or not others else types.WorkspaceEdit()
    made.document_changes = [*(made.document_changes or ()), *others] if others else (
        made.document_changes
    )  # fmt: skip
    return made
