"""Findings laid together: by function, package, type, cause. The first ranks lead."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path

from attrs import frozen

from golsp_mem.analysis.heap.per_call import function_on, per_call
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.compiler.types import as_written
from golsp_mem.model import Allocates, Code, FateKind, Finding, own_blocks
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import Shown
from golsp_mem.source.syntax import GoFile

Range = tuple[int, int | None]
"""At least and at most; None where nothing bounds it."""

# Where the noun of a code is none that a cause could be named by.
_NOUNS = {
    Code.HEAP_APPEND: "growth by append",
    Code.HEAP_MAP_INSERT: "growth",
    Code.HEAP_BOXING: "boxing",
    Code.HEAP_VARIABLE: "variable",
    Code.HEAP_GOROUTINE: "goroutine",
    Code.HEAP_DEFER: "deferred call",
}

Syntax = Callable[[str], GoFile | None]


@frozen
class FunctionRow:
    """What a declared function takes. ``objects`` and ``bytes`` are of one call of its own code,
    without its function literals and what it calls; None where its source is not here."""

    name: str
    always: int
    conditional: int
    objects: Range | None
    bytes: Range | None
    in_loops: int
    called: int


@frozen
class PackageRow:
    """``bytes_once``: what the allocations take that always happen, each line run once."""

    name: str
    always: int
    conditional: int
    bytes_once: int
    in_loops: int
    functions: int


@frozen
class TypeRow:
    """``waste`` is what one takes beyond the type's own bytes."""

    name: str
    places: int
    bytes: int | None
    taken: int | None
    in_loops: int

    @property
    def waste(self) -> int | None:
        if self.bytes is None or self.taken is None:
            return None
        return self.taken - self.bytes


@frozen
class CauseRow:
    """Places that have one cause, and the first of them by rank."""

    title: str
    places: int
    first: Shown


def by_function(shown: Iterable[Shown], syntax: Syntax) -> list[FunctionRow]:
    """One row for each function that allocates."""
    return [
        FunctionRow(
            name,
            *_verdicts(group),
            *_per_call(group, syntax),
            in_loops=_in_loops(group),
            called=max(one.finding.execution.called for one in group),
        )
        for name, group in _grouped(shown, lambda f: f.owner or f.function)
    ]


def by_package(shown: Iterable[Shown]) -> list[PackageRow]:
    """One row for each package that allocates."""
    return [
        PackageRow(
            name,
            *_verdicts(group),
            bytes_once=sum(
                one.finding.taken or 0 for one in group if one.finding.allocates is Allocates.ALWAYS
            ),
            in_loops=_in_loops(group),
            functions=len({one.finding.owner or one.finding.function for one in group}),
        )
        for name, group in _grouped(shown, lambda f: f.package)
    ]


def by_type(shown: Iterable[Shown]) -> list[TypeRow]:
    """One row for each type and size of object; what has no one type is left out."""
    return [
        TypeRow(str(group[0].finding.type), len(group), group[0].finding.bytes,
                group[0].finding.taken, _in_loops(group))
        for _, group in _grouped(
            (one for one in shown if one.finding.type is not None),
            lambda f: (f.type, f.bytes, f.size_class),
        )
    ]  # fmt: skip


def by_cause(shown: Iterable[Shown], syntax: Syntax) -> list[CauseRow]:
    """One row for each cause of an allocation, those of most places first."""
    found: dict[str, list[Shown]] = defaultdict(list)
    every = _allocating(shown)
    for one, title in zip(every, causes([one.finding for one in every], syntax), strict=True):
        found[title].append(one)
    rows = [CauseRow(title, len(group), group[0]) for title, group in found.items()]
    return sorted(rows, key=lambda row: -row.places)


def causes(findings: Sequence[Finding], syntax: Syntax) -> list[str]:
    """Of each finding what a mending would have to change, in words: those with the same words
    have one cause. What is no allocation is told in the words of its code."""
    names = Counter((one.package, _boxed(one)) for one in findings)
    variables = [
        _variable(one, syntax) if names[one.package, _boxed(one)] > 1 else None for one in findings
    ]
    often = Counter(variables)
    return [
        f"package variable {variable[1]} is boxed"
        if variable is not None and often[variable] > 1
        else _cause(one)
        for one, variable in zip(findings, variables, strict=True)
    ]


