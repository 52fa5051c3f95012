"""What editors show: true, short, and no markup from the user's code."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from golsp_mem.advice.hover import finding_markdown, function_markdown
from golsp_mem.analysis.heap.per_call import Bounds, Cost, PerCall
from golsp_mem.model import (
    Allocates,
    Code,
    Finding,
    FunctionFacts,
    Message,
    MessageKind,
    Position,
    Span,
    StackFrame,
    Step,
)
from golsp_mem.source.syntax import GoFile
from tests.advice.test_causes import DATA, flow_of

SPAN = Span("/work space/s.go", 3, 2, 3, 9)


def link(position: Position) -> str:
    return f"file://{position.file.replace(' ', '%20')}#L{position.line}"


def nowhere(_position: Position) -> str:
    return ""


def finding(code: Code = Code.HEAP_VARIABLE, **fields: object) -> Finding:
    values: dict[str, object] = {
        "package": "sample",
        "function": "sample.f",
        "message": "a message",
        "type": "sample.point",
        "bytes": 40,
        "size_class": 48,
        "subject": "x",
        "runtime_call": "runtime.newobject",
        **fields,
    }
    return Finding(code, SPAN, **values)  # type: ignore[arg-type]


def shown(what: Finding, steps: tuple[Step, ...] = (), **more: object) -> str:
    return finding_markdown(what, steps, "go1.27.3", link=link, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "heading"),
    [
        (finding(), "**heap** `sample.point` · 40 B (size class 48) · always"),
        (finding(size_class=40), "**heap** `sample.point` · 40 B · always"),
        (
            finding(bytes=8, size_class=16),
            "**heap** `sample.point` · 8 B of a block of 16 B that it shares · always",
        ),
        (
            finding(
                Code.HEAP_APPEND,
                type="int",
                bytes=None,
                allocates=Allocates.CONDITIONAL,
                condition="when the capacity is used up",
            ),
            "**heap** `[]int` · size known at run time · when the capacity is used up",
        ),
        (
            finding(
                Code.HEAP_OTHER,
                type=None,
                bytes=None,
                runtime_call="runtime.typeAssert",
                allocates=Allocates.CONDITIONAL,
                condition="at first use",
            ),
            "**heap** `runtime.typeAssert` · at first use",
        ),
        (
            finding(allocates=Allocates.NEVER, bytes=None),
            "**no allocation** `sample.point` · never",
        ),
        (
            finding(Code.STACK_LARGE_FRAME, type=None, bytes=20000, size_class=None),
            "**stack-large-frame** `x` · 19.5 KiB",
        ),
    ],
)
def test_the_heading_says_what_how_big_and_when(what: Finding, heading: str) -> None:
    assert shown(what).splitlines()[0] == heading


def test_the_whole_of_a_finding_is_told() -> None:
    markdown = shown(finding(), flow_of("field", "p"))
    assert "The whole `sample.point` (40 B) is one block." in markdown
    part = "`sample.point` (8 B) is a part of a block of 16 B that small values share."
    assert part in shown(finding(bytes=8, size_class=16))
    assert "**Why on the heap: returned to the caller.**" in markdown
    assert "A struct is one memory block: when one field escapes, all of it does." in markdown
    assert "Every use of `x` goes through a hidden pointer" in markdown
    assert re.search(r"1\. `p\.x`: a field.* · \[`sample\.go:\d+`\]\(file://", markdown)
    assert "**What helps.** Return a value instead of a pointer to it" in markdown
    assert "An example. Before:\nfunc f() *T {\n\tvar x T\n\treturn &x" in markdown
    assert "More: `golsp-mem explain heap-variable`" in markdown


def test_a_construct_speaks_for_itself_and_the_flow_says_why_it_is_on_the_heap() -> None:
    markdown = shown(finding(Code.HEAP_BOXING, subject="n", type="int"), flow_of("boxed", "n"))
    assert "An interface holds a pointer to its value" in markdown
    assert "**Why on the heap: passed to a call that may keep it.**" in markdown
    assert "`n` is passed to `fmt.Fprintln`" in markdown
    assert "Take a concrete type or a type parameter" in markdown


def test_a_size_that_decides_needs_no_word_on_the_construct() -> None:
    steps = flow_of("tooLargeMake", "make([]byte, 65537)")
    markdown = shown(finding(Code.HEAP_MAKE_SLICE, type="uint8", bytes=65537), steps)
    assert markdown.startswith("**heap** `[]byte` · 64 KiB")
    assert "All elements (65537 B) lie in one block." in markdown
    assert "**Why on the heap: too large for the stack.**" in markdown
    assert "reuse one buffer" in markdown
    assert "known only at run time" not in markdown


def test_what_does_not_allocate_is_not_advised_about() -> None:
    markdown = shown(finding(allocates=Allocates.NEVER), flow_of("returned", "x"))
    assert "allocates nothing" in markdown
    assert "What helps" not in markdown


def test_a_stale_finding_says_so_first() -> None:
    markdown = shown(finding(), stale="s.go does not build")
    assert markdown.startswith("_Not up to date: s.go does not build_")


def test_a_reason_of_a_later_release_is_shown_as_it_is() -> None:
    steps = (Step("{heap} ← &x"), Step("&x (teleported)", Position("/s.go", 3, 4)))
    markdown = shown(finding(), steps)
    assert "`&x` (teleported)" in markdown
    assert "go1.27.3 gives a reason that golsp-mem does not know: `teleported`." in markdown


def test_inlined_calls_are_named_with_their_places() -> None:
    frames = (
        StackFrame("strings.(*Builder).Grow", "/go/src/strings/builder.go", 80),
        StackFrame("sample.f", "/s.go", 3),
    )
    markdown = shown(finding(stack=frames))
    assert "Inlined here from `strings.(*Builder).Grow` [`builder.go:80`](file:///go/" in markdown

    assert "The block is made inside `strings.(*Builder).Grow`" in markdown


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("struct { F uintptr; X0 error }", "closure of 1 variable"),
        ("struct { F uintptr; X0 *int; X1 int }", "closure of 2 variables"),
        ("struct { F uintptr; R *sample.T }", "method value"),
        ("struct { F uintptr }", "function value"),
    ],
)
def test_a_closure_is_called_so(type_: str, name: str) -> None:
    what = finding(Code.HEAP_CLOSURE, type=type_, bytes=16, size_class=16)
    assert shown(what).startswith(f"**heap** {name} · 16 B · always")


def test_what_has_no_name_in_the_source_is_called_in_words() -> None:
    markdown = shown(finding(Code.HEAP_CLOSURE, subject=None), flow_of("closure", "func literal"))
    assert "The result of the function points to the function literal, so" in markdown


def test_places_without_address_are_no_links() -> None:
    markdown = finding_markdown(finding(), flow_of("returned", "x"), "go1.27.3", link=nowhere)
    assert "`sample.go:" in markdown
    assert "[`sample.go" not in markdown


LOOPS = b"""package p

