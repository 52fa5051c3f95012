"""Messages to the person at the editor: everything is logged, popups come once a cause."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

logger = logging.getLogger(__name__)

_PLACE = re.compile(r"[^\s:]+\.go:\d+(?::\d+)?")

PROBLEM = "golsp-mem/settingsProblem"
"""A notification of ours, to clients that ask for it: ``{"message", "setting"}``."""


class Notices:
    """Remembers what was already said, so that a save never brings the same popup again."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._shown: set[str] = set()
        self._last: dict[str, str] = {}

    def log(
        self,
        cause: str,
        text: str,
        kind: types.MessageType = types.MessageType.Log,
        *,
        quoting: str | None = None,
    ) -> None:
        """One line in the editor's output window, not repeated while it stays the same.

        ``quoting`` is a part of it that may quote source: of that a log file gets the place only,
        people send those around.
        """
        if self._last.get(cause) == text:
            return
        self._last[cause] = text
        written = text
        if quoting:
            place = _PLACE.match(quoting)
            written = text.replace(quoting, place[0] if place else "…")
        logger.info("%s: %s", cause, written)
        self._server.window_log_message(types.LogMessageParams(type=kind, message=text))

    def show_once(
        self,
        cause: str,
        text: str,
        kind: types.MessageType = types.MessageType.Error,
        setting: str | None = None,
    ) -> None:
        """A popup, the first time this cause arises; later times are only logged.

        ``setting``: the client shows it itself, with a way to that setting.
        """
        self.log(cause, text, kind)
        if cause in self._shown:
            return
        self._shown.add(cause)
        if setting is not None:
            self._server.protocol.notify(PROBLEM, {"message": text, "setting": setting})
        else:
            self._server.window_show_message(types.ShowMessageParams(type=kind, message=text))

    def tell(self, text: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """The answer to something the person just asked for: always shown."""
        self._server.window_show_message(types.ShowMessageParams(type=kind, message=text))

    def forget(self, cause: str) -> None:
        """The cause is gone: when it arises again it is logged again."""
        self._last.pop(cause, None)

    def forget_all(self) -> None:
        """Start afresh: every cause may be told again."""
        self._shown.clear()
        self._last.clear()
