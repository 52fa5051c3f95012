"""How the language server is put together, how it starts and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from golsp_mem.errors import UsageError
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.features import FEATURES
from golsp_mem.toolchain.scratch import sweep

logger = logging.getLogger(__name__)


def create_server(go_path: str | None = None) -> GolspMemServer:
    """A server with all features registered, not yet connected to anything."""
    server = GolspMemServer(go_path)
    for register in FEATURES:
        register(server)
    return server


def run(
    tcp_port: int | None = None, go_path: str | None = None, log_file: Path | None = None
) -> int:
    """Serve one client on stdin and stdout, or on a TCP port of this machine only.

    Returns 0 when the client shut the server down in order, 1 when it just went away or a
    signal came, as LSP asks, 4 when the port cannot be had; or ends the process with that
    status when a thread is still busy. Children are gone then. ``log_file`` gets what the
    server does; without it mistakes go to stderr.
    Raises UsageError when ``log_file`` cannot be written.
    """
    _log_to(log_file)
    server = create_server(go_path)
    for number in (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM)):
        # Who starts us under nohup wants us to outlive the terminal.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)
    sweep()
    try:
        if tcp_port is None:
            # pygls closes what it writes to; stdout itself is not ours to close.
            server.start_io(stdout=os.fdopen(sys.stdout.fileno(), "wb", closefd=False))
        else:
            server.start_tcp("127.0.0.1", tcp_port)
    except SystemExit:
        logger.info("the client or a signal ended the server")
    except OSError as error:
        logger.critical("cannot listen on port %s: %s", tcp_port, error)
        return 4
    finally:
        server.pages.close()
    status = 0 if server.ended_in_order else 1
    if threading.active_count() > 1:
        # Python would wait at exit for a thread that reads stdin or an object file. Nothing
        # that they do matters any more.
        logging.shutdown()
        os._exit(status)
    return status


def _leave(*_: object) -> None:
    """Unwind asyncio.run(), which cancels every task and so stops the children.

    Between two steps of the loop: in the midst of one, a child that is just being started would
    be forgotten.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        sys.exit()
    loop.call_soon_threadsafe(sys.exit)


def _log_to(log_file: Path | None) -> None:
    try:
        handler = logging.FileHandler(log_file, encoding="utf-8") if log_file else None
    except OSError as error:
        raise UsageError(f"cannot write the log file: {error}") from error
    logging.basicConfig(
        level=logging.WARNING,
        handlers=[handler or logging.StreamHandler(sys.stderr)],
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # pygls warns of harmless races, such as a cancel that comes after the answer.
    logging.getLogger("pygls").setLevel(logging.ERROR)
    if log_file:
        logging.getLogger("golsp_mem").setLevel(logging.INFO)
