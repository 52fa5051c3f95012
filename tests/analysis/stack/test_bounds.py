"""Which recursions the source visibly bounds, and how deep they go then."""

from __future__ import annotations

import pytest

from golsp_mem.analysis.stack.recursion.bounds import bound_of, chain_of
from golsp_mem.analysis.stack.recursion.handed_on import goes_down
from golsp_mem.analysis.stack.recursion.starts import largest_start
from golsp_mem.source.syntax import GoFile

DOWN_TO_TWO = "func f(n int) int { if n < 2 { return n }; return f(n-1) }\n"
CASES = [
    ("func f(d int) { if d == 9 { return }; d++; f(d) }", ("d", 10)),
    ("func f(d int) { if d == 9 { return }; if d > 3 { d++ }; f(d) }", None),
    ("func f(d int) { if d == 9 { return }; f(d); d++ }", None),
    ("func f(n, depth int) { if depth > 100 { return }; f(n, depth+1) }", ("depth", 101)),
    ("func f(depth int) { if limit <= depth { return }; f(depth+1) }", ("depth", 4)),
    ("func f(depth int) { if depth == elsewhere { return }; f(depth+1) }", ("depth", None)),
    ("func (t *T) f(d int) { if d >= t.maxDepth { return }; t.next.f(d + 1) }", ("d", None)),
    ("func f(n int) int { if n < 10 { return 1 }; return f(n/10) }", ("n", 64)),
    ("func gcd(a, b int) int { if b == 0 { return a }; return gcd(b, a%b) }", ("b", 64)),
    ("func f(s string, again bool) { if again { f(s, false) } }", ("again", 2)),
    ("func f(s string, last bool) { if !last && s != `` { f(s, true) } }", ("last", 2)),
    ("func f(s string, again bool) { if !again { return }; f(s, false) }", ("again", 2)),
    ("func f(s string, again bool) { if !again { g() }; f(s, false) }", None),
    ("func f(s string, again bool) { if s == `` { if !again { return } }; f(s, false) }", None),
    ("func f(o *T) { if o == nil { return }; f(nil) }", ("o", 2)),
    ("func f(a *[9]int, k int) { if k == len(a) { return }; f(a, k+1) }", ("k", 10)),
    ("func f(o *T) { if o != nil { f(nil) } }", ("o", 2)),
    ("func f(t reflect.Type) { f(t.Elem()) }", ("t", 1000)),
    ("func f(v reflect.Value) { f(v.Elem()) }", ("v", 1000)),
    ("func f(v reflect.Value) { f(reflect.Indirect(v)) }", ("v", 1000)),
    ("func f(v reflect.Value) { f(v.Field(1)); f(v.Field(2)) }", ("v", 1000)),
    ("func f(v reflect.Value) { f(v.Field(1)); f(v.Elem()) }", None),
    ("func f(t reflect.Type, v V) { f(v.Type(), v) }", ("t", 1000)),
    ("func f(v reflect.Value) { f(v.Index(0)) }", None),
    ("func f(s string, again bool) { if s != `` { f(s, false) } }", None),
    ("func f(s string, again bool) { if again { f(s, true) } }", None),
    ("func f(n int) { if n < 0 { return }; f(n+1) }", None),
    ("func f(n int) { if n > 7 { f(n+1) } }", None),
    ("func f(n int) { if n < 7 { f(n+1) } }", ("n", 8)),
    ("func f(n int) { if n > 7 { return } else { f(n+1) } }", ("n", 8)),
    ("func f(n int) bool { return n < 7 && f(n+1) }", ("n", 8)),
    ("func f(maxDepth int) { if maxDepth > 7 { return }; f(maxDepth-1) }", None),
    ("func f(maxDepth int) { if maxDepth > 0 { f(maxDepth-1) } }", ("maxDepth", None)),
    ("func f(n int) { if n > 0 { f(n-1) } }", None),
    (
        "func f(maxDepth int) { if maxDepth == 0 { return }; maxDepth--; f(maxDepth) }",
        ("maxDepth", None),
    ),
    ("func f(maxDepth int) { if maxDepth <= 0 { return }; f(maxDepth-1) }", ("maxDepth", None)),
    ("func f(maxDepth int) { f(maxDepth-1) }", None),
    ("func f(maxDepth int) { if maxDepth == 0 { return }; f(maxDepth); maxDepth-- }", None),
    ("func f(n int) int { if n == 0 { return 1 }; return n*f(n-1) }", None),
    ("func f(n uint8) int { if n == 0 { return 1 }; return f(n-1) }", ("n", 257)),
    (
        "func f(n int) int { if n < 2 { return n }; return f(n-1) + f(n-2) }; var _ = f(9)",
        ("n", 10),
    ),
    ("func f(n int) int { if n < 2 { return n }; return f(n-1) }; var _, n = f(9), f(x)", None),
    ("func f(n int) int { if n < 2 { return n }; return f(n-1) }; var _, g = f(9), f", None),
    (DOWN_TO_TWO + "func g(m int) { f(m) }; var _ = g(9)", ("n", 10)),
    (DOWN_TO_TWO + "func g(m int) { m++; f(m) }; var _ = g(9)", None),
    (
        "func f(n int) { if n == 0 { return } else if n == 1 { return }; f(n-2) }; var _=f(9)",
        ("n", 10),
    ),
    ("func f(c byte) { switch c { case 'u': d := g(); if d != 'u' { f(d) } } }", ("c", 2)),
    ("func f(c byte) { switch c { case 'u': d := g(); if d != 'v' { f(d) } } }", None),
    ("func F(n int) int { if n < 2 { return n }; return F(n-1) }; var _ = F(9)", None),
    ("func f(n int) int { if n > 2 { return n }; return f(n-1) }; var _ = f(1)", None),
    ("func f(n int) int { if n == 0 { return n }; return f(n-2) }; var _ = f(9)", None),
    ("func f(xs []int) { m := len(xs) / 2; f(xs[:m]); f(xs[m+1:]) }", ("xs", 64)),
    ("func f(xs []int) { m := 1; f(xs[:m]); f(xs[m+1:]) }", None),
    ("func f(s []int, i int) { if i >= len(s) { return }; f(s, i+1) }", None),
    ("func f(i, n int) { if i == n { return }; f(i+1, n) }", None),
    ("func (t *T) f(i int) { if i >= t.n { return }; t.f(i+1) }", None),
    ("func f(i, n int) { if i == n { return }; f(i+1, n) }; var _ = f(0, 8)", ("i", 9)),
    ("func f(i, n int) { if i < n { f(i+1, n) } }; var _ = f(2, 8)", ("i", 9)),
    ("func f(i, n int) { if i == n { return }; f(i+1, n) }; var _ = f(9, 8)", None),
    ("func f(i, n int) { if i > n { f(i+1, n) } }; var _ = f(0, 8)", None),
    ("func f(i, n int) { if i == n { return }; n++; f(i+1, n) }; var _ = f(0, 8)", None),
    ("func f(i, n int) { if i == n { return }; f(i+1, n+1) }; var _ = f(0, 8)", None),
    ("func f(i, n int) { if i == n { return }; f(i+1, n) }; var _ = f(0, x)", None),
    ("var a = [...]int{1, 2}; func f(i int) { if i == len(a) { return }; f(i+1) }", ("i", 3)),
    ("var a [4]int; func f(i int) { if i == len(a) { return }; f(i+1) }", ("i", 5)),
    ("func f(a [9][2]int, i int) { if i == len(a) { return }; f(a, i+1) }", ("i", 10)),
    ("var a = []int{1, 2}; func f(i int) { if i == len(a) { return }; f(i+1) }", None),
    ("var a = [...]int{7: 2}; func f(i int) { if i == len(a) { return }; f(i+1) }", None),
    ("func f(depth int) { if depth > 100 { return }; f(depth+1); f(depth) }", None),
    ("func f(depth int) { if depth > 100 { println(depth) } }", None),
    ("func f(t *T) { f(t.next) }", None),
    ("func f(depth int) { f(depth+1) }", None),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_bounds(source: str, expected: tuple[str, int | None] | None) -> None:
    text = f"package p\n\nconst limit = 3\n\n{source}\n"
    file = GoFile.parse("/p.go", text.encode())
    function = file.functions[0]

    def starts(position: int) -> int | None:
        return largest_start(function, position, ["/p.go"], lambda _: file)

    bound = bound_of(file, function, starts=starts)
    assert (bound and (bound.parameter, bound.depth)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if d < 9 {\n\t\t\tw(d + 1)\n\t\t}", 10),
        ("if d > 0 {\n\t\t\tw(d - 1)\n\t\t}\n\t}\n\tw(5)\n\tif true {", 6),
        ("if d > 0 {\n\t\t\tw(d - 1)\n\t\t}\n\t}\n\tw(x)\n\tif true {", None),
        ("if d > 0 {\n\t\t\tw(d - 1)\n\t\t}\n\t}\n\tw(5)\n\tuse(w)\n\tif true {", None),
    ],
)
def test_a_bounded_literal(body: str, expected: int | None) -> None:
    text = f"var w func(d int)\n\tw = func(d int) {{\n\t\t{body}\n\t}}"
    file = GoFile.parse("/p.go", f"package p\n\nfunc f() {{\n\t{text}\n}}\n".encode())
    literal = next(function for function in file.functions if function.is_literal)

    def starts(position: int) -> int | None:
        return largest_start(literal, position, ["/p.go"], lambda _: file)

    bound = bound_of(file, literal, "w", starts)
    assert (bound and (bound.parameter, bound.depth)) == (expected and ("d", expected))


