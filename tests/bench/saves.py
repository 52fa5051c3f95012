"""Save -> diagnostics of the saved text, golsp-mem beside gopls, in turn."""

from __future__ import annotations

import asyncio
import os
import queue
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from golsp_mem.config import Settings
from golsp_mem.toolchain.go import find_go
from golsp_mem.toolchain.plans.compile import Unit, Wanted, prepared
from golsp_mem.toolchain.plans.planner import Planner
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.scratch import scratch
from tests.bench.client import Server, restored
from tests.toolchains import go_binary, home

# Seconds: after a save the go command is asked (lsp/state/reconciling.py), gopls looks at others.
_SETTLED = 4.0
# What is done of a save after its diagnostics.
_AFTER = 0.5
GOPLS = "golang.org/x/tools/gopls@v0.24.0"
RELEASE = "1.27"


@frozen
class Row:
    """Seconds of each save, each trial (`trial_seconds`), each bare compile (`bare_seconds`);
    ``gopls`` is empty where it was not measured. ``cpu`` are those that our own process computed
    for a save, what it does afterwards included."""

    package: str
    file: str
    ours: tuple[float, ...]
    gopls: tuple[float, ...]
    bare: tuple[float, ...]
    trials: tuple[float, ...]
    cpu: tuple[float, ...]
    megabytes: float
    gopls_megabytes: float

    def as_json(self) -> Mapping[str, object]:
        return {
            "package": self.package,
            "file": self.file,
            "save_seconds": list(self.ours),
            "gopls_seconds": list(self.gopls),
            "bare_compile_m_seconds": list(self.bare),
            "ratio_to_gopls": _ratio(self.ours, self.gopls),
            "ratio_to_compile": _ratio(self.ours, self.bare),
            "trial_seconds": list(self.trials),
            "trial_ratio_to_compile": _ratio(self.trials, self.bare),
            "own_cpu_seconds": list(self.cpu),
            "megabytes": self.megabytes,
            "gopls_megabytes": self.gopls_megabytes,
        }


def _ratio(ours: tuple[float, ...], other: tuple[float, ...]) -> float | None:
    """The median of the ratios of what was measured in turn."""
    pairs = list(zip(ours, other, strict=False))
    return statistics.median(a / b for a, b in pairs) if pairs else None


def gopls() -> str | None:
    """gopls, built once with Go's own release; None where that cannot be."""
    go = str(go_binary(RELEASE))
    place = home() / f"gopls-{GOPLS.rpartition('@')[2]}"
    binary = place / "gopls"
    if not binary.is_file():
        environment = {**os.environ, "GOBIN": str(place), "GOTOOLCHAIN": "local", "GOFLAGS": ""}
        done = subprocess.run(
            [go, "install", GOPLS], env=environment, capture_output=True, text=True
        )
        if done.returncode:
            print(f"no gopls: {done.stderr.strip()[-200:]}", file=sys.stderr)
            return None
    return str(binary)


class Saver:
    """One file of a copied package, open in one server, that is saved again and again."""

    def __init__(self, server: Server, path: Path, source: str) -> None:
        self._server = server
        self._path = path
        self._text = path.read_text()
        self._source = source
        self._version = 1
        server.notify("textDocument/didOpen", {"textDocument": {
            "uri": path.as_uri(), "languageId": "go", "version": 1, "text": self._text,
        }})  # fmt: skip

    def save(self, number: int) -> float:
        """Seconds until a diagnostic of the new line came."""
        document, text, line = self._changed(number)
        self._path.write_text(text)
        started = time.perf_counter()
        self._server.notify("textDocument/didSave", {"textDocument": document})
        self._server.until(lambda message: self._tells(message, line))
        return time.perf_counter() - started

    def type(self, number: int) -> float:
        """The same of text that is not saved."""
        started = time.perf_counter()
        _, _, line = self._changed(number)
        self._server.until(lambda message: self._tells(message, line))
        return time.perf_counter() - started

    def _changed(self, number: int) -> tuple[Mapping[str, object], str, int]:
        extra = f"\nfunc bench{number}() *int {{ n := {number}; return &n }}\n"
        text, line = self._text + extra, self._text.count("\n") + 1
        self._version += 1
        document = {"uri": self._path.as_uri(), "version": self._version}
        self._server.notify(
            "textDocument/didChange",
            {"textDocument": document, "contentChanges": [{"text": text}]},
        )
        return document, text, line

    def undo(self) -> None:
        """The old text, saved and dealt with: the next save is as the first."""
        self._version += 1
        document = {"uri": self._path.as_uri(), "version": self._version}
        self._server.notify(
            "textDocument/didChange",
            {"textDocument": document, "contentChanges": [{"text": self._text}]},
        )
        self._path.write_text(self._text)
        self._server.notify("textDocument/didSave", {"textDocument": document})
        line = self._text.count("\n") + 1
        try:
            self._server.until(lambda message: self._is_free(message, line), seconds=60)
        except queue.Empty:
            print(f"{self._path}: the old text brought no diagnostics", file=sys.stderr)

    def _diagnostics(self, message: Mapping[str, object]) -> list[Mapping[str, object]] | None:
        params = message.get("params")
        if message.get("method") != "textDocument/publishDiagnostics":
            return None
        if not isinstance(params, Mapping) or params["uri"] != self._path.as_uri():
            return None
        found = params["diagnostics"]
        return [one for one in found if self._source in str(one.get("source", ""))]

    def _tells(self, message: Mapping[str, object], line: int) -> bool:
        found = self._diagnostics(message)
        return found is not None and any(_line(one) == line for one in found)

    def _is_free(self, message: Mapping[str, object], line: int) -> bool:
        found = self._diagnostics(message)
        return found is not None and all(_line(one) != line for one in found)


