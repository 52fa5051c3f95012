"""What calls cost with all that they call: asked when somebody looks, remembered with the view."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from golsp_mem.analysis.call_program import CallCost, CallProgram, CallPrograms
from golsp_mem.errors import ArchiveError, GolspMemError
from golsp_mem.lsp.answers.request import Reading

# A person waits for a hover; what has not been read by then is there the next time.
SECONDS = 1.5
# What nobody asked for begins when a burst of saves is over, and is not told of more functions.
QUIET_SECONDS = 1.0
_MOST_AHEAD = 100

logger = logging.getLogger(__name__)

Costs = tuple[CallCost, ...]


async def of_function(programs: CallPrograms, reading: Reading, name: str) -> CallCost | None:
    """Of a function by its linker name; None where it is not known, or not in time."""
    found = await _asked(programs, reading, _key(name), partial(_cost_of, name))
    return found[0] if found else None


async def of_line(programs: CallPrograms, reading: Reading, line: int) -> Costs:
    """Of the calls on a Go line of the document."""
    path = Path(reading.document.name)

    def look(program: CallProgram) -> Costs:
        found: list[CallCost] = []
        for package in program.packages:
            found += program.calls_on(package, path.resolve(), line)
        return tuple(found)

    return await _asked(programs, reading, f"calls on {path}:{line}", look)


async def ahead(programs: CallPrograms, reading: Reading, names: Sequence[str]) -> bool:
    """Find out what functions cost before somebody asks, once things are quiet: for what is shown
    unasked. Whether anything was found."""
    derived = reading.view.derived
    key = f"ahead {reading.document.name}"
    if reading.stale is not None or reading.running is not None or key in derived.ahead:
        return False
    derived.ahead[key] = {}
    task = asyncio.current_task()
    if task is not None:
        # It ends with the view.
        derived.finish(task)
    await asyncio.sleep(QUIET_SECONDS)
    tests = reading.document.name.endswith("_test.go")
    try:
        for name in names[:_MOST_AHEAD]:
            # One by one, so that a save need not wait for all of them.
            look = partial(_cost_of, name)
            for one in await _read(programs, reading, look, tests=tests):
                derived.ahead[key][name] = one
    except GolspMemError as error:
        logger.info("no costs of calls ahead: %s", error)
    return bool(derived.ahead[key])


def _cost_of(name: str, program: CallProgram) -> Costs:
    found = program.cost_of(name)
    return (found,) if found is not None else ()


def known_of(reading: Reading, name: str) -> CallCost | None:
    """What is known of a function because somebody asked before, or `ahead` did."""
    derived = reading.view.derived
    found = derived.calls.answer(_key(name))
    if found:
        return found[0]
    return derived.ahead.get(f"ahead {reading.document.name}", {}).get(name)


def _key(name: str) -> str:
    return f"calls of {name}"


async def _asked(
    programs: CallPrograms, reading: Reading, key: str, look: Callable[[CallProgram], Costs]
) -> Costs:
    questions = reading.view.derived.calls
    if reading.stale is not None or reading.running is not None:
        # The archives are of another text, or about to be.
        return questions.answer(key) or ()
    tests = reading.document.name.endswith("_test.go")
    work = partial(_read, programs, reading, look, tests=tests)
    return await questions.ask(key, work, SECONDS) or ()


async def _read(
    programs: CallPrograms, reading: Reading, look: Callable[[CallProgram], Costs], *, tests: bool
) -> Costs:
    known = reading.view.derived.call_programs
    engine = reading.engine
    if tests not in known:
        known[tests] = await programs.of(engine, ["."], tests=tests)
    program = known[tests]

    def found() -> Costs:
        try:
            return look(program)
        except ArchiveError:
            # What cannot be read is not told of.
            return ()
        finally:
            program.keep()

    return await engine.in_thread(found)
