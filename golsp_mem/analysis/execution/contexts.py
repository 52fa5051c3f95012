"""What the callers of a function, all in its package, say of when its lines run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from attrs import evolve, frozen

from golsp_mem.compiler.objects.symbols import own_name
from golsp_mem.model import Execution, Finding, PathKind
from golsp_mem.source.flow.execution import joined, within

# The least fixed point is reached after as many rounds as calls nest.
_ROUNDS = 60


@frozen
class CallSite:
    """A place in ``caller`` that calls ``callee`` (`function_key`), and when it runs within one
    call of the caller."""

    caller: str
    callee: str
    execution: Execution


class Contexts:
    """When the functions of a package are called.

    ``starts`` are those that the runtime calls once. ``open_`` are those that others may call
    than the known ``calls``: of them nothing is said. Who else calls an exported function, or a
    method behind an interface, no package knows.
    """

    def __init__(
        self,
        starts: Collection[str],
        functions: Collection[str],
        open_: Collection[str],
        calls: Iterable[CallSite],
    ) -> None:
        self._starts = starts
        self._open = open_
        self._functions = functions
        self._calls_of: dict[str, list[CallSite]] = defaultdict(list)
        for call in calls:
            self._calls_of[call.callee].append(call)
        self._contexts: dict[str, Execution] = {}
        self._applied: dict[tuple[str, Execution], Execution] = {}
        self._solve()
        self._recurring()

    def applied(self, finding: Finding) -> Execution:
        """When a finding runs that says when it does within its function, with what the callers
        add."""
        key = (finding.owner, finding.execution)
        found = self._applied.get(key)
        if found is None:
            found = self._applied[key] = self._of_callers(*key)
        return found

    def _of_callers(self, function: str, execution: Execution) -> Execution:
        context = self._contexts.get(function)
        if context is None:
            # Nobody calls it who is not a test: the compiler keeps it all the same.
            unused = function in self._functions and not _is_method(function)
            context = Execution(PathKind.TEST) if unused else Execution()
        if execution.path is not PathKind.TEST:
            execution = within(context, execution)
        places = self._places(function)
        in_loops = sum(one.loop_depth > 0 for one in places)
        return evolve(execution, called=len(places), called_in_loops=in_loops)

    def _places(self, function: str) -> list[Execution]:
        """Where a function is called, on paths that are not cold."""
        places = (
            within(self._contexts.get(site.caller, Execution()), site.execution)
            for site in self._calls_of.get(function, ())
            if site.caller != function
        )
        return [one for one in places if not one.path.is_cold]

    def _solve(self) -> None:
        names = {*self._functions, *self._calls_of, *self._starts}
        for name in names:
            start = self._entry(name)
            if start is not None:
                self._contexts[name] = start
        pending = sorted(names - self._contexts.keys())
        for _ in range(_ROUNDS):
            changed = False
            for name in pending:
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
        """How a function runs that the runtime calls, or of which nobody knows who does."""
        if name in self._starts:
            return Execution(PathKind.ONCE)
        if name in self._open or name not in self._functions:
            return Execution()
        if _is_method(name) and name not in self._calls_of:
            return Execution()
        return None

    def _recurring(self) -> None:
        """What calls itself, by whichever way, runs more than once."""
        calls = self._callees()
        for name, context in list(self._contexts.items()):
            if context.path is PathKind.ONCE and _reaches(calls, name):
                self._contexts[name] = Execution()

    def _callees(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for callee, sites in self._calls_of.items():
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
