"""golsp-mem's own comments: what they say, what they govern, what is wrong with them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golsp_mem.model import Code, Span
from golsp_mem.source.directives import (
    Contract,
    Directives,
    Malformed,
    Origin,
    Suppression,
    exempt_lines,
    may_have_directives,
    read_directives,
)
from golsp_mem.source.syntax import GoFile
from tests.toolchains import go_binary


def read(text: str) -> Directives:
    return read_directives(GoFile.parse("p.go", text.encode()))


def in_function(body: str) -> Directives:
    """The directives of a function's body; its first line is line 3."""
    return read(f"package p\nfunc F() {{\n{body}\n}}\n")


IGNORE = "//golsp-mem:ignore heap-new"


@pytest.mark.parametrize(
    ("written", "codes", "reason"),
    [
        ("ignore heap-new", ("heap-new",), ""),
        ("ignore heap-new why not", ("heap-new",), "why not"),
        ("ignore heap-new,heap-boxing why", ("heap-new", "heap-boxing"), "why"),
        ("ignore heap-new , heap-boxing why", ("heap-new", "heap-boxing"), "why"),
        ("ignore heap-*,stack-recursion why", ("heap-*", "stack-recursion"), "why"),
        ("ignore heap-new,heap-new", ("heap-new",), ""),
        ("ignore\theap-new\twhy", ("heap-new",), "why"),
        ("ignore heap-new // why", ("heap-new",), "why"),
        ("ignore heap-new -- why", ("heap-new",), "why"),
        ("ignore heap-new : why", ("heap-new",), "why"),
        ("ignore heap-new: why", ("heap-new",), "why"),
        ("ignore heap-new //", ("heap-new",), ""),
        ("ignore heap-new größer", ("heap-new",), "größer"),
        ("ignore nonsense why", ("nonsense",), "why"),
    ],
)
@pytest.mark.parametrize("prefix", ["//golsp-mem:", "// golsp-mem:"])
def test_an_ignore_names_codes_and_a_reason(
    written: str, codes: tuple[str, ...], reason: str, prefix: str
) -> None:
    found = in_function(f"x() {prefix}{written}")
    assert found.malformed == ()
    (one,) = found.suppressions
    assert (one.codes, one.reason, one.explicit) == (codes, reason, True)
    assert one.text == "//golsp-mem:ignore " + ",".join(codes)


