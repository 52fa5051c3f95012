"""``initialize``: learn what the client can do, offer what it prefers."""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.lsp.client.abilities import client_of
from golsp_mem.lsp.client.offer import encoding_of
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.features import pull_diagnostics


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.INITIALIZE)
    def initialize(ls: GolspMemServer, params: types.InitializeParams) -> None:
        client = client_of(params, encoding_of(params.capabilities))
        ls.session.start(client, params)
        # Offered to clients that ask for diagnostics only: a client gets them either way, never
        # both ways. pygls computes the capabilities after this handler.
        if client.pull_diagnostics:
            pull_diagnostics.register(ls)
