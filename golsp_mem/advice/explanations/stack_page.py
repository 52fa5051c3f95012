"""The stack's part of a page: asked of a whole program when somebody wants to know."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from golsp_mem.advice.explanations.explain import Explanation, StackPage
from golsp_mem.advice.explanations.explain_stack import explain_stack
from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.program import Programs
from golsp_mem.errors import GolspMemError
from golsp_mem.model import PackageAnalysis

logger = logging.getLogger(__name__)


def stack_page(
    programs: Programs, engine: Engine, file: Path, line: int, *, seconds: float | None = None
) -> StackPage:
    """What `explain_place` asks for the stack of a function at ``file:line``.

    On a ``go`` statement it answers for the function that the goroutine starts with. A program
    that cannot be read within ``seconds`` (None: the settings' own limit) leaves the page
    without these numbers; the log says why.
    """
    place = file.resolve()

    async def of(package: PackageAnalysis, function: str) -> Explanation | None:
        tests = place.name.endswith("_test.go")
        try:
            async with asyncio.timeout(seconds):
                program = await programs.of(engine, package.directory, tests=tests)
                statement = program.go_statement(place, line)
                entry = statement.entry if statement is not None else None
                numbers = await program.stack_of(entry or function)
        except (TimeoutError, GolspMemError, OSError) as error:
            logger.info("no stack numbers for %s: %s", function, error)
            return None
        if numbers is None:
            return None
        return explain_stack(numbers, program.go, go_statement=entry is not None)

    return of
