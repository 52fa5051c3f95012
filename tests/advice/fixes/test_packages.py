"""Edits that depend on what else is in the package: its tests, its other variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.runner import run, write_module
from tests.toolchains import go_binary

KINDS = """\
package m

type kind interface{ name() string }

type basic string

func (b basic) name() string { return string(b) }

var number basic = "number"

//go:noinline
func Kind(n int) kind {
	if n > 1 {
		return number
	}
	return nil
}
"""
TABLE = """\
package m

type reader interface{ read(k string) int }

type table struct{}

func (table) read(k string) int { return Weight(k) }

var some reader = table{}

//go:noinline
func Weight(k string) int {
	weights := map[string]int{
		"a": 1, "b": 2, "c": 3, "d": 4, "e": 5,
		"f": 6, "g": 7, "h": 8, "i": 9, "j": 10,
	}
	return weights[k]
}
"""


def diff(module: Path) -> str:
    done = run("fix", "--go", str(go_binary("1.27")), "--diff", "-q", cwd=module)
    assert done.status == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("tests", "is_offered"),
    [
        ({}, True),
        ({"a_test_go": "package m\n\nfunc use() string { return string(number) }\n"}, False),
        (
            {
                "a_test_go": "package m\n\nvar Number = number\n",
                "b_test_go": 'package m_test\n\nimport "example.com/m"\n\n'
                "func use() string { return string(m.Number) }\n",
            },
            False,
        ),
        (
            {
                "a_test_go": "//go:build integration\n\npackage m\n\n"
                "func use() string { return string(number) }\n"
            },
            False,
        ),
    ],
)
def test_a_variable_that_tests_use_keeps_its_type(
    tmp_path: Path, tests: dict[str, str], is_offered: bool
) -> None:
    module = write_module(tmp_path / "m", a_go=KINDS)
    for name, text in tests.items():
        (module / f"{name.removesuffix('_go')}.go").write_text(text)
    assert ("var number kind" in diff(module)) == is_offered


@pytest.mark.parametrize(
    ("variable", "is_safe"),
    [
        ('var first = "a"', True),
        ("var _ reader = (*table)(nil)", True),
        ('var first = some.read("a")', False),
        ('var first = first1()\n\nfunc first1() int { return some.read("a") }', False),
    ],
)
def test_a_table_that_an_initialiser_may_reach_stays(
    tmp_path: Path, variable: str, is_safe: bool
) -> None:
    module = write_module(tmp_path / "m", a_go=TABLE, b_go=f"package m\n\n{variable}\n")
    assert ("var weightWeights" in diff(module)) == is_safe