# Bodies with the lines, within the body, that the directive governs.
PLACES = [
    ("behind-a-statement", f"a()\nx() {IGNORE}\nb()", (2, 2)),
    ("behind-several", f"x(); y() {IGNORE}", (1, 1)),
    ("a-statement-that-goes-on", f"x(a, {IGNORE}\n\tb)\nc()", (1, 2)),
    ("a-literal-that-goes-on", f"x := T{{ {IGNORE}\n\ta: 1,\n}}", (1, 3)),
    ("one-element", f"x := T{{\n\ta: 1, {IGNORE}\n\tb: 2,\n}}", (2, 2)),
    ("an-element-that-goes-on", f"x := T{{\n\ta: {{ {IGNORE}\n\t1}},\n\tb: 2,\n}}", (2, 3)),
    ("an-element-that-ends", f"x := T{{\n\ta: {{\n\t1}}, {IGNORE}\n\tb: 2,\n}}", (2, 3)),
    ("an-operand", f"x := a +\n\tb + {IGNORE}\n\tc", (2, 2)),
    ("where-a-statement-ends", f"x(a,\n\tb) {IGNORE}\nc()", (1, 2)),
    ("the-brace-of-a-literal", f"x := T{{\n\ta: 1,\n}} {IGNORE}", (1, 3)),
    ("the-head-of-an-if", f"if a {'{'} {IGNORE}\n\tx()\n}}", (1, 1)),
    ("the-long-head-of-an-if", f"if a &&\n\tb {{ {IGNORE}\n\tx()\n}}", (1, 2)),
    ("within-the-long-head", f"if a && {IGNORE}\n\tb {{\n\tx()\n}}", (1, 2)),
    ("the-head-of-an-else", f"if a {{\n\tx()\n}} else {{ {IGNORE}\n\ty()\n}}", (3, 3)),
    ("the-head-of-a-loop", f"for i := range x {{ {IGNORE}\n\ty()\n}}", (1, 1)),
    ("the-head-of-a-switch", f"switch x {{ {IGNORE}\ncase 1:\n\ty()\n}}", (1, 1)),
    ("the-head-of-a-case", f"switch x {{\ncase 1: {IGNORE}\n\ty()\n}}", (2, 2)),
    ("the-head-of-a-literal", f"go func() {{ {IGNORE}\n\tx()\n}}()", (1, 1)),
    ("an-if-in-one-line", f"if a {{ x() }} {IGNORE}\ny()", (1, 1)),
    ("in-a-case", f"switch x {{\ncase 1: y(a, {IGNORE}\n\tb)\n}}", (2, 3)),
    ("above-a-statement", f"{IGNORE}\nx(\n\ta)\nb()", (2, 3)),
    ("above-a-block", f"{IGNORE}\nif a {{\n\tx()\n}} else {{\n\ty()\n}}\nb()", (2, 6)),
    ("above-an-element", f"x := T{{\n\t{IGNORE}\n\ta: 1,\n\tb: 2,\n}}", (3, 3)),
    ("above-an-argument", f"x(\n\t{IGNORE}\n\ta(\n\t1),\n\tb)", (3, 4)),
    ("above-a-case", f"switch x {{\n{IGNORE}\ncase 1:\n\ty()\n\tz()\ncase 2:\n}}", (3, 5)),
    ("above-and-a-comment-between", f"{IGNORE}\n// note\n\nx()\ny()", (4, 4)),
    ("below-a-comment-of-the-line-before", f"a() // note\n{IGNORE}\nx()", (3, 3)),
    ("above-a-labeled-loop", f"{IGNORE}\nL:\nfor {{\n\tx()\n}}", (2, 5)),
]


@pytest.mark.parametrize(("body", "lines"), [pytest.param(*p[1:], id=p[0]) for p in PLACES])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_lines_that_an_ignore_governs(body: str, lines: tuple[int, int], newline: str) -> None:
    found = in_function(body.replace("\n", newline))
    assert found.malformed == ()
    (one,) = found.suppressions
    assert (one.first_line - 2, one.last_line - 2) == lines


FILE = """\
// Package p.
{0}
package p

import "fmt" {1}

// F does.
{2}
//
// More.
func F(a int,
	b int) {{ {3}
	x()
}} {4}

{5}
var (
	{6}
	a = f(
		1)
	b = 2 {7}
)

{8}
type T struct {{
	A int {9}
}}
"""


