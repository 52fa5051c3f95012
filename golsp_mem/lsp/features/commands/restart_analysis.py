"""The command ``golsp-mem.restartAnalysis``: forget what is known and analyse anew."""

from __future__ import annotations

from golsp_mem.lsp.connection import GolspMemServer

COMMAND = "golsp-mem.restartAnalysis"


def register(server: GolspMemServer) -> None:
    """Register the command."""

    @server.command(COMMAND)
    def restart_analysis(ls: GolspMemServer, *_arguments: object) -> None:
        # Also what is remembered of causes: Go may have been installed meanwhile.
        ls.notices.forget_all()
        ls.analyses.request_by_command(ls.analyses.packages)
