"""The compiler's text of packages that have been built without it.

Whoever has run ``go build`` has the archives: ``-m`` changes nothing in them but their build ID, so
the go command need not compile once more for the text. Front ends write it, called directly, one a
core, each stopped where its backend would start: a third of a compile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from golsp_mem.config import Settings
from golsp_mem.errors import AnalysisTimeout, GolspMemError
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import ListedPackage, compiled_files
from golsp_mem.toolchain.plans.compile import (
    CannotCompile,
    Unit,
    Wanted,
    compiling,
    usable_cores,
)
from golsp_mem.toolchain.plans.plan import Plan

# Each may have some 200 MB.
_MOST = 8


def says_something(one: ListedPackage, *, tests: bool) -> bool:
    """Whether a compile with -m has text of this package that counts: it was named, and is no
    generated main of a test program and no dependency that a test compiles anew."""
    path = one.import_path.partition(" ")[0]
    if tests and one.name == "main" and path.endswith(".test"):
        return False
    if one.dep_only or one.recipe is None or not one.compiled or not one.export:
        return False
    return one.for_test is None or path in (one.for_test, f"{one.for_test}_test")


async def texts_of(
    toolchain: Toolchain,
    settings: Settings,
    directory: Path,
    listed: Sequence[ListedPackage],
    wanted: Sequence[ListedPackage],
) -> Mapping[str, tuple[str, ...]]:
    """The lines of ``-m`` by import path, of packages that were ``listed`` and built just now.

    Raises CannotCompile where the go command has to be asked, GoFailed, AnalysisTimeout.
    Cancelling kills every compiler.
    """
    if not wanted:
        return {}
    rewritten: Mapping[str, tuple[str, ...]] = {}
    with_c = [one for one in wanted if one.uses_cgo]
    if with_c:
        rewritten = await compiled_files(
            toolchain, *dict.fromkeys(one.for_test or one.import_path for one in with_c),
            directory=directory, settings=settings, tests=any(one.for_test for one in with_c),
        )  # fmt: skip
    every = tuple(listed)
    # The largest first: nobody waits for one that begins when the others are done.
    waiting = sorted(wanted, key=_bytes)
    found: dict[str, tuple[str, ...]] = {}

    async def work() -> None:
        while waiting:
            one = waiting.pop()
            files = rewritten.get(one.import_path) if one.uses_cgo else one.compiled
            if files is None:
                raise CannotCompile(f"go does not say what cgo made of {one.import_path}")
            plan = Plan(one.for_test or one.import_path, every)
            async with compiling(toolchain, Unit(plan, one, files), Wanted(escapes=1)) as built:
                if built.error is not None:
                    raise CannotCompile(f"{one.import_path}: {built.error}")
                found[one.import_path] = built.text

    try:
        async with asyncio.timeout(settings.timeout_seconds), asyncio.TaskGroup() as group:
            for _ in range(min(usable_cores(), _MOST, len(waiting))):
                group.create_task(work())
    except* GolspMemError as errors:
        # One is enough to ask the go command.
        raise _first(errors) from errors
    except* TimeoutError as error:
        raise AnalysisTimeout(
            f"compiling took longer than {settings.timeout_seconds:g} s; raise --timeout "
            "(setting timeoutSeconds) or name fewer packages"
        ) from error
    return found


def _bytes(one: ListedPackage) -> int:
    total = 0
    for path in one.compiled:
        with contextlib.suppress(OSError):
            total += os.stat(path).st_size  # noqa: PTH116 - thousands of files
    return total


def _first(errors: BaseExceptionGroup[GolspMemError]) -> GolspMemError:
    one = errors.exceptions[0]
    return _first(one) if isinstance(one, BaseExceptionGroup) else one