@pytest.mark.parametrize(
    ("place", "lines"),
    [
        *((0, (1, 28)), (1, (5, 5)), (2, (11, 14)), (3, (11, 12)), (4, None)),
        *((5, (17, 22)), (6, (19, 20)), (7, (21, 21)), (8, (25, 27)), (9, (26, 26))),
    ],
)
def test_an_ignore_governs_files_functions_and_declarations(
    place: int, lines: tuple[int, int] | None
) -> None:
    found = read(FILE.format(*(IGNORE if at == place else "" for at in range(10))))
    assert [(one.first_line, one.last_line) for one in found.suppressions] == (
        [lines] if lines else []
    )
    assert len(found.malformed) == (lines is None)


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (
            "//golsp-mem:ignore",
            "//golsp-mem:ignore names no code; write //golsp-mem:ignore heap-boxing why",
        ),
        (
            "//golsp-mem:ignore // why",
            "//golsp-mem:ignore names no code; write //golsp-mem:ignore heap-boxing why",
        ),
        (
            "//golsp-mem:ignore heap-new, // why",
            "//golsp-mem:ignore names no code; write //golsp-mem:ignore heap-boxing why",
        ),
        (
            "//golsp-mem:ingore heap-new why",
            "unknown directive //golsp-mem:ingore (did you mean //golsp-mem:ignore?)",
        ),
        (
            "// golsp-mem:Ignore heap-new why",
            "unknown directive //golsp-mem:Ignore (did you mean //golsp-mem:ignore?)",
        ),
        (
            "//golsp-mem:noallocs",
            "unknown directive //golsp-mem:noallocs (did you mean //golsp-mem:noalloc?)",
        ),
        (
            "//golsp-mem:noalloc:calls",
            "unknown directive //golsp-mem:noalloc:calls (did you mean //golsp-mem:noalloc?)",
        ),
        (
            "//golsp-mem:noalloc lokal",
            "//golsp-mem:noalloc lokal: write local, or a colon before the reason",
        ),
        (
            "//golsp-mem:noalloc strict local",
            (
                "//golsp-mem:noalloc strict local: write one of local and strict, or a colon "
                "before the reason"
            ),
        ),
        (
            "//golsp-mem:xyz",
            "unknown directive //golsp-mem:xyz (there are ignore, noalloc)",
        ),
        (
            "//golsp-mem:ignore:heap-new",
            "a blank goes before the codes: //golsp-mem:ignore CODE why",
        ),
        (
            "//golsp-mem: ignore heap-new",
            "no blank follows the colon: //golsp-mem:ignore CODE why",
        ),
        (
            "//golsp-mem:",
            "no blank follows the colon: //golsp-mem:ignore CODE why",
        ),
        (
            "/* golsp-mem:ignore heap-new why */",
            "a block comment is no directive; write //golsp-mem:ignore CODE why",
        ),
    ],
)
def test_what_cannot_be_read_is_told(comment: str, text: str) -> None:
    found = in_function(f"x() {comment}")
    assert found == Directives(malformed=(Malformed(found.malformed[0].span, text),))


def test_a_code_behind_a_blank_is_told_and_the_others_hold() -> None:
    found = in_function("x() //golsp-mem:ignore heap-new heap-boxing why")
    assert [one.text for one in found.malformed] == [
        "codes are separated by commas: heap-new,heap-boxing"
    ]
    assert [one.codes for one in found.suppressions] == [("heap-new",)]


@pytest.mark.parametrize("word", ["ignore heap-new", "noalloc"])
@pytest.mark.parametrize(
    "body",
    ["if a {\n\tx()\n} HERE", "go func() {\n\tx()\n}() HERE", "x()\nHERE", "x(\n\ta,\n\tHERE\n)"],
)
def test_a_directive_that_governs_nothing_is_told(word: str, body: str) -> None:
    found = in_function(body.replace("HERE", f"//golsp-mem:{word}"))
    assert (found.suppressions, found.contracts) == ((), ())
    (one,) = found.malformed
    assert "governs nothing here" in one.text


@pytest.mark.parametrize(
    "comment",
    [
        "// see golsp-mem:ignore",
        "// golsp-mem: a checker",
        "// golsp-mem",
        "//  golsp-mem:ignore",
        "//\tgolsp-mem:ignore heap-new",
        "// Write //golsp-mem:ignore CODE why.",
        "/* see //golsp-mem:ignore */",
        "// nolintlint",
    ],
)
def test_prose_is_no_directive(comment: str) -> None:
    assert in_function(f"x() {comment}") == Directives()


def test_text_in_strings_is_no_directive() -> None:
    body = (
        "s := \"//golsp-mem:ignore heap-new\"\nr := `\n//golsp-mem:noalloc\n//nolint\n`\nc := '/'"
    )
    assert in_function(body) == Directives()


def test_a_directive_follows_another_tools_in_one_comment() -> None:
    found = in_function("ä, x := f() //nolint:errcheck // why //golsp-mem:ignore heap-new ok")
    (one,) = found.suppressions
    assert (one.codes, one.reason) == (("heap-new",), "ok")
    column = len("ä, x := f() //nolint:errcheck // why ".encode()) + 1
    assert (one.span.line, one.span.column) == (3, column)


