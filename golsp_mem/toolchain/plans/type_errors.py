"""All type errors of a package: how to ask the compiler what the type of an expression is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from golsp_mem.toolchain.plans.compile import CannotCompile, Wanted
from golsp_mem.toolchain.plans.plan import Plan
from golsp_mem.toolchain.plans.planner import Planned, Planner, unchanged_headers

TypeErrors = Callable[[Mapping[Path, bytes]], Awaitable[tuple[str, ...]]]

_ALL_ERRORS = Wanted(escapes=1, all_errors=True)


def type_errors_of(
    planner: Planner, *, tests: bool = False, plan: Plan | None = None
) -> TypeErrors:
    """Every line that the compiler says against the package with an overlay (``-e``: without
    the limit of ten). It ends after its front end, so this costs a fraction of a compile.

    ``plan`` is one that was made just now, for who has it. The function raises BuildFailed,
    UsageError, GoFailed, AnalysisTimeout as `live_facts` does.
    """

    async def type_errors(overlay: Mapping[Path, bytes]) -> tuple[str, ...]:
        try:
            if plan is not None:
                planned = Planned(plan, unchanged_headers(plan, overlay))
            else:
                planned = await planner.planned(tests=tests, overlay=overlay)
            return await _by_plan(planner, planned, overlay)
        except CannotCompile:
            return await _by_go(planner, tests, overlay)

    return type_errors


async def _by_plan(
    planner: Planner, planned: Planned, overlay: Mapping[Path, bytes]
) -> tuple[str, ...]:
    lines: list[str] = []
    for one in planned.plan.variants_with(map(str, overlay)):
        async with planner.compiling(planned, one, _ALL_ERRORS, overlay) as built:
            lines += built.error.splitlines() if built.error is not None else built.text
    return tuple(dict.fromkeys(lines))


async def _by_go(planner: Planner, tests: bool, overlay: Mapping[Path, bytes]) -> tuple[str, ...]:
    lines: list[str] = []
    listed = await planner.by_go("-e", tests=tests, overlay=overlay, on_line=lines.append)
    for one in listed:
        if one.error is not None:
            lines += one.error.splitlines()
    return tuple(dict.fromkeys(lines))
