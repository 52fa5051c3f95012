"""Runs benchmarks or tests with a memory profile, and lays what was measured over a report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import evolve, field, frozen

from golsp_mem.analysis.engine import OnProgress, Progress
from golsp_mem.compiler.pprof.reader import Profile, Sample, read_profile
from golsp_mem.config import Settings
from golsp_mem.errors import AnalysisTimeout, BuildFailed, GoFailed, GolspMemError, UsageError
from golsp_mem.files import read_regular
from golsp_mem.model import Position
from golsp_mem.report.measured.benchmarks import BenchmarkRun, in_the_long_run, split
from golsp_mem.report.measured.measuring import Joined, Joiner, measured
from golsp_mem.report.model import BenchmarkResult, Report
from golsp_mem.report.ranking import ranked
from golsp_mem.toolchain import benchmarks
from golsp_mem.toolchain.benchmarks import BenchmarkLine, TestBinary, TestedPackage
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.processes.scratch import scratch

# How long a benchmark is tried to see how many rounds it takes; counted are at most so many.
TRIED = "20ms"
MOST_ROUNDS = 10_000
FEWEST_ROUNDS = 4

_FIXED = re.compile(r"(\d+)x")
_DURATION = re.compile(r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+")
_STOPPED = re.compile(r"\.StopTimer\(\)")
_STARTED = re.compile(r"\.(StartTimer|ResetTimer)\(\)")


@frozen
class BenchmarkPlan:
    """What to run. ``tests`` None: benchmarks that match ``bench``; else the tests that match it.
    ``benchtime`` as Go takes it, None: as many rounds as counting needs."""

    bench: str = "."
    tests: str | None = None
    benchtime: str | None = None

    def check(self) -> None:
        """Raises UsageError for what Go would refuse, before anything is built."""
        for flag, written in (("--bench", self.bench), ("--run", self.tests)):
            try:
                re.compile(written or "")
            except re.error as error:
                raise UsageError(f"{flag} {written}: {error}") from error
        time = self.benchtime
        if time and not (_FIXED.fullmatch(time) or _DURATION.fullmatch(time)):
            raise UsageError(f"--benchtime {time}: write a time such as 1s, or rounds such as 100x")


@frozen
class Profiled:
    """``failed`` are benchmarks and packages that gave nothing, each in one line, the first of
    them as an error that says how a command ends. ``profiles`` are those that were taken."""

    report: Report = field(repr=False)
    failed: tuple[GolspMemError, ...] = ()
    profiles: tuple[bytes, ...] = field(default=(), repr=False)


async def run_all(
    toolchain: Toolchain,
    packages: Sequence[TestedPackage],
    plan: BenchmarkPlan,
    report: Report,
    functions: Mapping[str, Position],
    *,
    settings: Settings,
    on_progress: OnProgress | None = None,
) -> Profiled:
    """Run the benchmarks or tests of packages and join what they allocate to a report of them,
    tests included. ``functions`` are those that were compiled, and where they begin.

    What fails in one package or benchmark is in `Profiled.failed`. Raises ConfigError, UsageError
    where no benchmark matches.
    """
    plan.check()
    tell = on_progress or (lambda _: None)
    with scratch(toolchain.environment.get("GOTMPDIR")) as room:
        run = _Runs(toolchain, settings, plan, report, functions, room.path, tell)
        for number, package in enumerate(packages):
            tell(Progress(f"building tests of {package.import_path}", number, len(packages)))
            await run.package(package)
        return run.result()


class _Runs:
    def __init__(
        self,
        toolchain: Toolchain,
        settings: Settings,
        plan: BenchmarkPlan,
        report: Report,
        functions: Mapping[str, Position],
        room: Path,
        tell: OnProgress,
    ) -> None:
        self._toolchain = toolchain
        self._settings = settings
        self._plan = plan
        self._report = report
        self._room = room
        self._tell = tell
        self._joiner = Joiner(report, functions)
        self._joined: list[Joined] = []
        self._results: list[BenchmarkResult] = []
        self._failed: list[GolspMemError] = []
        self._profiles: list[bytes] = []
        self._stopped = StoppedTimers(report.directory)

    async def package(self, package: TestedPackage) -> None:
        """Build the tests of one package and run them."""
        try:
            binary = await benchmarks.build(
                self._toolchain, package, settings=self._settings, to=self._room / "tests"
            )
            if self._plan.tests is not None:
                await self._tests(binary, self._plan.tests)
            else:
                await self._benchmarks(binary)
        except (BuildFailed, GoFailed, AnalysisTimeout) as error:
            self._failed.append(error)

    async def _tests(self, binary: TestBinary, run: str) -> None:
        self._tell(Progress(f"running tests of {binary.package.import_path}", 0, None))
        file = self._room / "heap"
        await benchmarks.run_tests(
            self._toolchain, binary, run, timeout=self._settings.timeout_seconds, profile=file
        )
        self._joined.append(self._read(file)[1])

    async def _benchmarks(self, binary: TestBinary) -> None:
        plan = self._plan
        self._tell(Progress(f"trying benchmarks of {binary.package.import_path}", 0, None))
        tried = await self._run(binary, plan.bench, plan.benchtime or TRIED)
        names = [one.name for one in tried]
        for number, one in enumerate(tried):
            self._tell(Progress(f"counting {one.name}", number, len(tried)))
            try:
                await self._count(binary, one, benchmarks.pattern_of(one.name, names))
            except (GoFailed, AnalysisTimeout) as error:
                self._failed.append(error)

    async def _count(self, binary: TestBinary, tried: BenchmarkLine, pattern: str) -> None:
        rounds = self._rounds(tried.rounds)
        short, _, _ = await self._counted(binary, tried, pattern, rounds // 2)
        del self._profiles[-1]  # the shorter run's is no more than a part of the other
        long, line, joined = await self._counted(binary, tried, pattern, rounds)
        self._joined.append(joined)
        allocs, size = line.allocs_per_op, line.bytes_per_op
        if self._plan.benchtime is None:
            allocs, size = in_the_long_run(short, long, allocs, size)
        parts = split(self._report, short, long, allocs, size)
        self._results.append(
            BenchmarkResult(tried.name, binary.package.import_path, rounds, allocs, size, parts)
        )

    def _rounds(self, tried: int) -> int:
        """An even number of rounds, of which half is another run."""
        time = self._plan.benchtime
        wanted = tried if time else min(tried, MOST_ROUNDS)
        return max(wanted + wanted % 2, FEWEST_ROUNDS)

    async def _counted(
        self, binary: TestBinary, tried: BenchmarkLine, pattern: str, rounds: int
    ) -> tuple[BenchmarkRun, BenchmarkLine, Joined]:
        file = self._room / "heap"
        lines = await self._run(binary, pattern, f"{rounds}x", file)
        line = next((one for one in lines if one.name == tried.name), None)
        if line is None:
            raise GoFailed(
                f"{binary.package.import_path}: {tried.name} gave no result when it was run alone"
            )
        profile, joined = self._read(file)
        kept = self._stopped.without(profile)
        timed = joined if len(kept.samples) == len(profile.samples) else self._join(kept)
        return BenchmarkRun(rounds, timed.attributions), line, joined

    async def _run(
        self, binary: TestBinary, pattern: str, benchtime: str, profile: Path | None = None
    ) -> list[BenchmarkLine]:
        return await benchmarks.run_benchmarks(
            self._toolchain, binary, pattern, benchtime,
            timeout=self._settings.timeout_seconds, profile=profile,
        )  # fmt: skip

    def _read(self, file: Path) -> tuple[Profile, Joined]:
        data = file.read_bytes()
        self._profiles.append(data)
        profile = read_profile(data, "the profile of the run")
        return profile, self._join(profile)

    def _join(self, profile: Profile) -> Joined:
        return self._joiner.join(profile)

    def result(self) -> Profiled:
        if self._plan.tests is None and not self._results and not self._failed:
            raise UsageError(
                f"no benchmark matches {self._plan.bench}: nothing was run and measured; "
                "--run RE measures tests"
            )
        report = measured(self._report, self._joined)
        assert report.measurement is not None
        found = tuple(self._results) if self._plan.tests is None else None
        report = evolve(report, measurement=evolve(report.measurement, benchmarks=found))
        return Profiled(ranked(report), tuple(self._failed), tuple(self._profiles))


class StoppedTimers:
    """Lines between ``b.StopTimer()`` and ``b.StartTimer()``: Go counts nothing there."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lines: dict[str, frozenset[int]] = {}

    def without(self, profile: Profile) -> Profile:
        """The profile without what was allocated while the timer stood."""
        kept = tuple(one for one in profile.samples if not self._stands(one))
        return evolve(profile, samples=kept)

    def _stands(self, sample: Sample) -> bool:
        return any(
            frame.line in self._stopped(frame.file)
            for frame in sample.stack
            if frame.file.endswith("_test.go") and ".Benchmark" in frame.function
        )

    def _stopped(self, file: str) -> frozenset[int]:
        if file not in self._lines:
            self._lines[file] = frozenset(_stopped_lines(self._directory / file))
        return self._lines[file]


def _stopped_lines(file: Path) -> Iterator[int]:
    try:
        lines: Sequence[str] = read_regular(file).decode("utf-8", "replace").splitlines()
    except OSError:
        return
    stands = False
    for number, line in enumerate(lines, 1):
        if line.startswith("func "):
            stands = False
        if _STARTED.search(line):
            stands = False
        if stands:
            yield number
        if _STOPPED.search(line):
            stands = True
