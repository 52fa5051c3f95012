"""pygls' protocol, mended where it would leave a request without an answer, keep memory or hide
what a handler needs."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any

from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcParseError,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, lsp_method

logger = logging.getLogger(__name__)

Id = str | int


class Protocol(LanguageServerProtocol):
    """Answers every request, forgets the future of every handler once it is done, and knows a
    command's progress.

    pygls 2.1 logs a request whose parameters it does not understand, or that comes too early or
    too late, and sends nothing. It keeps the futures of notifications and of commands for the
    life of the server (`JsonRPCProtocol._execute_handler` files them under a fresh id that
    nobody asks for), does not stop a command that is cancelled, and hands it its arguments only,
    not the progress token that came with them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._command_token: ContextVar[str | int | None] = ContextVar(
            "command_token", default=None
        )
        self._begun = False
        super().__init__(*args, **kwargs)

    @property
    def command_token(self) -> str | int | None:
        """The progress token that the client sent with the command being run."""
        return self._command_token.get()

    @property
    def was_shut_down(self) -> bool:
        """Whether the client asked for a shutdown."""
        return self._shutdown

    def take(self, body: bytes) -> None:
        """Handle one message of the client, whatever it is.

        Raises nothing but what ends the server (SystemExit).
        """
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError) as error:
            self._refuse(None, JsonRpcParseError.of(error))
            return
        if not isinstance(raw, dict) or raw.get("jsonrpc") != self.VERSION:
            given = raw.get("id") if isinstance(raw, dict) else None
            self._refuse(given, JsonRpcInvalidRequest("JSON-RPC 2.0 messages, one at a time"))
        elif "method" not in raw:
            self._take_answer(raw)
        elif "id" not in raw:
            self._take_notification(raw)
        else:
            try:
                self._expect(raw)
                message = self._structured(raw)
            except JsonRpcException as error:
                self._refuse(raw["id"], error)
            else:
                self.handle_message(message)

    def cancel_requests(self, but: Id | None = None) -> None:
        """Cancel what was asked, either way, and is not answered; but for one request."""
        for number, future in list(self._request_futures.items()):
            if number != but and not future.done():
                future.cancel()

    def _expect(self, request: Mapping[str, Any]) -> None:
        """Raises JsonRpcException for a request that cannot be served now, or ever."""
        method = request["method"]
        if not _is_id(request["id"]) or not isinstance(method, str):
            raise JsonRpcInvalidRequest("an id is a number or a text, a method is a text")
        if self._shutdown:
            raise JsonRpcInvalidRequest(f"{method} after shutdown")
        if method == types.INITIALIZE:
            if self._begun:
                raise JsonRpcInvalidRequest("initialize came twice")
        elif not self._begun:
            raise JsonRpcServerNotInitialized(f"{method} before initialize")
        self._get_handler(method)

    def _take_notification(self, raw: Mapping[str, Any]) -> None:
        method = raw["method"]
        if method != types.EXIT and not self._begun:
            return
        try:
            message = self._structured(raw)
        except JsonRpcException as error:
            logger.info("notification %r is not understood: %s", method, error)
        else:
            self.handle_message(message)

    def _take_answer(self, raw: Mapping[str, Any]) -> None:
        given = raw.get("id")
        if not isinstance(given, str | int):
            return
        try:
            message = self._structured(raw)
        except JsonRpcException as error:
            # Who waits for it must not wait for ever.
            future = self._request_futures.pop(given, None)
            if future is not None and not future.done():
                future.set_exception(error)
            return
        self.handle_message(message)

    def _structured(self, raw: Mapping[str, Any]) -> Any:
        try:
            return self.structure_message(dict(raw))
        except (JsonRpcInvalidParams, JsonRpcInternalError) as error:
            # What an error of cattrs says holds the text of whole documents.
            raise JsonRpcInvalidParams(
                f"the parameters of {raw.get('method')} are not what LSP says"
            ) from error

    def _refuse(self, given: object, error: JsonRpcException, level: int = logging.INFO) -> None:
        logger.log(level, "request %r is refused: %s", given, error)
        answer = {"jsonrpc": self.VERSION, "id": given if _is_id(given) else None}
        self._send_data({**answer, "error": {"code": error.code, "message": error.message}})

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

    def _send_handler_result(self, future: Future[Any], *, msg_id: Id) -> None:
        """What pygls does; what a handler refuses is no mistake of ours, with a traceback."""
        error = None if future.cancelled() else future.exception()
        if not isinstance(error, JsonRpcInvalidParams):
            super()._send_handler_result(future, msg_id=msg_id)
            return
        self._request_futures.pop(msg_id, None)
        self._refuse(msg_id, error, logging.WARNING)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Any:
        """What pygls does; requests are served from now on."""
        self._begun = True
        return (yield from super().lsp_initialize(params))

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Any:
        """The handler alone: pygls would keep a second copy of each text."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Any:
        """The same: pygls would split it into lines for every change."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Any:
        """The same."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]
        self, params: types.ExecuteCommandParams
    ) -> Any:
        """Run a command's handler with the client's arguments; cancelling the request cancels it.

        Each message has a context of its own, tasks inherit it.
        """
        self._command_token.set(params.work_done_token)
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams.of(ValueError(f"there is no command {params.command!r}"))
        result = handler(*(params.arguments or ()))
        return await result if inspect.isawaitable(result) else result

    @lsp_method(types.SHUTDOWN)
    async def lsp_shutdown(self, *args: Any) -> None:  # type: ignore[override]
        """Stop all that goes on, and answer what it was for."""
        self._shutdown = True
        handler = self.fm.features.get(types.SHUTDOWN)
        if handler is not None:
            result = handler(*args)
            if inspect.isawaitable(result):
                await result


def _is_id(given: object) -> bool:
    return isinstance(given, str | int) and not isinstance(given, bool)
