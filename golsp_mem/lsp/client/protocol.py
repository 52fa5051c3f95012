"""pygls' protocol, mended where it would keep memory or hide what a handler needs."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any

from lsprotocol import types
from pygls.protocol import LanguageServerProtocol, lsp_method


class Protocol(LanguageServerProtocol):
    """Forgets the future of every handler once it is done, and knows a command's progress.

    pygls 2.1 keeps the futures of notifications and of commands for the life of the server
    (`JsonRPCProtocol._execute_handler` files them under a fresh id that nobody asks for),
    and hands a command its arguments only, not the progress token that came with them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._command_token: ContextVar[str | int | None] = ContextVar(
            "command_token", default=None
        )
        super().__init__(*args, **kwargs)

    @property
    def command_token(self) -> str | int | None:
        """The progress token that the client sent with the command being run."""
        return self._command_token.get()

    @property
    def was_shut_down(self) -> bool:
        """Whether the client asked for a shutdown."""
        return self._shutdown

    def _execute_handler(
        self,
        msg_id: str | int,
        handler: Callable[..., Any],
        callback: Callable[[Future[Any]], None],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        def forget_then_call(future: Future[Any]) -> None:
            self._request_futures.pop(msg_id, None)
            callback(future)

        super()._execute_handler(msg_id, handler, forget_then_call, args, kwargs)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(
        self, params: types.ExecuteCommandParams
    ) -> Generator[Any, Any, Any]:
        """Run a command's handler; each message has a context of its own, tasks inherit it."""
        self._command_token.set(params.work_done_token)
        return (yield from super().lsp_workspace__execute_command(params))
