"""``workspace/didChangeConfiguration``: new settings hold at once, without a restart."""

from __future__ import annotations

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.state.session import SECTION


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def did_change_configuration(
        ls: GolspMemServer, params: types.DidChangeConfigurationParams
    ) -> None:
        if ls.session.client.configuration:
            ls.spawn(ask_for_settings(ls, again=True))
            return
        ls.session.configure(params.settings)
        ls.analyses.refresh_settings()


async def ask_for_settings(ls: GolspMemServer, *, again: bool = False) -> None:
    """Ask the client for the settings of each folder; with ``again`` all is analysed anew."""
    uris = [folder.uri for folder in ls.session.folders] or [""]
    items = [types.ConfigurationItem(scope_uri=uri or None, section=SECTION) for uri in uris]
    try:
        answers = await ls.workspace_configuration_async(types.ConfigurationParams(items))
    except JsonRpcException as error:
        ls.notices.log("settings", f"the client did not tell its settings: {error}")
        answers = []
    for uri, answer in zip(uris, answers, strict=False):
        ls.session.configure_folder(uri, answer)
    ls.session.settings_arrived()
    if again:
        ls.analyses.refresh_settings()
