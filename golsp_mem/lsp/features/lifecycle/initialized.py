"""``initialized``: ask for settings, and to be told of files that others change."""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.features.lifecycle.did_change_configuration import ask_for_settings
from golsp_mem.lsp.state.session import SECTION

WATCHED = ("**/*.go", "**/go.mod", "**/go.sum", "**/go.work", "**/golsp-mem.toml")


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.INITIALIZED)
    def initialized(ls: GolspMemServer, _params: types.InitializedParams) -> None:
        registrations = []
        if ls.session.client.watch_files:
            watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in WATCHED]
            registrations.append(
                types.Registration(
                    id="golsp-mem/files",
                    method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                    register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers),
                )
            )
        if ls.session.client.watch_configuration:
            registrations.append(
                types.Registration(
                    id="golsp-mem/settings",
                    method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
                    register_options=types.DidChangeConfigurationRegistrationOptions(SECTION),
                )
            )
        if registrations:
            ls.client_register_capability(types.RegistrationParams(registrations))
        if ls.session.client.configuration:
            ls.spawn(ask_for_settings(ls))
