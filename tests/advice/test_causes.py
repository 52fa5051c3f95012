"""Every reason that the escape analyser can give has its plain words."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from golsp_mem.advice import causes, topics, wording
from golsp_mem.advice.causes import Cause, UnknownCause, classify
from golsp_mem.advice.flow_words import callee, holder, readable
from golsp_mem.compiler.text.flows import read_route
from golsp_mem.model import Code, Finding, Position, Span, Step
from tests.advice.snippets import Snippet, build_and_run
from tests.compiler.flows import flows_in
from tests.data.record import record
from tests.toolchains import RELEASES, go_binary

DATA = Path(__file__).parent.parent / "data"
SUPPORTED = [release for release in RELEASES if release != "1.21"]
RECORDED = sorted(DATA.glob("go1.*/escape-flows.txt"))

# k.note(n, "why"), e.assignHeap(x, "why", n), return "why" of HeapAllocReason, …
_NOTED = re.compile(
    r'(?:\.note|\.addr|\.deref|\.dotType|assignHeap|assignList|assignBase)\([^"\n]*"([^"%]+)"'
)
_SIZE_REASON = re.compile(r'^\s*return "([a-z][a-z -]+)"$', re.MULTILINE)


def reasons_in_the_compiler(release: str) -> set[str]:
    """The reason words in the sources of cmd/compile/internal/escape."""
    goroot = go_binary(release).parent.parent
    folder = goroot / "src" / "cmd" / "compile" / "internal" / "escape"
    found: set[str] = set()
    for path in folder.glob("*.go"):
        source = re.sub(r"//[^\n\"]*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        found |= set(_NOTED.findall(source))
        if path.name == "utils.go":
            found |= set(_SIZE_REASON.findall(source))
    return found


@pytest.mark.parametrize("release", SUPPORTED)
def test_every_reason_in_the_compilers_sources_has_words(release: str) -> None:
    reasons = reasons_in_the_compiler(release)
    assert {"address-of", "return", "too large for stack", "send"} <= reasons
    assert len(reasons) >= 34
    assert reasons - set(causes.ways()) == set()


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.parent.name)
def test_every_flow_that_was_recorded_has_a_cause(recorded: Path) -> None:
    flows = list(flows_in(recorded.read_text(encoding="utf-8").splitlines()))
    assert len(flows) > 100
    keys = Counter[str]()
    for flow in flows:
        classified = classify(flow.steps)
        assert classified.cause is not None, flow.heading
        assert classified.unknown == (), flow.heading
        keys[classified.cause.key] += 1
    assert len(keys) >= 18


def test_all_releases_are_recorded() -> None:
    assert [path.parent.name for path in RECORDED] == [f"go{release}" for release in SUPPORTED]


def flow_of(name: str, subject: str, release: str = "1.27") -> tuple[Step, ...]:
    """The recorded flow of ``subject`` in the sample's function ``name``."""
    text = (DATA / f"go{release}" / "escape-flows.txt").read_text(encoding="utf-8")
    headings = {f"{subject} escapes to heap in {name}", f"{subject} escapes to heap"}
    return next(flow.steps for flow in flows_in(text.splitlines()) if flow.heading in headings)


