"""How long it takes until the program is there: ``--version``, and the answer to initialize."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

OURS = [sys.executable, "-m", "golsp_mem"]
IMPORT = "import pygls.lsp.server"


def _seconds(argv: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def _initialize(folder: Path) -> float:
    """Seconds until the first byte of the answer."""
    params = {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}
    body = json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    ).encode()
    started = time.perf_counter()
    with subprocess.Popen(
        [*OURS, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        server.stdin.flush()
        server.stdout.read(1)
        taken = time.perf_counter() - started
        server.kill()
    return taken


def measured(folder: Path, runs: int) -> dict[str, object]:
    rows = [
        (
            _seconds([*OURS, "--version"]),
            _seconds([sys.executable, "-c", "pass"]),
            _initialize(folder),
            _seconds([sys.executable, "-c", IMPORT]),
        )
        for _ in range(runs)
    ]
    return {
        "version_ratio": statistics.median(a / b for a, b, _, _ in rows),
        "version_seconds": statistics.median(a for a, _, _, _ in rows),
        "initialize_ratio": statistics.median(c / d for _, _, c, d in rows),
        "initialize_seconds": statistics.median(c for _, _, c, _ in rows),
    }
