"""Many packages: what the callers of a function say of when its lines run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, frozen

from golsp_mem.compiler.callsites import function_key
from golsp_mem.compiler.symbols import own_name
from golsp_mem.model import CallSite, Execution, Finding, PackageAnalysis, PathKind
from golsp_mem.source.execution import joined, within

# Least fixed points of programs are reached after as many rounds as calls nest.
_ROUNDS = 60


def with_callers(packages: Sequence[PackageAnalysis]) -> tuple[PackageAnalysis, ...]:
    """The packages, their findings with what the calls in all of them add. May be asked again,
    with others of the same program: it starts from what is local."""
    graph = _Graph(packages)
    return tuple(
        evolve(package, findings=tuple(graph.placed(one) for one in package.findings))
        for package in packages
    )


@frozen(eq=False)
class _Callers:
    """How often a function is called on paths that are not cold, and in loops."""

    places: int = 0
    in_loops: int = 0


class _Graph:
    def __init__(self, packages: Iterable[PackageAnalysis]) -> None:
        packages = list(packages)
        self._open: set[str] = set()
        self._functions: set[str] = set()
        self._calls_of: dict[str, list[CallSite]] = defaultdict(list)
        for package in packages:
            self._open |= package.open_functions
            self._functions |= {
                function_key(one.name, package.import_path) for one in package.functions
            }
            for call in package.calls:
                self._calls_of[call.callee].append(call)
        self._paths = {one.import_path for one in packages}
        self._contexts: dict[str, Execution] = {}
        self._solve()
        self._recurring()

    def placed(self, finding: Finding) -> Finding:
        function = finding.owner
        context = self._contexts.get(function)
        callers = self._callers(function)
        if context is None:
            known = function in self._functions and not _is_method(function)
            context = Execution(PathKind.TEST) if known else Execution()
        execution = finding.local
        if execution.path is not PathKind.TEST:
            execution = within(context, execution)
        return evolve(
            finding,
            execution=evolve(execution, called=callers.places, called_in_loops=callers.in_loops),
        )

    def _callers(self, function: str) -> _Callers:
        sites = [
            within(self._contexts.get(site.caller, Execution()), site.execution)
            for site in self._calls_of.get(function, ())
            if site.caller != function
        ]
        hot = [one for one in sites if not one.path.is_cold]
        return _Callers(len(hot), sum(one.loop_depth > 0 for one in hot))

    def _solve(self) -> None:
        names = self._functions | set(self._calls_of)
        for name in names:
            start = self._entry(name)
            if start is not None:
                self._contexts[name] = start
        fixed = set(self._contexts)
        for _ in range(_ROUNDS):
            changed = False
            for name in names - fixed:
                sites = [
                    within(self._contexts[site.caller], site.execution)
                    for site in self._calls_of.get(name, ())
                    if site.caller in self._contexts and site.caller != name
                ]
                if not sites:
                    continue
                now = evolve(joined(sites), detached=False)
                if now != self._contexts.get(name):
                    self._contexts[name] = now
                    changed = True
            if not changed:
                return

    def _entry(self, name: str) -> Execution | None:
        """How a function runs that the runtime or nobody known calls."""
        own = own_name(name)
        if own == "init" or (own == "main" and name.removesuffix(".main") in self._paths):
            return Execution(PathKind.ONCE)
        if name in self._open or name not in self._functions:
            return Execution()
        if _is_method(name) and name not in self._calls_of:
            return Execution()
        return None

    def _recurring(self) -> None:
        """What calls itself, by whichever way, runs more than once."""
        calls: Mapping[str, set[str]] = _callees(self._calls_of)
        for name, context in list(self._contexts.items()):
            if context.path is PathKind.ONCE and _reaches(calls, name):
                self._contexts[name] = Execution()


def _callees(calls_of: Mapping[str, Sequence[CallSite]]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for callee, sites in calls_of.items():
        for site in sites:
            found[site.caller].add(callee)
    return found


def _reaches(calls: Mapping[str, set[str]], start: str) -> bool:
    seen: set[str] = set()
    pending = list(calls.get(start, ()))
    while pending:
        name = pending.pop()
        if name == start:
            return True
        if name not in seen:
            seen.add(name)
            pending.extend(calls.get(name, ()))
    return False


def _is_method(function: str) -> bool:
    return "." in own_name(function).replace("[...]", "")
