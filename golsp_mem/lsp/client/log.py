"""Where the server's log goes: a file, or a stderr that perhaps nobody reads."""

from __future__ import annotations

import logging
import os
import select
import sys
from pathlib import Path

from golsp_mem.errors import UsageError

# What a pipe that takes anything takes at once (PIPE_BUF of Linux; of other systems a part of it).
_MOST = 4096 if sys.platform == "linux" else 512


def log_to(log_file: Path | None) -> None:
    """Raises UsageError when the file cannot be written."""
    try:
        handler = logging.FileHandler(log_file, encoding="utf-8") if log_file else UnreadHandler()
    except OSError as error:
        raise UsageError(f"cannot write the log file: {error}") from error
    logging.basicConfig(
        level=logging.WARNING,
        handlers=[handler],
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # pygls warns of harmless races, such as a cancel that comes after the answer.
    logging.getLogger("pygls").setLevel(logging.ERROR)
    # It tells of messages that LSP does not know with all that is in them; `Protocol` refuses them.
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_no_refusal)
    if log_file:
        logging.getLogger("golsp_mem").setLevel(logging.INFO)


def _is_no_refusal(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Unable to deserialize message")


class UnreadHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to stderr what can be written at once: a client may start the server with a pipe that
    it never reads, and once that is full a write waits for ever."""

    def emit(self, record: logging.LogRecord) -> None:
        if self._has_room():
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        most = _MOST - len(self.terminator)
        if len(text) * 4 <= most or len(text.encode("utf-8", "replace")) <= most:
            return text
        half = (most - len(_CUT.encode())) // 2
        raw = text.encode("utf-8", "replace")
        return _CUT.join(part.decode("utf-8", "ignore") for part in (raw[:half], raw[-half:]))

    def _has_room(self) -> bool:
        if os.name == "nt":
            return True
        try:
            return bool(select.select([], [self.stream], [], 0)[1])
        except (OSError, ValueError):
            return True  # No descriptor, or one that is closed: the write says so.


_CUT = "\n[…]\n"
