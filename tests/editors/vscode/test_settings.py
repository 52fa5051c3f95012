"""Settings that are changed while VS Code runs reach the server, and take effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.editors.vscode.host import Host
from tests.files import write_files

pytestmark = pytest.mark.editor

FILES = {
    "go.mod": "module example.com/m\n\ngo 1.22\n",
    "a.go": """package m

import "errors"

var Sink *[64]int

func Rounds(n int) {
	for range n {
		Sink = new([64]int)
	}
}

//golsp-mem:noalloc
func Promise(n int) error {
	if n > 3 {
		return errors.New("no")
	}
	return nil
}

func Big() int {
	var b [9000]byte
	return use(b[:])
}

//go:noinline
func use(b []byte) int { return len(b) }

func Leak() { Sink = new([64]int) }

func Quiet() {
	Sink = new([64]int) //golsp-mem:ignore heap-new
}
""",
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
