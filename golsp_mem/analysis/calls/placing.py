"""When the calls of a package run: on which path, in how many loops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from golsp_mem.analysis.execution.local import owner_of
from golsp_mem.model import Called, Execution, PackageAnalysis, PathKind
from golsp_mem.source.flow.execution import ExecutionFinder, within
from golsp_mem.source.flow.outcomes import PackageFunctions
from golsp_mem.source.syntax import GoFile


def placed(
    calls: Iterable[Called], package: PackageAnalysis, files: Mapping[str, GoFile]
) -> list[Called]:
    """The calls with when they run within one call of the function around them, and how often that
    is called, as far as findings of the same function say."""
    finder = ExecutionFinder(PackageFunctions(tuple(files.values())))
    known = {one.owner: one.execution for one in package.findings if one.owner}
    return [_placed(one, package.import_path, files, finder, known) for one in calls]


def _placed(
    called: Called,
    import_path: str,
    files: Mapping[str, GoFile],
    finder: ExecutionFinder,
    known: Mapping[str, Execution],
) -> Called:
    file = files.get(called.span.file)
    if file is None:
        return called
    owner = owner_of(import_path, file, called.span.line)
    local = finder.of(file, called.span)
    if called.span.file.endswith("_test.go"):
        local = within(Execution(PathKind.TEST), local)
    around = known.get(owner)
    if around is not None:
        local = evolve(local, called=around.called, called_in_loops=around.called_in_loops)
    return evolve(called, owner=owner, execution=local)
