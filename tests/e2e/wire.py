"""A client that sends what it wants to: bytes on the stdio of a real server."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests import program
from tests.e2e.editor import PATIENCE_SECONDS

HELLO: Mapping[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Wire:
    """One server; its messages are read all the time, so that it never waits for us."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self.notes: list[dict[str, Any]] = []
        self._answers: dict[Any, dict[str, Any]] = {}
        self._number = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        with contextlib.suppress(ValueError, OSError):
            while line := stream.readline():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                    while stream.readline().strip():
                        pass
                    self.messages.put(json.loads(stream.read(length)))

    def raw(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: object) -> None:
        self.raw(framed(json.dumps(message).encode()))

    def notify(self, method: str, params: object = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: object = None, **other: Any) -> Any:
        """Send a request; its id."""
        self._number += 1
        message = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        self.send({**message, **other})
        return other.get("id", self._number)

    def answer(self, number: Any, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The answer to a request; the server's own requests meanwhile get null."""
        while number not in self._answers:
            self.take(seconds)
        return self._answers.pop(number)

    def take(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Take one message; raises queue.Empty when none comes."""
        message = self.messages.get(timeout=seconds)
        if "method" not in message:
            self._answers[message["id"]] = message
        elif "id" in message:
            result = [None] if message["method"] == "workspace/configuration" else None
            with contextlib.suppress(OSError):
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})
        else:
            self.notes.append(message)

    def call(self, method: str, params: object = None) -> Any:
        """The result of a request; raises AssertionError with its error."""
        answer = self.answer(self.ask(method, params))
        assert "error" not in answer, answer
        return answer.get("result")

    def error(self, method: str, params: object = None, **other: Any) -> int:
        """The code of the error that answers a request."""
        answer = self.answer(self.ask(method, params, **other))
        assert "error" in answer, answer
        return int(answer["error"]["code"])

    def begin(self, *folders: Path, **options: Any) -> None:
        """Introduce ourselves as a client that can do little."""
        named = [{"uri": folder.as_uri(), "name": folder.name} for folder in folders]
        self.call(
            "initialize", {**HELLO, "workspaceFolders": named, "initializationOptions": options}
        )
        self.notify("initialized", {})

    def end(self) -> int:
        """Shut down in order; the exit status."""
        self.call("shutdown")
        self.notify("exit")
        return self.process.wait(PATIENCE_SECONDS)


@contextlib.contextmanager
def wire(
    *command: str, environment: Mapping[str, str] | None = None, **options: Any
) -> Iterator[Wire]:
    """A server that is gone when the block is left; ``options`` are Popen's."""
    env = {**os.environ, **(environment or {})}
    options.setdefault("stderr", subprocess.PIPE)
    process = subprocess.Popen(
        command or program.command("serve", env=env), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, bufsize=-1, env=env, **options,
    )  # fmt: skip
    try:
        yield Wire(process)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