@pytest.mark.parametrize(
    ("function", "subject", "key", "facts"),
    [
        ("assign", "x", "stored-in-package-variable", ("package-variables",)),
        ("returned", "x", "returned", ()),
        ("closure", "x", "captured", ("heap-points-to-heap",)),
        ("closure", "func literal", "returned", ()),
        ("send", "x", "sent", ("heap-points-to-heap",)),
        ("method", "x", "called", ("heap-points-to-heap",)),
        ("unknown", "x", "called", ("heap-points-to-heap",)),
        ("known", "x", "stored-in-package-variable", ("package-variables",)),
        ("boxed", "n", "called", ("heap-points-to-heap",)),
        ("tooLarge", "b", "too-large", ()),
        ("zeroSized", "make([]struct {}, n)", "zero-sized-element", ()),
        ("field", "p", "returned", ("struct-is-one-block",)),
        ("element", "a", "returned", ("array-is-one-block",)),
        ("sliceOfArray", "a", "returned", ("array-is-one-block",)),
        ("sliceElement", "[]int{...}", "returned", ("elements-share-a-block",)),
        ("sliceExpr", "make([]int, 4)", "returned", ("elements-share-a-block",)),
        ("sliceLiteral", "x", "part-of-literal", ("heap-points-to-heap",)),
        ("structPointer", "n", "part-of-literal", ("heap-points-to-heap",)),
        ("mapPut", "k", "map-key", ("heap-points-to-heap",)),
        ("mapPut", "v", "stored-in-element", ("heap-points-to-heap",)),
        ("mapLiteral", "x", "map-value", ("heap-points-to-heap",)),
        ("appended", "x", "appended", ("heap-points-to-heap",)),
        ("appendedAll", "x", "appended", ("heap-points-to-heap",)),
        ("appendee", "x", "regrown", ("heap-points-to-heap",)),
        ("copied", "x", "copied", ("heap-points-to-heap",)),
        ("stored", "n", "stored-through-pointer", ("heap-points-to-heap",)),
        ("loop", "&node{...}", "longer-lived", ("heap-points-to-heap",)),
        ("outer.func1", "x", "longer-lived", ("heap-points-to-heap",)),
        ("namedResult", "x", "longer-lived", ("heap-points-to-heap",)),
        ("spawned", "func literal", "started", ()),
        ("spawned", "x", "captured", ("heap-points-to-heap",)),
        ("panics", "n", "panics", ()),
        ("callsSyscallLike", "x", "uintptr-escapes", ()),
    ],
)
def test_the_cause_that_decides(
    function: str, subject: str, key: str, facts: tuple[str, ...]
) -> None:
    classified = classify(flow_of(function, subject))
    assert classified.cause is not None
    assert (classified.cause.key, classified.facts) == (key, facts)


def test_up_to_1_24_a_size_that_is_not_constant_is_a_cause() -> None:
    classified = classify(flow_of("nonConstant", "make([]byte, n)", release="1.24"))
    assert classified.cause is not None
    assert classified.cause.key == "non-constant-size"


@pytest.mark.parametrize(
    ("steps", "unknown"),
    [
        ([Step("{heap} ← &x"), Step("&x (brand new reason)", Position("a.go", 1, 1))], 1),
        ([Step("something of a later release")], 1),
        ([Step("moved to heap: x")], 0),
        ([Step("x escapes to heap")], 0),
        ([Step("warning: truncated explanation due to assignment cycle; see issue/35518")], 0),
        ([], 0),
    ],
)
def test_what_is_unknown_is_kept_and_counted(steps: list[Step], unknown: int) -> None:
    classified = classify(steps)
    assert classified.cause is None
    assert len(classified.unknown) == unknown
    assert all(isinstance(cause, UnknownCause) for cause in classified.unknown)


@pytest.mark.parametrize(
    ("code", "key", "construct"),
    [
        (Code.HEAP_MAKE_CHAN, None, "channel"),
        (Code.HEAP_CONCAT, None, "concatenation"),
        (Code.HEAP_DEFER, None, "defer-in-loop"),
        (Code.HEAP_OTHER, None, "runtime"),
        (Code.HEAP_NEW, "new-block", None),
        (Code.STACK_TOO_LARGE, "frame-too-large", None),
        (Code.STACK_RECURSION, None, None),
    ],
)
def test_findings_without_a_flow_speak_by_their_code(
    code: Code, key: str | None, construct: str | None
) -> None:
    classified = classify((), code)
    assert (classified.cause.key if classified.cause else None) == key
    assert (classified.construct.key if classified.construct else None) == construct


@pytest.mark.parametrize("code", [code for code in Code if code.startswith("heap-")])
def test_every_heap_code_has_words_of_its_own(code: Code) -> None:
    assert causes.cause_of_code(code) is not None


@pytest.mark.parametrize("cause", causes.causes(), ids=lambda cause: cause.key)
def test_a_cause_is_complete(cause: Cause) -> None:
    assert cause.topic in topics.names()
    assert cause.whys or cause.codes or cause.refines
    assert set(cause.whys) <= set(causes.ways())
    assert set(cause.codes) <= set(Code)
    assert cause.what.endswith(".")
    assert cause.remedy.endswith(".")
    assert (cause.before is None) == (cause.after is None)
    assert not cause.allocs or (cause.before and len(cause.allocs) == 2)


def test_keys_are_unique() -> None:
    keys = [cause.key for cause in causes.causes()]
    assert len(keys) == len(set(keys))


EXAMPLES = [cause for cause in causes.causes() if cause.before is not None]