def _variable(finding: Finding, syntax: Syntax) -> tuple[str, str] | None:
    """The package and the name of the package variable that is boxed. A local variable is none:
    its boxing is the cause of the call that it is passed to, and others may be named alike."""
    name = _boxed(finding)
    file = syntax(finding.span.file) if name is not None else None
    if name is None or file is None:
        return None
    start, end = file.tree.bounds(finding.span)
    head = name.partition(".")[0]
    at = file.text.find(head.encode(), start, end)
    return (finding.package, name) if at >= 0 and not file.is_local(head, at) else None


def _cause(finding: Finding) -> str:
    fate = finding.fate
    if not finding.code.speaks_of_heap:
        return finding.code.row.what.replace("`", "")
    if finding.allocates is Allocates.NEVER:
        return str(finding.code)
    if finding.code is Code.HEAP_CALL:
        return f"calls of {finding.subject}"
    if finding.callee is not None:
        return f"{_noun(finding)}{_of_map(finding)} in {short_name(finding.callee)}, inlined"
    if fate is not None and fate.kind is FateKind.PASSED and fate.to:
        return f"{_noun(finding)}{_of_map(finding)} for calls of {fate.to}"
    ending = f", {fate.kind}" if fate is not None else ""
    return f"{_noun(finding)}{_of_type(finding)}{ending}"


def _of_type(finding: Finding) -> str:
    if finding.type:
        return f" of {as_written(finding.type)}"
    return _of_map(finding)


def _of_map(finding: Finding) -> str:
    return " of a map" if finding.code is Code.HEAP_MAP_INSERT else ""


def _noun(finding: Finding) -> str:
    return _NOUNS.get(finding.code, finding.code.row.noun)


def _boxed(finding: Finding) -> str | None:
    """A name that is boxed: one variable, boxed anew at each place."""
    subject = finding.subject or ""
    plain = subject.replace(".", "").replace("_", "").isalnum() and not subject[:1].isdigit()
    return subject if finding.code is Code.HEAP_BOXING and plain else None


def shown_file(directory: Path, file: str) -> str:
    """A file name as reports write it."""
    return PathBase(directory).show(file)


def _grouped(
    shown: Iterable[Shown], key: Callable[[Finding], Hashable]
) -> list[tuple[str, list[Shown]]]:
    """Allocations by what they share, in the order of the first rank of each group."""
    found: dict[Hashable, list[Shown]] = defaultdict(list)
    for one in _allocating(shown):
        found[key(one.finding)].append(one)
    return [(str(name), group) for name, group in found.items()]


def _allocating(shown: Iterable[Shown]) -> list[Shown]:
    """Each block once, by rank."""
    found = own_blocks(filter(_allocates, shown), lambda one: one.finding)
    return sorted(found, key=lambda one: one.rank)


def _allocates(shown: Shown) -> bool:
    finding = shown.finding
    return finding.code.speaks_of_heap and finding.allocates is not Allocates.NEVER


def _verdicts(group: Sequence[Shown]) -> tuple[int, int]:
    always = sum(one.finding.allocates is Allocates.ALWAYS for one in group)
    return always, len(group) - always


def _in_loops(group: Sequence[Shown]) -> int:
    return sum(
        one.finding.execution.loop_depth > 0 and not one.finding.execution.path.is_cold
        for one in group
    )


def _per_call(group: Sequence[Shown], syntax: Syntax) -> tuple[Range | None, Range | None]:
    span = group[0].finding.span
    file = syntax(span.file)
    declared = file.declaration_at(span.line) if file is not None else None
    node = function_on(file, declared.span.line) if file is not None and declared else None
    if file is None or node is None:
        return None, None
    total = per_call(file, node, (one.finding for one in group)).total
    return (total.objects.least, total.objects.most), (total.bytes.least, total.bytes.most)
