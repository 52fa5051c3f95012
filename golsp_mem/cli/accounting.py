"""The account of one file: its package compiled, read and judged."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import evolve, field, frozen

from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.heap.trail import Trail
from golsp_mem.config import Settings
from golsp_mem.errors import UsageError
from golsp_mem.model import Analysis, Finding, PackageAnalysis, PackageStatus
from golsp_mem.report.accounting import Account, Reported, account
from golsp_mem.report.model import Configuration
from golsp_mem.report.policy.judge import judged


@frozen
class Examined:
    """What was told of a file, and with which Go; ``error`` is the first of a package that does
    not build."""

    account: Account = field(repr=False)
    package: str
    configuration: Configuration
    error: str | None


def checked_file(directory: Path, written: str) -> Path:
    """The Go file of a command line, absolute. Raises UsageError."""
    path = Path(os.path.normpath(directory / written))
    if not written or "\0" in written or not path.exists():
        raise UsageError(f"--check {written}: no such file")
    if path.suffix != ".go" or not path.is_file():
        raise UsageError(f"--check {written}: not a Go file")
    return path


async def examined_file(file: Path, settings: Settings) -> Examined:
    """Everything about a file, its tests compiled where it is one of them. Raises UsageError where
    no build has it, and what `Engine.check` raises."""
    tests = file.name.endswith("_test.go")
    settings = evolve(settings, tests=tests)
    trail = Trail()
    analysis = await Engine(settings, file.parent).check(["."], tests=tests, trail=trail)
    go = analysis.go
    made = Configuration(go.version, go.goos, go.goarch, settings.tags, tests, go.build)
    package, path = _home(analysis, file, made)
    left_out: list[tuple[Finding, str]] = []
    [one] = judged(
        [(made, analysis)],
        settings,
        file.parent,
        SourceCache(opened=frozenset(package.files)),
        on_left_out=lambda finding, why: left_out.append((finding, why)),
    )
    told = account(path, trail, Reported.of(one.report.shown, left_out))
    failed = package.status is PackageStatus.FAILED
    return Examined(told, package.import_path, made, package.error if failed else None)


def _home(analysis: Analysis, file: Path, made: Configuration) -> tuple[PackageAnalysis, str]:
    """The package that has a file, and the file's name there."""
    for package in analysis.packages:
        for path in package.files:
            if Path(path).name == file.name and os.path.realpath(path) == os.path.realpath(file):
                return package, path
    error = next((one.error for one in analysis.packages if one.error), None)
    if error is not None:
        raise UsageError(f"--check {file.name}: its package does not build: {error}")
    raise UsageError(
        f"--check {file.name}: no part of the package that is built for {made.name}; "
        "see its build constraints, and name --tags, --goos or --goarch"
    )
