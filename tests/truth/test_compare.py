"""The judgement, on claims and evidence small enough to judge by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.truth.claims import Claim, read_claims
from tests.truth.compare import Figures, Judgement, Kind, Share, judge
from tests.truth.evidence import Block, Coverage, EscapeLine, Evidence, Frame, Sample

FILE = "/p/f.go"


def frames(*lines: int) -> tuple[Frame, ...]:
    return tuple(Frame("p.f", FILE, line) for line in lines)


def claim(*lines: int, allocates: str = "always", **fields: Any) -> Claim:
    stack = fields.pop("stack", frames(*lines))
    known = {"code": "heap-new", "function": "p.f", "message": "m", "column": 1, **fields}
    known.setdefault("file", FILE)
    known.setdefault("line", stack[0].line)
    return Claim(allocates=allocates, stack=stack, **known)


def sample(*lines: int, size: int = 32, objects: int = 1) -> Sample:
    return Sample(frames(*lines), len(lines), size, objects)


def judged(
    claims: list[Claim],
    samples: list[Sample],
    executed: tuple[int, ...] = tuple(range(1, 100)),
    escape_lines: tuple[EscapeLine, ...] = (),
) -> Judgement:
    blocks = tuple(Block((n, 0), (n + 1, 0), int(n in executed)) for n in range(1, 100))
    evidence = Evidence(tuple(samples), Coverage({FILE: blocks}), escape_lines)
    return judge("p", [FILE], claims, evidence)


def kinds(judgement: Judgement) -> list[tuple[Kind, int]]:
    return [(one.kind, one.line) for one in judgement.disagreements]


@pytest.mark.parametrize(
    ("claims", "samples", "lines", "bytes_"),
    [
        ([claim(1)], [sample(1), sample(2, size=96)], Share(1, 2), Share(32, 128)),
        ([claim(5, 9)], [sample(9)], Share(1, 1), Share(32, 32)),
        ([claim(1, allocates="conditional")], [sample(1)], Share(1, 1), Share(32, 32)),
        ([claim(1, allocates="never")], [sample(1)], Share(0, 1), Share(0, 32)),
        ([], [Sample((Frame("q.f", "/q/q.go", 1),), 1, 8, 1)], Share(), Share()),
    ],
    ids=["weighted", "any frame", "conditional names", "never does not", "other package"],
)
def test_recall(claims: list[Claim], samples: list[Sample], lines: Share, bytes_: Share) -> None:
    figures = judged(claims, samples).figures
    assert (figures.lines, figures.bytes) == (lines, bytes_)


@pytest.mark.parametrize(
    ("one", "samples", "expected"),
    [
        (claim(1), [sample(1)], Share(1, 1)),
        (claim(1), [sample(1, 7)], Share(1, 1)),
        (claim(1, 7), [sample(1, 7)], Share(1, 1)),
        (claim(1, 7, line=7), [sample(1)], Share(0, 1)),
        (claim(1, 7, line=7), [sample(1, 8)], Share(0, 1)),
        (claim(1, 7, 9, line=7), [sample(1, 7, 8)], Share(1, 1)),
        (claim(1), [], Share(0, 1)),
        (claim(50), [], Share()),
        (claim(50, 1, line=1), [], Share()),
        (claim(1, allocates="conditional"), [], Share()),
    ],
    ids=[
        "there", "inlined elsewhere too", "same stack", "not inlined", "other caller",
        "the line's copies", "nothing", "not executed", "callee not executed", "conditional",
    ],
)  # fmt: skip
def test_precision_of_always(one: Claim, samples: list[Sample], expected: Share) -> None:
    judgement = judged([one], samples, executed=(1, 7, 8))
    assert judgement.figures.always == expected
    wrong = [kind for kind, _ in kinds(judgement) if kind is Kind.ALWAYS]
    assert len(wrong) == expected.total - expected.right


def test_tiny_objects_are_counted_apart() -> None:
    judgement = judged([claim(1, bytes=8, size_class=16), claim(2, bytes=16, size_class=16)], [])
    assert judgement.figures.always == Share(0, 1)
    assert judgement.figures.always_tiny == Share(0, 1)
    assert kinds(judgement) == [(Kind.TINY, 1), (Kind.ALWAYS, 2)]


def test_claims_where_coverage_is_blind_are_not_judged() -> None:
    stack = (Frame("p.T", "/p/f_test.go", 4),)
    judgement = judged([claim(stack=stack, file="/p/f_test.go")], [])
    assert judgement.figures.unjudged == 1
    assert judgement.figures.always == Share()


def test_runs_that_were_cut_short_prove_no_claim_wrong() -> None:
    evidence = Evidence((), Coverage({FILE: (Block((1, 0), (9, 0), 1),)}), (), complete=False)
    figures = judge("p", [FILE], [claim(1), claim(2, allocates="never")], evidence).figures
    assert (figures.always, figures.never, figures.unjudged) == (Share(), Share(), 1)


def test_package_initialisation_runs_though_no_block_covers_it() -> None:
    stack = (Frame("p.init", FILE, 200),)
    assert judged([claim(stack=stack)], []).figures.always == Share(0, 1)


def test_package_initialisation_is_matched_by_line_as_profiles_mix_up_its_files() -> None:
    seen = Sample((Frame("p.init", "/p/other.go", 200),), 1, 32, 1)
    escape = EscapeLine(FILE, 200, 1, True, "")
    stack = (Frame("p.init", FILE, 200),)
    figures = judged([claim(stack=stack)], [seen], escape_lines=(escape,)).figures
    assert figures.lines == figures.always == figures.m_lines == Share(1, 1)


@pytest.mark.parametrize(
    ("others", "samples", "expected", "shared"),
    [
        ([], [], Share(1, 1), 0),
        ([], [sample(1)], Share(0, 1), 0),
        ([claim(1)], [sample(1)], Share(1, 1), 1),
        ([claim(1, 7, line=7)], [sample(1)], Share(0, 1), 0),
    ],
    ids=["right", "wrong", "another claim accounts for it", "another caller does not"],
)
def test_precision_of_never(
    others: list[Claim], samples: list[Sample], expected: Share, shared: int
) -> None:
    figures = judged([claim(1, allocates="never"), *others], samples).figures
    assert (figures.never, figures.never_shared) == (expected, shared)


@pytest.mark.parametrize(
    ("claims", "samples", "expected"),
    [
        ([claim(1, size_class=48)], [sample(1, size=48)], Share(1, 1)),
        ([claim(1, size_class=48)], [sample(1, size=64)], Share(0, 1)),
        ([claim(1, size_class=48)], [sample(1, size=48), sample(1, size=64)], Share(0, 1)),
        (
            [claim(1, size_class=48), claim(1, size_class=64, column=2)],
            [sample(1, size=48), sample(1, size=64)],
            Share(1, 1),
        ),
        ([claim(1, size_class=48), claim(1, column=2)], [sample(1, size=64)], Share()),
        ([claim(1, size_class=48)], [], Share()),
        (
            [claim(1, size_class=48)],
            [sample(1, size=48, objects=9), sample(1, size=112)],
            Share(1, 1),
        ),
        ([claim(1, size_class=48)], [sample(1, size=112)], Share(0, 1)),
        (
            [claim(1, size_class=48), claim(1, 7, line=7, size_class=64)],
            [sample(1, size=48), sample(1, 7, size=64)],
            Share(2, 2),
        ),
    ],
    ids=[
        "equal", "other", "two where one is said", "two claims", "unknown size", "unseen",
        "a collection starts", "only another size", "the longer stack speaks",
    ],
)  # fmt: skip
def test_sizes(claims: list[Claim], samples: list[Sample], expected: Share) -> None:
    assert judged(claims, samples).figures.sizes == expected


def test_plain_lines_get_the_same_measures() -> None:
    def said(line: int, heap: bool) -> EscapeLine:
        return EscapeLine(FILE, line, 1, heap, "")

    escape_lines = (said(1, True), said(2, True), said(3, False), said(4, False), said(50, True))
    samples = [sample(1), sample(4), sample(5, 2, size=96)]
    figures = judged([], samples, executed=(1, 2, 3, 4, 5), escape_lines=escape_lines).figures
    assert figures.m_lines == Share(1, 3)
    assert figures.m_bytes == Share(32, 160)
    assert figures.m_always == Share(2, 2)
    assert figures.m_never == Share(1, 2)


def test_figures_add_up() -> None:
    one = Figures(lines=Share(1, 2), unjudged=3)
    assert one + one == Figures(lines=Share(2, 4), unjudged=6)
    assert Share(1, 4).ratio == 0.25
    assert Share().ratio == 1.0


def test_claims_are_read_from_the_contract_and_made_absolute() -> None:
    finding = {
        "code": "heap-new", "severity": "hint", "file": "f.go", "line": 1, "column": 2,
        "end_line": 1, "end_column": 4, "package": "p", "function": "p.f", "message": "m",
        "allocates": "always", "condition": None, "type": "p.T", "bytes": 40, "size_class": 48,
        "runtime_call": "runtime.newobject", "reason": [], "fingerprint": "x",
        "stack": [
            {"function": "runtime.Callers", "file": "/go-root/src/runtime/extern.go", "line": 9},
            {"function": "p.f", "file": "f.go", "line": 1},
        ],
    }  # fmt: skip
    stack_finding = {**finding, "code": "stack-recursion"}
    report = {"schema": 1, "findings": [finding, finding, stack_finding]}
    (only,) = read_claims(json.dumps(report), "/p", "/go-root")
    assert only.file == FILE
    assert only.places == ((FILE, 1),)
    assert (only.bytes, only.size_class, only.tiny) == (40, 48, False)
    with pytest.raises(ValueError, match="schema"):
        read_claims("{}", "/p", "/go-root")
