"""What the calls of a line, or those of a function, allocate further in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from golsp_mem.advice.calls import call_markdown
from golsp_mem.advice.explanations.explain import CallsPage
from golsp_mem.analysis.call_program import CallProgram, CallPrograms
from golsp_mem.analysis.engine import Engine
from golsp_mem.errors import GolspMemError
from golsp_mem.model import PackageAnalysis


def calls_page(programs: CallPrograms, engine: Engine, file: Path) -> CallsPage:
    """Reads the program of the file's package when it is asked, once."""

    async def told(package: PackageAnalysis, path: Path, line: int) -> str | None:
        tests = file.name.endswith("_test.go")
        try:
            program = await programs.of(engine, [str(path.parent)], tests=tests)
            text = await engine.in_thread(lambda: line_markdown(program, package, path, line))
        except GolspMemError:
            # What cannot be read is not told of; the rest of the page stands.
            return None
        program.keep()
        return text

    return told


def line_markdown(
    program: CallProgram, package: PackageAnalysis, path: Path, line: int
) -> str | None:
    """What the calls on a line allocate, a paragraph each; on the line that declares a function
    what a call of it does. Raises ArchiveError."""
    declared = [one.name for one in package.functions if one.line == line
                and Path(one.file).resolve() == path]  # fmt: skip
    costs = [cost for name in declared if (cost := program.cost_of(name)) is not None]
    if not costs:
        costs = program.calls_on(package.import_path, path, line)
    paragraphs: Sequence[str] = list(dict.fromkeys(call_markdown(cost) for cost in costs))
    return "\n\n".join(paragraphs) or None
