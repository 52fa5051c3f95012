"""Long runs can be cancelled, and nothing outlives the server."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from lsprotocol import types
from pytest_lsp import make_test_lsp_client

from tests.e2e.conftest import Module
from tests.e2e.editor import PATIENCE_SECONDS, SERVER, Editor, capabilities, editor_on
from tests.e2e.test_diagnostics import FOUND, LEAK
from tests.e2e.wire import wire

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a shell script stands before go")

SlowGo = Callable[[str], tuple[Path, Path]]


@pytest.fixture
def slow_go(tmp_path: Path) -> SlowGo:
    """Makes a `go` that hangs when an argument matches, and the file with its process id."""

    def make(argument: str) -> tuple[Path, Path]:
        script, pid = tmp_path / "slow" / "go", tmp_path / "slow" / "pid"
        script.parent.mkdir()
        script.write_text(_hanging(argument, pid, str(shutil.which("go"))))
        script.chmod(0o755)
        return script, pid

    return make


@pytest.fixture
def slow_compiler(tmp_path: Path) -> SlowGo:
    """Makes a `go` that names a `compile` that hangs when an argument matches, and the file with
    that one's process id."""

    def make(argument: str) -> tuple[Path, Path]:
        real = shutil.which("go")
        asked = subprocess.run(
            [str(real), "env", "GOTOOLDIR"], check=True, capture_output=True, text=True
        )
        theirs = Path(asked.stdout.strip())
        tools, pid = tmp_path / "slow" / "tools", tmp_path / "slow" / "pid"
        tools.mkdir(parents=True)
        for tool in theirs.iterdir():
            if tool.name != "compile":
                (tools / tool.name).symlink_to(tool)
        go, compiler = tmp_path / "slow" / "go", tools / "compile"
        compiler.write_text(_hanging(argument, pid, str(theirs / "compile")))
        # The go command itself goes on with its own tools.
        go.write_text(
            "#!/bin/sh\n"
            f'case " $* " in *" env "*) {real} "$@" | sed "s|{theirs}|{tools}|"; exit ;; esac\n'
            f'exec {real} "$@"\n'
        )
        go.chmod(0o755)
        compiler.chmod(0o755)
        return go, pid

    return make


def _hanging(argument: str, pid: Path, program: str) -> str:
    return (
        "#!/bin/sh\n"
        f'case " $* " in *"{argument}"*) echo $$ > {pid}.new; mv {pid}.new {pid};'
        " exec sleep 600;; esac\n"
        f'exec {program} "$@"\n'
    )


# What only the question for a flow has among the compiler's arguments.
FLOW = " -m=2 "


def written(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


async def started(pid: Path) -> int:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not written(pid):  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.02)
    return int(written(pid))


async def ended(process: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        with suppress(ProcessLookupError):
            while True:
                os.kill(process, 0)
                await asyncio.sleep(0.02)


async def a_token(editor: Editor) -> types.ProgressToken:
    """The token of the progress that is shown."""
    reports = editor.client.progress_reports

    def begun() -> list[types.ProgressToken]:
        return [
            token
            for token, values in reports.items()
            if any(isinstance(value, types.WorkDoneProgressBegin) for value in values)
        ]

    await editor.until(begun)
    return begun()[0]


def cancel(editor: Editor, token: types.ProgressToken) -> None:
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))


async def progress_ended(editor: Editor, token: types.ProgressToken) -> None:
    reports = editor.client.progress_reports
    await editor.until(
        lambda: isinstance(reports[token][-1], types.WorkDoneProgressEnd) if token in reports else 0
    )


async def test_a_long_build_shows_progress_and_can_be_cancelled(module: Module, slow_go: SlowGo):
    folder = module({"a.go": LEAK})
    go, pid = slow_go(" list ")
    async with editor_on(folder, options={"goPath": str(go)}) as editor:
        since = len(editor.statuses)
        uri = editor.open(folder / "a.go")
        process = await started(pid)
        token = await a_token(editor)
        cancel(editor, token)
        status = await editor.settled(uri, since)
        assert status.state == "failed"
        assert "cancelled" in status.message
        await progress_ended(editor, token)
        await ended(process)
        assert editor.popups() == []