def _snippet(cause: Cause, which: str) -> Snippet:
    pair = wording.example(cause)
    assert pair is not None
    before = which == "before"
    prelude = cause.prelude + "\n" + (cause.prelude_before if before else cause.prelude_after)
    # The examples name an own type only where they say $T; then the user's code has it.
    source = "\n".join(
        [
            *([] if before else [f'import "{name}"' for name in cause.imports_after]),
            "type T struct{ a, b int }",
            _filled(prelude),
            pair[0 if before else 1],
        ]
    )
    calls = [_filled(call) for call in cause.allocs]
    claims = ((calls[0 if before else 1], ">=0"),) if calls else ()
    return Snippet(f"{cause.key} {which}", source, claims=claims)


def _filled(text: str) -> str:
    return text.replace("$f", "f").replace("$T", "T").replace("$x", "x")


@pytest.mark.parametrize("release", ["1.22", "1.27"])
def test_what_is_advised_compiles_and_allocates_less(release: str, tmp_path: Path) -> None:
    found = [_snippet(cause, which) for cause in EXAMPLES for which in ("before", "after")]
    counted = build_and_run(go_binary(release), tmp_path, found).allocations
    not_better = [
        f"{cause.key}: {counted[f'{cause.key} before']} -> {counted[f'{cause.key} after']}"
        for cause in EXAMPLES
        if cause.allocs and counted[f"{cause.key} before"][0] <= counted[f"{cause.key} after"][0]
    ]
    assert not_better == []


def test_examples_are_nobodys_code() -> None:
    returned = next(cause for cause in causes.causes() if cause.key == "returned")
    pair = wording.example(returned)
    assert pair is not None
    assert "func f() *T {\n\tvar x T" in pair[0]


def test_sentences_take_the_names_of_the_users_code() -> None:
    steps = flow_of("method", "x")
    finding = Finding(
        Code.HEAP_VARIABLE, Span("s.go", 1, 1, 1, 2), "p", "p.method", "m", subject="x"
    )
    classified = classify(steps, finding.code)
    names = wording.names_of(finding, classified)
    told = " ".join(wording.tell(classified, names, lambda name: f"<{name}>"))
    assert told.startswith("<x> is passed to <s.Keep>, which keeps it")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("s.Keep(&x)", "s.Keep"),
        ("fmt.Fprintln(os.Stdout, fmt.a...)", "fmt.Fprintln"),
        ("a.b(c).d(e(f), g)", "a.b(c).d"),
        ("x", "x"),
        (")", ")"),
        ("((", "(("),
    ],
)
def test_the_callee_of_a_call(call: str, expected: str) -> None:
    assert callee(call) == expected


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("h.next = &n", "h.next"),
        ("p := &x", "p"),
        ("m[&k] = &v", "m[&k]"),
        ("global, globalA = &x, &y", "global, globalA"),
        ("for loop", ""),
    ],
)
def test_the_holder_of_an_assignment(assignment: str, expected: str) -> None:
    assert holder(assignment) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("{heap}", ""),
        ("{temp}", ""),
        (".autotmp_12", ""),
        ("~r0", "the result"),
        ("{storage for &node{...}}", "&node{...}"),
        ("head", "head"),
    ],
)
def test_places_are_named_as_in_the_source(place: str, expected: str) -> None:
    assert readable(place) == expected


@pytest.mark.parametrize("separator", ["=", "←"])
@pytest.mark.parametrize("prefixed", [True, False])
def test_both_wordings_of_flows_are_read(separator: str, prefixed: bool) -> None:
    flow, note = f"~r0 {separator} &x", "return &x (return)"
    if prefixed:
        flow, note = f"flow: {flow}:", f"from {note} at ./a.go:1:2"
    route = read_route([Step(flow), Step(note, Position("a.go", 1, 2))])
    assert route.last is not None
    assert (route.last.target, route.last.source, route.last.address) == ("~r0", "x", True)
    assert [(piece.expr, piece.why) for piece in route.notes] == [("return &x", "return")]


def test_the_sample_is_what_the_recordings_are_of() -> None:
    sample = (DATA / "escape-sample" / "sample.go").read_text(encoding="utf-8")
    for recorded in RECORDED:
        text = recorded.read_text(encoding="utf-8")
        lines = {int(line) for line in re.findall(r"sample\.go:(\d+):", text)}
        assert max(lines) <= sample.count("\n")


@pytest.mark.parametrize("release", ["1.22", "1.27"])
def test_the_recording_is_what_the_release_prints(release: str, tmp_path: Path) -> None:
    shutil.copytree(DATA / "escape-sample", tmp_path / "sample")
    expected = (DATA / f"go{release}" / "escape-flows.txt").read_text(encoding="utf-8")
    assert record(go_binary(release), tmp_path / "sample") == expected
