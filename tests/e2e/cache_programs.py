"""The cache program of the documented set-up, and its server.

Built once from the Go module proxy and kept below ``~/.cache/golsp-mem-tests/go-tool-cache``.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.toolchains import go_binary, missing

MODULE = "github.com/bradfitz/go-tool-cache"
VERSION = "v0.0.0-20260722201841-0bb331e19f64"
# The module asks for Go 1.25.
BUILT_WITH = "1.26"
_PATIENCE_SECONDS = 30


@cache
def program(name: str) -> Path:
    """``go-cacher`` or ``go-cacher-server``; a machine that cannot build it skips the test."""
    directory = Path.home() / ".cache" / "golsp-mem-tests" / "go-tool-cache" / VERSION
    binary = directory / name
    if not binary.is_file():
        env = {**os.environ, "GOBIN": str(directory), "GOTOOLCHAIN": "local", "GOFLAGS": ""}
        command = [str(go_binary(BUILT_WITH)), "install", f"{MODULE}/cmd/{name}@{VERSION}"]
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        if done.returncode:
            missing(f"{name} cannot be built: {done.stderr.strip()[-300:]}")
    return binary


@contextlib.contextmanager
def server(directory: Path) -> Iterator[str]:
    """A running cache server that keeps its entries in a directory; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [str(program("go-cacher-server")), "-cache-dir", str(directory), "-listen", address]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_answer(f"http://{address}/", running)
        yield f"http://{address}"
    finally:
        running.kill()
        running.wait()


def _await_answer(url: str, running: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=_PATIENCE_SECONDS).close()
        except urllib.error.URLError as error:
            if running.poll() is not None or time.monotonic() > give_up:
                raise AssertionError("the cache server does not answer") from error
            time.sleep(0.05)
        else:
            return
