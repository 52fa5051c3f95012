"""Findings as LSP diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from lsprotocol import types

from golsp_mem.advice.links import href
from golsp_mem.advice.measured import measured_words
from golsp_mem.lsp.answers.position_map import PositionMap
from golsp_mem.lsp.convert import Text, file_key
from golsp_mem.lsp.state.content import Item
from golsp_mem.lsp.state.files import read_text
from golsp_mem.lsp.state.session import Session
from golsp_mem.lsp.state.view import View
from golsp_mem.model import Allocates, Finding, Position, Severity, Span

SOURCE = "golsp-mem"

SEVERITIES = {
    Severity.HINT: types.DiagnosticSeverity.Hint,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.ERROR: types.DiagnosticSeverity.Error,
}

# A deep flow is for the hover; a diagnostic shows its beginning.
MOST_RELATED = 8

_Page = Callable[[types.Position], str | None]


def uri_of(session: Session, key: str, view: View) -> str:
    """The URI of an analysed file, as the client spells it where it has done so."""
    document = session.documents.of_file(key)
    if document is not None:
        return document.uri
    return session.uri_of(view.names.get(key, key), key)


def diagnostics_of(session: Session, view: View, key: str) -> list[types.Diagnostic]:
    """The diagnostics of one file, placed in the text that the client has now."""
    shown = PositionMap(view.texts[key], session.documents.of_file(key), session.client.encoding)
    level = view.settings.problems_level
    related = _Related(session, view)
    page = partial(session.client.page_of, uri_of(session, key, view))
    made = (_diagnostic(item, shown, related, level, page) for item in view.items.get(key, ()))
    return [diagnostic for diagnostic in made if diagnostic is not None]


def _diagnostic(
    item: Item, shown: PositionMap, related: _Related, level: Severity, page: _Page
) -> types.Diagnostic | None:
    finding = item.finding
    place = shown.range_of(finding.span)
    if place is None:
        return None
    # Beside the code where the client can, with this function's own numbers.
    address = page(place.start) or href(finding.code)
    return types.Diagnostic(
        range=place,
        message=_message(item),
        severity=SEVERITIES[louder(item.severity, level)],
        source=SOURCE,
        code=str(finding.code),
        code_description=types.CodeDescription(address) if address else None,
        related_information=related.of(finding) or None,
        data={"fingerprint": finding.fingerprint},
    )


def message_of(finding: Finding) -> str:
    """What is found, and when it costs: a diagnostic has no other place for that."""
    if not finding.code.is_heap or finding.allocates is Allocates.NEVER:
        return finding.message
    if finding.allocates is Allocates.ALWAYS:
        return f"{finding.message}, always"
    return f"{finding.message}, {finding.condition or 'under a condition'}"


def _message(item: Item) -> str:
    said = message_of(item.finding)
    if item.measured is None:
        return said
    return f"{said} ({measured_words(item.measured, item.share)})"


def louder(severity: Severity, level: Severity) -> Severity:
    """The severity, but not below a level: VS Code's Problems panel leaves hints out."""
    return max(severity, level, key=lambda one: one.rank)


class _Related:
    """The places that belong to a finding: its reasons, and what was inlined into it."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._text = cache(self._read)

    def _read(self, name: str) -> Text | None:
        return self._view.texts.get(file_key(name)) or read_text(name)

    def of(self, finding: Finding) -> list[types.DiagnosticRelatedInformation]:
        client = self._session.client
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
            where = source.range_of(span, self._session.client.encoding)
        else:
            start = types.Position(max(place.line - 1, 0), 0)
            where = types.Range(start, start)
        key = file_key(place.file)
        document = self._session.documents.of_file(key)
        uri = document.uri if document else self._session.uri_of(place.file, key)
        return types.DiagnosticRelatedInformation(types.Location(uri, where), text)
