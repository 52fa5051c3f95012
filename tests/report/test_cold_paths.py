"""Findings whose lines run seldom, as the settings want them."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.config import Settings
from golsp_mem.model import Code, Execution, PathKind, Severity
from golsp_mem.report.policy.judge import judged
from tests.cli.builders import LINUX, analysis, finding, package

FOUND = (
    finding(execution=Execution(PathKind.ERROR)),
    finding(execution=Execution(PathKind.ONCE)),
    finding(execution=Execution(PathKind.TEST)),
    finding(execution=Execution(PathKind.LOOP, 1)),
    finding(code=Code.STACK_RECURSION, execution=Execution(PathKind.PANIC)),
)


@pytest.mark.parametrize(
    ("mode", "severities", "counting", "left"),
    [
        (None, "wwwwh", 5, 0),
        ("show", "wwwwh", 5, 0),
        ("quiet", "hhwwh", 3, 0),
        ("hide", "wwh", 3, 2),
    ],
)
def test_cold_paths(mode: str | None, severities: str, counting: int, left: int) -> None:
    loud = {**Settings().severity, Code.HEAP_VARIABLE: Severity.WARNING}
    settings = evolve(Settings(), severity=loud, cold_paths=mode)
    [one] = judged([(LINUX, analysis(package(*FOUND)))], settings, Path("/w"), SourceCache())
    shown = one.report.shown
    # Five of one place read the same, and are told once: look at all of them.
    assert "".join(entry.severity[0] for entry in shown) == severities
    assert sum(entry.counts for entry in shown) == counting
    assert one.report.left.unselected == left
