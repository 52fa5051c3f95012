"""Whatever the bytes are: nothing raises, and every span lies in the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.model import Code, Span
from golsp_mem.source.edits import (
    insert_import,
    insert_statement_after,
    insert_statement_before,
)
from golsp_mem.source.syntax import GoFile
from tests.source.sample import DIRECTORY

SAMPLE = (DIRECTORY / "constructs.go").read_bytes()
FRAGMENTS = [
    *(b"package p\n", b"import (\n", b'"a"', b"func ", b"(t *T[K]) ", b"M(", b"x, y", b"int"),
    *(b" := ", b" = ", b"+=", b"+", b"if ", b"else ", b"for ", b"range ", b"switch ", b"case "),
    *(b"select ", b"go ", b"defer ", b"return ", b"new(", b"make(", b"append(", b"[]byte("),
    *(b"&T{", b"{", b"}", b"(", b")", b"[", b"]", b"\n", b"\r\n", b"\t", b"//", b"/*", b"`"),
    *(b'"', b"'", b";", b":", b",", b".", b"&&", b"||", b"\xff", b"\x00", b"\xef\xbb\xbf"),
    *("é".encode(), "\U0001f4a5".encode(), b"break ", b"L:", b"goto L", b"default:", b"chan "),
]
go_like = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map(b"".join)
cut_up = st.tuples(
    st.integers(0, len(SAMPLE)), st.integers(0, 400), st.lists(st.sampled_from(FRAGMENTS))
).map(lambda cut: SAMPLE[: cut[0]] + b"".join(cut[2]) + SAMPLE[cut[0] + cut[1] :])


def assert_inside(text: bytes, span: Span | None) -> None:
    if span is None:
        return
    lines = text.split(b"\n")
    assert 1 <= span.line <= span.end_line <= len(lines)
    assert (span.line, span.column) <= (span.end_line, span.end_column)
    assert 1 <= span.column <= len(lines[span.line - 1]) + 1
    assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1


def check_everything(
    text: bytes, line: int, column: int | None, code: Code, subject: str | None
) -> None:
    file = GoFile.parse("p.go", text)
    span = file.locate(code, line, column, subject)
    assert_inside(text, span)
    for construct in file.constructs(code, line):
        assert_inside(text, construct.span)
    for function in file.functions:
        assert_inside(text, function.span)
        assert_inside(text, function.name_span)
        assert_inside(text, function.body)
        for name in ("x", "t"):
            for use in file.uses(name, function):
                assert_inside(text, use)
    assert_inside(text, file.line_span(line))
    assert_inside(text, file.call_span(line, "p.(*T).M", column))
    assert_inside(text, file.declaration_of(line, column or 1))
    for imported in file.imports:
        assert_inside(text, imported.span)
    for guard in (*file.guards(line), *file.guards(line, span)):
        assert 1 <= guard.line <= text.count(b"\n") + 1
        assert "\n" not in guard.text
    for edit in (
        insert_import(file, "runtime"),
        insert_statement_after(file, line, "f()"),
        insert_statement_before(file, line, "f()"),
    ):
        assert_inside(text, edit.span if edit else None)
    at = file.function_at(line, column)
    assert at is None or at in file.functions


@given(text=st.one_of(st.binary(), go_like, cut_up), data=st.data())
def test_every_question_has_an_answer(text: bytes, data: st.DataObject) -> None:
    line = data.draw(st.integers(0, text.count(b"\n") + 2))
    column = data.draw(st.none() | st.integers(0, 80))
    code = data.draw(st.sampled_from(Code))
    subject = data.draw(st.none() | st.sampled_from(["x", "make(int)", "... argument", "&T{...}"]))
    check_everything(text, line, column, code, subject)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"0%func({}(0+0%0(0%A[_%", 0),
        (b"\n\nfunc({}", 3),
        (b"import(", 0),
        (b"\t", 1),
        (b"package p\nfunc F() {\n x := " + b"(" * 5000, 3),
        (b"package p\nfunc F() {\n" + b"func() {" * 2000 + b"}" * 2000, 3),
        (b"package p\nfunc F() {\n x := a" + b" + a" * 5000 + b"\n}", 3),
    ],
)
def test_what_once_failed_or_nests_deep(text: bytes, line: int) -> None:
    check_everything(text, line, 2, Code.HEAP_OTHER, "x")