def _line(diagnostic: Mapping[str, object]) -> int:
    place = diagnostic["range"]
    assert isinstance(place, Mapping)
    return int(place["start"]["line"])


def _go(module: Path) -> str:
    """The go command of a copied GOROOT whose standard library ``module`` is (another one's does
    not build it), else the release that gopls needs."""
    own = module.parent / "bin" / "go"
    return str(own if module.name == "src" and own.is_file() else go_binary(RELEASE))


def measured(directory: Path, package: str, file: str, runs: int, *, beside: bool) -> Row:
    """``directory`` is a module that may be written to, ``package`` a folder in it."""
    folder = directory / package
    path = folder / file
    go = _go(directory)
    os.environ["PATH"] = f"{Path(go).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["GOTOOLCHAIN"] = "local"
    with restored(path):
        servers: list[Server] = []
        try:
            ours = Server([sys.executable, "-m", "golsp_mem", "serve", "--go", go], directory)
            servers.append(ours)
            savers = [Saver(ours, path, "golsp-mem")]
            savers[0].save(0)
            # Both begin with the text as it was.
            savers[0].undo()
            other = gopls() if beside else None
            if other:
                theirs = Server([other, "serve"], directory)
                servers.append(theirs)
                savers.append(Saver(theirs, path, "optimizer details"))
                theirs.request(
                    "workspace/executeCommand",
                    {"command": "gopls.gc_details", "arguments": [path.as_uri()]},
                )
                savers[1].save(0)
            times: list[list[float]] = [[] for _ in savers]
            bare, trials, cpu = [], [], []
            for number in range(1, runs + 1):
                for saver, taken in zip(savers, times, strict=True):
                    saver.undo()
                    # Until nobody works on what was saved before: the go command is asked later.
                    time.sleep(_SETTLED)
                    before = ours.cpu_seconds()
                    taken.append(saver.save(number))
                    if saver is savers[0]:
                        time.sleep(_AFTER)
                        cpu.append(ours.cpu_seconds() - before)
                        time.sleep(_SETTLED)
                trial, compiled = asyncio.run(compile_seconds(folder, path, path.read_bytes()))
                trials.append(trial)
                bare.append(compiled)
            sizes = [server.megabytes() for server in servers]
        finally:
            for server in servers:
                server.stop()
    return Row(
        package=f"{directory.name}/{package}".rstrip("/."), file=file, ours=tuple(times[0]),
        gopls=tuple(times[1]) if len(times) > 1 else (), bare=tuple(bare), trials=tuple(trials),
        cpu=tuple(cpu), megabytes=sizes[0], gopls_megabytes=sizes[1] if len(sizes) > 1 else 0.0,
    )  # fmt: skip


async def compile_seconds(folder: Path, path: Path, text: bytes) -> tuple[float, float]:
    """Seconds of a trial, which is a compile of an edited text that tells what is live in it, and
    of the compiler alone with ``-m``, called as for that, on the package as it lies there."""
    settings = Settings(go_path=shutil.which("go"))
    toolchain = await find_go(settings, folder)
    planner = Planner(toolchain, settings, folder)
    planned = await planner.planned(tests=path.name.endswith("_test.go"))
    [variant] = planned.plan.variants_with([str(path)])
    edited = {path: text + b"\nfunc onTrial() *int { return new(int) }\n"}
    started = time.perf_counter()
    planned = await planner.planned(tests=path.name.endswith("_test.go"), overlay=edited)
    async with planner.compiling(planned, variant, Wanted(live=True), edited) as built:
        trial = time.perf_counter() - started
        assert built.error is None, built.error
    unit = Unit(planned.plan, variant, variant.compiled)
    with scratch() as own:
        call = await prepared(toolchain, unit, own.path)
        started = time.perf_counter()
        await process.run(call.complete(["-m"]), cwd=call.directory, env=call.environment)
        return trial, time.perf_counter() - started
