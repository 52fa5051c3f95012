"""The job summary, judged by a Markdown parser that knows tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from golsp_mem.advice import markdown
from golsp_mem.cli.render.ci.step_summary import LIMIT, blob_address, render
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.tables import cell, head, row
from golsp_mem.model import Allocates, Code, Position, Severity
from golsp_mem.report.model import Gone, Report, Shown, State
from tests.cli.builders import finding
from tests.cli.rendering import HOSTILE, NAMES, broken, report_of, shown

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
BLOB = "https://github.com/o/r/blob/" + "a" * 40
# Blocks and inlines that a summary is made of; anything else came from outside.
OURS = {"heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "inline"}
INLINE = {"text", "code_inline", "link", "em", "strong", "softbreak"}


def summary_of(made: Report, limit: int = LIMIT, blob: str | None = None) -> str:
    text = "".join(render(made, SourceTexts(), None, blob, limit))
    assert len(text.encode()) <= limit
    return text


def kind(token: Token) -> str:
    return token.type.removesuffix("_open").removesuffix("_close")


def tables_of(text: str) -> dict[str, list[list[str]]]:
    """The rows of each table, heads included, by the heading above; cells as they are read."""
    tables: dict[str, list[list[str]]] = {}
    tokens = PARSER.parse(text)
    heading = ""
    for number, token in enumerate(tokens):
        assert kind(token) in OURS, token
        if token.type == "inline":
            children = token.children or []
            assert {kind(child) for child in children} <= INLINE, token.content
            for child in children:
                if child.type == "link_open":
                    assert str(child.attrs["href"]).startswith("https://github.com/")
            words = "".join(child.content for child in children)
            before = tokens[number - 1].type
            if before == "heading_open":
                heading = words
            elif before in ("th_open", "td_open"):
                tables[heading][-1].append(words)
        elif token.type == "tr_open":
            tables.setdefault(heading, []).append([])
    return tables


@given(HOSTILE, HOSTILE)
def test_a_cell_shows_the_text_and_ends_where_it_ends(one: str, other: str) -> None:
    lines = head(("a", "b:")) + row([cell(one), cell(other)])
    table = tables_of(lines)[""]
    assert table[0] == ["a", "b"]
    # Only a pipe right after a backslash is set apart from it.
    assert [each.replace("\\ |", "\\|") for each in table[1]] == [
        markdown.one_line(text, 300).replace("\\ |", "\\|") for text in (one, other)
    ]


def test_the_text_of_a_program_is_code() -> None:
    assert cell("@octocat closes #12 at https://x.y") == "`@octocat closes #12 at https://x.y`"


def test_the_overview() -> None:
    gone = (Gone("example.com/m", "m.G", "heap-new", "f9"),)
    known = shown(state=State.UNCHANGED)
    made = report_of(
        shown(state=State.NEW), known, known, compared=True, base="origin/`main`", gone=gone
    )
    title, _, facts, *_ = summary_of(made).split("\n")
    assert title == "## golsp-mem: 1 new finding"
    assert facts == (
        "1 package for `go1.26.8 linux/amd64`; compared with `` origin/`main` ``; 2 known; 1 gone."
    )
    assert summary_of(report_of()).startswith("## golsp-mem: no findings\n")


def test_a_finding_in_the_table() -> None:
    one = finding(bytes=40, size_class=48, function="example.com/m.(*T[a.b/c.D]).F")
    table = tables_of(summary_of(report_of(shown(one))))["Findings"]
    assert table == [
        ["Place", "Function", "Code", "What", "Allocates", "Size"],
        ["blocks.go:3", "m.(*T[a.b/c.D]).F", "heap-variable", "x is moved to the heap", "always",
         "40 B → size class 48 B"],
    ]  # fmt: skip


def test_counts_by_code_and_verdict() -> None:
    sometimes = Allocates.CONDITIONAL
    made = report_of(
        shown(finding(bytes=40, size_class=48)),
        shown(finding(bytes=4)),
        shown(finding(bytes=4, size_class=16)),
        shown(finding(allocates=sometimes, bytes=1024)),
        shown(finding(code=Code.STACK_RECURSION)),
    )
    assert tables_of(summary_of(made))["By code"][1:] == [
        ["heap-variable", "4", "3", "1", "", "56 B"],
        ["stack-recursion", "1", "", "", "", ""],
    ]


def test_what_comes_first() -> None:
    contract = finding(code=Code.CONTRACT_NOALLOC, message="F must not allocate")
    made = report_of(
        shown(state=State.NEW),
        shown(state=State.NEW, explained_by="go1.26.8 -> go1.27.3"),
        shown(contract, Severity.ERROR, state=State.NEW),
        failed=(broken(at=Position("/w/bad/bad.go", 3, 5)),),
        compared=True,
        gone=(Gone("example.com/m", "m.G", "heap-new", "f9", "go1.26.8 -> go1.27.3"),),
    )
    text = summary_of(made)
    tables = tables_of(text)
    assert list(tables) == [
        "Broken contracts",
        "Packages that do not build",
        "By code",
        "New findings",
        "New, but not because of the code",
        "No longer there",
    ]
    assert text.startswith("## golsp-mem: 2 new findings\n")
    assert "**1 of them failed to build**" in text
    assert tables["Broken contracts"][1][3] == "F must not allocate"
    assert tables["Packages that do not build"][1] == [
        "example.com/m/bad", "bad/bad.go:3", "undefined: y"
    ]  # fmt: skip
    assert tables["New, but not because of the code"][1][-1] == "go1.26.8 -> go1.27.3"
    assert tables["No longer there"][1:] == [
        ["heap-new", "m.G", "example.com/m", "go1.26.8 -> go1.27.3"]
    ]


def test_places_link_to_the_commit() -> None:
    inside = shown(finding("/w/a b(1)|.go"))
    outside = shown(finding("/go/src/fmt/print.go"))
    text = summary_of(report_of(inside, outside), blob=BLOB)
    assert tables_of(text)["Findings"][1][0] == "a b(1)|.go:3"
    assert f"]({BLOB}/a%20b%281%29%7C.go#L3)" in text
    assert "| `/go/src/fmt/print.go:3` |" in text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "https://github.com/o/r/blob/" + "b" * 40),
        ({"GITHUB_SERVER_URL": "https://ghe.example:8443"},
         "https://ghe.example:8443/o/r/blob/" + "b" * 40),
        ({"GITHUB_SERVER_URL": "javascript:alert(1)"}, None),
        ({"GITHUB_REPOSITORY": ""}, None),
        ({"GITHUB_SHA": "main"}, None),
    ],
)  # fmt: skip
def test_the_address_of_the_commit(changes: dict[str, str], expected: str | None) -> None:
    environment = {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SHA": "b" * 40,
    }
    assert blob_address(environment | changes) == expected


def test_a_large_report_is_cut_below_the_limit_and_says_so() -> None:
    findings = [
        shown(finding(message=f"{number:05} " + "x" * 200, bytes=number))
        for number in range(1, 10_001)
    ]
    text = summary_of(report_of(*findings))
    # GitHub refuses a summary above 1 MiB; as much as can be is used.
    assert 0.95 * LIMIT < len(text.encode()) <= LIMIT < 1024 * 1024
    rows = tables_of(text)["Findings"][1:]
    assert f"*{10_000 - len(rows)} more findings not listed: a job summary holds 1 MiB.*" in text
    numbers = [int(cells[3][:5]) for cells in rows]
    assert numbers == list(range(10_000, 10_000 - len(rows), -1))


@given(st.integers(0, 4000), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_no_limit_is_too_small(limit: int, new: int, failed: int, gone: int) -> None:
    made = report_of(
        *[shown(state=State.NEW)] * new,
        failed=(broken(),) * failed,
        compared=True,
        gone=(Gone("example.com/m", "m.G", "heap-new", "f9"),) * gone,
    )
    tables_of(summary_of(made, limit))


@given(
    st.lists(st.tuples(NAMES, HOSTILE, HOSTILE, HOSTILE), max_size=3),
    HOSTILE,
    st.sampled_from([None, BLOB]),
)
def test_nothing_from_outside_is_markup(
    findings: list[tuple[str, str, str, str]], word: str, blob: str | None
) -> None:
    made = report_of(
        *(
            Shown(
                finding(
                    f"/w/{name}",
                    message=message,
                    function=function,
                    allocates=Allocates.CONDITIONAL,
                    condition=condition,
                ),
                Severity.HINT,
                State.NEW,
                explained_by=word if number else None,
                configurations=(word,),
            )
            for number, (name, message, function, condition) in enumerate(findings)
        ),
        directory=Path("/w"),
        failed=(broken(word, path=word),),
        compared=True,
        base=word,
        gone=(Gone(word, word, word, word, word),),
    )
    tables = tables_of(summary_of(made, blob=blob))
    assert len(tables["Packages that do not build"]) == 2
    assert len(tables["No longer there"]) == 2
    if findings:
        [_, cells] = tables["New findings"]
        assert len(cells) == 6
        place = markdown.one_line(f"{findings[0][0]}:3", 300)
        assert cells[0].replace("\\ |", "\\|") == place.replace("\\ |", "\\|")
