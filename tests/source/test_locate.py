"""Places without a compiler at hand: lines, subjects, calls, line ends."""

from __future__ import annotations

import pytest

from golsp_mem.model import Code
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from tests.source.sample import source_of


def statement(code: str) -> GoFile:
    return GoFile.parse("p.go", f"package p\nfunc F(s string, n int) {{\n{code}\n}}\n".encode())


@pytest.mark.parametrize(
    ("code", "text", "subject", "nth", "expected"),
    [
        (Code.HEAP_NEW, "a, b := new(T), new(U)", None, 0, "new(T)"),
        (Code.HEAP_NEW, "a, b := new(T), new(U)", None, 1, "new(U)"),
        (Code.HEAP_NEW, "a, b := new(T), new(U)", None, 2, None),
        (Code.HEAP_NEW, "a, b := new(T), new(U)", "new(U)", 0, "new(U)"),
        (Code.HEAP_NEW, "a, b := new(T), new(U)", "new(p.U)", 0, "new(T)"),
        (Code.HEAP_NEW, "f(n)", None, 0, None),
        (Code.HEAP_VARIABLE, "a, b := 1, 2", "b", 0, "b"),
        (Code.HEAP_VARIABLE, "a, b := 1, 2", "c", 0, None),
        (Code.HEAP_VARIABLE, "var a, b = 1, 2", None, 1, "b"),
        (Code.HEAP_LITERAL, "f(&T{1, T{2}}, []T{{3}})", "&T{...}", 0, "&T{1, T{2}}"),
        (Code.HEAP_LITERAL, "f(&T{1}, []T{{3}})", "[]T{...}", 0, "[]T{{3}}"),
        (Code.HEAP_LITERAL, "f(&T{1}, n)", "... argument", 0, "&T{1}, n"),
        (Code.HEAP_LITERAL, "x := [3]int{}", None, 0, None),
        (Code.HEAP_MAKE_SLICE, "x := make([]int, 4)", "make([]int, 4)", 0, "make([]int, 4)"),
        (Code.HEAP_MAKE_SLICE, "x := make(map[int]int)", None, 0, None),
        (Code.HEAP_MAKE_CHAN, "x := make(C, 4)", None, 0, "make(C, 4)"),
        (Code.HEAP_MAKE_MAP, "x := make(C, 4)", None, 0, "make(C, 4)"),
        (Code.HEAP_CONCAT, "x := n + 1", None, 0, None),
        (Code.HEAP_CONCAT, 'x := "a" + "b"', None, 0, None),
        (Code.HEAP_CONCAT, 'x := s + "a" + s', None, 0, 's + "a" + s'),
        (Code.HEAP_CONCAT, "f(n * 2 + n, s + s)", None, 0, "s + s"),
        (Code.HEAP_CONCAT, "s += s", None, 0, "s += s"),
        (Code.HEAP_CONCAT, "n += 1", None, 0, None),
        (
            Code.HEAP_CONVERSION,
            "x := string(*(*[]byte)(p))",
            "string(*(*[]byte)(p))",
            0,
            "string(*(*[]byte)(p))",
        ),
        (Code.HEAP_CONVERSION, "x := []byte(s)", "([]byte)(s)", 0, "[]byte(s)"),
        (Code.HEAP_CONVERSION, "f(int64(n), string(b))", None, 0, "string(b)"),
        (Code.HEAP_CONVERSION, "x := Named(s)", None, 0, "Named(s)"),
        (Code.HEAP_CLOSURE, "f(t.m, func() {})", None, 0, "func() {}"),
        (Code.HEAP_CLOSURE, "f(t.m)", None, 0, "t.m"),
        (Code.HEAP_CLOSURE, "t.m(n)", None, 0, None),
        (Code.HEAP_BOXING, 'fmt.Printf("%d %v", n, err)', None, 0, "n"),
        (Code.HEAP_BOXING, "return any(n)", None, 0, "any(n)"),
        (Code.HEAP_BOXING, "return error(e)", "error(e)", 0, "error(e)"),
        (Code.HEAP_BOXING, "return error(e)", None, 0, "e"),
        (Code.HEAP_BOXING, "f(len(s))", None, 0, "len(s)"),
        (Code.HEAP_BOXING, "n = len(s)", "s", 0, "len(s)"),
        (Code.HEAP_MAP_INSERT, "m[n] = 1", None, 0, "m[n]"),
        (Code.HEAP_MAP_INSERT, "m[n]++", None, 0, "m[n]"),
        (Code.HEAP_MAP_INSERT, "x = m[n]", None, 0, None),
        (Code.HEAP_APPEND, "x = append(x, append(y, n)...)", None, 1, "append(y, n)"),
        (Code.HEAP_GOROUTINE, "go f(n)", None, 0, "go f(n)"),
        (Code.HEAP_DEFER, "defer f(n)", None, 0, "defer f(n)"),
        (Code.HEAP_OTHER, "x := y.(T)", None, 0, "y.(T)"),
        (Code.HEAP_OTHER, "f(n)", None, 0, "f(n)"),
        (Code.HEAP_OTHER, "for k := range m { }", None, 0, "for k := range m"),
        (Code.HEAP_OTHER, "n++", None, 0, None),
        (Code.STACK_TOO_LARGE, "var big [1 << 20]byte", "big", 0, "big"),
        (Code.STACK_TOO_LARGE, "x := new([1 << 20]byte)", None, 0, "x"),
    ],
)
def test_a_line_and_a_subject(
    code: Code, text: str, subject: str | None, nth: int, expected: str | None
) -> None:
    file = statement(text)
    assert source_of(file, file.locate(code, 3, None, subject, nth)) == expected


