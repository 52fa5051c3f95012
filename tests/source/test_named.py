"""Identifiers by their name, beside a walk over all nodes."""

from __future__ import annotations

import pytest

from golsp_mem.source.edits import uses_package
from golsp_mem.source.syntax import GoFile

TEXT = """package p

import "fmt"

type fmts struct{ fmt int } // fmt

func é(fmté, xfmt string, v fmts) fmt.Stringer {
	s := "fmt" + `fmt`
fmt:
	for {
		break fmt
	}
	_ = v.fmt
	fmt.Println(é, s, f[fmt](3))
	return nil
}
"""


@pytest.mark.parametrize("name", ["fmt", "é", "fmté", "v", "p", "none", "string"])
def test_named_finds_what_a_walk_finds(name: str) -> None:
    tree = GoFile.parse("a.go", TEXT.encode()).tree
    walked = [
        (node.kind, node.start)
        for node in tree.root.walk()
        if node.kind.endswith("identifier") and tree.source(node) == name
    ]
    assert [(node.kind, node.start) for node in tree.named(name)] == sorted(walked, key=_place)


def _place(one: tuple[str, int]) -> int:
    return one[1]


def test_a_package_is_used_where_something_is_selected_of_it() -> None:
    head = 'package p\n\nimport "fmt"\n\n'
    for body, used in {
        "var _ = fmt.Sprint()": True,
        "var _ fmt.Stringer": True,
        "type t struct{ fmt int }\n\nfunc f(v t) int { return v.fmt }": False,
        "func f(fmt struct{ x int }) int { return fmt.x }": False,
        "// fmt.Sprint\nvar _ = `fmt.x`": False,
    }.items():
        assert uses_package(GoFile.parse("a.go", (head + body).encode()), "fmt") is used, body
