"""``golsp-mem serve`` reaches the language server; the protocol itself is tested in tests/lsp."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import IO

import pytest

from golsp_mem.cli.main import main
from tests.cli.runner import command, environment


def send(stream: IO[bytes], **message: object) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    stream.flush()


def answer(stream: IO[bytes], number: int) -> dict[str, object]:
    """The response to request ``number``; notifications before it are skipped."""
    while True:
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the server closed its output"
        message: dict[str, object] = json.loads(stream.read(length))
        if message.get("id") == number:
            return message


def test_a_session_over_stdio(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("serve", "--stdio", "--log-file", str(tmp_path / "log")),
        env=environment(),
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdin and process.stdout
        send(
            process.stdin,
            id=1,
            method="initialize",
            params={"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": {}},
        )
        result = answer(process.stdout, 1)["result"]
        assert isinstance(result, dict)
        assert result["serverInfo"]["name"] == "golsp-mem"
        send(process.stdin, method="initialized", params={})
        send(process.stdin, id=2, method="shutdown")
        assert answer(process.stdout, 2)["result"] is None
        send(process.stdin, method="exit")
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "arguments", [["--tcp", "0"], ["--tcp", "x"], ["--stdio", "--tcp", "7000"], ["--nope"]]
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", *arguments]) == 2
    assert capsys.readouterr().err.startswith("golsp-mem: ")
