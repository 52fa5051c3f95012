"""The command ``golsp-mem.report``: all findings of the workspace on one page.

Returns ``{"topic": "report", "markdown", "numbers"}``; shown like an explanation.
"""

from __future__ import annotations

from golsp_mem.lsp.answers.report import report_of
from golsp_mem.lsp.connection import GolspMemServer

COMMAND = "golsp-mem.report"


def register(server: GolspMemServer) -> None:
    """Register the command."""

    @server.command(COMMAND)
    async def report(ls: GolspMemServer, *_arguments: object) -> dict[str, object]:
        page = report_of(ls.analyses.packages, ls.analyses.wanted_files, ls.session.link_to)
        if not ls.session.client.explains:
            await ls.pages.show("report", page.markdown)
        numbers = {"findings": page.findings, "packages": page.packages}
        return {"topic": "report", "markdown": page.markdown, "numbers": numbers}
