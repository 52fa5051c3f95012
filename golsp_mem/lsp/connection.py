"""What one connection consists of: the client's session and everything that serves it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any

from pygls.exceptions import FeatureRequestError
from pygls.lsp.server import LanguageServer

from golsp_mem import __version__
from golsp_mem.lsp.analyses import Workbench
from golsp_mem.lsp.client import Client
from golsp_mem.lsp.documents import Documents
from golsp_mem.lsp.notices import Notices
from golsp_mem.lsp.pages import Pages
from golsp_mem.lsp.protocol import Protocol
from golsp_mem.lsp.session import Session
from golsp_mem.lsp.transport import Writer

logger = logging.getLogger(__name__)

# A client that never answers a request for settings must not keep the server from working.
CONFIGURATION_SECONDS = 5.0


class GolspMemServer(LanguageServer):
    """One client's server. Everything that changes during a session hangs here.

    ``session`` and ``documents`` are those of a client without abilities until
    ``initialize`` has come.
    """

    protocol: Protocol

    def __init__(self, go_path: str | None = None) -> None:
        super().__init__("golsp-mem", __version__, protocol_cls=Protocol)
        self.go_path = go_path
        self.writer: Writer | None = None
        self.notices = Notices(self)
        self.pages = Pages(self)
        self.session = Session(Client(), self.notices, go_path)
        self.documents = Documents(self.session.client.encoding)
        self.workbench = Workbench(self)
        self.configured = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self, client: Client) -> Session:
        """Start over for the client that just introduced itself."""
        self.session = Session(client, self.notices, self.go_path)
        self.documents = Documents(client.encoding)
        return self.session

    async def settings_known(self) -> None:
        """Wait for the client's answer to the first question for settings."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.configured.wait(), CONFIGURATION_SECONDS)
        self.configured.set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something that no handler waits for; its failure is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned_done)

    def _spawned_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("background work failed", exc_info=error)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log what went wrong inside; pygls would pop it up in the person's face."""
        if source is not FeatureRequestError:  # that the client gets, and pygls has logged
            logger.error("%s: %s", source.__name__, error, exc_info=error)

    def shutdown(self) -> None:
        """Do not wait for the thread that reads stdin.

        pygls would wait: for ever, when it is a signal that ends us and stdin stays open.
        """
        if self._thread_pool is not None:
            self._thread_pool.shutdown(wait=False)

    @property
    def ended_in_order(self) -> bool:
        """Whether the client asked for a shutdown before it left."""
        return self.protocol.was_shut_down
