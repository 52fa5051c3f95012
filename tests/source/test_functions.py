"""Functions of a file: names as the compiler's symbols, spans, parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from golsp_mem.source.syntax import GoFile
from tests.source.sample import sample_file, source_of, symbols


@pytest.mark.parametrize("release", ["1.22", "1.26", "1.27"])
def test_names_are_those_of_the_compilers_symbols(release: str, tmp_path: Path) -> None:
    file = sample_file("names.go")
    assert {function.name for function in file.functions} <= symbols(release, tmp_path / "s.a")


def test_a_file_lists_declarations_and_literals_outer_first() -> None:
    file = sample_file("names.go")
    assert [(function.name, function.receiver) for function in file.functions] == [
        ("init.func1", None),
        ("init.func2", None),
        ("init.func2.1", None),
        ("init.0", None),
        ("init.0.func1", None),
        ("init.1", None),
        ("init.1.func1", None),
        ("(*List[...]).Do", "*List"),
        ("(*List[...]).Do.func1", None),
        ("T.Value", "T"),
        ("T.Value.func1", None),
        ("T.Value.func1.1", None),
        ("T.Value.func1.1.1", None),
        ("T.Value.func1.2", None),
        ("T.Value.func2", None),
        ("T.Value.func3", None),
        ("(*T).Pointer", "*T"),
        ("(*T).Pointer.func1", None),
        ("Instances", None),
    ]


SIGNATURE = b"""package p

func (t *T[K]) Method(a, b int, rest ...func(inner int)) (n int, err error) {
	return
}

func external(x int) int
"""


def test_parameters_results_and_receiver_are_named_with_their_places() -> None:
    file = GoFile.parse("p.go", SIGNATURE)
    method, external = file.functions
    assert [(p.role, p.name, source_of(file, p.span)) for p in method.parameters] == [
        ("receiver", "t", "t"),
        ("parameter", "a", "a"),
        ("parameter", "b", "b"),
        ("parameter", "rest", "rest"),
        ("result", "n", "n"),
        ("result", "err", "err"),
    ]
    assert source_of(file, method.name_span) == "Method"
    assert source_of(file, method.body) == "{ return }"
    assert (external.body, external.is_literal) == (None, False)


NESTED = b"""package p

// doc
func Outer() {
	before()
	f := func() {
		inside()
	}
	g(func() { h() })
}

var v = func() {
	inVariable()
}
"""


@pytest.mark.parametrize(
    ("line", "column", "innermost", "declaration"),
    [
        (1, None, None, None),
        (3, None, None, None),
        (4, None, "Outer", "Outer"),
        (5, None, "Outer", "Outer"),
        (6, None, "Outer", "Outer"),
        (6, 7, "Outer.func1", "Outer"),
        (7, None, "Outer.func1", "Outer"),
        (8, None, "Outer.func1", "Outer"),
        (9, None, "Outer", "Outer"),
        (9, 13, "Outer.func2", "Outer"),
        (10, None, "Outer", "Outer"),
        (13, None, "init.func1", None),
        (999, None, None, None),
        (0, None, None, None),
    ],
)
def test_the_innermost_function_of_a_place(
    line: int, column: int | None, innermost: str | None, declaration: str | None
) -> None:
    file = GoFile.parse("p.go", NESTED)
    found, declared = file.function_at(line, column), file.declaration_at(line)
    assert (found.name if found else None) == innermost
    assert (declared.name if declared else None) == declaration


def test_type_parameters_of_methods_do_not_break_the_file() -> None:
    # Go 1.27, math/rand/v2: the grammar does not know them.
    text = b"package p\nfunc (r *R) N[Int intType](n Int) Int { return n }\nfunc F() { g() }\n"
    assert [function.name for function in GoFile.parse("p.go", text).functions] == [
        "(*R).N[...]",
        "F",
    ]
