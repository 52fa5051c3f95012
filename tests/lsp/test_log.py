"""The log on stderr: nobody may read it, and it holds nothing of a client's documents."""

from __future__ import annotations

import logging
import os
import sys

import pytest

from golsp_mem.lsp.client.log import UnreadHandler
from tests.e2e.wire import HELLO, wire


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_what_would_wait_is_left_out() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        handler = UnreadHandler(stream)
        for number in range(100):
            record = logging.makeLogRecord({"msg": f"{number}: {'é' * 5000} end"})
            handler.handle(record)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    first, *_, last = said.splitlines()
    assert first.startswith("0: é")
    assert last.endswith("é end")
    assert 10 <= said.count(" end\n") < 100


def test_messages_that_lsp_does_not_know_are_answered_whoever_reads_stderr() -> None:
    with wire(sys.executable, "-m", "golsp_mem", "serve") as one:
        one.answer(one.ask("initialize", HELLO))
        uri = {"uri": "file:///a.go", "text": "secret" * 1000}
        asked = [
            one.ask("textDocument/hover", {"textDocument": uri, "position": {"line": 2**53}})
            for _ in range(200)
        ]
        codes = {one.answer(number)["error"]["code"] for number in asked}
        assert codes == {-32602}
        assert one.end() == 0
        assert one.process.stderr is not None
        assert b"secret" not in one.process.stderr.read()
