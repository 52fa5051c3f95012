"""What is offered before the server is there is what the server then does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lsprotocol import types

from golsp_mem.lsp.client import offer
from golsp_mem.lsp.server import begun, create_server

PULLS = {
    "workspace": {"diagnostics": {"refreshSupport": True}},
    "textDocument": {"diagnostic": {}},
}
CAPABILITIES: list[dict[str, Any]] = [
    {},
    PULLS,
    {"workspace": {"diagnostics": {"refreshSupport": True}}},
    {"textDocument": {"diagnostic": {"dynamicRegistration": True}}},
    {"general": {"positionEncodings": ["utf-8", "utf-16"]}},
    {"general": {"positionEncodings": ["utf-32"]}, **PULLS},
]


def message(method: str, params: object, number: object = 1) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()


def whole(body: bytes) -> list[bytes]:
    server = create_server()
    answered = offer.Answered()
    server.protocol.set_writer(answered)
    server.protocol.take(body)
    return answered.written


@pytest.mark.parametrize("capabilities", CAPABILITIES)
async def test_the_offer_is_what_the_server_answers(capabilities: dict[str, Any]) -> None:
    params = {"processId": None, "rootUri": None, "capabilities": capabilities}
    body = message(types.INITIALIZE, params)
    assert offer.is_first(body)
    [early] = offer.answers_to(body)
    [late] = whole(body)
    assert early == late
    offered = json.loads(early.partition(b"\r\n\r\n")[2])["result"]["capabilities"]
    assert ("diagnosticProvider" in offered) == (capabilities.get("workspace") is not None
                                                 and "textDocument" in capabilities)  # fmt: skip
    assert set(offered["executeCommandProvider"]["commands"]) == set(offer.COMMANDS)


@pytest.mark.parametrize(
    "body",
    [
        b'{"initialize"',
        b'["initialize"]',
        message("initialize", {"capabilities": 3}),
        message("initialize", None),
        message("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, number=[]),
        message("textDocument/hover", {"x": "initialize"}),
    ],
)
async def test_what_is_no_initialize_is_refused_the_same_way(body: bytes) -> None:
    assert offer.answers_to(body) == whole(body) != []


async def test_all_that_is_registered_is_offered() -> None:
    server = create_server()
    manager = server.protocol.fm
    assert manager.features.keys() == {types.INITIALIZE, *offer.METHODS}
    options = {method: one for method, one in offer.METHODS.items() if one is not None}
    assert {name: manager.feature_options[name] for name in options} == options
    assert list(manager.commands) == list(offer.COMMANDS)


async def test_what_comes_later_is_known_by_its_messages() -> None:
    """A request whose handler is not registered yet has to wait for it."""
    first = begun().protocol.fm
    later = offer.METHODS.keys() - first.features.keys()
    assert types.TEXT_DOCUMENT_HOVER in later
    assert not first.commands
    for method in (*later, types.WORKSPACE_EXECUTE_COMMAND):
        assert offer.is_asked(message(method, {}))
        assert offer.is_asked(message(method, {}).replace(b"/", b"\\/"))
    assert not any(offer.is_asked(message(method, {})) for method in first.features)
