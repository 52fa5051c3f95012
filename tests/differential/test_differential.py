"""One random module in every way; many are compared by ``python -m tests.differential``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.differential.__main__ import compare
from tests.differential.modules import random_module
from tests.toolchains import WHOLE


def test_a_seed_gives_the_same_module_again() -> None:
    assert random_module(7) == random_module(7)
    assert random_module(7) != random_module(8)


@pytest.mark.slow
def test_all_ways_say_the_same(tmp_path: Path) -> None:
    assert list(compare(11, tmp_path, server=True, truth=WHOLE)) == []
