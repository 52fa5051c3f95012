"""A language client that measures: JSON-RPC over pipes, one answer at a time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path


@contextlib.contextmanager
def restored(path: Path) -> Iterator[None]:
    """The file is as it was when the block is left, also by SIGTERM or SIGHUP."""
    original = path.read_bytes()

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    kept = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        path.write_bytes(original)
        for number, handler in kept.items():
            signal.signal(number, handler)


class Server:
    """A language server, started and initialized for one folder."""

    def __init__(
        self, argv: Sequence[str], folder: Path, options: Mapping[str, object] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._options = dict(options or {})
        self._messages: queue.Queue[Mapping[str, object]] = queue.Queue()
        self._number = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
                "initializationOptions": self._options,
                "capabilities": {"workspace": {"configuration": True}},
            },
        )
        self.notify("initialized", {})

    def request(self, method: str, params: object, seconds: float = 300.0) -> object:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        answer = self.until(lambda m: m.get("id") == self._number and "method" not in m, seconds)
        return answer.get("result")

    def notify(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def until(
        self, wanted: Callable[[Mapping[str, object]], bool], seconds: float = 300.0
    ) -> Mapping[str, object]:
        """The first message from now on that is wanted; the server's questions are answered."""
        end = time.monotonic() + seconds
        while True:
            message = self._messages.get(timeout=max(end - time.monotonic(), 0.001))
            if "id" in message and "method" in message:
                self._send({"id": message["id"], "result": self._answer(message)})
            if wanted(message):
                return message

    def megabytes(self) -> float:
        """Resident memory of the server and its children."""
        pids, total = [self._process.pid], 0
        while pids:
            pid = pids.pop()
            try:
                status = Path(f"/proc/{pid}/status").read_text()
                pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)
        return total / 1024

    def cpu_seconds(self) -> float:
        """What the server itself has computed so far, without its children."""
        status = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(status[11]) + int(status[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _answer(self, message: Mapping[str, object]) -> object:
        if message["method"] != "workspace/configuration":
            return None
        params = message.get("params")
        items = params.get("items", []) if isinstance(params, Mapping) else []
        return [self._options for _ in items]

    def _send(self, message: Mapping[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            length = 0
            while (line := stream.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if not length:
                return
            content = stream.read(length)
            if len(content) < length:
                return  # it was stopped in the midst of a message
            self._messages.put(json.loads(content))
