"""What calls allocate, said and run: a sample of ``python -m tests.truth.calls``."""

from __future__ import annotations

from pathlib import Path

from golsp_mem.model import Allocates
from tests.toolchains import go_binary
from tests.truth.calls.__main__ import wrong
from tests.truth.calls.cases import cases
from tests.truth.calls.program import measure

SAMPLE = (
    "strings.S",
    "strings.N",
    "recover.",
    "range.",
    "linkname.",
    "strconv.P",
    "list.",
    "errors.",
    "io.P",
    "sort.S",
    "time.N",
)


def test_no_run_contradicts_what_is_said(tmp_path: Path) -> None:
    chosen = {name: lines for name, lines in cases().items() if name.startswith(SAMPLE)}
    measured = measure(go_binary("1.26"), tmp_path, chosen)
    assert list(wrong(measured)) == []
    said = {one.total.allocates for one in measured}
    assert said == {Allocates.ALWAYS, Allocates.CONDITIONAL, Allocates.NEVER, None}
    assert len(measured) > 30
