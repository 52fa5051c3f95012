"""``shutdown``: stop what runs, so that no child outlives the server."""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.SHUTDOWN)
    async def shutdown(ls: GolspMemServer, _params: None) -> None:
        await ls.close()
