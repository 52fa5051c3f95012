"""Asking the client to ask again: once for many changes that come together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from golsp_mem.lsp.client.abilities import Client
from golsp_mem.lsp.state.analyses import Analyses
from golsp_mem.lsp.state.packages import Package
from golsp_mem.lsp.state.session import Session

# Analysing a workspace changes hundreds of packages one after the other.
TOGETHER_SECONDS = 0.05


def refresh_after_changes(
    analyses: Analyses,
    session: Session,
    supported: Callable[[Client], bool],
    send: Callable[[None], object],
) -> None:
    """Have ``send`` called soon after packages change, for clients that take it."""
    waiting = False

    def fire() -> None:
        nonlocal waiting
        waiting = False
        send(None)

    def changed(package: Package) -> None:
        nonlocal waiting
        if not waiting and not package.building and supported(session.client):
            waiting = True
            asyncio.get_running_loop().call_later(TOGETHER_SECONDS, fire)

    analyses.listen(changed)
