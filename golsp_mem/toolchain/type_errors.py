"""All type errors of a package: how to ask the compiler what the type of an expression is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from golsp_mem.errors import AnalysisTimeout
from golsp_mem.toolchain.compile import CannotCompile
from golsp_mem.toolchain.go import list_packages
from golsp_mem.toolchain.overlay import overlay_file
from golsp_mem.toolchain.plan import Plan
from golsp_mem.toolchain.planner import Planner

TypeErrors = Callable[[Mapping[Path, bytes]], Awaitable[tuple[str, ...]]]


def type_errors_of(
    planner: Planner, *, tests: bool = False, plan: Plan | None = None
) -> TypeErrors:
    """Every line that the compiler says against the package with an overlay (``-e``: without
    the limit of ten). It ends after its front end, so this costs a fraction of a compile.

    ``plan`` as in `Planner.planned`. The function raises UsageError, GoFailed, AnalysisTimeout.
    """

    async def type_errors(overlay: Mapping[Path, bytes]) -> tuple[str, ...]:
        try:
            lines = await _by_plan(planner, overlay, tests=tests, plan=plan)
        except CannotCompile:
            lines = await _by_go(planner, overlay, tests=tests)
        return tuple(dict.fromkeys(lines))

    return type_errors


async def _by_plan(
    planner: Planner, overlay: Mapping[Path, bytes], *, tests: bool, plan: Plan | None
) -> list[str]:
    planned = await planner.planned(tests=tests, overlay=overlay, plan=plan)
    edited = set(map(str, overlay))
    lines: list[str] = []
    try:
        async with asyncio.timeout(planner.settings.timeout_seconds):
            for one in planned.plan.together(tests=tests):
                if one.compiled and edited.intersection(one.compiled):
                    async with planner.text_of(planned, one, ["-e"], overlay) as text:
                        lines += [line async for line in text]
    except TimeoutError as error:
        raise AnalysisTimeout(
            f"compiling took longer than {planner.settings.timeout_seconds:g} s; raise --timeout "
            "(setting timeoutSeconds)"
        ) from error
    return lines


async def _by_go(planner: Planner, overlay: Mapping[Path, bytes], *, tests: bool) -> list[str]:
    lines: list[str] = []
    with overlay_file(overlay) as description:
        listed = await list_packages(
            planner.toolchain, [planner.package], directory=planner.directory,
            settings=planner.settings, gcflags="-e", tests=tests, overlay=description,
            on_line=lines.append,
        )  # fmt: skip
    for one in listed:
        if one.error is not None:
            lines += one.error.splitlines()
    return lines
