"""What pygls would keep for ever is forgotten."""

from __future__ import annotations

import asyncio
from typing import Any

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.server import create_server


class Written:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def close(self) -> None:
        return None


def send(server: GolspMemServer, method: str, params: Any, msg_id: int | None = None) -> None:
    raw = {"jsonrpc": "2.0", "method": method, "params": params}
    if msg_id is not None:
        raw["id"] = msg_id
    server.protocol.handle_message(server.protocol.structure_message(raw))


async def test_no_future_stays_behind():
    server = create_server()
    server.protocol.set_writer(Written())
    send(server, types.INITIALIZE, {"processId": None, "rootUri": None, "capabilities": {}}, 1)
    send(server, types.INITIALIZED, {})
    uri = "file:///w/a.txt"
    document = {"uri": uri, "languageId": "text", "version": 1, "text": ""}
    for _ in range(3):
        send(server, types.TEXT_DOCUMENT_DID_OPEN, {"textDocument": document})
        send(
            server,
            types.TEXT_DOCUMENT_DID_CHANGE,
            {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "x"}]},
        )
        send(server, types.TEXT_DOCUMENT_DID_CLOSE, {"textDocument": {"uri": uri}})
        send(
            server,
            types.WORKSPACE_EXECUTE_COMMAND,
            {"command": "golsp-mem.explain", "arguments": [{"topic": "memory-block"}]},
            2,
        )
        send(
            server,
            types.TEXT_DOCUMENT_HOVER,
            {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}},
            3,
        )
    while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110 - pygls' own tasks, which end
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert server.protocol._request_futures == {}


async def test_a_failing_notification_is_no_popup():
    server = create_server()
    written = Written()
    server.protocol.set_writer(written)
    send(server, types.INITIALIZE, {"processId": None, "rootUri": None, "capabilities": {}}, 1)
    # Never opened: pygls' own handler fails.
    send(
        server,
        types.TEXT_DOCUMENT_DID_CHANGE,
        {"textDocument": {"uri": "file:///a.go", "version": 2}, "contentChanges": [{"text": ""}]},
    )
    assert b"showMessage" not in written.data


async def test_the_token_of_a_command_is_known_to_it_alone():
    server = create_server()
    server.protocol.set_writer(Written())
    seen: asyncio.Queue[str | int | None] = asyncio.Queue()

    @server.command("test.token")
    async def token(ls: GolspMemServer, *_arguments: object) -> None:
        await asyncio.sleep(0)
        seen.put_nowait(ls.protocol.command_token)

    send(server, types.INITIALIZE, {"processId": None, "rootUri": None, "capabilities": {}}, 1)
    for number, given in enumerate(("one", None, 2)):
        params = {"command": "test.token", "arguments": [], "workDoneToken": given}
        send(server, types.WORKSPACE_EXECUTE_COMMAND, params, number + 2)
    assert [await seen.get() for _ in range(3)] == ["one", None, 2]
    assert server.protocol.command_token is None
