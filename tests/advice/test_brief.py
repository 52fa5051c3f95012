"""A hover is five lines, says each thing once and invents nothing."""

from __future__ import annotations

import pytest
from attrs import evolve

from golsp_mem.advice.brief import brief_markdown
from golsp_mem.advice.flow_words import holder, spoken
from golsp_mem.model import Allocates, Code, Finding, Position, StackFrame, Step
from golsp_mem.source.syntax import GoFile
from tests.advice.test_causes import flow_of
from tests.advice.test_hover import finding, link


def lines_of(findings: list[Finding], steps: tuple[Step, ...] = (), **more: object) -> list[str]:
    markdown = brief_markdown(
        findings,
        steps,
        link=link,
        more=lambda one: f"More: {one.code}",
        **more,  # type: ignore[arg-type]
    )
    return markdown.strip().split("\n\n")


def test_what_why_way_help_more() -> None:
    what, why, way, helps, more = lines_of([finding()], flow_of("field", "p"))
    assert what == "**heap** `sample.point` · 40 B (size class 48) · always"
    assert why.startswith("**Why**: returned to the caller. ")
    assert way.startswith("**Way**: `p.x` [`sample.go:")
    assert helps.startswith("**Helps**: Return a value instead of a pointer to it")
    assert more == "More: heap-variable"


@pytest.mark.parametrize(
    ("code", "flow"), [(Code.HEAP_BOXING, "boxed"), (Code.HEAP_MAKE_SLICE, "tooLargeMake")]
)
def test_never_more_than_five_lines(code: Code, flow: str) -> None:
    steps = flow_of(flow, "n" if flow == "boxed" else "make([]byte, 65537)")
    what = finding(code, subject="n")
    others = [evolve(what, code=Code.HEAP_CONCAT, subject=str(n)) for n in range(5)]
    for more in ({}, {"promise": "breaks a promise"}, {"also": "It does this."}, {"stale": "old"}):
        assert len(lines_of([what], steps, **more)) <= 5
        assert len(lines_of([what, *others], steps, **more)) <= 5


def test_two_codes_on_one_variable_are_told_once() -> None:
    size = {"bytes": 1 << 26, "size_class": 1 << 26, "type": "[67108864]uint8"}
    moved = finding(message="variable b lives on the heap", **size)
    large = finding(Code.STACK_TOO_LARGE, message="b is on the heap for its size alone", **size)
    lines = lines_of([moved, large])
    assert len(lines) == 3
    assert "64 MiB" in lines[0]
    assert lines[1] == "b is on the heap for its size alone."
    assert "heap-variable" not in " ".join(lines)


def test_several_at_one_place_share_the_hover() -> None:
    boxed = [finding(Code.HEAP_BOXING, type=name, subject=name) for name in ("int", "string")]
    first = lines_of(boxed)[0]
    assert "`int`" in first
    assert "`string`" in first


def test_a_condition_and_what_does_not_hold_any_more() -> None:
    what = finding(allocates=Allocates.CONDITIONAL, condition="when n is above 3")
    lines = lines_of([what], stale="the text has changed")
    assert lines[0].endswith("· when n is above 3")
    assert lines[-1] == "_Not up to date: the text has changed._ More: heap-variable"


def test_what_the_diagnostic_above_says_is_not_said_again() -> None:
    steps = (Step("{heap} ← &v"), Step("&v (address-of)", Position("/m/a.go", 9, 23)))
    alone, below = (lines_of([finding(subject="v")], steps, said=said) for said in (False, True))
    assert below == alone[1:]


def test_findings_that_share_a_condition_tell_it_once() -> None:
    maybe = {"allocates": Allocates.CONDITIONAL, "condition": "when n is above 3"}
    lines = lines_of([finding(**maybe), finding(Code.HEAP_MAKE_MAP, **maybe)])
    assert lines[0].count("when n is above 3") == 1
    assert lines[0].endswith("· then too")


