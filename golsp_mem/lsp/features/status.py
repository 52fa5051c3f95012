"""``golsp-mem/status``: how the package of each open document stands, for status bars.

A notification of ours; clients that do not know it pass over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import asdict, define, field, frozen

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.state.documents import Document
from golsp_mem.lsp.state.packages import Package, PackageState
from golsp_mem.lsp.state.trouble import Trouble, TroubleCause

METHOD = "golsp-mem/status"


@frozen
class Status:
    """The notification's parameters. ``findings`` are those shown in the document, None where
    it was not looked at; ``cause`` (`Cause`) and ``message`` say why not, or why not lately.
    ``uncompiled`` counts the generic functions of which its package has no code."""

    uri: str
    state: str
    findings: int | None
    message: str | None
    cause: str | None = None
    uncompiled: int = 0


def register(server: GolspMemServer) -> None:
    """Tell whenever a package changes."""
    server.analyses.listen(Teller(server).tell)


@define
class Teller:
    """Sends what changed since the last notification for a document."""

    server: GolspMemServer
    _last: dict[str, Status] = field(factory=dict)

    def tell(self, package: Package) -> None:
        documents = self.server.session.documents
        self._last = {uri: one for uri, one in self._last.items() if documents.get(uri)}
        if self.server.analyses.packages.known(package.directory) is not package:
            return
        shown = self.server.analyses.shown_files(package)
        for document in documents.in_directory(package.directory):
            status = self._status(package, document, shown)
            if self._last.get(document.uri) != status:
                self._last[document.uri] = status
                self.server.protocol.notify(METHOD, asdict(status))

    def _status(self, package: Package, document: Document, shown: Sequence[str]) -> Status:
        view, trouble = package.view, package.problem
        state = package.state
        findings = None if view is None else 0
        if view is not None and document.key in shown:
            findings = view.counts[document.key]
        elif view is not None and trouble is None and view.leaves_out(document.key):
            # Its package is known, this file was left out: that is not "nothing found".
            go = view.go
            text = f"not part of the build for {go.goos}/{go.goarch}: a build tag or its name"
            state, findings = PackageState.FAILED, None
            trouble = Trouble(TroubleCause.NOT_BUILT, f"{text} leaves it out")
        elif trouble is None and not package.building:
            unseen = self._unseen(package, document)
            if unseen is not None:
                state, trouble = unseen
                findings = None
        return Status(
            document.uri,
            state,
            findings,
            str(trouble) if trouble else None,
            trouble.cause if trouble else None,
            len(view.uncompiled_in(document.key)) if view and findings is not None else 0,
        )

    def _unseen(
        self, package: Package, document: Document
    ) -> tuple[PackageState, Trouble | None] | None:
        """How a document stands that nobody has looked at, and why; None where somebody has."""
        view = package.view
        if view is not None and document.key in view.texts:
            return None
        if self.server.analyses.scheduler.awaits(package.directory):
            return PackageState.BUILDING, None
        if not Path(document.name).is_file():
            text = "it is not on the disk: once saved it is looked at"
        elif view is None:
            text = "nobody has asked for it: a command does, or the setting analyse"
        else:
            return None
        return PackageState.FAILED, Trouble(TroubleCause.NOT_YET, text)
