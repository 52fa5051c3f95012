"""What packages that are analysed together do with each other's functions.

A function that is inlined into another package may keep there on the stack what it allocates at
home. Only a run that looks at both knows it, so this is said when all packages have been read, and
not kept with any of them. It needs no source: a warm run does it, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from attrs import evolve

from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.compiler.rules import call_family
from golsp_mem.model import Allocates, Finding, InlinedHere, PackageAnalysis

_LONGEST_LIST = 2


def with_callers(packages: Sequence[PackageAnalysis]) -> list[PackageAnalysis]:
    """The analyses, with what the others' copies of a function do said of its findings."""
    copies: dict[str, list[tuple[str, InlinedHere]]] = defaultdict(list)
    for package in packages:
        for one in package.inlined:
            copies[one.function].append((package.import_path, one))
    if not copies:
        return list(packages)
    return [
        evolve(
            package,
            findings=tuple(_judged(one, copies.get(one.function, ())) for one in package.findings),
        )
        if any(one.function in copies for one in package.findings)
        else package
        for package in packages
    ]


def _judged(finding: Finding, copies: Sequence[tuple[str, InlinedHere]]) -> Finding:
    if not copies or not finding.code.speaks_of_heap or finding.allocates is Allocates.NEVER:
        return finding
    own = next((frame for frame in finding.stack if frame.function == finding.function), None)
    if own is None or finding.runtime_call is None:
        return finding
    family = call_family(finding.runtime_call)
    keeps = [
        path
        for path, one in copies
        if one.copies
        > sum(
            seen.copies
            for seen in one.allocating
            if (seen.file, seen.line, seen.family) == (own.file, own.line, family)
        )
    ]
    if not keeps:
        return finding
    names = ", ".join(keeps[:_LONGEST_LIST]) + (" and others" if len(keeps) > _LONGEST_LIST else "")
    function = short_name(finding.function).replace("%2e", ".")
    exception = f"not where {names} inlines {function} and keeps it on the stack"
    parts = [finding.condition, exception] if finding.condition else [exception]
    return evolve(finding, allocates=Allocates.CONDITIONAL, condition="; and ".join(parts))
