"""The first program of Go 101's "Memory Blocks": does an address change while it is in use?"""

from __future__ import annotations

from pathlib import Path

import pytest

from golsp_mem.compiler.stackfacts import max_variable_bytes
from tests.analysis.stack.program import build, write_module

ARTICLE = """package main

//go:noinline
func f(i int) byte {
	var a [SIZE]byte
	return a[i]
}

func main() {
	var x int
	println(&x)
	f(100)
	println(&x)
}
"""


@pytest.mark.parametrize(
    ("release", "size", "moves"),
    [
        ("1.22", 1 << 20, True),
        ("1.24", 1 << 20, False),
        ("1.26", 1 << 20, False),
        ("1.27", 1 << 20, False),
        ("1.22", 1 << 17, True),
        ("1.27", 1 << 17, True),
        ("1.27", (1 << 17) + 1, False),
        ("1.22", 10 << 20, True),
        ("1.22", (10 << 20) + 1, False),
    ],
)
def test_address_moves_where_the_stack_grows(
    release: str, size: int, moves: bool, tmp_path: Path
) -> None:
    directory = write_module(tmp_path / "article", ARTICLE.replace("SIZE", str(size)))
    built = build(release, directory, tmp_path)
    before, after = built.run().stderr.split()
    assert (before != after) is moves
    grows_in = [growth.function for growth in built.numbers("main.main").growths]
    assert ("main.f" in grows_in) is moves
    on_stack = size <= max_variable_bytes(f"go{release}.0")
    assert on_stack is moves
    assert (built.numbers("main.f").frame_bytes >= size) is moves
