"""What an agent may ask: check, explain, confirm an edit, profile. Answers are plain JSON values.

Paths stay below one directory, answers below a size. Nothing here knows the Model Context
Protocol; `golsp_mem.cli.commands.mcp` speaks it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from golsp_mem.cli.analysing import RunRequest, outcome_of
from golsp_mem.cli.options import PLACE
from golsp_mem.errors import UsageError
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.json.writer import finding_json
from golsp_mem.report.model import Quiet
from golsp_mem.report.ranking import by_rank, ranked

if TYPE_CHECKING:
    from golsp_mem.analysis.engine import Engine
    from golsp_mem.config import Settings
    from golsp_mem.model import Finding, PackageAnalysis
    from golsp_mem.report.model import Report

Answer = dict[str, object]

# What a model reads in one go; more is asked for package by package.
MOST_FINDINGS = 200
MOST_TEXT = 40_000
# Of a message, a reason, an error of the build.
MOST_WORDS = 600
MOST_ERRORS = 20
MOST_SOURCE_BYTES = 4 << 20
# Directories whose compiled state is kept between questions.
_MOST_ENGINES = 4


@frozen
class Agent:
    """The tools on one workspace. ``settings_at`` gives what holds in a directory.

    All raise GolspMemError, whose text is one line for whoever asked.
    """

    root: Path
    settings_at: Callable[[Path], Settings]
    _engines: OrderedDict[Path, Engine] = field(factory=OrderedDict, init=False, repr=False)

    async def check(self, patterns: Sequence[str], limit: int) -> Answer:
        """The findings of packages, worst first, at most ``limit``. ``left_out`` counts what a
        person is not shown either, by why."""
        _check_limit(limit)
        wanted = RunRequest(self.root, await self._patterns(patterns), self.settings_at(self.root))
        return self._report((await outcome_of(wanted)).report, limit)

    async def profile(self, patterns: Sequence[str], bench: str, limit: int) -> Answer:
        """Runs benchmarks, and says which findings they measured, most bytes first."""
        from golsp_mem.cli.profiling import profiled  # noqa: PLC0415
        from golsp_mem.report.measured.profiling import BenchmarkPlan  # noqa: PLC0415

        _check_limit(limit)
        wanted = RunRequest(self.root, await self._patterns(patterns), self.settings_at(self.root))
        done = await profiled(wanted, BenchmarkPlan(bench, None, None))
        answer = self._report(done.profiled.report, limit)
        answer["failed"] = [_cut(str(one)) for one in done.profiled.failed[:MOST_ERRORS]]
        return answer

    async def explain(self, subject: str, line: int | None, column: int | None) -> Answer:
        """A topic or code; with a line, that place of the Go file ``subject``."""
        from golsp_mem.advice.explanations.explain import explain_place, explain_topic  # noqa: PLC0415
        from golsp_mem.advice.explanations.inlining_words import inlining_words  # noqa: PLC0415
        from golsp_mem.advice.explanations.stack_page import stack_page  # noqa: PLC0415
        from golsp_mem.analysis.program import Programs  # noqa: PLC0415

        if line is None and (place := PLACE.fullmatch(subject)) is not None:
            subject, line = place["file"], int(place["line"])
            column = int(place["column"]) if place["column"] else None
        if line is None and subject.endswith(".go"):
            raise UsageError(f"of {_cut(subject)} which line? give it as line, or as FILE:LINE")
        if line is None:
            page = explain_topic(subject)
        else:
            file = self.file(subject)
            engine = self._engine(file.parent)
            stack = stack_page(Programs(), engine, file, line)
            page = await explain_place(
                engine, file, line, column, stack=stack, inlining=inlining_words(engine)
            )
        cut = len(page.markdown) > MOST_TEXT
        return {
            "topic": page.topic,
            "markdown": page.markdown[:MOST_TEXT],
            "cut": cut,
            "numbers": page.numbers.as_json(),
        }

    async def confirm_edit(self, path: str, text: str, line: int) -> Answer:
        """Whether a file with this text no longer has the allocations of a line as it is now."""
        from golsp_mem.analysis.proof.claims import (  # noqa: PLC0415
            All,
            AllocationGone,
        )
        from golsp_mem.analysis.proof.trades import NoCallInstead  # noqa: PLC0415

        file = self.file(path)
        raw = text.encode("utf-8", "surrogateescape")
        if len(raw) > MOST_SOURCE_BYTES:
            raise UsageError(f"the text has more than {MOST_SOURCE_BYTES} bytes")
        engine = self._engine(file.parent)
        tests = file.name.endswith("_test.go")
        analysis = await engine.check(["."], tests=tests)
        found = list(_on_line(analysis.packages, file, line))
        broken = next((one.error for one in analysis.packages if one.error), None)
        if not found and broken:
            raise UsageError(f"the package of {path} does not build as it is: {_cut(broken)}")
        if not found:
            raise UsageError(f"{path}:{line} has no allocation; `check` lists them")
        judge = await engine.judge()
        verdict = await judge.judge({file: raw}, All(tuple(AllocationGone(one) for one in found)))
        if verdict.is_confirmed:
            # Following all calls takes its time: only for what may be confirmed.
            called = await judge.judge({file: raw}, NoCallInstead())
            verdict = verdict if called.is_confirmed else called
        return {
            "outcome": str(verdict.outcome),
            "because": verdict.reason and _cut(verdict.reason.removeprefix("not offered: ")),
            "allocations": [_cut(one.message) for one in found[:MOST_FINDINGS]],
        }

    def file(self, path: str) -> Path:
        """A Go file of the workspace by its path. Raises UsageError for any other."""
        file = self._inside(path)
        if file.suffix != ".go" or not file.is_file():
            raise UsageError(f"{_cut(path) or 'an empty name'} is no Go file of the workspace")
        return file

    def _inside(self, path: str) -> Path:
        if "\0" in path:
            raise UsageError("no file has a NUL in its name")
        try:
            file = (self.root / path).resolve()
        except (OSError, RuntimeError) as error:
            raise UsageError(f"{_cut(path)} is no path of a file") from error
        if not file.is_relative_to(self.root.resolve()):
            raise UsageError(f"{_cut(path)} is outside the workspace {self.root}")
        return file

    async def _patterns(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """Those of the workspace. Raises UsageError for any that lead elsewhere: what an agent is
        shown is what the person has opened, not the module cache."""
        for pattern in patterns:
            if pattern.startswith("-"):
                raise UsageError(f"{pattern!r} is not a package pattern; write ./... or ./sub")
            if pattern.startswith((".", "/")):
                self._inside(pattern.removesuffix("..."))
            elif not await self._is_own(pattern):
                raise UsageError(f"{_cut(pattern)} is no package of the workspace; write ./...")
        return tuple(patterns) or ("./...",)

    async def _is_own(self, pattern: str) -> bool:
        from golsp_mem.toolchain.go_list import main_modules  # noqa: PLC0415

        toolchain = await self._engine(self.root).toolchain()
        modules = await main_modules(toolchain, self.root)
        return any(
            pattern == one or pattern.startswith((f"{one}/", f"{one}...")) for one in modules
        )

    def _engine(self, directory: Path) -> Engine:
        """That of the question before, where the settings still hold: an agent tries one edit after
        the other, and what the text on disk compiles to is known from the first."""
        from golsp_mem.analysis.engine import Engine  # noqa: PLC0415

        settings = self.settings_at(directory)
        engine = self._engines.pop(directory, None)
        if engine is None or engine.settings != settings:
            engine = Engine(settings, directory)
        self._engines[directory] = engine
        while len(self._engines) > _MOST_ENGINES:
            self._engines.popitem(last=False)
        return engine

    def _report(self, report: Report, limit: int) -> Answer:
        report = ranked(report)
        place = PathBase(self.root)
        shown = by_rank(report.for_people)
        return {
            "total": len(shown),
            "left_out": {str(why): count for why in Quiet if (count := report.silenced(why))},
            "findings": [_brief(finding_json(one, place)) for one in shown[:limit]],
            "not_looked_at": [
                {"package": one.import_path, "error": _cut(one.error or "")}
                for one in report.failed[:MOST_ERRORS]
            ],
        }


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MOST_FINDINGS:
        raise UsageError(f"limit: {limit} is not between 1 and {MOST_FINDINGS}")


_FIELDS = (
    "code", "severity", "file", "line", "column", "function", "message", "allocates", "condition",
    "bytes", "path", "loop_depth", "measured", "fingerprint",
)  # fmt: skip


def _brief(raw: Mapping[str, object]) -> Answer:
    return {name: _bounded(raw[name]) for name in _FIELDS if raw.get(name) is not None}


def _bounded(value: object) -> object:
    return _cut(value) if isinstance(value, str) else value


def _cut(text: str) -> str:
    return text if len(text) <= MOST_WORDS else text[: MOST_WORDS - 1] + "…"


def _on_line(packages: Sequence[PackageAnalysis], file: Path, line: int) -> Sequence[Finding]:
    from golsp_mem.model import Allocates  # noqa: PLC0415

    return [
        finding
        for package in packages
        for finding in package.findings
        if finding.code.is_heap
        and finding.allocates is not Allocates.NEVER
        and not finding.bookkeeping
        and finding.span.line <= line <= finding.span.end_line
        and Path(finding.span.file).resolve() == file
    ]
