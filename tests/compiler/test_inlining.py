"""What ``-m=2`` says of inlining, in the words of Go 1.22 to 1.27."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.compiler.text.inlining import Inlining, inlining_in
from golsp_mem.model import Position

LINES = {
    "./a.go:20:6: can inline Small with cost 4 as: func(int) int { return x + 1 }": (
        Inlining("Small", Position("/m/a.go", 20, 6), 4)
    ),
    "./a.go:9:6: cannot inline (*T).Big: function too complex: cost 95 exceeds budget 80": Inlining(
        "(*T).Big",
        Position("/m/a.go", 9, 6),
        95,
        80,
        "function too complex: cost 95 exceeds budget 80",
    ),
    "./a.go:27:6: cannot inline Def: unhandled op DEFER": Inlining(
        "Def", Position("/m/a.go", 27, 6), why_not="unhandled op DEFER"
    ),
    "./a.go:29:6: cannot inline Gen[go.shape.int]: unhandled op DEFER": Inlining(
        "Gen[go.shape.int]", Position("/m/a.go", 29, 6), why_not="unhandled op DEFER"
    ),
    "./a.go:33:46: cannot inline Rec into Use: repeated recursive cycle": None,
    "./a.go:33:46: inlining call to Small": None,
    "./a.go:33:46: x escapes to heap": None,
}


@pytest.mark.parametrize("line", LINES)
def test_lines(line: str) -> None:
    found = list(inlining_in([line], lambda name: f"/m/{name.removeprefix('./')}"))
    assert found == ([LINES[line]] if LINES[line] is not None else [])


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    lines = [text, f"./a.go:1:2: cannot inline {text}", f"./a.go:1:2: can inline {text}"]
    assert all(one.name for one in inlining_in(lines, str))
