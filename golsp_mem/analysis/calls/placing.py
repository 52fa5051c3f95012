"""When the calls of a package run: on which path, in how many loops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from golsp_mem.analysis.execution.local import owner_of
from golsp_mem.model import Called, Execution, PackageAnalysis, PathKind, Span
from golsp_mem.source.flow.execution import ExecutionFinder, within
from golsp_mem.source.flow.outcomes import PackageFunctions
from golsp_mem.source.syntax import GoFile


class Placing:
    """Calls of one package, by when they run within one call of the function around them, and how
    often that is called, as far as findings of the same function say. ``files`` are its files by
    path."""

    def __init__(self, package: PackageAnalysis, files: Mapping[str, GoFile]) -> None:
        self._import_path = package.import_path
        self._files = files
        self._finder = ExecutionFinder(PackageFunctions(tuple(files.values())))
        self._known = {one.owner: one.execution for one in package.findings if one.owner}

    def is_cold(self, span: Span) -> bool:
        """Whether what is there runs seldom: to report an error, say (`PathKind.is_cold`)."""
        return self._execution(span).path.is_cold

    def placed(self, calls: Iterable[Called]) -> list[Called]:
        """The calls with their executions."""
        return [self._placed(one) for one in calls]

    def _placed(self, called: Called) -> Called:
        file = self._files.get(called.span.file)
        if file is None:
            return called
        owner = owner_of(self._import_path, file, called.span.line)
        local = self._execution(called.span)
        around = self._known.get(owner)
        if around is not None:
            local = evolve(local, called=around.called, called_in_loops=around.called_in_loops)
        return evolve(called, owner=owner, execution=local)

    def _execution(self, span: Span) -> Execution:
        file = self._files.get(span.file)
        if file is None:
            return Execution()
        local = self._finder.of(file, span)
        is_test = span.file.endswith("_test.go")
        return within(Execution(PathKind.TEST), local) if is_test else local
