"""Who calls whom in a program, from what each function calls (compiler/calls).

The linker checks the
stack of nosplit chains the same way (cmd/link/internal/ld/stackcheck.go).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from golsp_mem.compiler.calling import NO_RETURN
from golsp_mem.compiler.objects.archive import read_archive
from golsp_mem.compiler.objects.calls import Call, CompiledFunction, GoStatement, read_functions
from golsp_mem.compiler.objects.symbols import folded_name

# These go on with another stack (the thread's), so what they call costs the goroutine nothing.
_OTHER_STACK = frozenset(
    {
        "runtime.systemstack",
        "runtime.mcall",
        "runtime.asmcgocall",
        "runtime.asmcgocall_no_g",
        "runtime.gogo",
        "runtime.cgocall",
    }
)

# What the collector may ask any allocation to do, and the runtime's tracing and reports. They
# come seldom and go deep: counted in, every function that allocates would seem to need 8 KiB.
_RUNTIME_EXTRAS = re.compile(
    r"runtime\.("
    r"gcAssistAlloc1?|gcStart|gcMarkDone|gcParkAssist|deductSweepCredit|deductAssistCredit|"
    r"sweepone|\(\*activeSweep\)\.\w+|profilealloc|mProf_\w+|postMallocgcDebug|"
    r"\(\*mLockProfile\)\.\w+|saveBlockEventStack|"
    r"trace\w+(\.\w+)?|\(\*trace\w+\)\.\w+|schedtrace|dump\w+|hexdump\w*|"
    r"print(lock|unlock|nl|sp|bool|hex|int|uint|float\w*|complex\w*|string|slice|pointer|"
    r"uintptr|eface|iface|hexopts|quoted|uint64|int64)"
    r")"
)
_RUNTIME_PRINT = "runtime.print"


class CallGraph:
    """The functions of a program (or of one package) and their direct calls.

    Functions are numbered in the order given; of several with one name and ABI (instances of
    generic code are in every package that uses them) the first counts, as for the linker.
    """

    def __init__(self, functions: Iterable[CompiledFunction]) -> None:
        self.functions: list[CompiledFunction] = []
        self._by_name: dict[str, dict[int, int]] = {}
        for function in functions:
            versions = self._by_name.setdefault(function.name, {})
            if function.abi not in versions:
                versions[function.abi] = len(self.functions)
                self.functions.append(function)
        self._edges: dict[int, tuple[tuple[int, Call], ...]] = {}
        self._unresolved: dict[int, int] = {}

    def find(self, name: str) -> int | None:
        """The number of a function by its linker name, Go's own version before a wrapper.

        A name with folded type arguments (``Map[...]``) stands for the instance with the
        largest frame.
        """
        versions = self._by_name.get(name)
        if versions:
            return min(versions.values(), key=lambda n: (self.functions[n].is_wrapper, n))
        if "[...]" not in name:
            return None
        return max(self.instances(name), key=lambda n: self.functions[n].frame_bytes, default=None)

    def instances(self, name: str) -> list[int]:
        """The functions that a name stands for: of generic code (``Map[...]``) one for each shape
        that was compiled, without the wrappers that pass their dictionary on."""
        if "[...]" not in name:
            found = self.find(name)
            return [] if found is None else [found]
        return [
            number
            for number, function in enumerate(self.functions)
            if "[" in function.name and folded_name(function.name) == name
        ]

    def edges(self, number: int) -> tuple[tuple[int, Call], ...]:
        """The direct calls whose callee is known, apart from those that never return."""
        if number not in self._edges:
            self._resolve(number)
        return self._edges[number]

    def unknown_calls(self, number: int) -> int:
        """Call sites of one function whose callee's stack is unknown."""
        if number not in self._edges:
            self._resolve(number)
        return self._unresolved[number]

    def _direct(self, number: int) -> list[int]:
        return [target for target, _ in self.edges(number)]

    def _resolve(self, number: int) -> None:
        function = self.functions[number]
        edges = []
        unknown = 0
        if function.name not in _OTHER_STACK:
            unknown = function.unknown_calls
            for call in function.calls:
                if NO_RETURN.fullmatch(call.target) or _is_extra(function.name, call.target):
                    continue
                target = self._callee(function, call.target)
                if target is None:
                    unknown += 1
                else:
                    edges.append((target, call))
        self._edges[number] = tuple(edges)
        self._unresolved[number] = unknown

    def _callee(self, caller: CompiledFunction, target: str) -> int | None:
        versions = self._by_name.get(target)
        if versions is None:
            return None
        if len(versions) > 1:
            wanted = caller.abi
            if caller.name == target and caller.is_wrapper:
                # An ABI wrapper: it calls what it wraps, the other version of its name.
                others = [number for abi, number in versions.items() if abi != caller.abi]
                return others[0]
            if wanted in versions:
                return versions[wanted]
        return next(iter(versions.values()))

    def recursive_groups(
        self, numbers: Iterable[int], targets: Callable[[int], Iterable[int]] | None = None
    ) -> list[tuple[int, ...]]:
        """Functions that can reach themselves within ``numbers``, by direct calls or by those
        that ``targets`` gives.

        One sorted tuple for each strongly connected component (Tarjan), ordered by its first.
        """
        wanted = set(numbers)
        called = targets or self._direct
        groups = []
        index: dict[int, int] = {}
        low: dict[int, int] = {}
        stack: list[int] = []
        on_stack: set[int] = set()
        for root in sorted(wanted):
            if root in index:
                continue
            work = [(root, iter(called(root)))]
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            while work:
                node, edges = work[-1]
                for target in edges:
                    if target not in wanted:
                        continue
                    if target not in index:
                        index[target] = low[target] = len(index)
                        stack.append(target)
                        on_stack.add(target)
                        work.append((target, iter(called(target))))
                        break
                    if target in on_stack:
                        low[node] = min(low[node], index[target])
                else:
                    work.pop()
                    if work:
                        parent = work[-1][0]
                        low[parent] = min(low[parent], low[node])
                    if low[node] == index[node]:
                        group = []
                        while True:
                            member = stack.pop()
                            on_stack.discard(member)
                            group.append(member)
                            if member == node:
                                break
                        if len(group) > 1 or node in called(node):
                            groups.append(tuple(sorted(group)))
        return sorted(groups)