@pytest.mark.parametrize(
    ("text", "callee", "column", "expected"),
    [
        ('e := errors.New("a" + f(s))', "errors.New", None, 'errors.New("a" + f(s))'),
        ("b.Grow(n); b.Grow(2)", "strings.(*Builder).Grow", None, "b.Grow(n)"),
        ("b.Grow(n); b.Grow(2)", "strings.(*Builder).Grow", 18, "b.Grow(2)"),
        ("G[int](n)", "p.G[go.shape.int]", None, "G[int](n)"),
        ("G(n)", "G[...]", None, "G(n)"),
        ("l.Do(n)", "(*L[go.shape.map[string]int]).Do", None, "l.Do(n)"),
        ("func() { f(n) }()", "p.F.func1", None, "func() { f(n) }()"),
        ("func() { f(n) }()", "p.F.func1.2", None, "func() { f(n) }()"),
        ("x := t.m", "T.m-fm", None, None),
        ("f(n)", "g", None, None),
        ("f(n)", "g", 2, "f(n)"),
        ("", "g", None, None),
    ],
)
def test_the_call_of_an_inlined_callee(
    text: str, callee: str, column: int | None, expected: str | None
) -> None:
    file = statement(text)
    assert source_of(file, file.call_span(3, callee, column)) == expected


def test_constructs_tell_sure_ones_from_guesses() -> None:
    found = statement("f(T{1}, []int{2})").constructs(Code.HEAP_LITERAL, 3)
    assert [(one.text, one.subject, one.rank > 0) for one in found] == [
        ("T{1}, []int{2}", "... argument", True),
        ("T{1}", None, True),
        ("[]int{2}", None, False),
    ]


def test_long_constructs_are_shortened_to_one_line() -> None:
    body = "\n\t\t".join(f"a{number}()" for number in range(100))
    (found,) = statement(f"f = func() {{\n{body} }}").constructs(Code.HEAP_CLOSURE, 3)
    assert found.text.startswith("func() { a0() a1() ")
    assert found.text.endswith("…")
    assert len(found.text) <= 60


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"\tf(n) // why\n", (2, 6)),
        (b"\tf(n) /* a */ // b\n", (2, 6)),
        (b"\tf(/* a */ n)  \n", (2, 14)),
        (b'\tf("// no", "\xc3\xa9")\r\n', (2, 18)),
        (b"\n", (1, 1)),
        (b"// only\n", (1, 1)),
        (b"\t \t\n", (4, 4)),
    ],
)
def test_a_lines_code(line: bytes, expected: tuple[int, int]) -> None:
    span = GoFile.parse("p.go", b"package p\nfunc F() {\n" + line + b"}\n").line_span(3)
    assert (span.line, span.column, span.end_line, span.end_column) == (
        3,
        expected[0],
        3,
        expected[1],
    )


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf", b"// \xff\xfe\n"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_byte_order_marks_line_ends_and_broken_utf8_do_not_move_columns(
    head: bytes, end: bytes
) -> None:
    lines = [b"package p", b"func F() {", '\tx := "é" + f(s, new(T))'.encode(), b"}", b""]
    file = GoFile.parse("p.go", head + end.join(lines))
    span = file.locate(Code.HEAP_NEW, 3 + head.count(b"\n"))
    assert span is not None
    assert (span.column, span.end_column) == (19, 25)
    assert [function.name for function in file.functions] == ["F"]


def test_one_question_looks_at_one_line_of_a_long_file() -> None:
    body = "\n".join(
        f"func F{number}(n int) {{\n\tif n > {number} {{\n\t\tsink(new(T), n)\n\t}}\n}}"
        for number in range(2000)
    )
    file = GoFile.parse("p.go", f"package p\n{body}\n".encode())
    line = 5 * 1000 + 4
    assert source_of(file, file.locate(Code.HEAP_NEW, line)) == "new(T)"
    assert [guard.text for guard in file.guards(line)] == ["n > 1000"]

    def opened(node: Node) -> int:
        # The root alone has 2000 children; what matters is how many were looked into.
        return sum(1 + opened(child) for child in node.children if child.is_open)

    assert opened(file.tree.root) < 50


@pytest.mark.parametrize(
    ("text", "column", "subject", "expected"),
    [
        # -m of Go 1.22 to 1.27 places a conversion where its operand is, the star's first byte.
        ("x := string(*(*[]byte)(p))", 13, "string(*(*[]byte)(p))", "string(*(*[]byte)(p))"),
        # Of a constant: where the conversion's own parenthesis is.
        ("h.Write([]byte(label))", 15, '([]byte)("mac1----")', "[]byte(label)"),
    ],
)
def test_a_conversion_at_its_place(text: str, column: int, subject: str, expected: str) -> None:
    file = statement(text)
    assert source_of(file, file.locate(Code.HEAP_CONVERSION, 3, column, subject)) == expected
