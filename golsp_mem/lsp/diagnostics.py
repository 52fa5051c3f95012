"""Findings as LSP diagnostics."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lsprotocol import types

from golsp_mem.advice.links import href
from golsp_mem.lsp.convert import Text, file_key
from golsp_mem.lsp.files import read_text
from golsp_mem.lsp.packages import Item, Package, View
from golsp_mem.lsp.position_map import Shown
from golsp_mem.model import Finding, Position, Severity, Span

if TYPE_CHECKING:
    from golsp_mem.lsp.connection import GolspMemServer

SOURCE = "golsp-mem"

SEVERITIES = {
    Severity.HINT: types.DiagnosticSeverity.Hint,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.ERROR: types.DiagnosticSeverity.Error,
}

# A deep flow is for the hover; a diagnostic shows its beginning.
MOST_RELATED = 8


def shown_files(server: GolspMemServer, package: Package) -> list[str]:
    """The files (`file_key`) of a package whose findings are shown now.

    That is every file while one of the package is open or the workspace was asked for, but
    for those that the person has closed.
    """
    view = package.view
    if view is None or not view.settings.diagnostics or not server.workbench.visible(package):
        return []
    return [key for key in view.items if key not in package.closed]


def uri_of(server: GolspMemServer, key: str, view: View) -> str:
    """The URI of an analysed file, as the client spells it where it has done so."""
    document = server.documents.of_file(key)
    if document is not None:
        return document.uri
    return server.session.uri_of(view.names.get(key, key), key)


def diagnostics_of(server: GolspMemServer, view: View, key: str) -> list[types.Diagnostic]:
    """The diagnostics of one file, placed in the text that the client has now."""
    shown = Shown(view.texts[key], server.documents.of_file(key), server.session.client.encoding)
    related = _Related(server, view)
    made = (_diagnostic(item, shown, related) for item in view.items.get(key, ()))
    return [diagnostic for diagnostic in made if diagnostic is not None]


def _diagnostic(item: Item, shown: Shown, related: _Related) -> types.Diagnostic | None:
    finding = item.finding
    place = shown.range_of(finding.span)
    if place is None:
        return None
    return types.Diagnostic(
        range=place,
        message=finding.message,
        severity=SEVERITIES[item.severity],
        source=SOURCE,
        code=str(finding.code),
        code_description=types.CodeDescription(href(finding.code)),
        related_information=related.of(finding) or None,
        data={"fingerprint": finding.fingerprint},
    )


class _Related:
    """The places that belong to a finding: its reasons, and what was inlined into it."""

    def __init__(self, server: GolspMemServer, view: View) -> None:
        self._server = server
        self._view = view
        self._text = cache(self._read)

    def _read(self, name: str) -> Text | None:
        return self._view.texts.get(file_key(name)) or read_text(name)

    def of(self, finding: Finding) -> list[types.DiagnosticRelatedInformation]:
        client = self._server.session.client
        if not client.related_information:
            return []
        places = [
            (step.text, step.position) for step in finding.reason if step.position is not None
        ]
        # The outermost frame is the function that the finding stands in.
        for outer, inner in zip(finding.stack[1:], finding.stack, strict=False):
            place = Position(inner.file, inner.line)
            places.append((f"{inner.function}, inlined into {outer.function}", place))
        return [self._information(text, place) for text, place in places[:MOST_RELATED]]

    def _information(self, text: str, place: Position) -> types.DiagnosticRelatedInformation:
        span = Span(place.file, place.line, place.column, place.line, place.column)
        source = self._text(place.file)
        if source is not None:
            where = source.range_of(span, self._server.session.client.encoding)
        else:
            start = types.Position(max(place.line - 1, 0), 0)
            where = types.Range(start, start)
        key = file_key(place.file)
        document = self._server.documents.of_file(key)
        uri = document.uri if document else self._server.session.uri_of(place.file, key)
        return types.DiagnosticRelatedInformation(types.Location(uri, where), text)
