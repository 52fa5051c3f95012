"""What packages that are analysed together do with each other's functions.

A function that is inlined into another package may keep there on the stack what it allocates at
home. Only a run that looks at both knows it, so this is said when all packages have been read, and
not kept with any of them. It needs no source: a warm run does it, too, and so does who joins the
shards of a run.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.compiler.rules import call_family
from golsp_mem.model import Allocates, Finding, InlinedHere, PackageAnalysis

_LONGEST_LIST = 2
Copies = Mapping[str, Sequence[tuple[str, InlinedHere]]]
"""By function: the packages (import paths) that have copies of it, in their order."""


def copies_by_function(packages: Iterable[tuple[str, Sequence[InlinedHere]]]) -> Copies:
    """Of packages by import path what was inlined into each."""
    copies: dict[str, list[tuple[str, InlinedHere]]] = defaultdict(list)
    for path, inlined in sorted(packages, key=lambda package: package[0]):
        for one in inlined:
            copies[one.function].append((path, one))
    return copies


def with_callers(packages: Sequence[PackageAnalysis]) -> list[PackageAnalysis]:
    """The analyses, with what the others' copies of a function do said of its findings."""
    copies = copies_by_function((package.import_path, package.inlined) for package in packages)
    return [with_copies(package, copies) for package in packages]


def with_copies(package: PackageAnalysis, copies: Copies) -> PackageAnalysis:
    """The analysis, with what those copies do."""
    if not any(one.function in copies for one in package.findings):
        return package
    return evolve(package, findings=tuple(judged(one, copies) for one in package.findings))


def judged(finding: Finding, copies: Copies) -> Finding:
    """A finding with what other packages' copies of its function do, in place of what was said of
    some of them."""
    of_function = copies.get(finding.function, ())
    if not of_function:
        return finding
    if not finding.code.speaks_of_heap or finding.allocates is Allocates.NEVER:
        return finding
    finding = _alone(finding)
    own = next((frame for frame in finding.stack if frame.function == finding.function), None)
    if own is None or finding.runtime_call is None:
        return finding
    family = call_family(finding.runtime_call)
    keeps = [
        path
        for path, one in of_function
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


def _alone(finding: Finding) -> Finding:
    """The finding as its own package has it."""
    parts = finding.condition.split("; and ") if finding.condition else []
    own = [part for part in parts if not _EXCEPTION.fullmatch(part)]
    if len(own) == len(parts):
        return finding
    always = not own and finding.as_written is Allocates.ALWAYS
    return evolve(
        finding,
        allocates=Allocates.ALWAYS if always else Allocates.CONDITIONAL,
        condition="; and ".join(own) or None,
    )


_EXCEPTION = re.compile(r"not where .+ inlines .+ and keeps it on the stack")
