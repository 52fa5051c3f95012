"""The predicted growth of a stack against what a running program sees of its own stack."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.analysis.stack.program import HERE, build

CASES = [
    ("1.22", "amd64"),
    ("1.24", "amd64"),
    ("1.26", "amd64"),
    ("1.27", "amd64"),
    ("1.27", "386"),
]


@pytest.mark.parametrize(("release", "goarch"), CASES)
def test_growth_steps_are_the_moves_observed(release: str, goarch: str, tmp_path: Path) -> None:
    built = build(release, HERE / "programs" / "chain", tmp_path, goarch)
    numbers = built.numbers("main.level0")
    done = built.run(GOGC="off")
    assert done.returncode == 0, done.stderr
    notes = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    observed = [
        (f"main.level{after[0]}", before[1], after[1])
        for before, after in pairwise(notes)
        if after[1] != before[1]
    ]
    predicted = [
        (growth.function, growth.old_bytes, growth.new_bytes) for growth in numbers.growths
    ]
    # Two moves on the way to one note look like one from inside.
    assert predicted == observed
    moves = sum(after[2] != before[2] for before, after in pairwise(notes))
    assert moves == len(numbers.growths)
    assert numbers.growth_steps == (notes[0][1], *(note for _, _, note in observed))
