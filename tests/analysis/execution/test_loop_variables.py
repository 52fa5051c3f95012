"""Variables of a loop's head: one for each turn since Go 1.22, by the version in go.mod."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from golsp_mem.source.parts.language import language_of
from tests.cli.runner import check, write_module

CODE = """\
package m

var sink *int

func Clause(n int) {
	for i := 0; i < n; i++ {
		sink = &i
	}
}

func Ranged(s []int) {
	for _, v := range s {
		sink = &v
	}
}

func Nested(s [][]int) {
	for _, row := range s {
		for _, v := range row {
			sink = &v
		}
	}
}

func Bounded() {
	for i := 0; i < 3; i++ {
		sink = &i
	}
}

func Outside(s []int) {
	var v int
	for _, v = range s {
		sink = &v
	}
}
"""
EACH_TURN = {"Clause": 1, "Ranged": 1, "Nested": 2, "Bounded": 1, "Outside": 0}
ONCE = {"Clause": 0, "Ranged": 0, "Nested": 1, "Bounded": 0, "Outside": 0}


def test_the_language_decides(tmp_path: Path) -> None:
    module = write_module(
        tmp_path / "m", m_go=CODE, old__m_go="//go:build go1.21\n\n" + CODE,
    )  # fmt: skip
    found = json.loads(check("--format", "json", "./...", cwd=module).stdout)["findings"]
    depths: dict[str, dict[str, int]] = {"m.go": {}, "old/m.go": {}}
    for one in found:
        if one["code"] == "heap-variable":
            depths[one["file"]][one["function"].rpartition(".")[2]] = one["loop_depth"]
    assert depths["m.go"] == EACH_TURN
    assert depths["old/m.go"] == ONCE


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("package p\n", 24),
        ("//go:build go1.21\n\npackage p\n", 21),
        ("//go:build linux && go1.23\n\npackage p\n", 23),
        ("//go:build go1.18\n\npackage p\n", 21),
        ("//go:build !go1.23\n\npackage p\n", 24),
        ("//go:build go1.23 || linux\n\npackage p\n", 24),
        ("package p\n\n//go:build go1.21\n", 24),
    ],
)
def test_the_version_of_a_file(head: str, expected: int) -> None:
    assert language_of(head.encode(), 24) == expected
