"""A repository that somebody else prepared is opened: the server stays small, and goes on.

Each attack lies beside a package that is analysed all the same, under a limit of 3 GB of memory.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Module
from tests.e2e.editor import SERVER
from tests.e2e.test_diagnostics import LEAK
from tests.e2e.wire import Wire, wire

pytestmark = pytest.mark.skipif(os.name != "posix", reason="special files of POSIX")

LIMIT_BYTES = 3 << 30
PATIENCE_SECONDS = 40.0


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))


def link(name: str, target: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).symlink_to(target)


def sparse(folder: Path) -> None:
    with (folder / "z_windows.go").open("wb") as file:
        file.write(b"package m\n\nvar x int\n")
        file.truncate(1 << 40)


def many_large(folder: Path) -> None:
    with (folder / "large").open("wb") as file:
        file.truncate(60 << 20)
    for number in range(60):
        (folder / f"z{number}_windows.go").symlink_to("large")


def odd_names(folder: Path) -> None:
    for name in (b"\xff_windows.go", b"a\nb_windows.go", b"-flag_windows.go", b"%2e#?_windows.go"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"package m\n")


def line_comments(folder: Path) -> None:
    for number, target in enumerate(("/dev/zero", "/proc/self/fd/0", "../secret", "\\x1b[2J")):
        (folder / f"l{number}.go").write_text(
            f"package m\n\n//line {target}:1\nfunc L{number}() *int {{ return new(int) }}\n"
        )


# What is told of the package; None: it is analysed as if nothing were there.
ATTACKS: dict[str, tuple[Callable[[Path], None], str | None]] = {
    "an endless device": (link("z_windows.go", "/dev/zero"), None),
    "the server's own input": (link("z_windows.go", "/proc/self/fd/0"), None),
    "a named pipe": (lambda folder: os.mkfifo(folder / "z_windows.go"), None),
    "a link to itself": (link("z_windows.go", "z_windows.go"), None),
    "a link to the module": (link("loop", "."), None),
    "a terabyte": (sparse, None),
    "sixty links to a large file": (many_large, None),
    "odd names": (odd_names, "invalid input file name"),
    "lines of other files": (line_comments, None),
    "a pipe that go waits for": (lambda folder: os.mkfifo(folder / "z.go"), "z.go is a pipe"),
    "a device that go reads": (link("z.go", "/dev/zero"), "z.go"),
    "settings without end": (link("golsp-mem.toml", "/dev/zero"), None),
    "settings that are a pipe": (lambda folder: os.mkfifo(folder / "golsp-mem.toml"), None),
}


def status_of(one: Wire, uri: str) -> dict[str, Any]:
    """The first status of the document that is not of a run under way."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        for note in one.notes:
            if note["method"] == "golsp-mem/status" and note["params"]["uri"] == uri:
                status: dict[str, Any] = note["params"]
                if status["state"] != "building":
                    return status
        one.notes.clear()
        one.take(max(deadline - time.monotonic(), 0.01))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_repository(module: Module, attack: str) -> None:
    prepare, said = ATTACKS[attack]
    folder = module({"a.go": LEAK})
    prepare(folder)
    with wire(*SERVER, preexec_fn=limited) as one:
        one.begin(folder)
        uri = (folder / "a.go").as_uri()
        document = {"uri": uri, "languageId": "go", "version": 1, "text": LEAK}
        one.notify("textDocument/didOpen", {"textDocument": document})
        status = status_of(one, uri)
        if said is None:
            assert status["state"] == "idle", status
            assert status["findings"] > 0
        else:
            assert said in status["message"]
        assert one.end() == 0


def test_a_compile_that_was_killed_is_tried_again(module: Module, tmp_path: Path) -> None:
    """Memory ran out once; nobody saves anything, and the findings come."""
    folder = module({"a.go": LEAK})
    short = tmp_path / "short"
    short.touch()
    go = tmp_path / "go"
    go.write_text(
        "#!/bin/sh\n"
        f'case " $* " in *" list "*) [ -e {short} ] && rm {short} && kill -9 $$;; esac\n'
        'exec "$REAL_GO" "$@"\n'
    )
    go.chmod(0o755)
    real = next(
        str(Path(place) / "go")
        for place in os.environ["PATH"].split(os.pathsep)
        if (Path(place) / "go").is_file()
    )
    with wire(environment={"REAL_GO": real}) as one:
        one.begin(folder, goPath=str(go))
        uri = (folder / "a.go").as_uri()
        document = {"uri": uri, "languageId": "go", "version": 1, "text": LEAK}
        one.notify("textDocument/didOpen", {"textDocument": document})
        first = status_of(one, uri)
        assert first["state"] == "failed"
        assert "signal: killed" in first["message"]
        one.notes.clear()
        again = status_of(one, uri)
        assert again["state"] == "idle"
        assert again["findings"] > 0
