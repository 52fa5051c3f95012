"""Which variable an identifier means."""

from __future__ import annotations

import pytest

from golsp_mem.source.syntax import GoFile

SOURCE = b"""package p

var global = 1

func F(x int, unused func(x int)) (err error) {
	use(x, global)
	x, y := x+1, T{x: 1, y: x}
	if x := g(x); x > 0 {
		use(x, y)
	} else {
		x++
	}
	for x := 0; x < 3; x++ {
		use(x)
	}
	for i, x := range xs(x) {
		use(i, x)
	}
	switch x := y.(type) {
	case int:
		use(x)
	}
	m := map[string]int{k: x}
	v.x = x
	f := func(x int) int {
		return x
	}
	h := func() int {
		return x
	}
	a, err := g(x)
	{
		a, err := g(x)
		use(a, err)
	}
	select {
	case x := <-c:
		use(x)
	}
	return err
}
"""


def places(spans: tuple[object, ...]) -> list[tuple[int, int]]:
    return [(span.line, span.column) for span in spans]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "x",
            [
                *((5, 8), (6, 6), (7, 2), (7, 10), (7, 26), (8, 12), (16, 23), (23, 25)),
                *((24, 8), (29, 10), (31, 14), (33, 15)),
            ],
        ),
        ("err", [(5, 36), (31, 5), (40, 9)]),
        ("a", [(31, 2)]),
        ("global", [(6, 9)]),
        ("absent", []),
    ],
)
def test_uses_of_the_functions_own_variable(name: str, expected: list[tuple[int, int]]) -> None:
    file = GoFile.parse("p.go", SOURCE)
    assert places(file.uses(name, file.functions[0])) == expected


@pytest.mark.parametrize(
    ("line", "column", "declared"),
    [
        (6, 6, (5, 8)),
        (6, 9, (3, 5)),
        (7, 2, (5, 8)),
        (7, 5, (7, 5)),
        (7, 10, (5, 8)),
        (8, 12, (5, 8)),
        (8, 16, (8, 5)),
        (9, 7, (8, 5)),
        (9, 10, (7, 5)),
        (11, 3, (8, 5)),
        (13, 14, (13, 6)),
        (14, 7, (13, 6)),
        (16, 23, (5, 8)),
        (17, 10, (16, 9)),
        (21, 7, (19, 9)),
        (23, 22, None),
        (26, 10, (25, 12)),
        (29, 10, (5, 8)),
        (34, 7, (33, 3)),
        (34, 10, (33, 6)),
        (38, 7, (37, 7)),
        (40, 9, (5, 36)),
        (1, 9, None),
        (24, 4, None),
        (99, 1, None),
    ],
)
def test_where_a_variable_is_declared(
    line: int, column: int, declared: tuple[int, int] | None
) -> None:
    span = GoFile.parse("p.go", SOURCE).declaration_of(line, column)
    assert ((span.line, span.column) if span else None) == declared


def test_uses_of_a_shadowing_variable_by_its_declaration() -> None:
    file = GoFile.parse("p.go", SOURCE)
    inner = file.declaration_of(9, 7)
    assert places(file.uses("x", file.functions[0], inner)) == [(8, 5), (8, 16), (9, 7), (11, 3)]


def test_a_literal_uses_the_outer_variable() -> None:
    file = GoFile.parse("p.go", SOURCE)
    literal = file.function_at(29)
    assert literal is not None
    assert places(file.uses("x", literal)) == [(29, 10)]