def test_two_of_ours_in_one_comment_have_places_of_their_own() -> None:
    found = in_function("x() //golsp-mem:ignore heap-new why //golsp-mem:noalloc hot")
    (suppression,), (contract,) = found.suppressions, found.contracts
    assert (suppression.reason, contract.reason) == ("why", "hot")
    assert suppression.span.end_column < contract.span.column


NOALLOC = "//golsp-mem:noalloc"


@pytest.mark.parametrize(
    ("text", "function", "lines"),
    [
        ("// F does.\nHERE\nfunc F() {\n\tx()\n}", "F", (4, 6)),
        ("HERE\n\nfunc F() {\n\tx()\n}", "F", (4, 6)),
        ("func F() { HERE\n\tx()\n}", "F", (2, 4)),
        ("func F(a int,\n\tb int) { HERE\n\tx()\n}", "F", (2, 5)),
        ("func F(a int, HERE\n\tb int) {\n\tx()\n}", "F", (2, 5)),
        ("func F() { x() } HERE", "F", (2, 2)),
        ("func (t *T[K]) M() { HERE\n}", "(*T[...]).M", (2, 3)),
        ("HERE\nvar f = func() {\n\tx()\n}", "init.func1", (3, 5)),
        ("func F() {\n\tHERE\n\tf := func() {\n\t\tx()\n\t}\n}", "F.func1", (4, 6)),
        ("func F() {\n\tgo func() { HERE\n\t\tx()\n\t}()\n}", "F.func1", (3, 5)),
        ("func F() {\n\tg(a, func() { HERE\n\t\tx()\n\t})\n}", "F.func1", (3, 5)),
        ("func F() {\n\tdefer func() { x() }() HERE\n}", "F.func1", (3, 3)),
        ("func F() {\n\tg(func() {}, func() {}) HERE\n}", None, (3, 3)),
        ("func F() {\n\tHERE\n\tfor {\n\t\tf = func() {}\n\t}\n}", None, (4, 6)),
        ("func F() {\n\tfor { HERE\n\t\tx()\n\t}\n}", None, (3, 5)),
        ("func F() {\n\tif a {\n\t} else { HERE\n\t\tx()\n\t}\n}", None, (4, 6)),
        ("func F() {\n\tx(a, HERE\n\t\tb)\n}", None, (3, 4)),
    ],
)
def test_a_contract_governs_a_function_or_a_statement(
    text: str, function: str | None, lines: tuple[int, int]
) -> None:
    file = GoFile.parse("p.go", f"package p\n{text.replace('HERE', NOALLOC)}\n".encode())
    found = read_directives(file)
    assert found.malformed == ()
    (one,) = found.contracts
    assert (one.function, one.text) == (function, NOALLOC)
    assert (one.first_line, one.last_line) == lines
    assert one.origin is Origin.GOLSP_MEM
    known = {each.name: each.name_span for each in file.functions}
    assert one.anchor == known[function] if function else one.anchor.line == lines[0]


@pytest.mark.parametrize(
    "text",
    [
        f"{NOALLOC}\npackage p\n",
        f"package p\n{NOALLOC}\ntype T int\n",
        f'package p\nimport "fmt" {NOALLOC}\n',
        f"package p\n{NOALLOC}\nconst c = 1\n",
        f"package p\ntype I interface {{\n\tM() {NOALLOC}\n}}\n",
        f"package p\ntype (\n\tT struct {{\n\t\t{NOALLOC}\n\t\tf func()\n\t}}\n)\n",
        f"package p\nfunc F(\n\t{NOALLOC}\n\ta int,\n) {{\n}}\n",
        f"package p\nfunc F() {{\n\tvar i interface {{\n\t\t{NOALLOC}\n\t\tM()\n\t}}\n}}\n",
    ],
)
def test_a_contract_needs_something_that_is_executed(text: str) -> None:
    found = read(text)
    assert (found.contracts, len(found.malformed)) == ((), 1)


