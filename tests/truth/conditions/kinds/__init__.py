"""The kinds of Go code that the condition texts speak of, generated over types and fates."""

from __future__ import annotations

from tests.truth.conditions.case import Case
from tests.truth.conditions.kinds import (
    boxing,
    flow,
    objects,
    slices,
    statements,
    strings,
    uncommon,
    values,
)


def all_cases(pointer: int = 8) -> tuple[Case, ...]:
    """``pointer``: bytes of one, which sizes of elements depend on."""
    found = (
        *boxing.boxing(),
        *boxing.boxed_expressions(),
        *slices.makes(pointer),
        *slices.appends(pointer),
        *objects.objects(),
        *objects.maps(),
        *objects.closures(),
        *strings.conversions(),
        *strings.lengths(),
        *strings.concats(),
        *flow.control(),
        *flow.formats(),
        *flow.inlined(),
        *flow.generics(),
        *values.VALUES,
        *statements.STATEMENTS,
        *uncommon.UNCOMMON,
    )
    names = [case.name for case in found]
    assert len(names) == len(set(names)), sorted(n for n in names if names.count(n) > 1)
    return found
