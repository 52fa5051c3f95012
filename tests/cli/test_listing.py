"""Findings a line each: what stands together, and what the end says of the rest."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from golsp_mem.cli.render.terminal.listing import Listing, lines
from golsp_mem.cli.render.terminal.style import Style
from golsp_mem.model import Code
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import Shown
from tests.cli.builders import finding
from tests.cli.rendering import shown


def at(line: int, rank: int, **fields: object) -> Shown:
    made = finding(**fields)  # type: ignore[arg-type]
    span = evolve(made.span, line=line, column=3)
    return evolve(shown(evolve(made, span=span)), rank=rank)


def told(*findings: Shown, limit: int | None = None) -> list[str]:
    listing = Listing("rank", limit)
    text = "".join(lines(findings, listing, PathBase(Path("/w")), Style(False)))
    return text.splitlines()


def test_the_same_of_several_places_is_one_line() -> None:
    [_, first, other, _] = told(
        at(9, 1, message="same"), at(4, 2, message="other"), at(12, 3, message="same")
    )
    assert "9:3" in first
    assert first.endswith("; also 12:3")
    assert "other" in other


def test_the_end_names_the_causes_of_most_places() -> None:
    boxed = [at(n, n, code=Code.HEAP_BOXING, subject="key", message=f"at {n}") for n in range(1, 6)]
    text = told(*boxed, limit=2)
    assert any(line.startswith("3 more findings") for line in text)
    assert any("5 × boxing" in line for line in text)
    assert not any("more findings" in line for line in told(*boxed))
