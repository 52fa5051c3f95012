"""``textDocument/diagnostic`` and ``workspace/diagnostic``, for clients that ask themselves.

Answers come from the last analysis at once; when a newer one is there the client is asked to
ask again. A client that cannot be asked waits for the run instead.
"""

from __future__ import annotations

import hashlib
import json

from lsprotocol import converters, types

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.convert import file_key, file_name
from golsp_mem.lsp.diagnostics import SOURCE, diagnostics_of, shown_files, uri_of
from golsp_mem.lsp.packages import Package
from golsp_mem.lsp.refresh import refresh_after_changes


def register(server: GolspMemServer) -> None:
    """Register the handlers, and have the client ask again after each analysis."""
    options = types.DiagnosticOptions(
        identifier=SOURCE, inter_file_dependencies=True, workspace_diagnostics=True
    )

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)
    async def document_diagnostic(
        ls: GolspMemServer, params: types.DocumentDiagnosticParams
    ) -> types.DocumentDiagnosticReport:
        name = file_name(params.text_document.uri)
        package = ls.workbench.known_package_of(name) if name else None
        if package is None or name is None:
            return types.RelatedFullDocumentDiagnosticReport(items=[])
        if not ls.session.client.refresh_diagnostics:
            await ls.workbench.scheduler.settled(package.directory)
        key = file_key(name)
        items = _items(ls, package, key)
        result = _result_id(items)
        if params.previous_result_id == result:
            return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result)
        return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=result)

    # VS Code asks every two seconds: what brought no news is not computed again until
    # something changes (16 000 findings take seconds).
    changes = 0
    without_news: object = None

    def changed(_package: Package) -> None:
        nonlocal changes
        changes += 1

    server.workbench.listen(changed)

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    def workspace_diagnostic(
        ls: GolspMemServer, params: types.WorkspaceDiagnosticParams
    ) -> types.WorkspaceDiagnosticReport:
        nonlocal without_news
        known = {previous.uri: previous.value for previous in params.previous_result_ids}
        open_now = [(document.uri, document.version) for document in ls.documents]
        question = (changes, open_now, dict(known))
        if question == without_news:
            return types.WorkspaceDiagnosticReport(items=[])
        reports: list[types.WorkspaceDocumentDiagnosticReport] = []
        for package in ls.workbench.packages:
            for key in shown_files(ls, package):
                assert package.view is not None
                document = ls.documents.of_file(key)
                version = document.version if document else None
                items = diagnostics_of(ls, package.view, key)
                uri, result = uri_of(ls, key, package.view), _result_id(items)
                if known.pop(uri, None) == result:
                    continue
                reports.append(
                    types.WorkspaceFullDocumentDiagnosticReport(
                        uri=uri, items=items, version=version, result_id=result
                    )
                )
        # What the client still shows of files that have nothing any more.
        reports.extend(
            types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=[], result_id=_result_id([]))
            for uri, result in known.items()
            if result != _result_id([])
        )
        if not reports:
            without_news = question
        return types.WorkspaceDiagnosticReport(items=reports)

    refresh_after_changes(
        server, lambda client: client.refresh_diagnostics, server.workspace_diagnostic_refresh
    )


def _items(ls: GolspMemServer, package: Package, key: str) -> list[types.Diagnostic]:
    if package.view is None or key not in shown_files(ls, package):
        return []
    return diagnostics_of(ls, package.view, key)


def _result_id(items: list[types.Diagnostic]) -> str:
    """The same for the same diagnostics, wherever and whenever they were computed."""
    raw = converters.get_converter().unstructure(items)
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:16]
