"""``textDocument/diagnostic`` and ``workspace/diagnostic``, for clients that ask themselves.

Answers come from the last analysis at once; when a newer one is there the client is asked to
ask again. A client that cannot be asked is sent its diagnostics instead.
"""

from __future__ import annotations

from attrs import define, field
from lsprotocol import types

from golsp_mem.lsp.answers.diagnostics import diagnostics_of, uri_of
from golsp_mem.lsp.answers.refresh import refresh_after_changes
from golsp_mem.lsp.client.offer import DIAGNOSTICS
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.convert import file_key, file_name
from golsp_mem.lsp.state.packages import Package
from golsp_mem.lsp.state.view import View

# The result id of every file without diagnostics.
NOTHING = "nothing"


def register(server: GolspMemServer) -> None:
    """Register the handlers, and have the client ask again after each analysis."""
    whole = WholeWorkspace(server)

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, DIAGNOSTICS)
    def document_diagnostic(
        ls: GolspMemServer, params: types.DocumentDiagnosticParams
    ) -> types.DocumentDiagnosticReport:
        name = file_name(params.text_document.uri)
        package = ls.analyses.packages.known_of_file(name)
        if package is None or name is None:
            return types.RelatedFullDocumentDiagnosticReport(items=[], result_id=NOTHING)
        view, key = package.view, file_key(name)
        if view is None or key not in ls.analyses.shown_files(package):
            return types.RelatedFullDocumentDiagnosticReport(items=[], result_id=NOTHING)
        result = _result_id(ls, view, key)
        if params.previous_result_id == result:
            return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result)
        items = diagnostics_of(ls.session, view, key)
        return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=result)

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    def workspace_diagnostic(
        _ls: GolspMemServer, params: types.WorkspaceDiagnosticParams
    ) -> types.WorkspaceDiagnosticReport:
        known = {previous.uri: previous.value for previous in params.previous_result_ids}
        return types.WorkspaceDiagnosticReport(items=whole.news(known))

    refresh_after_changes(
        server.analyses,
        server.session,
        lambda client: client.pull_diagnostics,
        server.workspace_diagnostic_refresh,
    )


def _result_id(server: GolspMemServer, view: View, key: str) -> str:
    """The same as long as neither the analysis nor the text changes; cheap to tell."""
    document = server.session.documents.of_file(key)
    return f"{view.number}/{document.version if document else None}"


@define
class WholeWorkspace:
    """Tells what changed in any file. VS Code asks every two seconds."""

    _server: GolspMemServer
    _changes: int = 0
    _without_news: object = None
    _uris: dict[str, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._server.analyses.listen(self._changed)

    def _changed(self, _package: Package) -> None:
        self._changes += 1
        self._uris.clear()

    def news(self, known: dict[str, str]) -> list[types.WorkspaceDocumentDiagnosticReport]:
        """The files whose diagnostics differ from those with the ``known`` result ids."""
        open_now = [(document.uri, document.version) for document in self._server.session.documents]
        question = (self._changes, open_now, known)
        if question == self._without_news:
            return []
        left = dict(known)
        reports: list[types.WorkspaceDocumentDiagnosticReport] = []
        for package in self._server.analyses.packages:
            for key in self._server.analyses.shown_files(package):
                assert package.view is not None
                report = self._report(package.view, key, left)
                if report is not None:
                    reports.append(report)
        # What the client still shows of files that have nothing any more.
        reports.extend(
            types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=[], result_id=NOTHING)
            for uri, result in left.items()
            if result != NOTHING
        )
        if not reports:
            self._without_news = question
        return reports

    def _report(
        self, view: View, key: str, left: dict[str, str]
    ) -> types.WorkspaceFullDocumentDiagnosticReport | None:
        server = self._server
        uri = self._uris.get(key)
        if uri is None:
            uri = self._uris[key] = uri_of(server.session, key, view)
        result = _result_id(server, view, key)
        if left.pop(uri, None) == result:
            return None
        document = server.session.documents.of_file(key)
        return types.WorkspaceFullDocumentDiagnosticReport(
            uri=uri,
            items=diagnostics_of(server.session, view, key),
            version=document.version if document else None,
            result_id=result,
        )
