"""How the language server is put together, how it starts and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from golsp_mem.garbage import look_seldom
from golsp_mem.lsp.client.log import log_to
from golsp_mem.lsp.client.offer import Answered, answers_to, is_asked, is_first
from golsp_mem.lsp.client.transport import (
    NotUnderstood,
    Source,
    Writer,
    one_connection,
    read_message,
    standard_streams,
)

if TYPE_CHECKING:
    from golsp_mem.lsp.connection import GolspMemServer
    from golsp_mem.lsp.state.packages import Package

logger = logging.getLogger(__name__)


# So long the features that are asked for wait for the findings of a file that is opened at once.
_FIRST_SECONDS = 0.5
_SWITCH_SECONDS = 0.0002
# What they take to load, in pieces: a piece keeps the server from hearing that go has answered.
_PIECES = (
    "golsp_mem.source.package", "golsp_mem.analysis.compiled", "golsp_mem.analysis.package",
    "golsp_mem.analysis.saves.saved", "golsp_mem.analysis.lifetime.run",
    "golsp_mem.analysis.call_program", "golsp_mem.analysis.program",
    "golsp_mem.lsp.answers.request", "golsp_mem.advice.fixes.confirm",
    "golsp_mem.advice.fixes.rows.table", "golsp_mem.lsp.features.hover",
    "golsp_mem.lsp.features.asked",
)  # fmt: skip


def create_server(go_path: str | None = None) -> GolspMemServer:
    """A server with all features registered, not yet connected to anything."""
    server = begun(go_path)
    _register_asked(server)
    return server


def begun(go_path: str | None = None) -> GolspMemServer:
    """One that takes documents and shows findings, and answers nothing else yet."""
    # Not before the client has its answer.
    from golsp_mem.lsp.connection import GolspMemServer  # noqa: PLC0415
    from golsp_mem.lsp.features import FIRST  # noqa: PLC0415

    server = GolspMemServer(go_path)
    for register in FIRST:
        register(server)
    return server


def _register_asked(server: GolspMemServer) -> None:
    """All that reads object files and edits Go comes with them."""
    from golsp_mem.lsp.features.asked import ASKED  # noqa: PLC0415

    for register in ASKED:
        register(server)


def run(
    tcp_port: int | None = None, go_path: str | None = None, log_file: Path | None = None
) -> int:
    """Serve one client on stdin and stdout, or on a TCP port of this machine only.

    Returns 0 when the client shut the server down in order, 1 when it just went away, cannot be
    understood, or a signal came, as LSP asks, 4 when the port cannot be had; or ends the process
    with that status when a thread is still busy. Children are gone then. ``log_file`` gets what
    the server does; without it mistakes go to stderr.
    Raises UsageError when ``log_file`` cannot be written.
    """
    log_to(log_file)
    look_seldom()
    for number in _signals():
        signal.signal(number, lambda *_: sys.exit())
    connection = _Connection(go_path)
    with contextlib.ExitStack() as stack:
        stack.callback(connection.close)
        try:
            streams = standard_streams() if tcp_port is None else one_connection(tcp_port)
            source, send = stack.enter_context(streams)
        except OSError as error:
            logger.critical("cannot listen on port %s: %s", tcp_port, error)
            return 4
        except SystemExit:
            return 1
        try:
            # What reads a package computes in a thread: each step of what the loop does meanwhile
            # (a compiler's text fills its pipe again and again) would wait 5 ms for it.
            sys.setswitchinterval(_SWITCH_SECONDS)
            asyncio.run(connection.serve(source, send))
        except (SystemExit, asyncio.CancelledError):
            logger.info("the client or a signal ended the server")
        except NotUnderstood as error:
            logger.critical("what the client sends cannot be understood: %s", error)
    status = 0 if connection.ended_in_order else 1
    if threading.active_count() > 1:
        # Python would wait at exit for a thread that reads stdin or an object file. Nothing
        # that they do matters any more.
        logging.shutdown()
        os._exit(status)
    return status


class _Connection:
    """One client, from its first message on."""

    def __init__(self, go_path: str | None) -> None:
        self._go_path = go_path
        self._server: GolspMemServer | None = None
        # Registers the features that are asked for, when there is something to ask about.
        self._asked: asyncio.Task[None] | None = None
        self._shown = asyncio.Event()
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="golsp-mem-input")

    @property
    def ended_in_order(self) -> bool:
        """Whether the client asked for a shutdown before it left."""
        return self._server is not None and self._server.ended_in_order

    def close(self) -> None:
        """Remove the server's files; the thread that reads the client is not waited for."""
        self._reader.shutdown(wait=False)
        if self._server is not None:
            self._server.shutdown()
            self._server.pages.close()

    async def serve(self, source: Source, send: Callable[[bytes], None]) -> None:
        """Take messages until there are no more. Raises NotUnderstood, SystemExit."""
        loop = asyncio.get_running_loop()
        main = asyncio.current_task()
        assert main is not None

        def lost(error: OSError) -> None:
            logger.error("the client cannot be reached: %s", error.strerror or error)
            loop.call_soon(main.cancel)

        writer = Writer(send, lost)
        for number in _signals():
            signal.signal(number, partial(_leave, loop, main, writer))
        try:
            while True:
                body = await loop.run_in_executor(self._reader, read_message, source)
                if body is None:
                    return
                if self._server is None:
                    self._server = self._begin(body, writer)
                else:
                    if self._asked is not None and is_asked(body):
                        # Runs go on meanwhile, and what comes after it stays after it.
                        if self._server.analyses.scheduler.idle:
                            self._shown.set()
                        await self._asked
                        self._asked = None
                    self._server.protocol.take(body)
        finally:
            if self._asked is not None:
                self._asked.cancel()
            # Before asyncio.run() does it, which knows no order: a child that is just being
            # started would be forgotten.
            if self._server is not None:
                await self._server.close()
                from golsp_mem.toolchain.processes.scratch import sweep_own  # noqa: PLC0415

                sweep_own()

    def _begin(self, body: bytes, writer: Writer) -> GolspMemServer:
        """The server, which has taken the first message; answered before the server was there."""
        answers = answers_to(body) if is_first(body) else []
        for answer in answers:
            writer.write(answer)
        from golsp_mem.toolchain.processes.scratch import sweep  # noqa: PLC0415

        server = begun(self._go_path) if answers else create_server(self._go_path)
        sweep()
        answered = Answered()
        server.protocol.set_writer(answered)
        server.protocol.take(body)
        server.protocol.set_writer(writer)
        for message in answered.written:
            # What this one would answer lacks the features that come later.
            if not answers or not _is_answer(message):
                writer.write(message)
        if answers:
            self._asked = asyncio.create_task(self._load(server))
        return server

    async def _load(self, server: GolspMemServer) -> None:
        """Register the features that are asked for, once the first findings are shown."""

        def changed(package: Package) -> None:
            if package.fresh or not package.building:
                self._shown.set()

        server.analyses.listen(changed)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_SECONDS):
                await self._shown.wait()
        for name in _PIECES:
            importlib.import_module(name)
            await asyncio.sleep(0)
        _register_asked(server)


def _is_answer(message: bytes) -> bool:
    """Whether a message of ours, with its header, answers one."""
    return "method" not in json.loads(message.partition(b"\r\n\r\n")[2])


def _signals() -> Iterator[int]:
    for number in (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM)):
        # Who starts us under nohup wants us to outlive the terminal.
        if signal.getsignal(number) is not signal.SIG_IGN:
            yield number


def _leave(
    loop: asyncio.AbstractEventLoop, main: asyncio.Task[None], writer: Writer, *_: object
) -> None:
    """End in order; at once where a write waits for a client that does not read, or when asked
    again."""
    if writer.busy or main.cancelling():
        sys.exit()
    loop.call_soon_threadsafe(main.cancel)
