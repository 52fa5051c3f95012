"""What a save does, and in which order: its diagnostics wait for one compile."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from golsp_mem.lsp.server import create_server
from golsp_mem.toolchain.processes import process
from tests.lsp.test_protocol import send
from tests.toolchains import go_binary

# The handle outlives its owner wherever somebody uses it last: cause to ask what is live.
CODE = """package p

import "runtime"

type file struct{ fd int }

func open(fd int) *file {
    f := &file{fd}
    runtime.SetFinalizer(f, func(f *file) { release(f.fd) })
    return f
}

func release(int)

func (f *file) Fd() int { n := f.fd; runtime.KeepAlive(f); return n }
"""
FILES = {
    "go.mod": "module m\n\ngo 1.22\n",
    "p.s": "",
    "p.go": CODE,
    "p_test.go": 'package p\n\nimport "testing"\n\nfunc Test(t *testing.T) { println(open(1)) }\n',
    "x_test.go": "package p_test\n\nvar X = new(int)\n",
}
MORE = "\nfunc more() *int { return new(int) }\n"


class Events:
    """What is compiled and what is published, as it comes."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def write(self, data: bytes) -> None:
        message = json.loads(data.partition(b"\r\n\r\n")[2])
        if message.get("method") != "textDocument/publishDiagnostics":
            return
        lines = {one["range"]["start"]["line"] for one in message["params"]["diagnostics"]}
        name = Path(message["params"]["uri"]).name
        self.seen.append(f"{name} shows" if CODE.count("\n") + 1 in lines else f"{name} is old")

    def close(self) -> None:
        return None

    def started(self, argv: Sequence[str]) -> None:
        if Path(argv[0]).name == "compile":
            tests = any(one.endswith("_test.go") for one in argv)
            self.seen.append("tests compile" if tests else "the package compiles")


async def test_diagnostics_come_before_tests_and_trials_are_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    events, start = Events(), process._start

    async def watched(argv: Sequence[str], *rest: Any, **named: Any) -> Any:
        events.started(argv)
        return await start(argv, *rest, **named)

    monkeypatch.setattr(process, "_start", watched)
    server = create_server()
    server.protocol.set_writer(events)
    folder = {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": {}}
    options = {"go": str(go_binary("1.26")), "testFindings": "open"}
    send(server, types.INITIALIZE, {**folder, "initializationOptions": options}, 1)
    send(server, types.INITIALIZED, {})
    for name in ("p_test.go", "p.go"):
        send(server, types.TEXT_DOCUMENT_DID_OPEN, {"textDocument": _document(tmp_path / name, 1)})
    package = server.analyses.packages.of_file(str(tmp_path / "p.go"))
    await server.analyses.scheduler.settled(package.directory)
    assert package.problem is None

    path = tmp_path / "p.go"
    path.write_text(CODE + MORE)
    changed = _document(path, 2)
    send(server, types.TEXT_DOCUMENT_DID_CHANGE,
         {"textDocument": changed, "contentChanges": [{"text": changed["text"]}]})  # fmt: skip
    events.seen.clear()
    send(server, types.TEXT_DOCUMENT_DID_SAVE, {"textDocument": changed})
    # A hover that comes before the run has begun asks the compiler nothing.
    reading = server.reading(path.as_uri())
    assert reading is not None
    assert reading.running is not None
    await server.analyses.scheduler.settled(package.directory)
    assert not package.is_due
    await server.analyses.close()
    shown = events.seen.index("p.go shows")
    assert events.seen[:shown].count("the package compiles") == 1
    assert "tests compile" not in events.seen[:shown]
    assert events.seen.count("tests compile") > 1
    assert "p.go is old" not in events.seen


def _document(path: Path, version: int) -> Mapping[str, Any]:
    return {"uri": path.as_uri(), "languageId": "go", "version": version, "text": path.read_text()}
