"""The ways to analyse a module, each as the same plain values."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import queue
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.model import Analysis
from tests import program
from tests.e2e.wire import Wire, wire

PATIENCE_SECONDS = 300.0
QUIET_SECONDS = 1.5


class WayFailedError(Exception):
    """A way gave no findings at all; the text says why."""


def _command(directory: Path, store: Path | None, *arguments: str) -> str:
    env = {**os.environ, "GOLSP_MEM_CACHE": str(store) if store else "off"}
    done = program.run(*arguments, cwd=directory, env=env, seconds=PATIENCE_SECONDS)
    if done.status not in (0, 1):
        raise WayFailedError(f"{' '.join(arguments)}: {done.stderr.strip()[-400:]}")
    return done.stdout


def _findings(text: str) -> list[str]:
    """All that a report says of each finding."""
    return sorted(json.dumps(one, sort_keys=True) for one in json.loads(text)["findings"])


def check(directory: Path, store: Path | None, *flags: str) -> list[str]:
    """`golsp-mem check --tests --all`, with a store or without any."""
    options = ("--tests", "--all", "--format", "json", "--fail-on", "never", "-q", *flags)
    return _findings(_command(directory, store, "check", *options, "./..."))


def shards(directory: Path, store: Path | None, count: int) -> list[str]:
    """The same by several machines, joined."""
    names = []
    for number in range(1, count + 1):
        text = _command(
            directory, store, "check", "--tests", "--all", "--format", "json", "--fail-on",
            "never", "-q", "--shard", f"{number}/{count}", "./...",
        )  # fmt: skip
        name = f"shard{number}.json"
        (directory / name).write_text(text)
        names.append(name)
    merged = _command(directory, store, "merge", *names)
    for name in names:
        (directory / name).unlink()
    return _findings(merged)


def _values(analysis: Analysis) -> list[str]:
    return sorted(repr(finding) for package in analysis.packages for finding in package.findings)


def from_disk(directory: Path) -> list[str]:
    """The engine itself."""
    engine = Engine(Settings(), directory)
    return _values(asyncio.run(engine.check(["./..."], tests=True)))


def overlay(directory: Path, files: Mapping[str, str]) -> list[str]:
    """The engine where the disk has other texts than those that are compiled."""
    texts = {directory / name: text.encode() for name, text in files.items() if _is_go(name)}
    for path in texts:
        path.write_text(_unlike(path.read_text()))
    try:
        engine = Engine(Settings(), directory)
        return _values(asyncio.run(engine.check(["./..."], tests=True, overlay=texts)))
    finally:
        for path, text in texts.items():
            path.write_bytes(text)


def _is_go(name: str) -> bool:
    return name.endswith(".go")


def _unlike(text: str) -> str:
    """Another text that builds, with findings of its own before all others."""
    head, _, rest = text.partition("\n")
    imports, mark, body = rest.rpartition('import "')
    inserted = "\nvar before = new([9]int)\n\nfunc Before() any { return before }\n\n"
    if not mark:
        return f"{head}\n{inserted}{rest}"
    line, _, after = body.partition("\n")
    return f"{head}\n{imports}{mark}{line}\n{inserted}{after}"


def server(directory: Path, files: Mapping[str, str]) -> list[str]:
    """The language server: files are opened with other texts, and saved as they are."""
    names = [name for name in files if _is_go(name)]
    for name in names:
        (directory / name).write_text(_unlike(files[name]) if "_test" not in name else files[name])
    with wire(environment={"GOLSP_MEM_CACHE": "off"}) as one:
        one.begin(directory)
        for name in names:
            text = (directory / name).read_text()
            document = {"uri": _uri(directory, name), "languageId": "go", "version": 1}
            one.notify("textDocument/didOpen", {"textDocument": {**document, "text": text}})
        uris = [_uri(directory, name) for name in names]
        shown: dict[str, list[Any]] = {}
        settled(one, uris, shown)
        for version, name in enumerate(names, 2):
            text = files[name]
            identifier = {"uri": _uri(directory, name)}
            one.notify(
                "textDocument/didChange",
                {"textDocument": {**identifier, "version": version},
                 "contentChanges": [{"text": text}]},
            )  # fmt: skip
            (directory / name).write_text(text)
            one.notify("textDocument/didSave", {"textDocument": identifier})
        settled(one, uris, shown)
    return shown_lines(shown)


def shown_lines(shown: Mapping[str, Iterable[Any]]) -> list[str]:
    """Published diagnostics by URI, a line each."""
    return sorted(
        f"{uri} {each['code']} {each['range']['start']['line'] + 1} {each['message']}"
        for uri, diagnostics in shown.items()
        for each in diagnostics
    )


def _uri(directory: Path, name: str) -> str:
    return (directory / name).as_uri()


def settled(one: Wire, uris: Sequence[str], shown: dict[str, list[Any]]) -> None:
    """Take what is told until every file stands idle and nothing has come for a while; the last
    diagnostics of each go to ``shown``. A file that was read while it was written fails until it is
    read again."""
    news = time.monotonic()
    states: dict[str, str] = {}
    failed: dict[str, str] = {}
    deadline = news + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(queue.Empty):
            one.take(0.25)
        for note in one.notes:
            news, params = time.monotonic(), note["params"]
            if note["method"] == "golsp-mem/status":
                states[params["uri"]] = params["state"]
                failed.pop(params["uri"], None)
                if params["state"] == "failed":
                    failed[params["uri"]] = str(params.get("message"))
            elif note["method"] == "textDocument/publishDiagnostics":
                shown[params["uri"]] = params["diagnostics"]
        one.notes.clear()
        idle = all(states.get(uri) in ("idle", "failed") for uri in uris)
        if idle and time.monotonic() - news > QUIET_SECONDS:
            for uri in uris:
                if uri in failed:
                    raise WayFailedError(f"server: {failed[uri]}")
            return
    raise WayFailedError("server: it never came to rest")


def as_shown(directory: Path, store: Path | None, *, strangers: bool = False) -> list[str]:
    """What `check` of each package by itself shows people, in the server's words: an editor has
    one package at a time, and nobody tells it what others inline (`analysis/callers.py`). Of
    ``strangers``, which import nothing of each other, one check says the same."""
    options = ("--tests", "--format", "json", "--fail-on", "never", "-q")
    packages = sorted({path.parent for path in directory.rglob("*.go")})
    names = [f"./{package.relative_to(directory).as_posix()}" for package in packages]
    found: list[Any] = []
    for name in ["./..."] if strangers else names:
        found += json.loads(_command(directory, store, "check", *options, name))["findings"]
    return sorted(
        f"{_uri(directory, one['file'])} {one['code']} {one['line']} {one['message']}{_when(one)}"
        for one in found
        if not one.get("quiet")
    )


def _when(one: Mapping[str, Any]) -> str:
    """How the server's words go on: a diagnostic has no field for when it costs."""
    if not one["code"].startswith("heap-") or one["allocates"] == "never":
        return ""
    return (
        ", always"
        if one["allocates"] == "always"
        else f", {one['condition'] or 'under a condition'}"
    )
