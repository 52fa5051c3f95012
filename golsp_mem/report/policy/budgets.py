"""Budgets: how many places of a package or a function may allocate, and how many bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from attrs import evolve, frozen

from golsp_mem.compiler.objects.symbols import folded_name
from golsp_mem.model import (
    Allocates,
    Called,
    Code,
    Finding,
    FunctionFacts,
    PackageAnalysis,
    PackageStatus,
    Span,
    Step,
)
from golsp_mem.options import Budget
from golsp_mem.report.comparing.compare import taken
from golsp_mem.report.model import counted_once, is_heap
from golsp_mem.report.sources import Sources

# The largest contributions tell the rest.
_MOST_STEPS = 10


@frozen
class _Owner:
    """What a budget is for, and where to say that it is exceeded."""

    name: str
    package: str
    function: str
    span: Span


def budget_findings(
    package: PackageAnalysis,
    counted: Sequence[Finding],
    calls: Sequence[tuple[Called, Finding]],
    budgets: Mapping[str, Budget],
    sources: Sources,
) -> Iterator[Finding]:
    """A finding for each limit that the package or one of its functions exceeds, without
    fingerprints. ``counted`` are the findings that count against budgets, ``calls`` the calls that
    allocate, each as a finding, for those budgets that count them."""
    heap = [finding for finding in counted if is_heap(finding)]
    for name, budget in budgets.items():
        for owner in _owners(package, name, sources):
            if owner.function:
                mine = [one for one in heap if owner.function == one.function]
            else:
                # A function's literals are compiled again wherever it is inlined: one place still.
                mine = counted_once(heap)
            if budget.calls:
                mine = [*mine, *_calls_of(package, owner, calls)]
            yield from _exceeded(owner, budget, mine)


def _calls_of(
    package: PackageAnalysis, owner: _Owner, calls: Sequence[tuple[Called, Finding]]
) -> Iterator[Finding]:
    """The calls that lead out of a function or of the package, with the bytes that they take at
    least."""
    for called, finding in calls:
        home = called.declared
        if owner.function:
            mine = owner.function == finding.function and called.callee != owner.function
        else:
            mine = home is None or home.file not in package.files
        if mine:
            yield evolve(finding, bytes=called.least_bytes, size_class=None)


def unmet_budgets(
    budgets: Mapping[str, Budget], packages: Sequence[PackageAnalysis]
) -> Iterator[str]:
    """A line for each budget whose package was built, but that names no function of it, and for
    each of a package that the examined modules have no directory for: a misspelt gate must not
    pass in silence."""
    functions = {
        name
        for package in packages
        for facts in package.functions
        for name in _names(package.import_path, facts)
    }
    paths = {one.import_path for one in packages}
    # Of what does not build somewhere, nobody knows the functions.
    paths -= {one.import_path for one in packages if one.status is PackageStatus.FAILED}
    for name in budgets:
        if name in functions or any(_covers(name, path) for path in paths):
            continue
        # Behind the package's path, a slash leads to another package: example.com/m.v2/p.F.
        if any(name.startswith(f"{path}.") and "/" not in name[len(path) :] for path in paths):
            yield f"budget of {name}: no such function was compiled"
        elif _is_nowhere(name, packages):
            yield f"budget of {name}: there is no such package"


def _is_nowhere(name: str, packages: Sequence[PackageAnalysis]) -> bool:
    """Whether the name lies in a module of which a package was examined, where no directory has
    it. What the examined packages do not tell of is not said to be nowhere."""
    package = name.removesuffix("/...")
    roots = {_root(one) for one in packages if one.files}
    inside = [root for root in roots if root is not None and package.startswith(f"{root[0]}/")]
    if not inside:
        return False
    # The last element of a function's package ends at its first or a later dot.
    head, slash, last = package.rpartition("/")
    ends = [i for i, sign in enumerate(last) if sign == "."] if package == name else []
    paths = [package, *(f"{head}{slash}{last[:end]}" for end in ends)]
    return not any(
        (at / inner[len(path) :].lstrip("/")).is_dir()
        for path, at in inside
        for inner in paths
        if f"{inner}/".startswith(f"{path}/")
    )


def _root(package: PackageAnalysis) -> tuple[str, Path] | None:
    """The module's import path and directory; None where the directories do not tell."""
    path, at = package.import_path, Path(min(package.files)).parent
    while not (at / "go.mod").is_file():
        path, slash, last = path.rpartition("/")
        if not slash or at.name != last:
            return None
        at = at.parent
    return path, at


