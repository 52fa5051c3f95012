"""Edits that gofmt has nothing to add to."""

from __future__ import annotations

import subprocess

import pytest

from golsp_mem.model import Span
from golsp_mem.source.edits import (
    TextEdit,
    applied,
    import_name,
    insert_import,
    insert_statement_after,
    insert_statement_before,
    one_a_place,
)
from golsp_mem.source.syntax import GoFile
from tests.toolchains import go_binary


def assert_gofmt_agrees(text: str) -> None:
    gofmt = go_binary("1.26").with_name("gofmt")
    # gofmt writes \n only; whether \r\n was kept is compared elsewhere.
    plain = text.replace("\r\n", "\n")
    done = subprocess.run([str(gofmt)], input=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == plain


IMPORTS = [
    ("package p\n", 'package p\n\nimport "runtime"\n'),
    ("package p", 'package p\n\nimport "runtime"'),
    ("package p // c\n\nvar x = 1\n", 'package p // c\n\nimport "runtime"\n\nvar x = 1\n'),
    (
        '// Doc.\npackage p\n\nimport "os"\n\nvar x = 1\n',
        '// Doc.\npackage p\n\nimport "os"\nimport "runtime"\n\nvar x = 1\n',
    ),
    (
        'package p\n\nimport "unsafe" // why\n\nvar x = 1\n',
        'package p\n\nimport "runtime"\nimport "unsafe" // why\n\nvar x = 1\n',
    ),
    (
        'package p\n\nimport (\n\t"fmt"\n\t"unsafe"\n)\n',
        'package p\n\nimport (\n\t"fmt"\n\t"runtime"\n\t"unsafe"\n)\n',
    ),
    (
        'package p\n\nimport (\n\t"fmt"\n\t"os" // files\n)\n',
        'package p\n\nimport (\n\t"fmt"\n\t"os" // files\n\t"runtime"\n)\n',
    ),
    (
        'package p\n\nimport (\n\t"fmt"\n\n\t// ours\n\t"example.com/a"\n)\n',
        'package p\n\nimport (\n\t"fmt"\n\t"runtime"\n\n\t// ours\n\t"example.com/a"\n)\n',
    ),
    (
        'package p\n\nimport (\n\t"example.com/a"\n\n\t"os"\n\tu "unsafe"\n)\n',
        'package p\n\nimport (\n\t"example.com/a"\n\n\t"os"\n\t"runtime"\n\tu "unsafe"\n)\n',
    ),
    (
        'package p\n\nimport (\n\t"os"\n\t// about unsafe\n\t// two lines\n\t"unsafe"\n)\n',
        (
            'package p\n\nimport (\n\t"os"\n\t"runtime"\n'
            '\t// about unsafe\n\t// two lines\n\t"unsafe"\n)\n'
        ),
    ),
    ("package p\n\nimport ()\n", 'package p\n\nimport (\n\t"runtime"\n)\n'),
    (
        'package p\n\n// #include <x.h>\nimport "C"\n\nvar x = 1\n',
        'package p\n\n// #include <x.h>\nimport "C"\n\nimport "runtime"\n\nvar x = 1\n',
    ),
    (
        'package p\n\n// #include <x.h>\nimport "C"\nimport (\n\t"os"\n)\n',
        'package p\n\n// #include <x.h>\nimport "C"\nimport (\n\t"os"\n\t"runtime"\n)\n',
    ),
    (
        'package p\n\nimport (\n\t_ "runtime"\n\t"unsafe"\n)\n',
        'package p\n\nimport (\n\t"runtime"\n\t_ "runtime"\n\t"unsafe"\n)\n',
    ),
    (
        'package p\n\nimport (\n\t"example.com/a"\n)\n',
        'package p\n\nimport (\n\t"example.com/a"\n\t"runtime"\n)\n',
    ),
]


@pytest.mark.parametrize(("text", "expected"), IMPORTS)
def test_an_import_goes_where_gofmt_would_have_it(text: str, expected: str) -> None:
    file = GoFile.parse("p.go", text.encode())
    edit = insert_import(file, "runtime")
    assert edit is not None
    assert applied(file, [edit]).decode() == expected
    if expected.endswith("\n"):
        assert_gofmt_agrees(expected)


@pytest.mark.parametrize(("text", "expected"), [case for case in IMPORTS if case[0][-1] == "\n"])
def test_imports_keep_windows_line_ends(text: str, expected: str) -> None:
    file = GoFile.parse("p.go", text.replace("\n", "\r\n").encode())
    edit = insert_import(file, "runtime")
    assert edit is not None
    assert applied(file, [edit]).decode() == expected.replace("\n", "\r\n")


def test_an_import_list_in_one_line_is_spread_out() -> None:
    file = GoFile.parse("p.go", b'package p\n\nimport ("os"; u "unsafe")\n')
    edit = insert_import(file, "runtime")
    assert edit is not None
    text = applied(file, [edit]).decode()
    assert text == 'package p\n\nimport (\n\t"os"\n\t"runtime"\n\tu "unsafe"\n)\n'
    assert_gofmt_agrees(text)


@pytest.mark.parametrize(
    ("written", "path", "name"),
    [
        ('"runtime"', "runtime", "runtime"),
        ('rt "runtime"', "runtime", "rt"),
        (". `runtime`", "runtime", ""),
        ('_ "runtime"', "runtime", None),
        ('"runtime/debug"', "runtime/debug", "debug"),
        ('"runtime/debug"', "runtime", None),
        ('"math/rand/v2"', "math/rand/v2", "rand"),
    ],
)
def test_the_local_name_of_a_package(written: str, path: str, name: str | None) -> None:
    file = GoFile.parse("p.go", f"package p\n\nimport {written}\n".encode())
    assert import_name(file, path) == name
    assert (insert_import(file, path) is None) == (name is not None)


def test_an_import_list_in_one_line_with_comments_stays_as_it_is() -> None:
    file = GoFile.parse("p.go", b'package p\n\nimport ("os" /* why */)\n')
    edit = insert_import(file, "runtime")
    assert edit is not None
    assert (
        applied(file, [edit]).decode() == 'package p\n\nimport "runtime"\nimport ("os" /* why */)\n'
    )


@pytest.mark.parametrize("text", [b"\n", b"import(", b'package p\nimport (\n\t"os"\n'])
def test_a_broken_head_gets_no_import(text: bytes) -> None:
    assert insert_import(GoFile.parse("p.go", text), "runtime") is None


STATEMENTS = """package p

func F(n int) int {
	a()
	b(
		n,
	) // trailing
	if n > 1 {
		c()
	} else {
		d()
	}
	x := func() int {
		return n
	}
	for i := 0; i < n; i++ {
		e(i)
	}
	// comment

	switch n {
	case 1:
		g()
	}
	return x()
}
"""


@pytest.mark.parametrize(
    ("line", "after"),
    [
        (4, 4),
        (5, 7),
        (6, 7),
        (7, 7),
        (9, 9),
        (11, 11),
        (13, 15),
        (14, 14),
        (15, 15),
        (16, 18),
        (17, 17),
        (23, 23),
        (25, 25),
    ],
)
def test_a_statement_goes_after_the_whole_statement_of_the_line(line: int, after: int) -> None:
    file = GoFile.parse("p.go", STATEMENTS.encode())
    edit = insert_statement_after(file, line, "runtime.KeepAlive(n)")
    assert edit is not None
    text = applied(file, [edit]).decode()
    assert text.splitlines()[after].strip() == "runtime.KeepAlive(n)"
    assert_gofmt_agrees(text)


@pytest.mark.parametrize(
    ("line", "before"), [(4, 4), (5, 5), (6, 5), (9, 9), (13, 13), (16, 16), (17, 17), (23, 23)]
)
def test_a_statement_goes_before_the_whole_statement_of_the_line(line: int, before: int) -> None:
    file = GoFile.parse("p.go", STATEMENTS.replace("\n", "\r\n").encode())
    edit = insert_statement_before(file, line, "defer f()")
    assert edit is not None
    text = applied(file, [edit]).decode()
    assert text.split("\r\n")[before - 1].strip() == "defer f()"
    assert "\n" not in text.replace("\r\n", "")
    assert_gofmt_agrees(text)


@pytest.mark.parametrize("line", [1, 2, 3, 19, 20, 26, 99])
def test_no_statement_no_edit(line: int) -> None:
    file = GoFile.parse("p.go", STATEMENTS.encode())
    assert insert_statement_after(file, line, "a()") is None
    assert insert_statement_before(file, line, "a()") is None


@pytest.mark.parametrize(
    ("text", "after", "before"),
    [
        (
            "package p\n\nfunc F() {\nL:\n\tfor {\n\t\tbreak L\n\t}\n}\n",
            "package p\n\nfunc F() {\nL:\n\tfor {\n\t\tbreak L\n\t}\n\tb()\n}\n",
            "package p\n\nfunc F() {\n\tb()\nL:\n\tfor {\n\t\tbreak L\n\t}\n}\n",
        ),
        (
            "package p\n\nfunc F() { a() }\n",
            "package p\n\nfunc F() { a(); b() }\n",
            "package p\n\nfunc F() { b(); a() }\n",
        ),
        (
            "package p\n\nvar f = func() { a() } // c\n",
            "package p\n\nvar f = func() { a(); b() } // c\n",
            "package p\n\nvar f = func() { b(); a() } // c\n",
        ),
    ],
)
def test_labels_and_bodies_on_one_line(text: str, after: str, before: str) -> None:
    file = GoFile.parse("p.go", text.encode())
    line = 4 if "L:" in text else 3
    later = insert_statement_after(file, line, "b()")
    earlier = insert_statement_before(file, line, "b()")
    assert later is not None
    assert earlier is not None
    assert (applied(file, [later]).decode(), applied(file, [earlier]).decode()) == (after, before)
    assert_gofmt_agrees(after)
    assert_gofmt_agrees(before)


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], "aé\nb\nc"),
        ([(2, 1, 2, 2, "xx")], "aé\nxx\nc"),
        ([(1, 4, 2, 1, " ")], "aé b\nc"),
        ([(1, 1, 1, 1, "1"), (3, 2, 3, 2, "3"), (1, 2, 1, 4, "")], "1a\nb\nc3"),
        ([(2, 1, 2, 1, "x"), (2, 1, 2, 2, "y")], "aé\nxy\nc"),
        ([(2, 1, 2, 2, "y"), (2, 1, 2, 1, "x"), (2, 1, 2, 1, "w")], "aé\nwxy\nc"),
    ],
)
def test_applied(edits: list[tuple[int, int, int, int, str]], expected: str) -> None:
    changes = [TextEdit(Span("a.go", *where), new) for *where, new in edits]
    file = GoFile.parse("a.go", "aé\nb\nc".encode())
    assert applied(file, changes).decode() == expected
    alone = one_a_place(changes)
    assert applied(file, alone).decode() == expected
    assert len({edit.span.start for edit in alone}) == len(alone)
