"""The extension seen from inside VS Code's extension host, by VS Code's own API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.editors.vscode.host import Host

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
