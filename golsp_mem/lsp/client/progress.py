"""Progress in the client's window for work that takes long, with a working cancel button."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from concurrent.futures import Future

    from pygls.lsp.server import LanguageServer

logger = logging.getLogger(__name__)


class Advance(Protocol):
    """What is reported: a message and how much is done (``total`` None: unknown)."""

    @property
    def message(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int | None: ...


class Reporter:
    """Passes the newest advance on to the client; before the start it only remembers it."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._token: str | int | None = None
        self._last: tuple[str, int | None] | None = None

    def __call__(self, advance: Advance) -> None:
        percentage = min(100, 100 * advance.done // advance.total) if advance.total else None
        if self._last == (advance.message, percentage):
            return
        self._last = (advance.message, percentage)
        if self._token is not None:
            self._send()

    def _send(self) -> None:
        if self._token is not None and self._last is not None:
            message, percentage = self._last
            self._server.work_done_progress.report(
                self._token, types.WorkDoneProgressReport(message=message, percentage=percentage)
            )

    async def start(
        self, title: str, cancel: Callable[[], None], token: str | int | None = None
    ) -> None:
        """Open the progress; a client that refuses a new one gets none."""
        progress = self._server.work_done_progress
        if token is None:
            # Never the same twice: clients keep finished tokens for a while.
            token = f"golsp-mem/{uuid.uuid4()}"
            try:
                # Shielded: an answer to a request that was given up is an error to pygls.
                await asyncio.shield(progress.create_async(token))
            except JsonRpcException as error:
                logger.info("the client refused a progress: %s", error)
                return
        self._token = token
        progress.begin(token, types.WorkDoneProgressBegin(title=title, cancellable=True))

        def on_done(future: Future[object]) -> None:
            if future.cancelled():
                cancel()

        progress.tokens[token].add_done_callback(on_done)
        self._send()

    def end(self) -> None:
        """Close what `start` opened; pygls would keep the token for ever."""
        if self._token is not None:
            self._server.work_done_progress.end(self._token, types.WorkDoneProgressEnd())
            self._server.work_done_progress.tokens.pop(self._token, None)
            self._token = None


@asynccontextmanager
async def reporting(
    server: LanguageServer,
    title: str,
    cancel: Callable[[], None],
    *,
    after: float,
    enabled: bool,
    token: str | int | None = None,
) -> AsyncIterator[Reporter]:
    """A reporter that opens ``after`` seconds: short work must not flicker.

    ``cancel`` is called when the person presses the button. ``token`` is the client's own, which
    needs no creating.
    """
    reporter = Reporter(server)

    async def start_later() -> None:
        await asyncio.sleep(after)
        await reporter.start(title, cancel, token)

    starter = asyncio.create_task(start_later()) if enabled else None
    try:
        yield reporter
    finally:
        if starter is not None:
            starter.cancel()
        reporter.end()
