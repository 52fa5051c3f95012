"""``textDocument/publishDiagnostics``: for clients that do not ask for diagnostics themselves."""

from __future__ import annotations

from attrs import define, field
from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.diagnostics import diagnostics_of, shown_files, uri_of
from golsp_mem.lsp.packages import Package

# What was sent for a document: its version then, and the diagnostics.
Sent = tuple[int | None, list[types.Diagnostic]]


def register(server: GolspMemServer) -> None:
    """Publish whenever a package changes."""
    server.workbench.listen(Publisher(server).publish)


@define
class Publisher:
    """Sends what changed, and takes back what no longer holds."""

    server: GolspMemServer
    _sent: dict[str, dict[str, Sent]] = field(factory=dict)

    def publish(self, package: Package) -> None:
        if self.server.session.client.pull_diagnostics or package.building:
            return
        before = self._sent.pop(package.directory, {})
        now = self._wanted(package)
        for uri in before.keys() - now.keys():
            self._send(uri, (None, []))
        for uri, sent in now.items():
            if uri in before and package.problem is not None:
                # The findings of the last good build stay; the editor moves them with the text.
                now[uri] = before[uri]
            elif before.get(uri) != sent:
                self._send(uri, sent)
        if now:
            self._sent[package.directory] = now

    def _wanted(self, package: Package) -> dict[str, Sent]:
        wanted: dict[str, Sent] = {}
        for key in shown_files(self.server, package):
            assert package.view is not None
            document = self.server.documents.of_file(key)
            diagnostics = diagnostics_of(self.server, package.view, key)
            version = document.version if document else None
            wanted[uri_of(self.server, key, package.view)] = (version, diagnostics)
        return wanted

    def _send(self, uri: str, sent: Sent) -> None:
        version, diagnostics = sent
        self.server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=diagnostics)
        )