async def test_a_newer_save_ends_the_older_run(module: Module, slow_go: SlowGo):
    folder = module({"a.go": LEAK})
    go, pid = slow_go(" list ")
    async with editor_on(folder, options={"goPath": str(go)}) as editor:
        editor.open(folder / "a.go")
        first = await started(pid)
        pid.unlink()
        editor.save(folder / "a.go", LEAK + "\n")
        second = await started(pid)
        await ended(first)
        assert first != second


@pytest.mark.parametrize("own_token", [None, "client/1"])
async def test_analysing_the_workspace_can_be_cancelled(
    module: Module, slow_go: SlowGo, own_token: str | None
):
    folder = module({"a.go": LEAK})
    go, pid = slow_go(" list ")
    async with editor_on(folder, options={"goPath": str(go)}) as editor:
        if own_token:
            editor.client.progress_reports[own_token] = []
        command = types.ExecuteCommandParams(
            "golsp-mem.analyseWorkspace", [], work_done_token=own_token
        )
        outcome = asyncio.ensure_future(editor.client.workspace_execute_command_async(command))
        process = await started(pid)
        token = await a_token(editor)
        assert own_token in (None, token)
        cancel(editor, token)
        assert (await outcome)["cancelled"] is True
        await ended(process)
        await progress_ended(editor, token)


async def test_a_cancelled_hover_stops_looking_for_the_flow(module: Module, slow_compiler: SlowGo):
    folder = module({"a.go": LEAK})
    go, pid = slow_compiler(FLOW)
    async with editor_on(folder, options={"goPath": str(go)}) as editor:
        uri = await editor.opened(folder / "a.go")
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(7, 1))
        hover = editor.client.protocol.send_request(
            types.TEXT_DOCUMENT_HOVER, params, msg_id="the hover"
        )
        process = await started(pid)
        editor.client.protocol.notify(types.CANCEL_REQUEST, types.CancelParams(id="the hover"))
        await ended(process)
        with pytest.raises(Exception, match="cancel"):
            await asyncio.wrap_future(hover)


async def test_a_hover_does_without_a_flow_that_takes_too_long(
    module: Module, slow_compiler: SlowGo
):
    folder = module({"a.go": LEAK})
    go, pid = slow_compiler(FLOW)
    async with editor_on(folder, options={"goPath": str(go)}) as editor:
        uri = await editor.opened(folder / "a.go")
        hover = await editor.hover(uri, 7, 1)
        assert hover is not None
        assert "24 B" in hover
        process = await started(pid)
        # The question goes on, so that the answer is there when the pointer comes back.
        os.kill(process, 0)
    await ended(process)


async def begin(folder: Path, go: Path, *command: str) -> Editor:
    """An editor on a server that is about to be ended the hard way."""
    client = make_test_lsp_client()
    editor = Editor(client)
    await client.start_io(*(command or SERVER))
    await client.initialize_session(
        types.InitializeParams(
            capabilities=capabilities(),
            workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)],
            initialization_options={"goPath": str(go)},
        )
    )
    editor.open(folder / "a.go")
    return editor


def process_of(editor: Editor) -> asyncio.subprocess.Process:
    process = editor.client._server
    assert isinstance(process, asyncio.subprocess.Process)
    return process


@pytest.mark.parametrize(
    ("way", "status"),
    [("shutdown", 0), ("exit", 1), ("eof", 1), ("SIGTERM", 1), ("SIGHUP", 1), ("SIGINT", 1)],
)
async def test_nothing_outlives_the_server(module: Module, slow_go: SlowGo, way: str, status: int):
    folder = module({"a.go": LEAK})
    go, pid = slow_go(" list ")
    editor = await begin(folder, go)
    child = await started(pid)
    server = process_of(editor)
    if way == "shutdown":
        await editor.client.shutdown_async(None)
        await ended(child)
    if way in ("shutdown", "exit"):
        editor.client.exit(None)
    elif way == "eof":
        assert server.stdin is not None
        server.stdin.close()
    else:
        server.send_signal(signal.Signals[way])
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await server.wait() == status
    await ended(child)
    await editor.client.stop()


