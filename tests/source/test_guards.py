"""What decides whether a place is reached: small functions around ``PLACE``."""

from __future__ import annotations

import pytest

from golsp_mem.source.syntax import GoFile

UNGUARDED = [
    "PLACE()",
    "a()\nPLACE()",
    "{ PLACE() }",
    "if PLACE() { a() }",
    "if x := PLACE(); x { a() }",
    "if c { a() }\nPLACE()",
    "if c { a() } else { b() }\nPLACE()",
    "if PLACE() && c { a() }",
    "x := PLACE() || c",
    "for { PLACE() }",
    "for x := PLACE(); x; { a() }",
    "for PLACE() { a() }",
    "for ; PLACE(); { a() }",
    "for i := 0; ; i++ { PLACE() }",
    "for range PLACE() { a() }",
    "for _, v := range PLACE() { a() }",
    "switch PLACE() { case 1: a() }",
    "switch x := PLACE(); x { case 1: a() }",
    "switch { case PLACE(): a() }",
    "switch { default: a()\ncase PLACE(): a() }",
    "switch x := PLACE().(type) { case int: a(x) }",
    "select { case PLACE() <- 1: a() }",
    "select { case ch <- PLACE(): a() }",
    "select { case v := <-PLACE(): a(v) }",
    "defer a(PLACE())",
    "go a(PLACE())",
    "return PLACE()",
    "PLACE()\nif c { return }",
    "if c { f := func() { return }; f() }\nPLACE()",
    "for c { break }\nPLACE()",
    "for c { continue }\nPLACE()",
    "switch c { case 1: break }\nPLACE()",
    "L: for c { for d { break L } }\nPLACE()",
    "if c { goto L }\na()\nL: PLACE()",
    "if c { log.Print() }\nPLACE()",
    "f := PLACE",
    "x, y := PLACE(), 1",
]

GUARDED = [
    ("if err != nil { PLACE() }", [("if", "err != nil")]),
    ("if x := f(); x  >\n 1 { PLACE() }", [("if", "x > 1")]),
    ("if c { a() } else { PLACE() }", [("else", "c")]),
    ("if c { a() } else if PLACE() { b() }", [("else", "c")]),
    ("if c { a() } else if d { PLACE() }", [("else", "c"), ("if", "d")]),
    ("if c { return } else { PLACE() }", [("else", "c")]),
    ("if c { for d { PLACE() } }", [("if", "c"), ("loop", "d")]),
    ("for i := 0; i < n; i++ { PLACE() }", [("loop", "i < n")]),
    ("for i := 0; i < n; PLACE() { a() }", [("loop", "i < n")]),
    ("for c { PLACE() }", [("loop", "c")]),
    ("for _, v := range vs { PLACE() }", [("loop", "_, v := range vs")]),
    ("for range 10 { PLACE() }", [("loop", "range 10")]),
    ("switch x { case 1, 2: PLACE() }", [("case", "1, 2")]),
    ("switch x { default: PLACE() }", [("case", "default")]),
    ("switch { case c: a()\ncase PLACE(): b() }", [("case", "c")]),
    ("switch x { case 1, PLACE(): b() }", [("case", "1")]),
    ("switch x.(type) { case *T, int: PLACE() }", [("case", "*T, int")]),
    ("switch x.(type) { case int: a()\ndefault: PLACE() }", [("case", "default")]),
    ("select { case v := <-c: PLACE() }", [("select", "v := <-c")]),
    ("select { case <-c: a()\ndefault: PLACE() }", [("select", "default")]),
    ("if a && PLACE() { b() }", [("short-circuit", "a")]),
    ("x := a || (b && PLACE())", [("short-circuit", "a"), ("short-circuit", "b")]),
    ("if err != nil { return }\nPLACE()", [("early-exit", "err != nil")]),
    ("if c { panic(1) }\nPLACE()", [("early-exit", "c")]),
    ("if c { os.Exit(1) }\nPLACE()", [("early-exit", "c")]),
    ("if c { log.Fatalf(x) }\nPLACE()", [("early-exit", "c")]),
    ("if c { a() } else { return }\nPLACE()", [("early-exit", "c")]),
    ("for { if c { return } }\nPLACE()", [("early-exit", "c")]),
    ("for _, v := range vs { return }\nPLACE()", [("early-exit", "for _, v := range vs")]),
    ("switch x { case 1: return }\nPLACE()", [("early-exit", "case 1")]),
    ("select { case <-c: return }\nPLACE()", [("early-exit", "case <-c")]),
    ("for { if c { break }\nPLACE() }", [("early-exit", "c")]),
    ("for d { if c { continue }\nPLACE() }", [("early-exit", "c"), ("loop", "d")]),
    ("L: for { for d { if c { continue L } }\nPLACE() }", [("early-exit", "c")]),
    ("L: { if c { break L }\nPLACE() }", [("early-exit", "c")]),
    ("if c { goto L }\nPLACE()\nL: a()", [("early-exit", "c")]),
    ("if c { return }\nif d { return }\nif e { PLACE() }", [("early-exit", "c"), ("if", "e")]),
]


