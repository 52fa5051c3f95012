"""Test binaries: built as ``go test`` builds them, run with a memory profile."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from golsp_mem.config import Settings
from golsp_mem.errors import AnalysisTimeout, BuildFailed, GoFailed, UsageError
from golsp_mem.toolchain.go import Toolchain, tag_flags
from golsp_mem.toolchain.go_list import check_patterns
from golsp_mem.toolchain.patterns import nothing_named
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.stuck import unless_stuck

_LINE = re.compile(
    r"^(?P<name>Benchmark\S*)\s+(?P<rounds>\d+)\s+[\d.]+ ns/op(?P<rest>.*)$", re.MULTILINE
)
_BYTES = re.compile(r"(\d+) B/op")
_ALLOCS = re.compile(r"(\d+) allocs/op")
_PROCESSORS = re.compile(r"-\d+$")


@frozen
class TestedPackage:
    """A package with tests; ``directory`` is where they run."""

    import_path: str
    directory: Path


@frozen
class TestBinary:
    """The compiled tests of a package."""

    package: TestedPackage
    path: Path


@frozen
class BenchmarkLine:
    """One line of a benchmark's result, with the figures as Go prints them."""

    name: str
    rounds: int
    bytes_per_op: int
    allocs_per_op: int


async def tested_packages(
    toolchain: Toolchain, patterns: Sequence[str], *, directory: Path, settings: Settings
) -> list[TestedPackage]:
    """The packages that the patterns name and that have tests.

    Raises UsageError when the patterns name none, GoFailed, AnalysisTimeout, BuildFailed for a file
    that go would wait for.
    """
    check_patterns(patterns)
    fields = "-json=ImportPath,Dir,TestGoFiles,XTestGoFiles,Error"
    async with unless_stuck(directory, toolchain.version.goos, toolchain.version.goarch):
        done = await process.run(
            [toolchain.binary, "list", "-e", fields, *tag_flags(settings), "--", *patterns],
            cwd=directory, env=toolchain.environment, timeout=settings.timeout_seconds,
        )  # fmt: skip
    found = []
    error = None
    decoder, text = json.JSONDecoder(), done.stdout.decode("utf-8", "replace").strip()
    while text:
        raw, end = decoder.raw_decode(text)
        text = text[end:].lstrip()
        if raw.get("TestGoFiles") or raw.get("XTestGoFiles"):
            found.append(TestedPackage(raw["ImportPath"], Path(raw["Dir"])))
        elif raw.get("Error") and not raw.get("Dir"):
            error = error or str(raw["Error"].get("Err", ""))
    if not found:
        if error is not None:
            raise nothing_named(patterns, directory, error)
        raise UsageError(f"no tests or benchmarks in {' '.join(patterns)}; name their package")
    return found


async def build(
    toolchain: Toolchain, package: TestedPackage, *, settings: Settings, to: Path
) -> TestBinary:
    """Compile a package's tests, with no flags but the user's own.

    Raises BuildFailed with the first error in one line, GoFailed, AnalysisTimeout.
    """
    version = toolchain.version
    async with unless_stuck(package.directory, version.goos, version.goarch):
        done = await process.run(
            [toolchain.binary, "test", "-c", *tag_flags(settings), "-o", str(to), "--",
             package.import_path],
            cwd=package.directory, env=toolchain.environment, timeout=settings.timeout_seconds,
        )  # fmt: skip
    if done.status or not to.is_file():  # noqa: ASYNC240 - one look
        said = _text(done.stderr).strip().splitlines()
        first = next((line for line in said if not line.startswith("#")), "no test binary")
        raise BuildFailed(f"{package.import_path}: the tests do not build: {first}")
    return TestBinary(package, to)


async def run_benchmarks(
    toolchain: Toolchain,
    binary: TestBinary,
    bench: str,
    benchtime: str,
    *,
    timeout: float,  # noqa: ASYNC109 - the group is killed, not just the task
    profile: Path | None = None,
) -> list[BenchmarkLine]:
    """Run the benchmarks that match, counting every allocation where a ``profile`` is wanted.

    Raises GoFailed in one line when one fails or panics, AnalysisTimeout.
    """
    arguments = ["-test.run=^$", f"-test.bench={bench}", f"-test.benchtime={benchtime}",
                 "-test.benchmem"]  # fmt: skip
    text = await _run(toolchain, binary, arguments, timeout=timeout, profile=profile)
    return parse_lines(text)


async def run_tests(
    toolchain: Toolchain,
    binary: TestBinary,
    run: str,
    *,
    timeout: float,  # noqa: ASYNC109 - as above
    profile: Path,
) -> None:
    """Run the tests that match once, with a profile. Raises as `run_benchmarks`."""
    arguments = [f"-test.run={run}", "-test.count=1"]
    await _run(toolchain, binary, arguments, timeout=timeout, profile=profile)


async def _run(
    toolchain: Toolchain,
    binary: TestBinary,
    arguments: Sequence[str],
    *,
    timeout: float,  # noqa: ASYNC109 - as above
    profile: Path | None,
) -> str:
    wanted = [] if profile is None else [f"-test.memprofile={profile}", "-test.memprofilerate=1"]
    try:
        done = await process.run(
            [str(binary.path), "-test.timeout=0", *arguments, *wanted],
            cwd=binary.package.directory, env=toolchain.environment, timeout=timeout,
        )  # fmt: skip
    except AnalysisTimeout as error:
        raise AnalysisTimeout(
            f"{binary.package.import_path}: the run did not end within {timeout:g} s; raise "
            "--timeout, or name fewer with --bench"
        ) from error
    text = _text(done.stdout)
    if done.status:
        raise GoFailed(f"{binary.package.import_path}: {_failure(text, _text(done.stderr))}")
    return text


def parse_lines(text: str) -> list[BenchmarkLine]:
    """The benchmark results in what a test binary printed."""
    found = []
    for match in _LINE.finditer(text):
        size, allocs = _BYTES.search(match["rest"]), _ALLOCS.search(match["rest"])
        if size is not None and allocs is not None:
            found.append(
                BenchmarkLine(match["name"], int(match["rounds"]), int(size[1]), int(allocs[1]))
            )
    return found


def pattern_of(name: str, names: Sequence[str]) -> str:
    """The pattern that matches one benchmark of a run, which printed ``names``. Go adds the number
    of processors to all of them, unless it is 1."""
    endings = {match[0] for one in names if (match := _PROCESSORS.search(one))}
    if len(endings) == 1 and all(_PROCESSORS.search(one) for one in names):
        name = name.removesuffix(next(iter(endings)))
    return "/".join(f"^{re.escape(part)}$" for part in name.split("/"))


def _failure(stdout: str, stderr: str) -> str:
    """What went wrong, in one line."""
    lines = [line.strip() for line in (*stderr.splitlines(), *stdout.splitlines())]
    for start in ("panic:", "fatal error:", "--- FAIL", "testing:", "flag", "SIG"):
        for number, line in enumerate(lines):
            if line.startswith(start):
                more = lines[number + 1] if start == "--- FAIL" and number + 1 < len(lines) else ""
                return f"{line} {more}".strip()
    return next((line for line in reversed(lines) if line), "the run failed")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
