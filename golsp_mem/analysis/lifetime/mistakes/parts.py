"""Munmap of a part of a mapping: it is refused, and the mapping stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.standard import RAW_PACKAGES
from golsp_mem.source.package import Place, arguments_of, callee_of, initial_value
from golsp_mem.source.parts.tree import unparenthesized
from golsp_mem.source.variables import is_assigned_again

_UNMAPPING = re.compile(rb"\bMunmap\b")


def refused_parts(known: Package) -> Iterator[tuple[Place, Place]]:
    """(call, what it gets) of each Munmap that surely gets a part only."""
    for call in known.syntax.calls_near(_UNMAPPING):
        part = part_unmapped(known, call)
        if part is not None and is_surely_part(known, part):
            yield call, part


def part_unmapped(known: Package, call: Place) -> Place | None:
    """The slice of a mapping that Munmap gets, where that may be less than the whole: what is not
    as long as its capacity, or begins elsewhere, is refused with EINVAL (syscall/syscall_unix.go,
    mmapper.Munmap, Go 1.21 to 1.27; golang.org/x/sys/unix has the same)."""
    callee, given = callee_of(call), arguments_of(call)
    if callee is None or callee.name != "Munmap" or callee.package not in RAW_PACKAGES or not given:
        return None
    value = call.of(unparenthesized(given[0]))
    variable = known.variable(value) if value.node.kind == "identifier" else None
    start = initial_value(variable) if variable is not None else None
    if start is not None and variable is not None and not is_assigned_again(variable):
        value = start[0].of(unparenthesized(start[0].node))
    return value if value.node.kind == "slice_expression" and not _is_whole(value) else None


def _is_whole(part: Place) -> bool:
    """``b[:]``, ``b[0:len(b)]``, ``b[:cap(b)]``."""
    operand, low, high = (part.node.field(one) for one in ("operand", "start", "end"))
    name = part.file.tree.source(operand) if operand is not None else ""
    begins = low is None or part.file.tree.source(low) == "0"
    ends = high is None or part.file.tree.source(high) in (f"len({name})", f"cap({name})")
    return begins and ends


def is_surely_part(known: Package, part: Place) -> bool:
    """Whether a slice begins behind a mapping's beginning, or is not as long as what Mmap was
    asked for."""
    operand, low, high = (part.node.field(one) for one in ("operand", "start", "end"))
    root = part.of(operand) if operand is not None and operand.kind == "identifier" else None
    variable = known.variable(root) if root is not None else None
    start = initial_value(variable) if variable is not None else None
    if start is None or variable is None or is_assigned_again(variable):
        return False
    if start[0].node.kind != "call_expression":
        return False
    if low is not None and low.kind == "int_literal" and part.file.tree.source(low) != "0":
        return True
    callee, given = callee_of(start[0]), arguments_of(start[0])
    is_mapped = callee is not None and callee.package in RAW_PACKAGES and callee.name == "Mmap"
    if not is_mapped or len(given) < 3 or high is None:
        return False
    written = (part.file.tree.source(high), start[0].of(given[2]).text)
    return all(one.isdecimal() for one in written) and written[0] != written[1]
