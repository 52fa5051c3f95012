"""Which recursions the source visibly bounds."""

from __future__ import annotations

import pytest

from golsp_mem.analysis.stack.recursion import bounded_by, recursive_literals
from golsp_mem.source.syntax import GoFile

CASES = [
    ("func f(n, depth int) { if depth > 100 { return }; f(n, depth+1) }", "depth"),
    ("func f(depth int) { if limit <= depth { return }; f(depth+1) }", "depth"),
    ("func f(depth int) { if depth == elsewhere { return }; f(depth+1) }", "depth"),
    ("func (t *T) f(d int) { if d >= t.maxDepth { return }; t.next.f(d + 1) }", "d"),
    ("func f(n int) int { if n < 10 { return 1 }; return f(n/10) }", "n"),
    ("func gcd(a, b int) int { if b == 0 { return a }; return gcd(b, a%b) }", "b"),
    ("func f(n int) { if n > 0 { f(n-1) } }", None),
    ("func f(n int) int { if n == 0 { return 1 }; return n*f(n-1) }", None),
    ("func f(s []int, i int) { if i >= len(s) { return }; f(s, i+1) }", None),
    ("func f(i, n int) { if i == n { return }; f(i+1, n) }", None),
    ("func (t *T) f(i int) { if i >= t.n { return }; t.f(i+1) }", None),
    ("func f(depth int) { if depth > 100 { return }; f(depth+1); f(depth) }", None),
    ("func f(depth int) { if depth > 100 { println(depth) } }", None),
    ("func f(t *T) { f(t.next) }", None),
    ("func f(depth int) { f(depth+1) }", None),
]


@pytest.mark.parametrize(("source", "parameter"), CASES)
def test_bounded_by(source: str, parameter: str | None) -> None:
    text = f"package p\n\nconst limit = 3\n\n{source}\n"
    file = GoFile.parse("/p.go", text.encode())
    assert bounded_by(file, file.functions[0]) == parameter


LITERALS = [
    ("var walk func(n int)\n\twalk = func(n int) {\n\t\twalk(n - 1)\n\t}\n\twalk(3)", ["walk"]),
    ("var walk func(n int)\n\twalk = func(n int) {\n\t\tother(n)\n\t}\n\twalk(3)", []),
    ("walk := func(n int) { walk(n) }\n\twalk(3)", []),
    (
        "var walk func(int)\n\twalk = func(n int) {\n\t\twalk := other\n\t\twalk(n)\n\t}",
        [],
    ),
    ("var a, b func()\n\ta, b = func() { a() }, nil\n\ta()\n\tb()", []),
    ("var a func()\n\ta = wrap(func() { a() })\n\ta()", []),
]


@pytest.mark.parametrize(("body", "names"), LITERALS)
def test_literals_that_call_themselves(body: str, names: list[str]) -> None:
    file = GoFile.parse("/p.go", f"package p\n\nfunc f() {{\n\t{body}\n}}\n".encode())
    assert [name for _, name in recursive_literals(file)] == names


def test_a_bounded_literal() -> None:
    body = "var w func(d int)\n\tw = func(d int) {\n\t\tif d < 9 {\n\t\t\tw(d + 1)\n\t\t}\n\t}"
    file = GoFile.parse("/p.go", f"package p\n\nfunc f() {{\n\t{body}\n}}\n".encode())
    ((literal, name),) = recursive_literals(file)
    assert bounded_by(file, literal, name) == "d"
