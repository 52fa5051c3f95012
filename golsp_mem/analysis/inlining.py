"""Which functions of a package the compiler can inline, asked of its front end."""

from __future__ import annotations

import asyncio
import re

from golsp_mem.compiler.text.inlining import Inlining, inlining_in
from golsp_mem.errors import AnalysisTimeout
from golsp_mem.toolchain.plans.planner import Planner
from golsp_mem.toolchain.replayed import names_in

# Literals and wrappers that stand on the line of their function.
_INSIDE = re.compile(r"\.(?:func|deferwrap|gowrap)\d")


async def inlining_of(planner: Planner, file: str) -> tuple[Inlining, ...]:
    """Of all functions of the variant that holds the file; empty where none does.

    Raises BuildFailed, ToolchainError subclasses, AnalysisTimeout.
    """
    planned = await planner.planned(tests=file.endswith("_test.go"))
    holding = planned.plan.variants_with([file])
    if not holding:
        return ()
    variant = holding[0]
    trimmed = planned.plan.trimmed if planner.toolchain.trimpath else None
    resolve = names_in(variant.directory, variant.compiled, trimmed)
    try:
        async with (
            asyncio.timeout(planner.settings.timeout_seconds),
            planner.text_of(planned, variant, ["-m=2"]) as pieces,
        ):
            text = [
                line async for piece in pieces for line in piece.split("\n") if " inline " in line
            ]
    except TimeoutError as error:
        raise AnalysisTimeout(
            f"asking what is inlined took longer than {planner.settings.timeout_seconds:g} s"
        ) from error
    return tuple(inlining_in(text, resolve))


def declared_on(known: tuple[Inlining, ...], file: str, line: int) -> Inlining | None:
    """What is said of the function that is declared on a line: of a generic one, of an instance
    that is not inlined, where there is one."""
    found = [
        one
        for one in known
        if one.place.line == line and one.place.file == file and not _INSIDE.search(one.name)
    ]
    return min(found, key=lambda one: one.why_not is None, default=None)
