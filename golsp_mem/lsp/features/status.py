"""``golsp-mem/status``: how the package of each open document stands, for status bars.

A notification of ours; clients that do not know it pass over it.
"""

from __future__ import annotations

from attrs import asdict, define, field, frozen

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.state.packages import Package

METHOD = "golsp-mem/status"


@frozen
class Status:
    """The notification's parameters; ``findings`` are those shown in the document."""

    uri: str
    state: str
    findings: int
    message: str | None


def register(server: GolspMemServer) -> None:
    """Tell whenever a package changes."""
    server.analyses.listen(Teller(server).tell)


@define
class Teller:
    """Sends what changed since the last notification for a document."""

    server: GolspMemServer
    _last: dict[str, Status] = field(factory=dict)

    def tell(self, package: Package) -> None:
        open_uris = {document.uri for document in self.server.session.documents}
        self._last = {uri: status for uri, status in self._last.items() if uri in open_uris}
        shown = self.server.analyses.shown_files(package)
        for document in self.server.session.documents:
            if self.server.analyses.packages.known_of_file(document.name) is not package:
                continue
            view = package.view
            findings = len(view.items[document.key]) if view and document.key in shown else 0
            status = Status(document.uri, package.state, findings, package.problem)
            if self._last.get(document.uri) != status:
                self._last[document.uri] = status
                self.server.protocol.notify(METHOD, asdict(status))