def go_statement_at(
    functions: Iterable[CompiledFunction], file: str, line: int
) -> GoStatement | None:
    """The ``go`` statement on a line; ``file`` as the object files name it."""
    for function in functions:
        for statement in function.goroutines:
            if (statement.file, statement.line) == (file, line):
                return statement
    return None


def read_graph(
    archives: Iterable[bytes | memoryview],
    builtins: Sequence[str],
    call_types: frozenset[int] | None = None,
    *,
    own: Iterable[bytes | memoryview] = (),
) -> CallGraph:
    """The graph of a package and all its dependencies (``go list -deps -export``).

    ``own`` are the archives whose recursions are of interest: they are read ``whole``
    (`read_functions`), and come first. Archives are read one after the other and let go, so give
    iterators: net/http with its 184 dependencies takes 1.5 s and 40 MB. Raises ArchiveError.
    """

    def functions() -> Iterator[CompiledFunction]:
        for archive in own:
            yield from read_functions(read_archive(archive, builtins), call_types, whole=True)
        for archive in archives:
            yield from read_functions(read_archive(archive, builtins), call_types)

    return CallGraph(functions())


def _is_extra(caller: str, target: str) -> bool:
    # The built-in println is a call from outside, and the print functions call each other.
    inside = caller.startswith("runtime.") and not caller.startswith(_RUNTIME_PRINT)
    return inside and _RUNTIME_EXTRAS.fullmatch(target) is not None
