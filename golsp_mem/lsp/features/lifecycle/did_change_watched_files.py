"""``workspace/didChangeWatchedFiles``: files that changed without being saved in the editor."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.convert import file_name
from golsp_mem.options import FILE_NAME

# Each of them may change what any package is built from.
FAR_REACHING = frozenset({"go.mod", "go.sum", "go.work", FILE_NAME})


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(
        ls: GolspMemServer, params: types.DidChangeWatchedFilesParams
    ) -> None:
        names = [name for event in params.changes if (name := file_name(event.uri))]
        analyses = ls.analyses
        if any(Path(name).name in FAR_REACHING for name in names):
            analyses.refresh(analyses.packages)
            return
        packages = {
            package.directory: package
            for package in (analyses.packages.known_of_file(name) for name in names)
            if package is not None
        }
        for package in packages.values():
            # A save in the editor is reported here too, and is analysed already.
            if analyses.visible(package):
                analyses.request_if_changed(package)
            else:
                analyses.forget(package)
