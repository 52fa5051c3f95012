"""A package with all that it is linked with, for questions about whole call paths."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from attrs import field, frozen

from golsp_mem.analysis.compiled import FileNames
from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.stack.callgraph import CallGraph, go_statement_at, read_graph
from golsp_mem.analysis.stack.limits import ProgramLimit, limit_of
from golsp_mem.analysis.stack.numbers import StackNumbers, stack_numbers
from golsp_mem.analysis.stack.reached.dispatch import Dispatch
from golsp_mem.compiler.objects.calls import GoStatement
from golsp_mem.compiler.stackfacts import stack_platform
from golsp_mem.model import GoVersion
from golsp_mem.toolchain.go import read_call_types
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.trimmed import TrimmedNames

# The graph of net/http takes 40 MB; people ask about one program, then about another.
_KEPT = 2


@frozen(eq=False)
class Program:
    """The call graph of a package and its dependencies, where its own indirect calls may lead, and
    the stack limit that it sets."""

    go: GoVersion
    graph: CallGraph
    dispatch: Dispatch
    names: FileNames
    limit: ProgramLimit
    # One at a time: what is asked of the same graph is remembered there. An executor of its own,
    # which the end of a server does not wait for.
    _worker: ThreadPoolExecutor = field(init=False, factory=partial(ThreadPoolExecutor, 1))
    _numbers: dict[str, StackNumbers | None] = field(init=False, factory=dict)

    async def stack_of(self, function: str) -> StackNumbers | None:
        """The numbers of a function by its linker name; None when it was not compiled.

        They are worked out beside the event loop, which takes seconds in a large program. Who does
        not wait for them finds them the next time.
        """
        if function in self._numbers:
            return self._numbers[function]
        work = partial(self._stack_of, function)
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _stack_of(self, function: str) -> StackNumbers | None:
        if function not in self._numbers:
            platform = stack_platform(self.go.goos, self.go.goarch)
            self._numbers[function] = stack_numbers(
                self.graph, platform, function, limit=self.limit, dispatch=self.dispatch
            )
        return self._numbers[function]

    def go_statement(self, file: Path, line: int) -> GoStatement | None:
        """The ``go`` statement on a line of an absolute file."""
        written = {
            statement.file
            for function in self.graph.functions
            for statement in function.goroutines
            if statement.line == line and Path(self.names.resolve(statement.file)) == file
        }
        return next(
            (
                found
                for name in written
                if (found := go_statement_at(self.graph.functions, name, line)) is not None
            ),
            None,
        )


class Programs:
    """Reads programs when somebody asks, and keeps the last ones as long as nothing was built.

    Belongs to one run of the command or one session of an editor.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, ...], Program] = OrderedDict()

    async def of(self, engine: Engine, directory: str, *, tests: bool = False) -> Program:
        """The program of the package in a directory, with its tests if asked.

        Raises ArchiveError, and what `listing` and `Engine.toolchain` raise.
        """
        toolchain = await engine.toolchain()
        listed = await engine.listed([directory], tests=tests)
        exports = _exports(listed)
        # Archives in the build cache are named by their contents.
        key = (toolchain.version.binary, *exports)
        known = self._known.get(key)
        if known is None:
            known = await engine.in_thread(
                partial(_read, toolchain.version, engine.builtins, exports, listed)
            )
            self._known[key] = known
        self._known.move_to_end(key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return known


def _exports(listed: Sequence[ListedPackage]) -> tuple[str, ...]:
    """The archives, a package with its own tests before the plain one: the first one counts."""
    built = [
        package
        for package in listed
        if package.export and not package.import_path.endswith(".test")
    ]
    built.sort(key=lambda package: package.for_test is None)
    return tuple(package.export for package in built if package.export)


def _read(
    go: GoVersion,
    builtins: Sequence[str],
    exports: Sequence[str],
    listed: Sequence[ListedPackage],
) -> Program:
    own = {package.export for package in listed if package.export and not package.dep_only}
    graph = read_graph(
        (Path(export).read_bytes() for export in exports),
        builtins,
        read_call_types(go.goroot),
        own=(Path(export).read_bytes() for export in exports if export in own),
    )
    names = FileNames(go.goroot, TrimmedNames.of(listed))
    sources = SourceCache({})
    pointer_bytes = stack_platform(go.goos, go.goarch).pointer_bytes
    limit = limit_of(graph.functions, sources, names.resolve, pointer_bytes)
    dispatch = Dispatch(graph.functions, lambda name: sources(names.resolve(name)))
    return Program(go, graph, dispatch, names, limit)
