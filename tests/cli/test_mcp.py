"""An agent's client, the SDK's own, against ``golsp-mem mcp``."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.files import write_files
from tests.load.rows import children
from tests.toolchains import go_binary

CODE = """package m

var Sink *[8]int

func Keep() { Sink = new([8]int) }

func Quiet() int { return 1 }
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    files = {"go.mod": "module example.com/m\n\ngo 1.22\n", "a.go": CODE,
             "bad/b.go": "package bad\n\nvar x int = missing\n"}  # fmt: skip
    (tmp_path / "secret.go").write_text(CODE)
    return write_files(tmp_path / "m", files)


async def ask(session: ClientSession, tool: str, **arguments: object) -> tuple[bool, Any]:
    """Whether it is an error, and the answer."""
    result = await session.call_tool(tool, arguments)
    text = result.content[0].text  # type: ignore[union-attr]
    return bool(result.is_error), text if result.is_error else json.loads(text)


async def test_the_tools_of_an_agent(module: Path) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=[
            "-m",
            "golsp_mem",
            "mcp",
            "-C",
            str(module),
            "--go",
            str(go_that_may_wait(module.parent)),
        ],
    )
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        tools = {tool.name for tool in (await session.list_tools()).tools}
        assert tools == {"check", "explain", "confirm_edit", "profile"}

        error, answer = await ask(session, "check")
        assert not error
        (found,) = answer["findings"]
        assert (found["code"], found["file"], found["line"]) == ("heap-new", "a.go", 5)
        assert answer["not_looked_at"][0]["package"] == "example.com/m/bad"

        error, answer = await ask(session, "explain", subject="a.go", line=5)
        assert not error
        assert answer["topic"] == "heap-new"
        assert answer["numbers"]["bytes_per_call_range"] == {"least": 64, "most": 64}

        error, same = await ask(session, "explain", subject="a.go:5")
        assert (error, same) == (False, answer)

        error, answer = await ask(session, "check", packages=["example.com/m"], limit=1)
        assert (error, answer["total"], len(answer["findings"])) == (False, 1, 1)

        better = CODE.replace("Sink = new([8]int)", "Sink = nil")
        error, answer = await ask(session, "confirm_edit", file="a.go", text=better, line=5)
        assert (error, answer["outcome"]) == (False, "confirmed")
        elsewhere = better.replace("package m\n", 'package m\n\nimport "strings"\n').replace(
            "Sink = nil", 'Sink = nil; println(strings.Repeat("a", 1<<10))'
        )
        error, answer = await ask(session, "confirm_edit", file="a.go", text=elsewhere, line=5)
        assert (error, answer["outcome"]) == (False, "refuted")
        assert answer["because"].startswith("strings.Repeat, which allocates, would be called")
        same = CODE.replace("return 1", "return 2")
        error, answer = await ask(session, "confirm_edit", file="a.go", text=same, line=5)
        assert (error, answer["outcome"]) == (False, "refuted")
        error, answer = await ask(session, "confirm_edit", file="a.go", text="nonsense", line=5)
        assert not error
        assert answer["outcome"] not in ("confirmed", "refuted")
        assert (module / "a.go").read_text() == CODE
        # What is on disk now counts, not what was compiled for the question before.
        (module / "a.go").write_text(CODE.replace("new([8]int)", "nil"))
        error, answer = await ask(session, "confirm_edit", file="a.go", text=better, line=5)
        assert (error, "no allocation" in answer) == (True, True)
        (module / "a.go").write_text(CODE)

        for tool, arguments, says in (
            ("explain", {"subject": "../secret.go", "line": 5}, "outside the workspace"),
            ("confirm_edit", {"file": "/etc/passwd", "text": "", "line": 1}, "outside"),
            ("confirm_edit", {"file": "a.go", "text": CODE, "line": 7}, "no allocation"),
            ("confirm_edit", {"file": "bad/b.go", "text": "package bad", "line": 3}, "undefined"),
            ("check", {"limit": 0}, "between 1 and 200"),
            ("check", {"limits": 3}, "check has no argument 'limits'; it has: packages, limit"),
            ("no-tool", {"limits": 3}, "Unknown tool"),
            ("explain", {"subject": "a.go"}, "which line"),
            ("explain", {"subject": "", "line": 1}, "an empty name is no Go file"),
            ("check", {"packages": ["-toolexec=sh"]}, "not a package pattern"),
            ("check", {"packages": ["../..."]}, "outside the workspace"),
            ("check", {"packages": ["./.../../../x"]}, "outside the workspace"),
            ("check", {"packages": ["fmt"]}, "no package of the workspace"),
            ("check", {"packages": ["example.com/more/..."]}, "no package of the workspace"),
            ("profile", {"packages": ["std"]}, "no package of the workspace"),
            ("explain", {"subject": "a\0.go", "line": 5}, "NUL"),
            ("explain", {"subject": "x" * 9000, "line": 5}, "no Go file of the"),
            ("explain", {"subject": "no-such-topic"}, "no-such-topic"),
        ):
            error, answer = await ask(session, tool, **arguments)
            assert error, (tool, arguments, answer)
            assert says in answer
            assert "Traceback" not in answer

        # Nothing else would end it.
        (module.parent / "waits").touch()
        asked = asyncio.ensure_future(session.call_tool("check", {}))
        await until(go_is_waiting)
        asked.cancel()
        await until(lambda: not go_is_waiting())
        (module.parent / "waits").unlink()
        error, answer = await ask(session, "check")
        assert (error, answer["total"]) == (False, 1)


def test_requests_are_answered_whose_parameters_are_no_object() -> None:
    client = {"protocolVersion": "2025-06-18", "capabilities": {}}
    client["clientInfo"] = {"name": "x", "version": "1"}
    sent = [("initialize", client), ("tools/list", [1]), ("ping", 7), ("tools/call", "é"),
            ("no/such", True), ("tools/list", None)]  # fmt: skip
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        for number, (method, params) in enumerate(sent)
    ]
    lines.insert(1, json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
    with subprocess.Popen(
        [sys.executable, "-m", "golsp_mem", "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("\n".join([*lines, ""]).encode())
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in sent]
        server.stdin.close()
    codes = {one["id"]: one.get("error", {}).get("code") for one in answers}
    assert codes == {0: None, 1: -32602, 2: -32602, 3: -32602, 4: -32601, 5: None}


def go_that_may_wait(directory: Path) -> Path:
    """A go whose ``list`` waits for ever while there is a file called waits."""
    script = directory / "go"
    script.write_text(
        f'#!/bin/sh\n[ -e "{directory}/waits" ] && [ "$1" = list ] && exec sleep 1000\n'
        f'exec "{go_binary("1.27")}" "$@"\n'
    )
    script.chmod(0o755)
    return script


def go_is_waiting() -> bool:
    """Whether it waits, below this process (Linux)."""
    below = (Path("/proc", str(one), "cmdline") for one in children(os.getpid()))
    return any(line.read_bytes() == b"sleep\x001000\0" for line in below if line.exists())


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.02)