async def test_superseded_runs_leave_no_temporary_files(module: Module, tmp_path: Path):
    """Also what the go command was in the midst of writing."""
    folder = module({"a.go": LEAK})
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    # A build cache of its own, so that each run has something to compile.
    variables = {**os.environ, "TMPDIR": str(temporary), "GOCACHE": str(tmp_path / "cache")}
    async with editor_on(folder, environment=variables) as editor:
        uri = editor.open(folder / "a.go")
        for number in range(12):
            editor.save(folder / "a.go", f"{LEAK}\nvar v{number} = {number}\n")
            await asyncio.sleep(0.02 * (number + 8))
        since = len(editor.statuses)
        editor.save(folder / "a.go", LEAK)
        await editor.settled(uri, since)
        assert editor.shown(folder / "a.go") == FOUND
        await editor.run("golsp-mem.explain", "escape-analysis")
    assert list(temporary.iterdir()) == []


async def test_on_a_port(module: Module):
    folder = module({"a.go": LEAK})
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = await asyncio.create_subprocess_exec(*SERVER, "--tcp", str(port))
    client = make_test_lsp_client()
    editor = Editor(client)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await client.start_tcp("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.05)
        await client.initialize_session(types.InitializeParams(capabilities=capabilities()))
        await editor.opened(folder / "a.go")
        assert editor.shown(folder / "a.go") == FOUND
        await client.shutdown_async(None)
        client.exit(None)
        assert await server.wait() == 0


async def test_a_port_that_is_taken(capfd: pytest.CaptureFixture[str]):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = await asyncio.create_subprocess_exec(*SERVER, "--tcp", str(port))
        assert await server.wait() == 4
    assert f"cannot listen on port {port}" in capfd.readouterr().err


async def test_the_log_file_tells_what_happened(module: Module, tmp_path: Path):
    folder = module({"a.go": LEAK.replace("sink = &t", "sink = &nothing")})
    log = tmp_path / "server.log"
    command = [*SERVER, "--log-file", str(log)]
    async with editor_on(folder, command=command) as editor:
        since = len(editor.statuses)
        await editor.settled(editor.open(folder / "a.go"), since)
    assert "does not build" in written(log)


async def test_a_log_file_that_cannot_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    log = tmp_path / "none" / "server.log"
    server = await asyncio.create_subprocess_exec(*SERVER, "--log-file", str(log))
    assert await server.wait() == 2
    assert "log file" in capfd.readouterr().err


@pytest.mark.parametrize(
    "junk",
    [
        b"Content-Length: 2\r\n\r\n{}",
        b"Content-Length: 5\r\n\r\nhello",
        b"Content-Length: nonsense\r\n\r\n",
        b'Content-Length: 33\r\n\r\n{"jsonrpc":"2.0","method":"what"}\n',
        b"\x00\xff\xfe\r\n",
    ],
)
async def test_junk_does_not_stop_the_server(junk: bytes):
    server = await asyncio.create_subprocess_exec(
        *SERVER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    hello = (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize",'
        b'"params":{"processId":null,"rootUri":null,"capabilities":{}}}'
    )
    message = b"Content-Length: %d\r\n\r\n%b" % (len(hello), hello)
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, _ = await server.communicate(junk + message)
    assert b'"name": "golsp-mem"' in out
    assert b"showMessage" not in out


async def test_a_log_file_quotes_no_source(module: Module, tmp_path: Path) -> None:
    text = 'package m\n\nfunc f() int { return "secret" + other }\n'
    folder, log = module({"a.go": text}), tmp_path / "log"
    with wire(*SERVER, "--log-file", str(log)) as one:
        one.begin(folder)
        item = {"uri": (folder / "a.go").as_uri(), "languageId": "go", "version": 1, "text": text}
        one.notify("textDocument/didOpen", {"textDocument": item})
        while not any("does not build" in str(note) for note in one.notes):
            one.take()
        assert one.end() == 0
    said = log.read_text()
    assert "does not build: ./a.go:3:" in said
    assert "secret" not in said
    assert "other" not in said