def _owners(package: PackageAnalysis, name: str, sources: Sources) -> Iterator[_Owner]:
    path = package.import_path
    if _covers(name, path) and package.files:
        yield _Owner(path, path, "", _package_clause(package, sources))
        return
    place = next((one for one in package.functions if name in _names(path, one)), None)
    if place is not None:
        span = _declaration(place.file, place.line, sources)
        yield _Owner(name, path, folded_name(place.name), span)


def _names(path: str, facts: FunctionFacts) -> Iterator[str]:
    """What a function may be called: its symbol, and its import path with its name, either with
    type arguments as findings have them (``F[...]``) or without. The symbol has ``main`` for the
    path of a command, and %2e for dots in the last element of others."""
    symbol = folded_name(facts.name)
    last = symbol.partition("[")[0].partition("(")[0].rfind("/") + 1
    package, _, name = symbol[last:].partition(".")
    names = [symbol]
    if package == "main" or unquote(symbol[:last] + package) == path:
        names.append(f"{path}.{name}")
    for one in names:
        yield one
        yield one.replace("[...]", "")


def _covers(name: str, path: str) -> bool:
    """``example.com/m/...`` covers the package and all below it, one budget for each."""
    if name.endswith("/..."):
        return f"{path}/".startswith(name[:-3])
    return name == path


def _package_clause(package: PackageAnalysis, sources: Sources) -> Span:
    path = min(package.files)
    file = sources(path)
    for node in file.tree.root.named_children if file else ():
        if file and node.kind == "package_clause":
            return file.tree.node_span(node)
    return Span(path, 1, 1, 1, 1)


def _declaration(path: str, line: int, sources: Sources) -> Span:
    file = sources(path)
    written = file.declaration_at(line) if file else None
    return written.name_span if written else Span(path, line, 1, line, 1)


def _exceeded(owner: _Owner, budget: Budget, mine: Sequence[Finding]) -> Iterator[Finding]:
    if budget.max_allocations is not None and len(mine) > budget.max_allocations:
        places = "1 place" if len(mine) == 1 else f"{len(mine)} places"
        yield _finding(
            owner,
            f"{owner.name} allocates in {places}, its budget is {budget.max_allocations}",
            "max-allocations",
            len(mine) - budget.max_allocations,
            mine,
        )
    always = [one for one in mine if one.as_written is Allocates.ALWAYS]
    total = sum(taken(one) or 0 for one in always)
    if budget.max_bytes is not None and total > budget.max_bytes:
        yield _finding(
            owner,
            f"{owner.name} takes {total} B where each line runs once, its budget is "
            f"{budget.max_bytes} B",
            "max-bytes",
            total - budget.max_bytes,
            always,
        )


def _finding(
    owner: _Owner, message: str, limit: str, exceeds: int, mine: Iterable[Finding]
) -> Finding:
    largest = sorted(mine, key=lambda one: (-(taken(one) or 0), one.sort_key))
    return Finding(
        code=Code.CONTRACT_BUDGET,
        span=owner.span,
        package=owner.package,
        function=owner.function,
        message=message,
        subject=limit,
        exceeds=exceeds,
        reason=tuple(Step(one.message, one.span.start) for one in largest[:_MOST_STEPS]),
    )
