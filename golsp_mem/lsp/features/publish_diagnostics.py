"""``textDocument/publishDiagnostics``: for clients that do not ask for diagnostics themselves."""

from __future__ import annotations

from attrs import define, evolve, field, frozen
from lsprotocol import types

from golsp_mem.lsp.answers.diagnostics import diagnostics_of, uri_of
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.state.packages import AWAKE, Package


@frozen
class Sent:
    """What was sent for a document: of which analysis, and for which version of the text; None:
    something that is not remembered."""

    view: int
    version: int | None
    diagnostics: list[types.Diagnostic] | None


def register(server: GolspMemServer) -> None:
    """Publish whenever a package changes."""
    server.analyses.listen(Publisher(server).publish)


@define
class Publisher:
    """Sends what changed, and takes back what no longer holds."""

    server: GolspMemServer
    _sent: dict[str, dict[str, Sent]] = field(factory=dict)

    def publish(self, package: Package) -> None:
        waits = package.building and not package.fresh
        if self.server.session.client.pull_diagnostics or waits:
            return
        before = self._sent.pop(package.directory, {})
        now = self._wanted(package)
        for uri in before.keys() - now.keys():
            self._send(uri, None, [])
        for uri, sent in now.items():
            last = before.get(uri)
            stays = last is not None and package.problem is not None and last.view == sent.view
            if last is not None and stays and last.diagnostics == sent.diagnostics:
                # The findings of the last good build stay where they were.
                now[uri] = last
            elif last is None or (last.version, last.diagnostics) != (
                sent.version,
                sent.diagnostics,
            ):
                self._send(uri, sent.version, sent.diagnostics)
        if now:
            self._sent[package.directory] = now
        for directory in list(self._sent)[-AWAKE - 1 : -AWAKE]:
            # When it changes all of it is sent again.
            known = self._sent[directory]
            for uri, one in known.items():
                known[uri] = evolve(one, diagnostics=None)

    def _wanted(self, package: Package) -> dict[str, Sent]:
        wanted: dict[str, Sent] = {}
        view = package.view
        for key in self.server.analyses.shown_files(package):
            assert view is not None
            document = self.server.session.documents.of_file(key)
            version = document.version if document else None
            diagnostics = diagnostics_of(self.server.session, view, key)
            wanted[uri_of(self.server.session, key, view)] = Sent(view.number, version, diagnostics)
        return wanted

    def _send(
        self, uri: str, version: int | None, diagnostics: list[types.Diagnostic] | None
    ) -> None:
        self.server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=diagnostics or [])
        )
