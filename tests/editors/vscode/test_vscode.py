"""The extension in VS Code: as a person sees it (a browser, a mouse, a keyboard, pictures), and
from inside the extension host, by VS Code's own API.

One module, so that one worker builds it, starts it and has it for all: two would take turns.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from golsp_mem import __version__
from tests.editors.vscode.host import Host, running_host
from tests.files import write_files
from tests.settings import SOURCE

pytestmark = pytest.mark.editor

FILE = "book.go"

LIMIT = """package orders

import "runtime/debug"

// LimitStacks keeps a runaway recursion from taking the machine's memory.
func LimitStacks() {
	debug.SetMaxStack(100_000_000)
}
"""


def step(do: str, **arguments: Any) -> dict[str, Any]:
    return {"do": do, "file": FILE, **arguments}


def test_a_working_day(code: Host, orders: Callable[[str], Path]) -> None:
    folder = orders("day")
    (folder / "limit.go").write_text(LIMIT)
    broken = {"text": "return order\n", "by": "return ordr\n"}
    mended = {"text": "return ordr\n", "by": "return order\n"}
    seen = code.probe(
        folder,
        [
            step("open"),
            step("diagnostics", has="heap-literal", called="found"),
            step("hover", text="&Order", contains="appended", called="hover"),
            step("lenses", contains="32 B or more", called="lenses"),
            step("actions", text="&Order", title="Explain heap-literal"),
            # explanations
            step("apply", text="&Order", title="Explain heap-literal"),
            step("tabs", label="heap-literal"),
            step("text", uri="golsp-mem-explain:/heap-literal.md", called="page"),
            step("select", text="Total() float64"),
            step("command", command="golsp-mem.explainHere"),
            step("command", command="golsp-mem.showReport"),
            step("text", uri="golsp-mem-explain:/report.md", contains=FILE),
            # an edit changes what is found, code that does not build keeps it
            step("replace", text="&Order{ID: id, Price: price}", by="new(Order)"),
            step("save"),
            step("diagnostics", has="heap-new", lacks="heap-literal"),
            step("replace", **broken),
            step("save"),
            step("replace", **mended),
            step("replace", text="new(Order)", by="&Order{ID: id}"),
            step("save"),
            step("diagnostics", has="heap-literal", lacks="heap-new"),
            # settings hold without a restart
            step("setting", name="golsp-mem.severity", value={"heap-literal": "warning"}),
            step("diagnostics", has="heap-literal", severity="Warning"),
            step("setting", name="golsp-mem.severity", value={"heap-*": "off"}),
            step("diagnostics", none=True),
            step("setting", name="golsp-mem.severity", value=None),
            step("diagnostics", has="heap-literal", severity="Hint"),
            # hints of this window
            step("inlayHints", atMost=0),
            step("command", command="golsp-mem.toggleHints"),
            step("inlayHints", atLeast=1, called="hints"),
            step("command", command="golsp-mem.toggleHints"),
            step("inlayHints", atMost=0),
            # fixes: a warning, its edit, saved, gone
            step("open", file="raw.go"),
            step("diagnostics", file="raw.go", has="keepalive-missing", severity="Warning"),
            step("apply", file="raw.go", text="descriptor, head", title="Keep file alive until"),
            step("save", file="raw.go", called="kept"),
            step("diagnostics", file="raw.go", none=True),
            step("open", file="limit.go"),
            step("diagnostics", file="limit.go", has="stack-limit", severity="Warning"),
            step("apply", file="limit.go", text="100_000_000", title="Set the stack limit to"),
            step("save", file="limit.go", called="limited"),
            step("diagnostics", file="limit.go", none=True),
            # from finding to finding
            step("select", text="package orders"),
            step("command", command="golsp-mem.nextFinding"),
            step("cursor", called="next"),
            step("command", command="golsp-mem.nextFinding"),
            step("cursor", called="after"),
            step("command", command="golsp-mem.previousFinding"),
            step("cursor", called="back"),
            # another server, none, the first one again
            step("setting", name="golsp-mem.server.path", value="/nowhere/golsp-mem"),
            step("diagnostics", none=True),
            step("setting", name="golsp-mem.server.path", value=None),
            step("diagnostics", has="heap-literal"),
            step("command", command="golsp-mem.restartServer"),
            step("diagnostics", has="heap-literal"),
        ],
    )
    first = {found["code"]: found for found in seen["found"]}
    literal = first["heap-literal"]
    assert (literal["line"], literal["endLine"]) == (24, 24)
    assert literal["severity"] == "Hint"
    assert literal["href"].startswith("command:golsp-mem.explainAt?"), "its page beside the code"
    assert "32 B" in literal["message"]
    assert "32 B" not in seen["hover"], "the diagnostic above it says so"
    assert len(seen["hover"].strip().split("\n\n")) <= 5
    assert seen["next"] == seen["back"]
    assert seen["next"] != seen["after"]
    assert seen["next"]["line"] in {found["line"] for found in seen["found"]}
    assert [lens["line"] for lens in seen["lenses"]] == [23, 40, 45]
    page = seen["page"]
    assert "(/book.go#L24)" in page, "links lead where the preview can follow"
    assert "file:" not in page
    hints = {hint["line"]: hint["label"] for hint in seen["hints"]}
    assert hints[24] == "heap 32 B"
    assert folder.joinpath(FILE).read_text().count("&Order{ID: id}") == 1
    assert "runtime.KeepAlive(file)" in seen["kept"]
    assert "100_000_000" not in seen["limited"]


# Settings that are changed while VS Code runs reach the server, and take effect.
ROUNDS = """func Rounds(n int) {
	for range n {
		Sink = new([64]int)
	}
}

