"""Condition texts hold on both sides of their boundary: a sample of what
``python -m tests.truth.conditions`` runs for every release."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.toolchains import WHOLE
from tests.truth.conditions.__main__ import measure
from tests.truth.conditions.case import Case, Input
from tests.truth.conditions.judge import Taken, judge
from tests.truth.conditions.kinds import all_cases
from tests.truth.conditions.texts import UnknownTextError, holds


@pytest.mark.slow
@pytest.mark.parametrize("release", ["1.27", *(["1.24"] if WHOLE else [])])
def test_what_is_said_is_what_runs(release: str, tmp_path: Path) -> None:
    cases = [case for case in all_cases() if release >= case.since]
    wrong, runs, said = measure(cases, tmp_path, release)
    assert [str(one) for one in wrong] == []
    assert runs > 1000
    assert sum(bool(text) for text in said.values()) > 300


def test_a_text_that_nobody_reads_is_found() -> None:
    with pytest.raises(UnknownTextError, match="no reading"):
        holds("when the moon is full", {})
    with pytest.raises(UnknownTextError, match="'len'"):
        holds("when the length is above 0", {})


@pytest.mark.parametrize(
    ("allocates", "condition", "taken", "why"),
    [
        ("always", None, Taken(1, 16), None),
        ("always", None, Taken(0, 0), "1 objects claimed"),
        ("never", None, Taken(1, 16), "0 objects claimed"),
        ("always", None, Taken(1, 32), "16 B claimed"),
        ("conditional", "when the length is above 0", Taken(1, 16), None),
        ("conditional", "when the length is above 3", Taken(1, 16), "no reading"),
        ("conditional", "when it takes more than 32 B", Taken(1, 16), "0 objects claimed"),
    ],
)
def test_the_judge(allocates: str, condition: str | None, taken: Taken, why: str | None) -> None:
    case = Case("one", "", "", (given := Input("", {"len": 2, "need": 16}),))
    claim = {
        "allocates": allocates, "condition": condition, "bytes": 16, "size_class": 16,
        "code": "heap-new", "message": "it",
    }  # fmt: skip
    wrong = judge(case, [claim], [(given, taken)])
    assert [why in one.why for one in wrong] == [True] if why else wrong == []
