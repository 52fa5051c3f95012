"""The oracle on two small packages: golsp-mem's claims hold against the running program.

All other packages are measured by ``python -m tests.truth``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.toolchains import go_binary
from tests.truth.__main__ import TARGETS, main, measure
from tests.truth.compare import Judgement, Kind
from tests.truth.corpus import targets
from tests.truth.report import Row, misses
from tests.truth.runs import Go, Options

SAMPLE = str(Path(__file__).parent / "sample")
PACKAGES = [SAMPLE, "text/template/parse"]


@cache
def judged(name: str) -> Judgement:
    go = Go.at(go_binary("1.26"))
    (target,) = targets(name, go)
    row = measure(go, target, Options(limit=60))
    assert row.judgement is not None, row.note
    assert not row.note
    return row.judgement


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES, ids=["sample", "parse"])
def test_the_claims_hold(name: str) -> None:
    judgement = judged(name)
    wrong = [one for one in judgement.disagreements if one.kind is not Kind.TINY]
    assert wrong == []
    assert misses([Row("go", name, judgement)], TARGETS) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES, ids=["sample", "parse"])
def test_something_was_measured(name: str) -> None:
    figures = judged(name).figures
    assert figures.lines.total > 10
    assert figures.bytes.total > 1000
    assert figures.always.total > 5
    assert figures.sizes.total > 5


@pytest.mark.slow
def test_plain_escape_lines_miss_what_golsp_mem_names() -> None:
    figures = judged(SAMPLE).figures
    assert figures.m_lines.ratio < figures.lines.ratio
    assert figures.m_always.ratio < figures.always.ratio
    assert figures.never.total > 0


@pytest.mark.slow
def test_the_command_prints_the_same_as_json() -> None:
    command = [SAMPLE, "--json", "--go", str(go_binary("1.26")), "--time-limit", "60"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    (package,) = json.loads(result.stdout)["packages"]
    assert package["package"] == "example.org/sample"
    lines = judged(SAMPLE).figures.lines
    assert package["figures"]["lines"] == {"right": lines.right, "total": lines.total}
