"""What hints and lenses say."""

from __future__ import annotations

import pytest
from attrs import evolve

from golsp_mem.analysis.costs import Bounds, Cost
from golsp_mem.analysis.heap.per_call import PerCall
from golsp_mem.lsp.answers.pages import gist
from golsp_mem.lsp.features.code_action import wanted
from golsp_mem.lsp.features.code_lens import title_of
from golsp_mem.lsp.features.inlay_hint import label_of
from golsp_mem.model import Allocates, Code, Finding, FunctionFacts, Span

ALWAYS = Finding(
    code=Code.HEAP_NEW,
    span=Span("a.go", 1, 1, 1, 2),
    package="p",
    function="p.f",
    message="m",
    bytes=40,
    size_class=48,
)
MAYBE = evolve(ALWAYS, allocates=Allocates.CONDITIONAL)


def sized(code: Code, type_: str | None, allocates: Allocates = Allocates.ALWAYS) -> Finding:
    return evolve(ALWAYS, code=code, type=type_, allocates=allocates, bytes=None, size_class=None)


@pytest.mark.parametrize(
    ("finding", "goarch", "label"),
    [
        (ALWAYS, "amd64", "heap 48 B"),
        (evolve(ALWAYS, size_class=None), "amd64", "heap 40 B"),
        (MAYBE, "amd64", "sometimes heap 48 B"),
        (sized(Code.HEAP_MAKE_CHAN, "chan T"), "amd64", "heap"),
        (sized(Code.HEAP_CONCAT, None, Allocates.CONDITIONAL), "amd64", "sometimes heap"),
        (sized(Code.HEAP_APPEND, None, Allocates.CONDITIONAL), "amd64", "may grow"),
        (evolve(MAYBE, code=Code.HEAP_MAP_INSERT), "amd64", "may grow"),
        (sized(Code.HEAP_MAKE_SLICE, "int", Allocates.CONDITIONAL), "amd64", "heap n × 8 B"),
        (sized(Code.HEAP_MAKE_SLICE, "int"), "386", "heap n × 4 B"),
        (sized(Code.HEAP_MAKE_SLICE, "string"), "arm64", "heap n × 16 B"),
        (sized(Code.HEAP_MAKE_SLICE, "*m.T"), "amd64", "heap n × 8 B"),
        (sized(Code.HEAP_MAKE_SLICE, "byte"), "amd64", "heap n × 1 B"),
        (sized(Code.HEAP_MAKE_SLICE, "m.T"), "amd64", "heap n elements"),
        (sized(Code.HEAP_MAKE_SLICE, "interface {}"), "amd64", "heap n × 16 B"),
        (sized(Code.HEAP_MAKE_SLICE, None), "amd64", "heap"),
        (evolve(ALWAYS, code=Code.HEAP_MAKE_SLICE, type="int"), "amd64", "heap 48 B"),
    ],
)
def test_hints(finding: Finding, goarch: str, label: str):
    assert label_of(finding, goarch) == label


FACTS = FunctionFacts("p.f", "a.go", 1, frame_bytes=288)


def test_lenses():
    one = Cost(Bounds(1, 1), Bounds(48, 48))
    assert title_of(FACTS, PerCall(one, one, one)) == "1 alloc · 48 B · frame 288 B"
    assert title_of(FACTS, PerCall()) is None


@pytest.mark.parametrize(
    ("kind", "only", "expected"),
    [
        ("quickfix", None, True),
        ("quickfix", ["quickfix"], True),
        ("quickfix", [""], True),
        ("quickfix", ["source"], False),
        ("source.explain.golsp-mem", ["source"], True),
        ("source.explain.golsp-mem", ["source.explain"], True),
        ("source.explain.golsp-mem", ["source.ex"], False),
        ("quickfix", [], False),
    ],
)
def test_kinds_of_actions(kind: str, only: list[str] | None, expected: bool):
    assert wanted(kind, only) is expected


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("# Title\n\nSome **words**, a [link](https://x.y/z).", "Title Some words, a link."),
        ("before\n\n```go\nvar x int\n```\n\nafter", "before after"),
        (r"escaped \*stars\* and `some_code` &lt;b&gt;", "escaped *stars* and some_code <b>"),
        ("one\n\n---\n\ntwo - three", "one two - three"),
        ("x" * 500, "x" * 399 + "…"),
        ("", ""),
    ],
)
def test_gist(markdown: str, plain: str):
    assert gist(markdown) == plain
