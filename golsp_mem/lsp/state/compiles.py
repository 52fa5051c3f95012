"""How an open package is compiled: by plan where one holds, in the variants that somebody sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

from golsp_mem.analysis.engine import Engine, Progress
from golsp_mem.analysis.variants import is_test
from golsp_mem.config import Settings
from golsp_mem.lsp.convert import Text, file_key
from golsp_mem.lsp.state.files import Source
from golsp_mem.lsp.state.packages import Package
from golsp_mem.lsp.state.view import View
from golsp_mem.model import Analysis, Finding, FunctionFacts, PackageAnalysis, PackageStatus

Content: TypeAlias = tuple[
    tuple[str, PackageStatus, tuple[Finding, ...], tuple[FunctionFacts, ...]], ...
]


async def compiled(
    engine: Engine,
    report: Callable[[Progress], None],
    take: Callable[[Analysis], None],
    *,
    tests: bool,
    last: bool,
) -> bool:
    """Have the package of the engine's directory taken, with or without its tests; say whether that
    was by plan, or what was found before, so that the go command has to be asked later. Unless it
    is the ``last`` to be taken, what takes longer is left to that.

    Raises what `Engine.check` raises.
    """
    before = await engine.found_before(tests=tests)
    if before is not None:
        take(before.found)
        await engine.recall(before, tests=tests)
        return True
    if await by_plan(engine, take, tests=tests, last=last):
        return True
    take(await engine.check(["."], tests=tests, apart=True, on_progress=report))
    return False


async def by_plan(
    engine: Engine,
    take: Callable[[Analysis], None],
    *,
    tests: bool,
    overlay: Mapping[Path, bytes] | None = None,
    last: bool = True,
) -> bool:
    """The same by plan only, with unsaved texts; False where no plan holds: what was taken by then
    does not count. Raises what `Engine.saved` raises."""
    taken: list[Analysis] = []

    def early(found: Analysis) -> bool:
        take(found)
        taken.append(found)
        return last

    found = await engine.saved(tests=tests, overlay=overlay, early=early)
    if found is not None and not (taken and content(taken[-1].packages) == content(found.packages)):
        take(found)
    return found is not None


def variants(
    files: Iterable[str], *, tests: bool, shown: View | None, texts: Mapping[str, Text]
) -> tuple[bool, ...]:
    """What to compile of a package with these files, one after the other: without tests (False) or
    with them. The package comes first: tests are for who looks at them, and take longer. Unless
    ``shown`` is what is still true of it: ``texts`` differ from its own in tests only."""
    if all(map(is_test, files)):
        return (True,)
    if not tests:
        return (False,)
    if shown is None or not shown.tests or shown.unsaved:
        return (False, True)
    return (True,) if _differ_in_tests(shown.texts, texts) else (False, True)


def _differ_in_tests(shown: Mapping[str, Text], texts: Mapping[str, Text]) -> bool:
    changed = [
        key
        for key in shown.keys() | texts.keys()
        if key not in shown or key not in texts or shown[key].raw != texts[key].raw
    ]
    return bool(changed) and all(map(is_test, changed))


def content(packages: Iterable[PackageAnalysis]) -> Content:
    """What two analyses of one text have in common."""
    return tuple((one.import_path, one.status, one.findings, one.functions) for one in packages)


def by_directory(analysis: Analysis) -> dict[str, tuple[PackageAnalysis, ...]]:
    """The packages of an analysis by directory: a package and its external tests share one."""
    grouped: dict[str, tuple[PackageAnalysis, ...]] = {}
    for package in analysis.packages:
        key = file_key(package.directory)
        grouped[key] = (*grouped.get(key, ()), package)
    return grouped


def directories_of(analysis: Analysis) -> frozenset[str]:
    """The directories of all that was compiled, but for the standard library."""
    return frozenset(map(file_key, analysis.dependencies)) | by_directory(analysis).keys()


class TakeIn(Protocol):
    """Takes what was found of a package: with which settings, in which texts, compiled from which
    directories (`file_key`), whether with tests."""

    def __call__(
        self,
        package: Package,
        analysis: Analysis,
        settings: Settings,
        source: Source,
        directories: frozenset[str],
        tests: bool = True,
    ) -> None: ...