CHAINS = [
    (
        "func (c *C) root() *C { if c.parent != nil { return c.parent.root() }; return c }",
        "c.parent",
    ),
    ("func (c *C) root() *C { return c.Parent().root() }", "c.Parent()"),
    ("func (t *T) sum() int { return t.left.sum() + t.right.sum() }", None),
    ("func (t *T) sum() { for _, k := range t.kids { k.sum() } }", None),
    ("func (t *T) sum() { for i := 0; i < 2; i++ { t.next.sum() } }", None),
    ("func (t *T) sum(o *T) { o.next.sum(t) }", None),
]


@pytest.mark.parametrize(("source", "expected"), CHAINS)
def test_chains(source: str, expected: str | None) -> None:
    file = GoFile.parse("/p.go", f"package p\n\n{source}\n".encode())
    assert chain_of(file, file.functions[0]) == expected


DOWN = [
    ("func (c Code) f() D { d, ok := m[c]; if !ok { return Unknown.f() }; return d }", False),
    ("func f(k Kind, a, b uint8) string { return f(KindSet, b, a) }", False),
    ("func (s *S) f(r R) { s.g() }\nfunc (s *S) g() { s.f(R{kind: 1}) }", False),
    ("func (s *S) f(r R) { s.g() }\nfunc (s *S) g() { r := R{s}; s.f(r) }", False),
    ("func (c *C) f(u *url.URL) error { return c.f(u) }", False),
    ("func f(c C, all []R) { all = append(all, c.do()); f(c, all) }", False),
    ("func f(n *N) { f(n.next) }", True),
    ("func f(n *N) { n = n.next; f(n) }", True),
    ("func f(n int) { f(n - 1) }", True),
    ("func f(n int) { n--; f(n) }", True),
    ("func f(n *N) { for _, one := range n.all { f(one) } }", True),
    ("func f(v V) { w := v.part(); f(w) }", True),
    ("func f(v V) { f(V{v.inner}) }", True),
    ("func f(s []int) { f(s[1:]) }", True),
    ("func f(d string) { f(filepath.Dir(d)) }", True),
    ("func f(n *N) { g(n) }\nfunc g(n *N) { f(n.left) }", True),
    ("func f(n *N) { call(n) }", True),
]


@pytest.mark.parametrize(("source", "expected"), DOWN)
def test_what_goes_down_its_data(source: str, expected: bool) -> None:
    head = 'package p\n\nimport "path/filepath"\n\nvar Unknown Code\n\nconst KindSet = 1\n\n'
    file = GoFile.parse("/p.go", f"{head}{source}\n".encode())
    assert goes_down([(file, one) for one in file.functions]) is expected
