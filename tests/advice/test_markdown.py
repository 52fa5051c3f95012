"""Untrusted text stays text: judged by a real CommonMark parser, not by our own eyes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from golsp_mem.advice import markdown

PARSER = MarkdownIt("commonmark", {"html": True})
# The parser itself refuses file: addresses; what it lets through is what we test.
PARSER.validateLink = lambda url: True  # type: ignore[method-assign]
NASTY = st.one_of(
    st.text(),
    st.text(alphabet="`*_[]()<>!&#\\\n\r\t |~-=+.:/ab1"),
    st.lists(
        st.sampled_from(
            ["<img src=x>", "[a](b)", "```", "`", "\n\n", "# ", "- ", "https://x.y", "&lt;", "\\"]
        )
    ).map("".join),
)


def tokens(source: str) -> list[Token]:
    flat: list[Token] = []
    for token in PARSER.parse(source):
        flat.append(token)
        flat.extend(token.children or ())
    return flat


def shown(source: str) -> str:
    return "".join(token.content for token in tokens(source) if token.type == "text")


@given(NASTY, st.sampled_from(["", "x ", "**x** ", "x\n"]))
def test_text_is_shown_as_it_is_and_nothing_else(value: str, before: str) -> None:
    rendered = before + markdown.text(value)
    kinds = {token.type for token in tokens(rendered)}
    assert kinds <= {
        *("paragraph_open", "paragraph_close", "inline", "text", "text_special"),
        *("softbreak", "strong_open", "strong_close"),
    }
    expected = (before.replace("*", "").replace("\n", "") + markdown.one_line(value, 400)).strip()
    assert shown(rendered) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("when n is 256 or more", "when n is 256 or more"),
        (
            "the runtime's pool (of waiters), 1.5 times",
            "the runtime's pool (of waiters), 1.5 times",
        ),
        ("<b>bold</b> & *x*", "&lt;b&gt;bold&lt;/b&gt; &amp; \\*x\\*"),
        ("see https://evil.example", "see https\\://evil.example"),
        ("see www.evil.example", "see www\\.evil.example"),
        ("a@b.example, mailto:a", "a\\@b.example, mailto\\:a"),
        ("1. item", "1\\. item"),
        ("12345) item", "12345\\) item"),
        ("- item", "\\- item"),
        ("# heading", "\\# heading"),
    ],
)
def test_text_escapes_what_is_markup_and_leaves_the_rest_readable(
    value: str, expected: str
) -> None:
    assert markdown.text(value) == expected


@given(NASTY)
def test_code_is_one_code_span_with_the_value(value: str) -> None:
    spans = [token for token in tokens(f"a {markdown.code(value)} b") if token.type != "text"]
    kinds = [token.type for token in spans]
    assert kinds == ["paragraph_open", "inline", "code_inline", "paragraph_close"]
    assert spans[2].content.strip() == markdown.one_line(value).strip()


@given(NASTY)
def test_a_fence_cannot_be_left(value: str) -> None:
    parsed = PARSER.parse(f"{markdown.fence(value)}\n\nafter\n")
    assert [token.type for token in parsed] == [
        "fence",
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]


@given(NASTY, NASTY)
@example("]:", "")
def test_a_link_is_a_link_to_the_given_place_or_none(label: str, target: str) -> None:
    rendered = markdown.link(markdown.code(label), f"file:///{target}")
    inside = tokens(rendered)
    links = [token for token in inside if token.type == "link_open"]
    assert len(links) == 1
    assert str(links[0].attrs["href"]).startswith("file:///")
    assert not [token for token in inside if token.type.startswith("html")]


@pytest.mark.parametrize(
    ("target", "opens"),
    [
        ("file:///a/b.go#L12", True),
        ("https://example.org/x", True),
        ("javascript:alert(1)", False),
        ("command:workbench.action.quit", False),
        ("data:text/html,x", False),
        ("", False),
        ("http://[bad", False),
    ],
)
def test_only_addresses_that_an_editor_may_open_become_links(target: str, opens: bool) -> None:
    assert markdown.link("here", target).startswith("[here](") is opens


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x", "`x`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("", "` `"),
        ("line\none", "`line one`"),
        ("a\u202eb", "`a\\u202eb`"),
    ],
)
def test_code_spans(value: str, expected: str) -> None:
    assert markdown.code(value) == expected


def test_long_text_is_cut() -> None:
    assert len(markdown.one_line("x" * 500, 50)) == 50
    assert markdown.one_line("x" * 500, 50).endswith("…")


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("when `a*b` is taken", "when `a*b` is taken"),
        ("`x` first, *then* `y`", r"`x` first, \*then\* `y`"),
        ("one ` too many", r"one \` too many"),
        ("", ""),
    ],
)
def test_code_in_a_sentence_of_ours(sentence: str, shown: str) -> None:
    assert markdown.words(sentence) == shown


@given(NASTY)
def test_without_escapes_the_same_is_shown(value: str) -> None:
    rendered = markdown.without_escapes(f"**x** {markdown.text(value)}")
    every = (one.content for one in tokens(rendered) if one.type in ("text", "code_inline"))
    assert "".join(every).strip() == f"x {markdown.one_line(value, 400)}".strip()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("kept by a \\*os.File, as it", "kept by a `*os.File`, as it"),
        ("(see (\\*T).M)", "(see `(*T).M`)"),
        ("**Why: b\\[0\\].** `a\\*b` &lt;T&gt;.", "**Why: `b[0]`.** `a\\*b` `<T>`."),
        ("[`a.go`](file:///a_b.go#L1)\n\n```go\nx := \\*y\n```", None),
        ("nothing to (do).", None),
    ],
)
def test_words_with_escapes_become_code(value: str, expected: str | None) -> None:
    assert markdown.without_escapes(value) == (expected or value)
