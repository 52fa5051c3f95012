"""Types with package names instead of package paths, and nothing else lost."""

from __future__ import annotations

import pytest

from golsp_mem.analysis.heap.wording import short_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (None, None),
        ("int", "int"),
        ("example.com/m/c.point", "c.point"),
        ("*example.com/m/c.point", "*c.point"),
        ("[]*example.com/c.point", "[]*c.point"),
        ("[2]*example.com/c.point", "[2]*c.point"),
        ("chan *example.com/c.point", "chan *c.point"),
        ("map[*a.b/c.K]*x-y.z/v2.V", "map[*c.K]*v2.V"),
        ("map[string]*gopkg.in/yaml%2ev3.Node", "map[string]*yaml%2ev3.Node"),
        ("struct { F uintptr; t *example.com/c.T }", "struct { F uintptr; t *c.T }"),
        ("c.L[example.com/d.T,int]", "c.L[d.T,int]"),
    ],
)
def test_short_types(name: str | None, expected: str | None) -> None:
    assert short_type(name) == expected
