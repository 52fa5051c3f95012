"""All rows: those of allocations, and those of lifetimes."""

from __future__ import annotations

from golsp_mem.advice.fixes.candidate import Row
from golsp_mem.advice.fixes.rows.functions import (
    captures,
    closures,
    defers,
    outlining,
    returned,
    timers,
)
from golsp_mem.advice.fixes.rows.lifetimes import beside, descriptors, passing
from golsp_mem.advice.fixes.rows.once import interface_variable, package_value, per_call
from golsp_mem.advice.fixes.rows.slices import fields, loops, preallocation, sizes
from golsp_mem.advice.fixes.rows.text import buffers, building, conversions, formatting, splitting
from golsp_mem.advice.fixes.rows.typed import atomics, pools, sorting

ROWS: tuple[Row, ...] = (
    preallocation.ROW,
    formatting.ROW,
    conversions.ROW,
    building.ROW,
    buffers.ROW,
    sizes.ROW,
    loops.ROW,
    package_value.ROW,
    sorting.ROW,
    interface_variable.ROW,
    atomics.ROW,
    pools.ROW,
    splitting.ROW,
    per_call.ROW,
    timers.ROW,
    closures.ROW,
    defers.ROW,
    captures.ROW,
    returned.ROW,
    fields.ROW,
    outlining.ROW,
)

# A person has to choose these: ``golsp-mem fix`` takes allocations away.
LIFETIMES: tuple[Row, ...] = (passing.ROW, descriptors.ROW, beside.ROW)
