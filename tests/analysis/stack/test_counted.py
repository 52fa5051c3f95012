"""Recursions that count their levels beside the data, or hand them on, on what Go compiled."""

from __future__ import annotations

import re

import pytest

from golsp_mem.analysis.stack.findings import stack_findings
from golsp_mem.model import Code
from tests.analysis.stack.program import HERE, build, context_of


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    directory = HERE / "programs" / "counted"
    program = build("1.26", directory, tmp_path_factory.mktemp("counted"))
    main = directory / "main.go"
    context = context_of("example.com/counted", main, program)
    found = [
        one for one in stack_findings(context, program.own) if one.code is Code.STACK_RECURSION
    ]
    return {one.subject or "" for one in found}


def test_what_counts_its_levels_is_bounded_and_what_only_seems_to_is_told(told: set[str]) -> None:
    """Every function that has no bound has Unbounded in its name, one for each cycle."""
    text = (HERE / "programs" / "counted" / "main.go").read_text()
    expected = set(re.findall(r"(?m)^func (?:\(\w \*\w+\) )?(\w+Unbounded)\(", text))
    assert expected
    assert {one.rpartition(".")[2].partition("[")[0] for one in told} == expected
