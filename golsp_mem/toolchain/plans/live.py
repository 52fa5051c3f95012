"""Compiles with ``-live``: what is live at which call, of files or of texts on trial."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from golsp_mem.compiler.text.liveness import Liveness, parse
from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.plans.compile import CannotCompile, Wanted
from golsp_mem.toolchain.plans.plan import Plan
from golsp_mem.toolchain.plans.planner import Planned, Planner, first_error, own_files
from golsp_mem.toolchain.replayed import names_in
from golsp_mem.toolchain.trimmed import TrimmedNames

_LIVE = Wanted(live=True)


async def live_facts(
    planner: Planner,
    *,
    tests: bool = False,
    overlay: Mapping[Path, bytes] | None = None,
    plan: Plan | None = None,
) -> Liveness:
    """The liveness of one package (with ``tests`` of its test variants too).

    ``plan`` is one that was made just now, for who has it; else `Planner` knows. Of an overlay
    only what holds its files is compiled: external tests say nothing of other files then.

    Raises BuildFailed when the package does not build: its facts would have holes that look
    like dead variables. Raises UsageError, GoFailed, AnalysisTimeout as `listing` does.
    """
    texts = overlay or {}
    try:
        planned = await planner.planned(tests=tests, overlay=texts, plan=plan)
        return await _by_plan(planner, planned, tests=tests, texts=texts)
    except CannotCompile:
        return await _by_go(planner, tests=tests, overlay=texts)


async def _by_plan(
    planner: Planner, planned: Planned, *, tests: bool, texts: Mapping[Path, bytes]
) -> Liveness:
    variants = planned.plan.together(tests=tests)
    edited = set(map(str, texts))
    if edited:
        variants = tuple(one for one in variants if edited.intersection(one.compiled))
    lines: dict[str, None] = {}
    for one in variants:
        if one.error is not None:
            raise BuildFailed(first_error(one.error))
        if not one.compiled:
            continue
        async with planner.compiling(planned, one, _LIVE, texts) as built:
            if built.error is not None:
                raise BuildFailed(first_error(built.error))
            lines.update(dict.fromkeys(built.text))
    return _facts(planner, planned.plan.variants, lines, planned.plan.trimmed)


async def _by_go(planner: Planner, *, tests: bool, overlay: Mapping[Path, bytes]) -> Liveness:
    lines: list[str] = []
    listed = await planner.by_go("-live", tests=tests, overlay=overlay, on_line=lines.append)
    own = [one for one in listed if not one.dep_only]
    for one in own:
        if one.error is not None:
            raise BuildFailed(first_error(one.error))
    return _facts(planner, own, dict.fromkeys(lines), TrimmedNames.of(listed))


def _facts(
    planner: Planner,
    variants: Iterable[ListedPackage],
    lines: Mapping[str, None],
    trimmed: TrimmedNames,
) -> Liveness:
    names = names_in(
        planner.directory, own_files(variants), trimmed if planner.toolchain.trimpath else None
    )
    return Liveness.of(parse(lines), names)


def compiler_of(
    toolchain: Toolchain,
    package: str,
    *,
    directory: Path,
    settings: Settings,
    tests: bool = False,
) -> Callable[[Mapping[Path, bytes]], Awaitable[Liveness]]:
    """`compiler_by` a planner of its own: the go command is asked once."""
    return compiler_by(Planner(toolchain, settings, directory, package), tests=tests)


def compiler_by(
    planner: Planner, *, tests: bool = False, plan: Plan | None = None
) -> Callable[[Mapping[Path, bytes]], Awaitable[Liveness]]:
    """`live_facts` of one package as a function of the overlay, for proofs: a compile each."""

    async def compile_live(overlay: Mapping[Path, bytes]) -> Liveness:
        return await live_facts(planner, tests=tests, overlay=overlay, plan=plan)

    return compile_live