def test_the_closure_of_a_governed_literal_is_no_breach() -> None:
    text = f"package p\nfunc F() {{\n\tf := func(a int) {{ {NOALLOC}\n\t\tx()\n\t}}\n\tg()\n}}\n"
    (contract,) = read(text).contracts

    def governs(line: int, column: int) -> bool:
        return contract.governs(Span("p.go", line, column, line, column + 1))

    assert not governs(3, 7)
    assert governs(3, len("\tf := func(") + 1)
    assert governs(4, 3)
    assert not governs(6, 2)


@pytest.mark.parametrize("release", ["1.22", "1.26", "1.27"])
def test_gofmt_changes_no_meaning(release: str) -> None:
    text = (
        f"package p\n\n// F does.\n{NOALLOC} hot\n{IGNORE} why\nfunc F() {{\n\tx() {IGNORE}\n}}\n"
    )
    gofmt = go_binary(release).with_name("gofmt")
    done = subprocess.run([gofmt], input=text, capture_output=True, text=True, check=True)
    assert "// golsp-mem:noalloc" in done.stdout

    def meaning(found: Directives) -> list[object]:
        return [
            *((one.text, one.reason, one.first_line, one.last_line) for one in found.suppressions),
            *((one.function, one.reason) for one in found.contracts),
        ]

    assert meaning(read(done.stdout)) == meaning(read(text))
    assert len(meaning(read(text))) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"package p\n\n// nothing\nfunc F() {}\n", False),
        (b"// go:generate", False),
        *((word, True) for word in (b"//golsp-mem:x", b"//nolint", b"//gcassert:bce")),
        *((word, True) for word in (b"// +checkescape", b"// +mustescape:heap")),
    ],
)
def test_a_cheap_look_tells_which_files_matter(text: bytes, expected: bool) -> None:
    assert may_have_directives(text) is expected


PIECES = [
    *("//golsp-mem:ignore heap-new why", "// golsp-mem:noalloc", "//golsp-mem:noalloc why"),
    *("//golsp-mem:", "//golsp-mem:x", "//nolint", "//nolint:golsp-mem // ä", "// escapes: no"),
    *("//gcassert:noescape,bce", "// +checkescape", "// +checkescape:all,x", "/* golsp-mem:x */"),
    *("package p", "func F() {", "func(", "}", ")", "{", "(", "if x {", "} else {", "switch x {"),
    *("case 1:", "x := T{", "x()", ",", ";", "`", '"', "\t", "\r\n", "\n", "\n", "\n", " ", "ü"),
    *("var (", "type T struct {", "interface {", "\x00", "\ufeff", "\f", "\v", "//", "/*", "*/"),
]


def spans_of(found: Directives) -> list[tuple[Span, int, int]]:
    """Every span with the lines that must hold it, or that its directive governs."""
    listed: list[tuple[Span, int, int]] = []
    every: tuple[Suppression | Contract, ...] = (*found.suppressions, *found.contracts)
    for one in every:
        listed.append((one.span, one.first_line, one.last_line))
        if isinstance(one, Contract):
            listed += [(span, one.first_line, one.last_line) for span in (one.region, one.anchor)]
    return [*listed, *((one.span, one.span.line, one.span.end_line) for one in found.malformed)]


def check_any(text: bytes) -> None:
    file = GoFile.parse("p.go", text)
    for span, first, last in spans_of(read_directives(file)):
        assert 1 <= first <= last <= file.tree.lines
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        for line, column in ((span.line, span.column), (span.end_line, span.end_column)):
            start, end = file.tree.line_bounds(line)
            assert 1 <= column <= end - start + 1
    assert exempt_lines(file) <= set(range(1, file.tree.lines + 1))


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=400)
def test_broken_code_never_raises(text: str) -> None:
    check_any(text.encode())
    check_any(b"package p\n" + text.encode("latin-1", "replace"))