"""
PROMISE = "//golsp-mem:noalloc\n"
FILES = {
    "go.mod": "module example.com/m\n\ngo 1.22\n",
    "a.go": SOURCE.replace(PROMISE, ROUNDS + PROMISE),
}
A = {"file": "a.go"}


def _set(name: str, value: object) -> dict[str, Any]:
    return {"do": "setting", "name": f"golsp-mem.{name}", "value": value}


def _sees(file: str = "a.go", **what: object) -> dict[str, Any]:
    return {"do": "diagnostics", "file": file, **what}


def steps() -> list[dict[str, Any]]:
    """Set, see what it does, clear, see that undone: a setting of each kind of value, and those
    that concern VS Code's own views. All others take the same way (`writtenOptions`), and the
    server is tried with every one of them in tests/e2e/test_settings.py."""
    back = _sees(has="heap-new")
    return [
        # a list
        _set("select", ["stack-*"]), _sees(lacks="heap-new"), _set("select", None), back,
        # a number
        _sees(has="stack-large-frame"), _set("largeFrameBytes", 20000),
        _sees(lacks="stack-large-frame"), _set("largeFrameBytes", None),
        _sees(has="stack-large-frame"),
        # a word
        _set("problemsLevel", "information"), _sees(has="heap-new", severity="Information"),
        _set("problemsLevel", None), _sees(has="heap-new", severity="Hint"),
        # yes or no
        _set("diagnostics", False), _sees(none=True), _set("diagnostics", None), back,
        # a table, which the action of a finding writes, too
        _set("severity", {"heap-new": "warning"}), _sees(has="heap-new", severity="Warning"),
        {"do": "apply", **A, "text": "new([64]int)", "title": "Turn heap-new off"},
        _sees(lacks="heap-new"), _set("severity", None), _sees(has="heap-new", severity="Hint"),
        {"do": "lenses", **A, "contains": "512 B"}, _set("codeLens", False),
        {"do": "lenses", **A, "none": True}, _set("codeLens", None),
        {"do": "lenses", **A, "contains": "512 B"},
        _set("inlayHints", True), {"do": "inlayHints", **A, "atLeast": 1},
        _set("inlayHints", None), {"do": "inlayHints", **A, "atMost": 0},
    ]  # fmt: skip


def test_settings_changed_at_run_time(code: Host, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "settings", FILES)
    marks = [_set("gutterMarks", True), {"do": "select", **A, "text": "func Rounds"}]
    plan = [{"do": "open", **A}, _sees(has="heap-new"), *steps(), *marks]
    assert code.probe(folder, plan, scenario="marks")["marks"] == 1
    assert not (folder / "golsp-mem.toml").exists(), "VS Code has settings of its own"


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
