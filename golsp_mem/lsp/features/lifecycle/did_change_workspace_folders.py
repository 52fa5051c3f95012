"""``workspace/didChangeWorkspaceFolders``: folders come and go with their settings."""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.features.lifecycle.did_change_configuration import ask_for_settings


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def did_change_workspace_folders(
        ls: GolspMemServer, params: types.DidChangeWorkspaceFoldersParams
    ) -> None:
        for removed in params.event.removed:
            folder = ls.session.remove_folder(removed.uri)
            if folder is not None:
                for package in ls.analyses.packages_in(folder.key):
                    # Files of it that are still open go on being analysed.
                    package.ask_no_more()
                    if not ls.analyses.visible(package):
                        ls.analyses.forget(package)
        for added in params.event.added:
            ls.session.add_folder(added.uri, added.name)
        if ls.session.client.configuration:
            ls.spawn(ask_for_settings(ls, again=True))
