"""What repeats the tables of the program says the same; `.ci/generate` makes it so."""

from __future__ import annotations

import pytest

from golsp_mem.codes import Code, Family
from tests.generate import GENERATED, ROOT


@pytest.mark.parametrize("name", GENERATED)
def test_generated_files_are_up_to_date(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert GENERATED[name](text) == text, "run .ci/generate"


def test_every_file_names_every_code() -> None:
    for name in GENERATED:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert [code for code in Code if code not in text] == [], name


def test_a_code_begins_with_its_family() -> None:
    assert {code.family for code in Code} == set(Family)
    assert all(code.row.takes_heap and code.row.in_hints for code in Code if code.is_heap)
