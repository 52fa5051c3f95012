"""VS Code's server, as one test session runs it, and the windows that tests open in it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from attrs import frozen

from tests.editors.vscode.install import BROWSERS, HERE, browser, program, vscode_server

START_SECONDS = 60
WINDOW_SECONDS = 150

# Where the server writes what it does, below a host's home.
SERVER_LOG = "golsp-mem.log"

USER_SETTINGS: Mapping[str, object] = {
    "chat.disableAIFeatures": True,
    "chat.commandCenter.enabled": False,
    "editor.minimap.enabled": False,
    "git.enabled": False,
    "security.workspace.trust.enabled": False,
    "security.workspace.trust.startupPrompt": "never",
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.layoutControl.enabled": False,
    "window.commandCenter": False,
    "workbench.activityBar.location": "hidden",
}


@frozen
class Host:
    """A running server; ``probes`` holds the probe's plans and results, and pictures."""

    home: Path
    port: int
    probes: Path

    def probe(
        self,
        folder: Path,
        steps: Sequence[Mapping[str, Any]],
        scenario: str = "connect",
        **job: Any,
    ) -> dict[str, Any]:
        """Does the steps inside the extension host, in a window on ``folder``.

        Returns what was seen in the steps that have a name (``called``), and what a person
        saw in the same window, see `person`.
        """
        plan = self.probes / f"{folder.name}.plan.json"
        result = self.probes / f"{folder.name}.result.json"
        result.unlink(missing_ok=True)
        plan.write_text(json.dumps(list(steps)))
        on_screen = self._drive(scenario, folder, {"until": str(result), **job})
        answer = json.loads(result.read_text())
        assert "error" not in answer, f"{answer['error']}\nseen: {answer['seen']}\n{self.log()}"
        pairs = zip(steps, answer["seen"], strict=True)
        return on_screen | {step["called"]: seen for step, seen in pairs if "called" in step}

    def person(self, scenario: str, folder: Path, **job: Any) -> dict[str, Any]:
        """What a person saw and did in a browser: ``scenario`` names one of drive.mjs."""
        (self.probes / f"{folder.name}.plan.json").unlink(missing_ok=True)
        return self._drive(scenario, folder, job)

    def _drive(self, scenario: str, folder: Path, arguments: Mapping[str, Any]) -> dict[str, Any]:
        job: dict[str, Any] = {
            "scenario": scenario,
            "url": f"http://127.0.0.1:{self.port}/?folder={quote(str(folder))}",
            "folder": str(folder),
            "authority": f"127.0.0.1:{self.port}",
            **browser(),
            "seconds": WINDOW_SECONDS,
            "failure": str(self.home / "failure.png"),
            # A picture takes a while; they are for people who look.
            "pictures": str(self.probes) if os.environ.get("GOLSP_MEM_PICTURES") else None,
            **arguments,
        }
        command = [program("node"), str(HERE / "drive.mjs"), json.dumps(job)]
        with _group(command, dict(os.environ)) as driver:
            try:
                out, err = driver.communicate(timeout=job["seconds"] + 20)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"{scenario}: no end\n{self.log()}") from None
        assert driver.returncode == 0, f"{scenario}: {err[-3000:]}\n{self.log()}"
        answer: dict[str, Any] = json.loads(out)
        return answer

    def log(self) -> str:
        """What VS Code and our server wrote, for the message of a failed test."""
        files = (self.home / "server.log", self.home / SERVER_LOG)
        texts = (file.read_text(errors="replace")[-1500:] for file in files if file.is_file())
        return "\n".join([*texts, f"the screen: {self.home / 'failure.png'}"])


@contextlib.contextmanager
def running_host(
    home: Path,
    extensions: Sequence[Path],
    *,
    user: Mapping[str, object],
    machine: Mapping[str, object],
    path: str | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[Host]:
    """A server with the packaged extensions installed; ends with all that it started.

    Settings about paths go into ``machine``: VS Code ignores them among a remote user's.
    ``path`` replaces PATH for the server and its extensions, ``more`` other variables.
    """
    node = program("node")
    program(*BROWSERS)
    main = str(vscode_server() / "out" / "server-main.js")
    _write(home / "user" / "User" / "settings.json", {**USER_SETTINGS, **_theme(), **user})
    _write(home / "user" / "Machine" / "settings.json", machine)
    probes = home / "probes"
    probes.mkdir()
    places = [
        "--accept-server-license-terms",
        *("--server-data-dir", str(home / "s")),
        *("--user-data-dir", str(home / "user")),
        *("--extensions-dir", str(home / "ext")),
    ]
    environment = {
        **os.environ,
        "HOME": str(home),
        "EXTENSIONS_GALLERY": "{}",
        "GOLSP_MEM_PROBES": str(probes),
        # The module and build caches stay where they are filled.
        **_go_caches(),
        # As does that of pip; what it installs is compiled as it is used.
        "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip"),
        "UV_CACHE_DIR": str(Path.home() / ".cache" / "uv"),
        "PIP_NO_COMPILE": "1",
        **(more or {}),
    }
    if path is not None:
        environment["PATH"] = path
    wanted = [word for file in extensions for word in ("--install-extension", str(file))]
    subprocess.run(
        [node, main, *places, *wanted, "--force"],
        env=environment,
        check=True,
        capture_output=True,
        timeout=START_SECONDS,
    )
    port = _free_port()
    serve = ["--host", "127.0.0.1", "--port", str(port), "--without-connection-token"]
    # Else it asks a login shell for PATH, which knows nothing of the one given here.
    serve += ["--telemetry-level", "off", "--force-disable-user-env"]
    command = [node, main, *places, *serve]
    with _group(command, environment, log=home / "server.log") as server:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((home / "server.log").read_text()[-3000:])
            time.sleep(0.1)
        yield Host(home, port, probes)


def _theme() -> dict[str, str]:
    """``GOLSP_MEM_THEME="Default Dark Modern"`` shows what the pictures are like in another one."""
    theme = os.environ.get("GOLSP_MEM_THEME")
    return {"workbench.colorTheme": theme} if theme else {}


def _go_caches() -> dict[str, str]:
    names = ("GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GOFLAGS", "GONOSUMDB")
    done = subprocess.run(
        [program("go"), "env", "-json", *names], capture_output=True, text=True, check=True
    )
    return {name: value for name, value in json.loads(done.stdout).items() if value}


@contextlib.contextmanager
def _group(
    command: Sequence[str], environment: Mapping[str, str], log: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A process that leads its own group; nothing of the group is left at the end."""
    with contextlib.ExitStack() as stack:
        pipe: Any = stack.enter_context(log.open("w")) if log else subprocess.PIPE
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=subprocess.STDOUT if log else pipe,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            # First the chance to end its own children: a browser leads a group of its own.
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/version")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write(file: Path, value: Mapping[str, object]) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(dict(value)))
