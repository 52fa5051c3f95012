"""What is shown first, and what survives a cut."""

from __future__ import annotations

import pytest

from golsp_mem.cli.render.terminal.ranking import level, most_important, ranked
from golsp_mem.model import Allocates, Severity
from golsp_mem.report.model import Shown, State
from tests.cli.builders import finding
from tests.cli.rendering import shown


def named(name: str, severity: Severity = Severity.WARNING, **fields: object) -> Shown:
    state = fields.pop("state", None)
    explained_by = fields.pop("explained_by", None)
    return shown(finding(message=name, **fields), severity, state=state, explained_by=explained_by)


ERROR = named("error", Severity.ERROR, allocates=Allocates.CONDITIONAL)
LARGE = named("large", bytes=4096)
SMALL = named("small", bytes=8)
UNKNOWN = named("unknown size")
CONDITIONAL = named("conditional", bytes=4096, allocates=Allocates.CONDITIONAL)
ACCEPTED = named("accepted", bytes=4096, state=State.UNCHANGED)
EXPLAINED = named("explained", Severity.ERROR, bytes=4096, explained_by="go1.26 -> go1.27")
NEVER = named("never", Severity.ERROR, allocates=Allocates.NEVER)
ORDER = [ERROR, LARGE, SMALL, UNKNOWN, CONDITIONAL, ACCEPTED, EXPLAINED, NEVER]


@pytest.mark.parametrize("start", range(len(ORDER)))
def test_the_order_does_not_depend_on_the_order_before(start: int) -> None:
    assert ranked(ORDER[start:] + ORDER[:start]) == ORDER
    assert ranked(ORDER[start::-1] + ORDER[:start:-1]) == ORDER


def test_equals_keep_their_order() -> None:
    twins = [named(str(number)) for number in range(20)]
    assert ranked(twins) == twins


@pytest.mark.parametrize(
    ("limit", "kept"), [(0, []), (2, [LARGE, ERROR]), (3, [SMALL, LARGE, ERROR]), (9, ORDER[::-1])]
)
def test_a_cut_keeps_the_order_of_the_report(limit: int, kept: list[Shown]) -> None:
    assert most_important(ORDER[::-1], limit) == kept


@pytest.mark.parametrize(
    ("one", "expected"),
    [(ERROR, Severity.ERROR), (SMALL, Severity.WARNING), (EXPLAINED, Severity.HINT),
     (NEVER, Severity.HINT)],
)  # fmt: skip
def test_what_nobody_has_to_act_on_is_said_softly(one: Shown, expected: Severity) -> None:
    assert level(one) is expected
