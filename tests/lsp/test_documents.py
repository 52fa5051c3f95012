"""Open documents: their texts, and where their lines came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from golsp_mem.lsp.answers.position_map import PositionMap
from golsp_mem.lsp.convert import Text
from golsp_mem.lsp.state.documents import NEW, Document, Documents, same_lines
from golsp_mem.model import Span

UTF16 = types.PositionEncodingKind.Utf16
URI = "file:///w/a.go"
CODE = "package p\n\nfunc f() *int {\n\tx := 1\n\treturn &x\n}\n"


def opened(text: str = CODE) -> tuple[Documents, Document]:
    documents = Documents(UTF16)
    document = documents.open(types.TextDocumentItem(URI, "go", 1, text))
    assert document is not None
    return documents, document


def edit(
    documents: Documents, start: tuple[int, int], end: tuple[int, int], text: str, version: int = 2
) -> None:
    edit_all(documents, [(start, end, text)], version)


Edits = list[tuple[tuple[int, int], tuple[int, int], str]]


def edit_all(documents: Documents, edits: Edits, version: int = 2) -> None:
    changes: list[types.TextDocumentContentChangeEvent] = [
        types.TextDocumentContentChangePartial(
            range=types.Range(types.Position(*start), types.Position(*end)), text=text
        )
        for start, end, text in edits
    ]
    document = types.VersionedTextDocumentIdentifier(version, URI)
    documents.change(types.DidChangeTextDocumentParams(document, changes))


def line_of_x(document: Document) -> int | None:
    """Where the finding on ``x := 1`` (line 4) is shown, 0-based."""
    shown = PositionMap(Text(CODE), document, UTF16)
    at = shown.range_of(Span("a.go", 4, 2, 4, 3))
    return at.start.line if at else None


@pytest.mark.parametrize(
    ("start", "end", "text", "line"),
    [
        pytest.param((0, 0), (0, 0), "// c\n", 4, id="a line above"),
        pytest.param((0, 9), (1, 0), "", 2, id="a line above deleted"),
        pytest.param((5, 1), (5, 1), "\n// c", 3, id="a line below"),
        pytest.param((3, 7), (3, 7), "\n\ty := 2", 3, id="enter at its end"),
        pytest.param((3, 0), (3, 0), "\n", 4, id="enter at its start"),
        pytest.param((3, 6), (3, 7), "2", None, id="the line itself"),
        pytest.param((2, 0), (4, 0), "", None, id="deleted with others"),
        pytest.param((0, 0), (6, 0), "", None, id="all deleted"),
    ],
)
def test_a_finding_follows_its_unchanged_line(
    start: tuple[int, int], end: tuple[int, int], text: str, line: int | None
):
    documents, document = opened()
    edit(documents, start, end, text)
    assert line_of_x(document) == line


def test_edits_far_apart_do_not_drop_what_lies_between():
    documents, document = opened()
    edit(documents, (5, 1), (5, 1), " // end")
    edit(documents, (0, 0), (0, 0), "// start\n")
    assert line_of_x(document) == 4


def test_a_finding_comes_back_when_its_line_does():
    documents, document = opened()
    edit(documents, (3, 6), (3, 7), "2")
    assert line_of_x(document) is None
    edit(documents, (3, 6), (3, 7), "1")
    assert line_of_x(document) == 3


def test_findings_of_an_older_text_survive_saves():
    documents, document = opened()
    document.mark_analysed(Text(CODE))
    edit(documents, (0, 0), (0, 0), "// one\n")
    documents.save(URI, None)
    edit(documents, (6, 1), (6, 1), " // two")
    documents.save(URI, None)
    assert line_of_x(document) == 4


def test_an_analysis_of_the_saved_text_follows_what_was_typed_meanwhile():
    documents, document = opened()
    edit(documents, (0, 0), (0, 0), "// saved\n")
    documents.save(URI, None)
    saved = document.text
    edit(documents, (0, 0), (0, 0), "// typed\n")
    edit(documents, (7, 1), (7, 1), " // typed")
    document.mark_analysed(saved)
    at = PositionMap(saved, document, UTF16).range_of(Span("a.go", 5, 2, 5, 3))
    assert at is not None
    assert at.start == types.Position(5, 1)


def test_a_text_that_was_never_open_is_compared():
    _, document = opened()
    document.mark_analysed(Text("// other\n" + CODE))
    at = PositionMap(Text("// other\n" + CODE), document, UTF16).range_of(Span("a.go", 5, 2, 5, 3))
    assert at is not None
    assert at.start.line == 3


def test_a_span_whose_inside_grew_is_dropped():
    documents, document = opened()
    edit(documents, (3, 0), (3, 0), "\t// new\n")
    shown = PositionMap(Text(CODE), document, UTF16)
    assert shown.range_of(Span("a.go", 3, 1, 6, 2)) is None


def test_back_to_the_analysed_text():
    documents, document = opened()
    edit(documents, (0, 0), (0, 0), "// c\n")
    shown = PositionMap(Text(CODE), document, UTF16)
    assert shown.outdated
    assert shown.go_place(types.Position(4, 1)) == (4, 2)
    assert shown.go_place(types.Position(0, 1)) is None
    assert shown.go_place(types.Position(99, 0)) is None


def test_whole_text_changes():
    documents, document = opened()
    documents.change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(7, URI),
            [types.TextDocumentContentChangeWholeDocument(text="// c\n" + CODE)],
        )
    )
    assert document.version == 7
    assert line_of_x(document) == 4


@pytest.mark.parametrize(
    "uri", ["untitled:x.go", "file:///w/go.mod", "git:/w/a.go", "file:///w/a.go.orig"]
)
def test_what_is_no_go_file_on_disk_is_not_kept(uri: str):
    documents = Documents(UTF16)
    assert documents.open(types.TextDocumentItem(uri, "go", 1, "x")) is None
    assert list(documents) == []


def test_changes_of_what_is_not_open_are_passed_over():
    documents = Documents(UTF16)
    edit(documents, (0, 0), (0, 0), "x")
    assert documents.save(URI, "x") is None
    assert documents.close(URI) is None


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8)


@given(LINES, LINES)
def test_same_lines_leads_to_equal_lines_in_order(before: list[str], after: list[str]):
    origin = same_lines(before, after)
    assert len(origin) == len(after)
    kept = [(old, new) for new, old in enumerate(origin) if old != NEW]
    assert all(before[old] == after[new] for old, new in kept)
    assert [old for old, _ in kept] == sorted({old for old, _ in kept})


PLACE = st.tuples(st.integers(0, 9), st.integers(0, 9))
EDITS = st.lists(st.tuples(PLACE, PLACE, st.text("x\n\r😀", max_size=4)), max_size=6)


@given(st.text("ab\n\r😀", max_size=20) | st.text("ab\n😀", max_size=20), EDITS)
def test_any_edits_leave_lines_that_are_really_those_of_before(text: str, edits: Edits):
    documents, document = opened(text)
    in_order: Edits = [(min(start, end), max(start, end), new) for start, end, new in edits]
    for one in in_order:
        edit(documents, *one)
    together, at_once = opened(text)
    edit_all(together, [*in_order, *[((0, 0), (0, 0), "")] * 9])
    assert at_once.text.text == document.text.text
    before = Text(text).lines
    for edited in (document, at_once):
        after = edited.text.lines
        assert after == Text(edited.text.text).lines
        origin = edited.origins_in(Text(text))
        assert len(origin) == len(after)
        assert all(old == NEW or before[old] == after[new] for new, old in enumerate(origin))
