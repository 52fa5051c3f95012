"""Every request gets an answer, whatever it is and whenever it comes."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Module
from tests.e2e.editor import PATIENCE_SECONDS, SERVER
from tests.e2e.test_diagnostics import LEAK
from tests.e2e.wire import HELLO, Wire, framed, wire

INVALID_PARAMS = -32602
NOT_INITIALIZED = -32002
INVALID_REQUEST = -32600
NO_SUCH_METHOD = -32601
NO_JSON = -32700
CANCELLED = -32800


@pytest.fixture(scope="module")
def server() -> Iterator[Wire]:
    """One server that has seen everything before: it must not matter."""
    with wire() as one:
        one.begin()
        yield one


WRONG: dict[str, tuple[str, Any]] = {
    "no position": ("textDocument/hover", {"textDocument": {"uri": "file:///a.go"}}),
    "a position below zero": (
        "textDocument/hover",
        {"textDocument": {"uri": "file:///a.go"}, "position": {"line": -1, "character": 0}},
    ),
    "a text for a number": (
        "textDocument/hover",
        {"textDocument": {"uri": "file:///a.go"}, "position": {"line": "x", "character": 0}},
    ),
    "nothing": ("textDocument/hover", None),
    "a list": ("textDocument/codeLens", []),
    "a number": ("textDocument/inlayHint", 7),
    "a text": ("textDocument/codeAction", "x"),
    "no such command": ("workspace/executeCommand", {"command": "rm"}),
    "a command's arguments": (
        "workspace/executeCommand",
        {"command": "golsp-mem.explain", "arguments": [{"uri": 5}]},
    ),
    "no command": ("workspace/executeCommand", {"arguments": []}),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_parameters(server: Wire, wrong: str) -> None:
    assert server.error(*WRONG[wrong]) == INVALID_PARAMS


def test_a_method_that_is_not_there(server: Wire) -> None:
    assert server.error("textDocument/nothing", {}) == NO_SUCH_METHOD
    server.send({"jsonrpc": "2.0", "id": "bare", "method": "nothing"})
    assert server.answer("bare")["error"]["code"] == NO_SUCH_METHOD


def test_a_second_initialize(server: Wire) -> None:
    assert server.error("initialize", HELLO) == INVALID_REQUEST


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"7", b"null", b'{"id": true}', b'{"jsonrpc":"1.0"}']
)
def test_what_is_no_message(server: Wire, body: bytes) -> None:
    server.raw(framed(body))
    assert server.answer(None)["error"]["code"] == INVALID_REQUEST


@pytest.mark.parametrize("given", [True, 1.5, [], {}])
def test_an_id_that_is_none(server: Wire, given: object) -> None:
    server.send({"jsonrpc": "2.0", "id": given, "method": "textDocument/hover", "params": {}})
    assert server.answer(None)["error"]["code"] == INVALID_REQUEST


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"\xff\xfe", b"[" * 300_000, b'{"a":' * 300_000, b'{"jsonrpc":"2.0']
)
def test_what_is_no_json(server: Wire, body: bytes) -> None:
    server.raw(framed(body))
    assert server.answer(None)["error"]["code"] == NO_JSON


def test_names_of_header_fields_have_no_case(server: Wire) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": "low", "method": "nothing"}).encode()
    server.raw(b"X-Other: 1\r\ncontent-length:  %d\r\n\r\n%b" % (len(body), body))
    assert server.answer("low")["error"]["code"] == NO_SUCH_METHOD


def test_a_message_inside_a_message(server: Wire) -> None:
    inner = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"rootUri": 7}}
    params = {"command": "golsp-mem.explain", "arguments": [{"topic": "escape-analysis"}, inner]}
    assert server.error("workspace/executeCommand", params) == INVALID_PARAMS


def test_before_initialize() -> None:
    with wire() as early:
        for method in ("textDocument/hover", "shutdown", "no/such"):
            assert early.error(method, {}) == NOT_INITIALIZED
        early.notify("textDocument/didOpen", {})
        early.notify("textDocument/didSave", 7)
        # Refused, it may be tried again.
        assert early.error("initialize", {"capabilities": 7}) == INVALID_PARAMS
        early.begin()
        assert early.end() == 0


def test_after_shutdown() -> None:
    with wire() as late:
        late.begin()
        late.call("shutdown")
        for method, params in (("textDocument/hover", {}), ("shutdown", None), ("initialize", {})):
            assert late.error(method, params) == INVALID_REQUEST
        late.notify("exit")
        assert late.process.wait(PATIENCE_SECONDS) == 0


def test_what_is_asked_when_the_end_comes_is_answered(module: Module, tmp_path: Path) -> None:
    """A command goes on and hovers wait while the client shuts the server down."""
    folder = module({"a.go": LEAK})
    slow = tmp_path / "go"
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    with wire() as one:
        one.begin(folder, goPath=str(slow))
        asked = [
            one.ask("workspace/executeCommand", {"command": "golsp-mem.analyseWorkspace"}),
            one.ask("workspace/executeCommand", {"command": "golsp-mem.analyseWorkspace"}),
        ]
        ending = one.ask("shutdown")
        assert [one.answer(number)["error"]["code"] for number in asked] == [CANCELLED] * 2
        assert "error" not in one.answer(ending)
        one.notify("exit")
        assert one.process.wait(PATIENCE_SECONDS) == 0


def test_a_cancelled_command_ends(module: Module, tmp_path: Path) -> None:
    folder = module({"a.go": LEAK})
    slow, pid = tmp_path / "go", tmp_path / "pid"
    slow.write_text(f"#!/bin/sh\necho $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 600\n")
    slow.chmod(0o755)
    with wire() as one:
        one.begin(folder, goPath=str(slow))
        asked = one.ask("workspace/executeCommand", {"command": "golsp-mem.analyseWorkspace"})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not pid.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        one.notify("$/cancelRequest", {"id": asked})
        assert one.answer(asked)["error"]["code"] == CANCELLED
        while Path(f"/proc/{pid.read_text().strip()}").exists():
            assert time.monotonic() < deadline, "the go command outlived its request"
            time.sleep(0.02)
        assert one.end() == 0


@pytest.mark.parametrize(
    ("junk", "said"),
    [
        (b"Content-Length: 99999999999999\r\n\r\n", "99999999999999 bytes"),
        (b"x" * 10_000, "no header"),
        (b"Content-Length: -5\r\n\r\n", "no Content-Length"),
    ],
)
def test_a_client_that_is_not_understood_gets_one_line(junk: bytes, said: str) -> None:
    with wire() as one:
        one.begin()
        assert one.error("workspace/executeCommand", {"command": "rm"}) == INVALID_PARAMS
        one.raw(junk)
        assert one.process.wait(PATIENCE_SECONDS) == 1
        assert one.process.stderr is not None
        refused, line = one.process.stderr.read().decode().splitlines()
        assert "'rm'" in refused
        assert said in line


def test_a_client_that_cannot_be_reached_gets_one_line() -> None:
    with (
        Path("/dev/full").open("wb") as full,
        subprocess.Popen(
            SERVER, stdin=subprocess.PIPE, stdout=full, stderr=subprocess.PIPE
        ) as server,
    ):
        hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
        assert server.stdin is not None
        assert server.stderr is not None
        server.stdin.write(framed(json.dumps(hello).encode()))
        server.stdin.flush()
        assert server.wait(PATIENCE_SECONDS) == 1
        [line] = server.stderr.read().decode().splitlines()
        assert "No space left on device" in line