def guards_of(body: str) -> list[tuple[str, str]]:
    text = f"package p\n\nfunc F() {{\n{body}\n}}\n".encode()
    file = GoFile.parse("p.go", text)
    start = text.index(b"PLACE")
    end = start + len("PLACE()" if b"PLACE()" in text else "PLACE")
    span = file.tree.span(start, end)
    return [(guard.kind, guard.text) for guard in file.guards(span.line, span)]


@pytest.mark.parametrize("body", UNGUARDED)
def test_every_call_reaches_it(body: str) -> None:
    assert guards_of(body) == []


@pytest.mark.parametrize(("body", "expected"), GUARDED)
def test_the_decisions_before_it(body: str, expected: list[tuple[str, str]]) -> None:
    assert guards_of(body) == expected


def test_a_deferred_call_runs_when_the_function_returns() -> None:
    assert guards_of("defer PLACE()") == [("deferred", "defer PLACE()")]


def test_only_the_innermost_function_counts() -> None:
    body = "if c { return }\nfor d {\nf := func() {\nif e { PLACE() }\n}\nf()\n}"
    assert guards_of(body) == [("if", "e")]


def test_a_literal_is_made_by_the_function_around_it() -> None:
    text = b"package p\nfunc F() {\n\tif c {\n\t\tf = func() {\n\t\t\ta()\n\t\t}\n\t}\n}\n"
    file = GoFile.parse("p.go", text)
    start = text.index(b"func()")
    literal = file.tree.span(start, text.index(b"}\n\t}") + 1)
    assert [guard.kind for guard in file.guards(4, literal)] == ["if"]
    assert file.guards(5) == ()


LINES = b"""package p

func F(n int) {
	if n > 1 {
		a(
			n,
		)
	}
	if n > 2 { // comment
		return
	}
	x := T{
		n,
	}
	b(x)
}
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (1, []),
        (2, []),
        (3, []),
        (4, []),
        (5, [("if", 4)]),
        (6, [("if", 4)]),
        (9, []),
        (10, [("if", 9)]),
        (12, [("early-exit", 10)]),
        (13, [("early-exit", 10)]),
        (15, [("early-exit", 10)]),
        (99, []),
    ],
)
def test_a_line_stands_for_the_statement_that_begins_there(
    line: int, expected: list[tuple[str, int]]
) -> None:
    found = GoFile.parse("p.go", LINES).guards(line)
    assert [(guard.kind, guard.line) for guard in found] == expected


@pytest.mark.parametrize(
    ("leave", "way"),
    [
        ("return", "returns"), ("break", "breaks"), ("continue", "continues"), ("goto L", "jumps"),
        ('panic("no")', "panics"), ("log.Panicf(x)", "panics"), ("os.Exit(1)", "exits"),
    ],
)  # fmt: skip
def test_how_an_early_exit_leaves(leave: str, way: str) -> None:
    text = f"package p\n\nfunc F() {{\nfor {{\nif c {{ {leave} }}\nPLACE()\n}}\nL: a()\n}}\n"
    [guard] = GoFile.parse("p.go", text.encode()).guards(6, None)
    assert guard.way == way