@given(st.binary(max_size=80), st.sampled_from([piece.encode() for piece in PIECES]))
def test_any_bytes_never_raise(text: bytes, piece: bytes) -> None:
    check_any(text + piece + text)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff//golsp-mem:noalloc\nx",
        "/*\r\n//gcassert:noescape,bce*/",
        "//golsp-mem:ignore heap-new why",
        "package p\nfunc F() {" + "if x {" * 3000 + " //golsp-mem:noalloc",
    ],
)
def test_what_once_failed_or_nests_deep(text: str) -> None:
    check_any(text.encode())


def test_a_byte_order_mark_is_no_code() -> None:
    found = read(f"\ufeff// p\n//nolint:golsp-mem\n\n{IGNORE}\npackage p\n")
    assert [(one.first_line, one.last_line) for one in found.suppressions] == [(1, 2), (1, 6)]


@pytest.mark.parametrize(
    "line",
    [
        f"\tx(func() {{ {NOALLOC}\n\t}})",
        f"\tx() {IGNORE}",
        IGNORE,
        "//nolint:golsp-mem",
        f"//nolint:golsp-mem {NOALLOC} {NOALLOC}",
        "\tx() //gcassert:noescape",
        f"\tif x {{ {IGNORE}",
    ],
)
def test_work_grows_as_the_file_does(line: str) -> None:
    def calls(lines: int) -> int:
        file = GoFile.parse(
            "p.go", f"package p\nfunc F() {{\n{(line + chr(10)) * lines}}}\n".encode()
        )
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(counted)
        try:
            read_directives(file)
        finally:
            sys.setprofile(None)
        return count

    assert calls(1200) < 4.5 * calls(300)


def test_a_long_file_is_read_to_its_end() -> None:
    body = "".join(
        f"// F{i} does.\n{NOALLOC}\nfunc F{i}() {{\n\tx() {IGNORE}\n}}\n" for i in range(2000)
    )
    found = read(f"package p\n{body}")
    assert (len(found.contracts), len(found.suppressions), found.malformed) == (2000, 2000, ())
    assert (found.contracts[-1].function, found.contracts[-1].first_line) == ("F1999", 9999)
    assert found.suppressions[-1].first_line == 10000


def test_source_order() -> None:
    found = in_function("x() //gcassert:noescape\ny() //golsp-mem:noalloc\nz() //gcassert:noescape")
    assert [one.span.line for one in found.contracts] == [3, 4, 5]
    assert Code.HEAP_NEW in (found.contracts[0].codes or ())


def test_promises_behind_a_line_comment_cannot_be_checked() -> None:
    text = (
        "package p\n\n//golsp-mem:noalloc\nfunc A() {}\n\n//line p.y:10\n"
        "//golsp-mem:noalloc\nfunc B() {}\n\n//golsp-mem:ignore heap-new why\nfunc C() {}\n"
    )
    file = GoFile.parse("p.go", text.encode())
    assert [one.function for one in read_directives(file).contracts] == ["A", "B"]
    found = read_directives(file, elsewhere=True)
    assert [one.function for one in found.contracts] == ["A"]
    [said] = found.malformed
    assert said.span.line == 7
    assert "the //line comment in line 6 gives its code another place" in said.text
    assert len(found.suppressions) == 1


@pytest.mark.parametrize(
    ("comment", "is_told"),
    [
        ("// golsp-mem: ignore heap-new why", True),
        ("//golsp-mem ignore heap-new why", True),
        ("//golspmem:ignore heap-new why", True),
        ("//golsp-mem noalloc", True),
        ("// golsp-mem ignores what it does not know", False),
        ("// golsp-mem noalloc promises are errors", False),
        ("// see golsp-mem: it ignores nothing", False),
    ],
)
def test_what_was_meant_as_a_directive_is_told(comment: str, is_told: bool) -> None:
    file = GoFile.parse("p.go", f"package p\n\n{comment}\nfunc F() {{}}\n".encode())
    found = read_directives(file)
    assert (found.contracts, found.suppressions) == ((), ())
    assert [one.text.startswith("no directive") for one in found.malformed] == [True] * is_told