def test_code_in_a_condition_is_code_and_further_findings_are_short() -> None:
    loop = "when the capacity is exceeded; and when the branch `ok` in io.F is taken"
    maybe = {"allocates": Allocates.CONDITIONAL, "condition": loop}
    other = {**maybe, "condition": loop.replace("the branch", "the else branch")}
    lines = lines_of(
        [
            finding(**maybe),
            finding(Code.HEAP_APPEND, **other),
            finding(Code.HEAP_APPEND, **{**other, "condition": f"{loop}; and so on"}),
        ]
    )
    assert "when the branch `ok` in io.F is taken" in lines[0]
    assert lines[1].endswith("· when the capacity is exceeded, … · and 1 more")
    assert len(lines) <= 5


def test_nothing_is_said_twice_of_what_never_allocates() -> None:
    lines = lines_of([finding(allocates=Allocates.NEVER)])
    assert lines[0].startswith("**no allocation**")
    assert len(lines) == 3


def test_an_address_for_a_call_that_reads_types_is_told_to_be_unavoidable() -> None:
    place = Position("/m/a.go", 9, 23)
    steps = (
        Step("{heap} ← &v"),
        Step("&v (address-of)", place),
        Step("&v (interface-converted)", place),
        Step("json.Unmarshal(b, &v) (call parameter)", place),
    )
    helps = lines_of([finding(subject="v")], steps)[3]
    assert helps.startswith("**Helps**: No edit avoids it: `json.Unmarshal` finds out types")
    other = (*steps[:-1], Step("store(&v) (call parameter)", place))
    assert "No edit" not in lines_of([finding(subject="v")], other)[3]


@pytest.mark.parametrize(
    ("expression", "said", "holds"),
    [
        ("<node unsafe.SliceData>", "unsafe.SliceData", ""),
        ("~r0 = &errors.errorString{...}", "result = &errors.errorString{...}", "~r0"),
        ("n.indices += ~r0", "n.indices += result", "n.indices"),
        ("x := y", "x := y", "x"),
        ("return x == y", "return x == y", ""),
    ],
)
def test_notes_are_said_in_words_of_the_source(expression: str, said: str, holds: str) -> None:
    assert (spoken(expression), holder(expression)) == (said, holds)


CALLS = b"""package m

import "example.com/m/logs"

func f(h *holder, w *int) {
	var v int
	h.store.Put(&v)
	logs.Put(&v)
}
"""


@pytest.mark.parametrize(
    ("call", "line", "why"),
    [
        ("h.store.Put(&v)", 7, "`h.store.Put` is an interface method or a function value: "),
        ("logs.Put(&v)", 8, "`v` is passed to `logs.Put`, which keeps it, or "),
        ("(*holder).put(h, &v)", 7, "`v` is passed to `(*holder).put`, which keeps it, or "),
        ("h.store.Put(&v)", 8, "`v` is passed to `h.store.Put`, which keeps it, or "),
    ],
)
def test_a_call_through_a_variable_is_one_that_nobody_sees(call: str, line: int, why: str) -> None:
    file = GoFile.parse("/m/a.go", CALLS)
    steps = (
        Step("{heap} ← &v"),
        Step("&v (address-of)", Position("/m/a.go", line, 14)),
        Step(f"{call} (call parameter)", Position("/m/a.go", line, 13)),
    )
    said = lines_of([finding(subject="v")], steps, source=file)[1]
    assert said.partition(". ")[2].startswith(why)


def test_steps_that_read_the_same_are_one() -> None:
    place = Position("/m/a.go", 9, 23)
    steps = (
        Step("{heap} ← &v"),
        *[Step("append(a, b...) (assign)", place)] * 2,
        Step("keep(&v) (call parameter)", place),
    )
    assert lines_of([finding(subject="v")], steps)[2].count("append(a, b...)") == 1


@pytest.mark.parametrize(
    ("maker", "helps"),
    [
        ("m.New", "`m.New` makes it"),
        ("slices.Clone[...]", "`slices.Clone` makes it"),
        ("m.F.func1", "Return a value instead"),
    ],
)
def test_what_a_literal_makes_is_the_readers_own(maker: str, helps: str) -> None:
    stack = (StackFrame(maker, "/m/a.go", 3), StackFrame("m.F", "/m/a.go", 9))
    assert lines_of([finding(stack=stack)], flow_of("field", "p"))[3].startswith(
        f"**Helps**: {helps}"
    )


def test_a_recursion_has_one_number() -> None:
    found = finding(Code.STACK_RECURSION, message="f calls itself, 48 B of stack each time")
    assert "40 B" not in "".join(lines_of([found]))
