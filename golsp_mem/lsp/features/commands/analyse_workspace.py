"""The command ``golsp-mem.analyseWorkspace``: every package of every folder.

Returns ``{"packages", "findings", "cancelled"}``. It shows its progress, under the token that
the client sent with the command if there is one, and stops when that progress is cancelled.
"""

from __future__ import annotations

from attrs import asdict

from golsp_mem.lsp.connection import GolspMemServer

COMMAND = "golsp-mem.analyseWorkspace"


def register(server: GolspMemServer) -> None:
    """Register the command."""

    @server.command(COMMAND)
    async def analyse_workspace(ls: GolspMemServer, *_arguments: object) -> dict[str, object]:
        return asdict(await ls.analyses.analyse_workspace(ls.protocol.command_token))
