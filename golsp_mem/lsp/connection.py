"""What one connection consists of: the client's session and everything that serves it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from pygls.exceptions import FeatureRequestError
from pygls.lsp.server import LanguageServer

from golsp_mem import __version__
from golsp_mem.lsp.answers.pages import Pages
from golsp_mem.lsp.client.notices import Notices
from golsp_mem.lsp.client.protocol import Protocol
from golsp_mem.lsp.state.analyses import Analyses
from golsp_mem.lsp.state.session import Session

if TYPE_CHECKING:
    from golsp_mem.lsp.answers.request import Reading

logger = logging.getLogger(__name__)


class GolspMemServer(LanguageServer):
    """One client's server: the parts of it live as long as it does.

    ``session`` is the client, ``analyses`` what is known of its packages.
    """

    protocol: Protocol

    def __init__(self, go_path: str | None = None) -> None:
        super().__init__("golsp-mem", __version__, protocol_cls=Protocol)
        self.notices = Notices(self)
        self.session = Session(self.notices, go_path)
        self.pages = Pages(self, self.session, self.notices)
        self.analyses = Analyses(self, self.session, self.notices)
        self._tasks: set[asyncio.Task[Any]] = set()

    def reading(self, uri: str) -> Reading | None:
        """What is known of an open document now; None when its package is new."""
        # Nobody asks before there is something to ask of.
        from golsp_mem.lsp.answers.request import reading_of  # noqa: PLC0415

        return reading_of(self.session, self.analyses.packages, uri)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something that no handler waits for; its failure is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned_done)

    async def close(self) -> None:
        """Stop all that goes on; the children are gone when this returns."""
        self.protocol.cancel_requests(but=self.protocol.msg_id)
        for task in list(self._tasks):
            task.cancel()
        await self.analyses.close()

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
