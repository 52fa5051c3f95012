"""The extension as a person sees it: a browser, a mouse, a keyboard, pictures."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from golsp_mem import __version__
from tests.editors.vscode.host import Host, running_host

pytestmark = pytest.mark.editor

FILE = "book.go"


def test_a_look_around(code: Host, orders: Callable[[str], Path], readme: str | None) -> None:
    seen = code.person(
        "tour",
        orders("orders"),
        file=FILE,
        word="&Order",
        hover="Helps",
        action="Explain heap-literal",
        explained="one block",
        link="book.go:25",
        hint="heap 32 B",
        cause="boxing for calls of fmt.Sprintf",
        fix={
            "file": "raw.go",
            "word": "descriptor, head",
            "action": "Keep file alive until after this call",
            "edited": "runtime.KeepAlive(file)",
        },
        readme=readme,
    )
    assert set(seen["squiggles"]) == {"hint"}
    assert "32 B" in seen["hover"]
    assert "More about this" in seen["hover"]
    # Files with their functions, and below them what is found.
    assert any("book.go" in row for row in seen["view"])
    assert any("Add" in row for row in seen["view"])
    # One group for each cause.
    [formatted] = [row for row in seen["causes"] if "fmt.Sprintf" in row]
    assert formatted.endswith("2")
    assert "appended to a slice" in seen["preview"]
    assert seen["tabs"] == [FILE, "Preview heap-literal.md"]
    assert seen["cursor"] == "Ln 25, Col 1"
    assert seen["menu"] == [
        "Explain here",
        "Analyse workspace",
        "Show report",
        "Show report page",
        "Show findings",
        "Turn hints on in this window",
        "Show output",
        "Doctor",
        "Install or repair",
        "Restart server",
        "Settings",
    ]
    assert "golsp-mem: 8 findings in 1 package." in seen["analysed"]
    assert "book.go" in seen["report"]
    assert '\t"runtime"\n' in seen["fixed"]["disk"]
    assert seen["fixed"]["status"] == "mem 0"
    assert seen["broken"] == "mem 7", "those of the last good build"
    assert "book.go:24" in seen["why"]
    assert seen["notices"] == [], "it does not talk unasked"


def test_code_that_is_not_ours(code: Host, mux: Path) -> None:
    """Ordinary code stays readable: hints only, and far from every line."""
    seen = code.probe(
        mux,
        [
            {"do": "diagnostics", "file": "mux.go", "has": "heap-literal", "called": "found"},
        ],
        scenario="read",
        file="mux.go",
        line=26,
        word="&Router",
        hover="Helps",
    )
    assert set(seen["squiggles"]) == {"hint"}
    assert "More about this" in seen["hover"]
    found = seen["found"]
    assert {one["severity"] for one in found} == {"Hint"}
    marked = {one["line"] for one in found}
    assert len(marked) < len((mux / "mux.go").read_text().splitlines()) / 10
    # A finding marks an expression, not a block of lines.
    assert [one for one in found if one["endLine"] - one["line"] > 3] == []
    # The page draws itself by its own script, and nothing else may run.
    assert "mux.go" in seen["page"]["text"]
    assert seen["page"]["policy"].startswith("default-src 'none'; script-src 'sha256-")


def test_a_long_analysis_is_cancelled(
    code: Host, orders: Callable[[str], Path], tmp_path: Path
) -> None:
    folder, marker, program = orders("long"), tmp_path / "pid", tmp_path / "go"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = list ] || exec "{shutil.which("go")}" "$@"\n'
        f'echo $$ > "{marker}.part" && mv "{marker}.part" "{marker}"\nexec sleep 300\n'
    )
    program.chmod(0o755)
    workspace_settings(folder, {"golsp-mem.goPath": str(program)})
    # No Go file is open, so nothing but the workspace is analysed.
    seen = code.person("cancel", folder, file="go.mod", marker=str(marker))
    assert "golsp-mem" in seen["progress"]
    process = int(marker.read_text())
    deadline = time.monotonic() + 10
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(process)


def workspace_settings(folder: Path, settings: Mapping[str, object]) -> None:
    (folder / ".vscode").mkdir()
    (folder / ".vscode" / "settings.json").write_text(json.dumps(settings))


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_new_user(extensions: list[Path], orders: Callable[[str], Path], tmp_path: Path) -> None:
    """No setting, a bare PATH, a folder not trusted: one message at a time, until it works."""
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("go", "sh"):
        found = shutil.which(name)
        assert found
        (bare / name).symlink_to(Path(found).resolve())
    # What makes Python environments; with uv beside the Python of the tests it is quicker.
    for name in ("uv", "python3"):
        maker = Path(sys.base_prefix) / "bin" / name
        if maker.is_file():
            (bare / name).symlink_to(maker)
    folder, marker = orders("new"), tmp_path / "started"
    failing = f'#!{bare}/sh\n: > "{marker}"\nexit 1\n'
    older = (
        f"#!{sys.executable}\nimport golsp_mem\ngolsp_mem.__version__ = '0.0.9'\n"
        "from golsp_mem.cli.main import entry\nentry()\n"
    )
    for environment, text in ((folder / ".venv", failing), (tmp_path / "older", older)):
        program = environment / "bin" / "golsp-mem"
        program.parent.mkdir(parents=True)
        program.write_text(text)
        program.chmod(0o755)
    user = {"security.workspace.trust.enabled": True}
    with running_host(tmp_path / "home", extensions, user=user, machine={}, path=str(bare)) as host:
        seen = host.person(
            "newcomer",
            folder,
            file=FILE,
            marker=str(marker),
            older=str(tmp_path / "older"),
            version=f"Server {__version__}",
        )
    assert seen["untrusted"] == "mem"
    assert "not trusted" in seen["tooltip"]
    assert (seen["startedUntrusted"], seen["startedTrusted"]) == (False, True)
    assert len(seen["failing"]) == 1
    assert len(seen["missing"]) == 1
    assert "Install the one that came with this extension?" in seen["missing"][0]
    assert seen["working"] == "mem 7", "the server that came with the extension"
    assert f"Server {__version__}" in seen["version"]
    assert "installed by the extension" in seen["version"]
    assert "Go: go1." in seen["version"]
    assert f"Extension {__version__}" in seen["doctor"]
    assert "analysis" in seen["doctor"]
    assert f"the server is 0.0.9, the extension {__version__}" in seen["older"]
    assert "installed by the extension" in seen["repaired"]
