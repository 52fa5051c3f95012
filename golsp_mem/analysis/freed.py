"""What a function that is not inlined would free if it were: tried, not reckoned.

The package is compiled as it is, and once more with a made-up profile that has the compiler inline
the function at its calls (`toolchain.plans.hot_calls`). What surely allocates on the lines of the
calls, by the object files, is compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from attrs import frozen

from golsp_mem.analysis.saves.direct import DirectReader, Variant
from golsp_mem.compiler.objects.symbols import folded_name, own_name
from golsp_mem.model import Allocates, Finding, FunctionFacts, PackageAnalysis
from golsp_mem.source.package import Place, callee_of, method_call
from golsp_mem.source.syntax import GoFile
from golsp_mem.toolchain.plans.compile import CannotCompile
from golsp_mem.toolchain.plans.hot_calls import SINCE, HotCall, hot_calls

_MOST_CALLS = 50

_Line = tuple[str, int]


@frozen
class Freed:
    """``objects`` fewer are allocated when the calls on ``calls`` lines run once; ``subjects`` are
    what goes."""

    objects: int
    calls: int
    subjects: tuple[str, ...]


async def freed_by_inlining(
    reader: DirectReader, function: FunctionFacts, package: PackageAnalysis,
    files: Mapping[str, GoFile],
) -> Freed | None:  # fmt: skip
    """None where nothing is freed, the function has no calls in its package, or the release reads
    no such profile.

    Raises BuildFailed, GoFailed, AnalysisTimeout.
    """
    calls = _calls(function, package, files)
    if not calls or reader.planner.toolchain.minor < SINCE or "[" in function.name:
        return None
    tests = function.file.endswith("_test.go")
    try:
        planned = await reader.planner.planned(tests=tests)
        holding = planned.plan.variants_with([function.file])
        if not holding:
            return None
        before = await reader.variant(planned, holding[0], {}, every_call=True)
        with hot_calls(calls.values()) as flags:
            after = await reader.variant(planned, holding[0], {}, every_call=True, flags=flags)
    except CannotCompile:
        return None
    return _compared(function, before, after, calls)


def _compared(
    function: FunctionFacts, before: Variant, after: Variant, calls: Collection[_Line]
) -> Freed | None:
    own = [
        _subject(one)
        for one in before.package.findings
        if one.function == function.name and _is_certain(one)
    ]
    name = folded_name(function.name)
    gone: dict[str, None] = {}
    objects = places = 0
    for line in calls:
        through = _through(before.package, line, name) - _through(after.package, line, name)
        had = Counter(_subject(one) for one in _on(before.package.findings, line))
        has = Counter(_subject(one) for one in _on(after.package.findings, line))
        less = through + had.total() - has.total()
        if less > 0:
            places += 1
            objects += less
            gone.update(dict.fromkeys([*(own if through > 0 else ()), *(had - has)]))
        elif less < 0:
            objects += less
    return Freed(objects, places, tuple(gone)) if objects > 0 else None


def _through(package: PackageAnalysis, line: _Line, name: str) -> int:
    """How many objects the calls of the function on a line surely allocate: with its own code, or
    with a copy of it there."""
    return sum(
        one.least_objects
        for one in package.calls
        if one.callee == name and (one.span.file, one.span.line) == line
    )


def _is_certain(finding: Finding) -> bool:
    return finding.code.is_heap and finding.allocates is Allocates.ALWAYS


def _on(findings: Collection[Finding], line: _Line) -> list[Finding]:
    return [one for one in findings if _is_certain(one) and (one.span.file, one.span.line) == line]


def _subject(finding: Finding) -> str:
    return finding.subject or finding.code.value


def _calls(
    function: FunctionFacts, package: PackageAnalysis, files: Mapping[str, GoFile]
) -> dict[_Line, HotCall]:
    """The calls in the package that name the function, by file and line: of a method, those of that
    name, of which the compiler knows better."""
    name = own_name(folded_name(function.name))
    method = name.rpartition(".")[2] if "." in name else None
    facts = {(one.file, one.line): one for one in package.functions}
    found: dict[_Line, HotCall] = {}
    for path, file in files.items():
        for node in file.tree.root.walk():
            if node.kind != "call_expression":
                continue
            place = Place(file, node)
            if method is None:
                callee = callee_of(place)
                named = callee is not None and callee.package == "" and callee.name == name
            else:
                selected = method_call(place)
                named = selected is not None and selected[1] == method
            line = file.tree.line_of(node.start)
            inner = file.function_at(line)
            caller = facts.get((path, inner.span.line)) if inner is not None else None
            if named and caller is not None and caller.name != function.name:
                found[path, line] = HotCall(caller.name, function.name, line - caller.line)
            if len(found) >= _MOST_CALLS:
                return found
    return found
