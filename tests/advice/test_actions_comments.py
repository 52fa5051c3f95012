"""Comments that are written and removed for people: they do what their titles say."""

from __future__ import annotations

import pytest

from golsp_mem.advice.actions.comments import comment_fix
from golsp_mem.model import Code, Finding, Span
from golsp_mem.source.directives import read_directives
from golsp_mem.source.edits import applied
from golsp_mem.source.syntax import GoFile


def finding(text: str, code: Code = Code.HEAP_NEW) -> tuple[GoFile, Finding]:
    """A file, and a finding of what stands between two bars in its text."""
    before, marked, after = text.split("|")
    file = GoFile.parse("/p/a.go", f"package p\n\n{before}{marked}{after}".encode())
    start = len(f"package p\n\n{before}".encode())
    span = file.tree.span(start, start + len(marked.encode()))
    return file, Finding(code, span, "p", "p.F", "m")


def fixed(text: str, code: Code = Code.HEAP_NEW) -> str | None:
    file, one = finding(text, code)
    fix = comment_fix(file, one)
    return applied(file, [fix.edit]).decode().removeprefix("package p\n\n") if fix else None


IGNORE = "//golsp-mem:ignore heap-new"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        pytest.param(
            "func F() {\n\tuse(|new(int)|)\n}\n", f"func F() {{\n\tuse(new(int)) {IGNORE}\n}}\n",
            id="behind",
        ),
        pytest.param(
            "func F() {\n\tuse(|new(int)|) // why not\n}\n",
            f"func F() {{\n\t{IGNORE}\n\tuse(new(int)) // why not\n}}\n",
            id="above, where a comment stands already",
        ),
        pytest.param(
            "func F() {\n\tuse(|new(int)|)  \r\n}\n",
            f"func F() {{\n\tuse(new(int)) {IGNORE}\r\n}}\n",
            id="line ends of Windows",
        ),
        pytest.param(
            "func F() {\n\tuse(|new(int)|, `a\nb`)\n}\n", None, id="not into a string",
        ),
        pytest.param(
            "func F() {\n\tuse(\n\t\ta,\n\t\t|new(int)|,\n\t)\n}\n",
            f"func F() {{\n\tuse(\n\t\ta,\n\t\tnew(int), {IGNORE}\n\t)\n}}\n",
            id="in the midst of a statement",
        ),
        pytest.param(
            "func F() {\n\tfor f(|new(int)|) {\n\t}\n}\n",
            f"func F() {{\n\tfor f(new(int)) {{ {IGNORE}\n\t}}\n}}\n",
            id="the head of a loop",
        ),
        pytest.param(
            "func F() {\n\tfor f(|new(int)|) { // all of it\n\t\tg()\n\t}\n}\n", None,
            id="not a whole loop",
        ),
        pytest.param("var x = |new(int)|", f"var x = new(int) {IGNORE}", id="without a line end"),
    ],
)  # fmt: skip
def test_a_finding_is_accepted(text: str, after: str | None) -> None:
    assert fixed(text) == after


def test_the_title_says_what_is_written() -> None:
    fix = comment_fix(*finding("var x = |f()|\n", Code.KEEPALIVE_MISSING))
    assert fix is not None
    assert fix.title == "Ignore keepalive-missing here (//golsp-mem:ignore keepalive-missing)"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("var x = 1 |//golsp-mem:ignore heap-new why|\n", "var x = 1\n"),
        ("\t|//golsp-mem:ignore heap-new|\nvar x = 1\n", "var x = 1\n"),
        ("var x = 1 |//nolint:golsp-mem|\n", "var x = 1\n"),
        ("var x = 1 |//nolint:golsp-mem,errcheck // why|\n", None),
        ("var x = 1 |//golsp-mem:ignore heap-new| //nolint:errcheck\n", None),
        ("var x = 1 //nolint:a |//golsp-mem:ignore heap-new|\n", "var x = 1 //nolint:a\n"),
        ("|//golsp-mem:ignore heap-new|", ""),
    ],
)  # fmt: skip
def test_what_suppresses_nothing_is_removed(text: str, after: str | None) -> None:
    assert fixed(text, Code.DIRECTIVE_UNUSED) == after


@pytest.mark.parametrize("code", [Code.DIRECTIVE_MALFORMED, Code.DIRECTIVE_UNEXPLAINED])
def test_other_complaints_are_for_people(code: Code) -> None:
    assert fixed("var x = 1 |//golsp-mem:ignore nothing|\n", code) is None


def test_a_finding_beyond_the_text() -> None:
    file = GoFile.parse("/p/a.go", b"package p\n")
    one = Finding(Code.HEAP_NEW, Span("/p/a.go", 90, 1, 90, 2), "p", "p.F", "m")
    fix = comment_fix(file, one)
    assert fix is None or read_directives(GoFile.parse("/p/a.go", applied(file, [fix.edit])))
