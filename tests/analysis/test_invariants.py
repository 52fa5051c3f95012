"""What cannot be is recorded, and ends a run of the suite."""

from __future__ import annotations

import pytest
from attrs import evolve

from golsp_mem.analysis.invariants import STRICT, impossible
from golsp_mem.errors import Impossible
from golsp_mem.model import (
    Allocates,
    Code,
    Finding,
    PackageAnalysis,
    PackageStatus,
    Span,
    StackFrame,
)

FINE = Finding(
    Code.HEAP_NEW, Span("/m/a.go", 3, 2, 3, 9), "m", "m.F", "new(T)", bytes=24, size_class=24,
    runtime_call="runtime.newobject", stack=(StackFrame("m.F", "/m/a.go", 3),), fingerprint="a",
)  # fmt: skip


def analysis(*findings: Finding) -> PackageAnalysis:
    return PackageAnalysis("m", "/m", PackageStatus.OK, findings=findings)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"span": Span("/m/a.go", 3, 9, 3, 2)}, "ends before it begins"),
        ({"span": Span("/m/a.go", 0, 1, 0, 2)}, "ends before it begins"),
        ({"condition": "when n is above 0"}, "allocates always, but when n is above 0"),
        ({"bytes": 40}, "takes 24 B for 40 B"),
        ({"stack": ()}, "has no stack"),
    ],
)
def test_what_cannot_be_of_a_finding(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, object], said: str
) -> None:
    monkeypatch.delenv(STRICT, raising=False)
    wrong = analysis(evolve(FINE, **change))
    [line] = impossible(wrong)
    assert said in line
    monkeypatch.setenv(STRICT, "1")
    with pytest.raises(Impossible, match=r"^m: "):
        impossible(wrong)


def test_a_fingerprint_names_one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STRICT, raising=False)
    assert impossible(analysis(FINE, FINE)) == ("a names 2 findings",)


def test_what_is_fine_is_not_told() -> None:
    conditional = evolve(FINE, allocates=Allocates.CONDITIONAL, condition="when n is above 0")
    assert impossible(analysis(FINE, evolve(conditional, fingerprint="b"))) == ()