func loop(n int) int {
	var last *int
	for i := range n {
		v := i
		last = &v
	}
	return *last
}

func named() (p *int) {
	x := 1
	p = &x
	return
}

func outer() int {
	var q *int
	func() {
		y := 1
		q = &y
	}()
	return *q
}

func heaped() func() int {
	var r *int
	z := 1
	r = &z
	return func() int { r = new(int); return *r }
}
"""


@pytest.mark.parametrize(
    ("made", "assigned", "name", "holder", "title"),
    [
        (6, 7, "v", "last", "made in a loop, kept outside of it"),
        (13, 14, "x", "p", "assigned to a result"),
        (21, 22, "y", "q", "assigned to a variable of the surrounding function"),
        (29, 30, "z", "r", "kept in a variable that lives longer"),
        (6, 9, "v", "last", "made in a loop, kept outside of it"),
        (6, 3, "v", "last", "kept in a variable that lives longer"),
        (6, 4000, "v", "last", "kept in a variable that lives longer"),
    ],
)
def test_the_source_tells_which_variable_lives_longer(
    made: int, assigned: int, name: str, holder: str, title: str
) -> None:
    steps = (
        Step(f"{holder} ← &{name}"),
        Step(f"{holder} = &{name} (assign)", Position("/p.go", assigned, 4)),
    )
    what = Finding(
        Code.HEAP_VARIABLE, Span("/p.go", made, 3, made, 4), "p", "p.f", "m", subject=name
    )
    markdown = shown(what, steps, source=GoFile.parse("/p.go", LOOPS))
    assert f"**Why on the heap: {title}.**" in markdown


def test_another_files_source_changes_nothing() -> None:
    steps = flow_of("loopVar", "v")
    sample = (DATA / "escape-sample" / "sample.go").read_bytes()
    markdown = shown(finding(), steps, source=GoFile.parse("/other.go", sample))
    assert "kept in a variable that lives longer" in markdown


def test_a_function_in_a_few_lines() -> None:
    facts = FunctionFacts(
        "sample.(*T).Run",
        "/s.go",
        3,
        frame_bytes=12288,
        leaks=(
            Message(
                MessageKind.LEAKS,
                Position("/s.go", 3, 9),
                "p",
                "leaking param: p to result ~r0 level=0",
            ),
        ),
    )
    found = [
        finding(),
        finding(Code.HEAP_CONCAT, bytes=None, size_class=None),
        finding(Code.HEAP_APPEND, allocates=Allocates.CONDITIONAL, condition="when full"),
        finding(allocates=Allocates.NEVER),
    ]
    markdown = function_markdown(facts, found, None, link=link)
    assert markdown.splitlines()[0] == (
        "**`sample.(*T).Run`** · frame 12 KiB · 3 places that allocate"
    )
    assert "heap-append · 40 B (size class 48) · when full" in markdown
    assert "never" not in markdown
    assert "- `p` is returned as the result" in markdown


def test_the_first_line_of_a_function() -> None:
    facts = FunctionFacts("f", "/s.go", 3, frame_bytes=8)
    one = Cost(Bounds(1, 1), Bounds(48, 48))
    cost = PerCall(one, one, one)
    markdown = function_markdown(facts, [finding()], cost, link=link)
    assert markdown.splitlines()[0] == "**`f`** · frame 8 B · 1 allocation · 48 B always"
    without_text = function_markdown(facts, [finding()], None, link=link)
    assert without_text.splitlines()[0] == "**`f`** · frame 8 B · 1 place that allocates"


def test_a_long_list_is_cut() -> None:
    facts = FunctionFacts("f", "/s.go", 3, frame_bytes=8)
    assert "- and 12 more" in function_markdown(facts, [finding()] * 20, None, link=link)


HOSTILE = st.one_of(
    st.text(min_size=1),
    st.text(alphabet="`*_[]()<>!&#\\\n\r\t |~-=+.:/$ab1", min_size=1),
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_hostile_names_add_no_markup(name: str, text: str, path: str) -> None:
    what = finding(
        subject=name,
        type=name,
        function=name,
        runtime_call=name,
        condition=text,
        allocates=Allocates.CONDITIONAL,
        stack=(StackFrame(name, path, 1), StackFrame(name, path, 2)),
    )
    steps = (Step(f"{name} ← &{name}"), Step(f"{text} (return)", Position(path, 1, 1)))
    markdown = shown(what, steps, stale=text)
    parser = MarkdownIt("commonmark", {"html": True})
    for token in parser.parse(markdown):
        assert token.type not in {"html_block", "heading_open", "table_open", "hr"}
        for child in token.children or ():
            assert child.type not in {"html_inline", "image"}
            if child.type == "link_open":
                assert str(child.attrs["href"]).startswith(("file://", "https://github.com/"))
