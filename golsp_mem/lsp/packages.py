"""What is known of each package: the last good analysis and whether it still holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from attrs import define, evolve, field, frozen

from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.analysis.engine import Engine
from golsp_mem.compiler.liveness import Liveness
from golsp_mem.config import Settings
from golsp_mem.lsp.convert import Text, file_key
from golsp_mem.model import (
    Allocates,
    Analysis,
    Finding,
    FunctionFacts,
    GoVersion,
    PackageAnalysis,
    Severity,
    Step,
)
from golsp_mem.report.model import Configuration, Report
from golsp_mem.report.policy import judged
from golsp_mem.source.syntax import GoFile

# Name, time of change (ns) and size of each Go file: equal when nothing was written since.
Footprint = tuple[tuple[str, int, int], ...]


class State(StrEnum):
    """How a package stands, as `golsp-mem/status` tells editors."""

    IDLE = "idle"
    BUILDING = "building"
    STALE = "stale"
    FAILED = "failed"


@frozen
class Item:
    """A finding that is shown, with its severity and the package that it came with."""

    finding: Finding
    severity: Severity
    package: PackageAnalysis


@frozen(eq=False)
class View:
    """One analysis of one directory, with the texts that it saw.

    The mappings are by file (`file_key`); ``names`` are the native names as Go spells them.
    Files outside the directory are left out (the compiler reports instantiated generic code
    where it is declared). ``number`` grows with every analysis of the server.
    """

    number: int
    directory: str
    go: GoVersion
    settings: Settings
    packages: tuple[PackageAnalysis, ...]
    texts: Mapping[str, Text]
    names: Mapping[str, str]
    items: Mapping[str, tuple[Item, ...]]
    functions: Mapping[str, tuple[FunctionFacts, ...]]
    allocations: Mapping[str, tuple[Finding, ...]]

    def completed_by(self, older: View) -> View:
        """This view, with what ``older`` knows of files of which nothing was compiled now."""
        gone = [key for key in older.items if key not in self.functions]
        return evolve(
            self,
            texts={**self.texts, **{key: older.texts[key] for key in gone}},
            names={**older.names, **self.names},
            items={**self.items, **{key: older.items[key] for key in gone}},
            functions={**older.functions, **self.functions},
            allocations={**older.allocations, **self.allocations},
        )

    def at(self, key: str, line: int, column: int) -> list[Item]:
        """The shown findings at a place of a file, the smallest span first."""
        hits = [
            item for item in self.items.get(key, ()) if item.finding.span.contains(line, column)
        ]
        return sorted(hits, key=lambda item: _extent(item.finding))

    def function_on(self, key: str, line: int) -> FunctionFacts | None:
        """The function that is declared on a line of a file."""
        return next((facts for facts in self.functions.get(key, ()) if facts.line == line), None)

    def allocations_of(self, function: str) -> tuple[Finding, ...]:
        """The shown findings of a function (by its symbol)."""
        return self.allocations.get(function, ())

    def allocations_in(self, key: str) -> list[Finding]:
        """The shown findings of a file."""
        name = self.names.get(key)
        return [
            finding
            for found in self.allocations.values()
            for finding in found
            if finding.span.file == name
        ]


def _extent(finding: Finding) -> tuple[int, int]:
    span = finding.span
    return (span.end_line - span.line, span.end_column - span.column)


def view_of(
    number: int,
    directory: str,
    go: GoVersion,
    settings: Settings,
    packages: tuple[PackageAnalysis, ...],
    texts: Mapping[str, Text],
) -> View:
    """The view of a directory (`file_key`) from the packages that were found in it."""
    items: dict[str, list[Item]] = {}
    functions: dict[str, list[FunctionFacts]] = {}
    names: dict[str, str] = {}
    allocations: dict[str, list[Finding]] = {}
    key_of = cache(file_key)  # thousands of findings, a handful of files
    for package in packages:
        for finding in package.findings:
            silent = finding.allocates is Allocates.NEVER or finding.bookkeeping
            off = settings.severity_of(finding) is None
            if not (silent or off) and key_of(finding.span.file) in texts:
                allocations.setdefault(finding.function, []).append(finding)
        for facts in package.functions:
            key = key_of(facts.file)
            if key in texts:
                functions.setdefault(key, []).append(facts)
    by_path = {package.import_path: package for package in packages}
    for one in _judged(directory, go, settings, packages).for_people:
        finding = one.finding
        key = key_of(finding.span.file)
        if key in texts:
            names[key] = finding.span.file
            package = by_path[finding.package]
            items.setdefault(key, []).append(Item(finding, one.severity, package))
    return View(
        number,
        directory,
        go,
        settings,
        packages,
        texts,
        names,
        {
            key: tuple(sorted(found, key=lambda item: item.finding.sort_key))
            for key, found in items.items()
        },
        {key: tuple(sorted(found, key=lambda f: f.line)) for key, found in functions.items()},
        {function: tuple(found) for function, found in allocations.items()},
    )


def _judged(
    directory: str, go: GoVersion, settings: Settings, packages: tuple[PackageAnalysis, ...]
) -> Report:
    """What comments, contracts, budgets and left out files make of the findings."""
    made = Configuration(go.version, go.goos, go.goarch, settings.tags, tests=True)
    analysis = Analysis(go, packages, 0.0)
    [one] = judged([(made, analysis)], settings, Path(directory), SourceCache())
    return one.report


@define(eq=False)
class Package:
    """One directory: its last good view, and why it may no longer hold.

    ``directory`` is its `file_key`, ``name`` how the client reaches it. ``problem`` is the
    one-line reason of the last failure, None after a success. ``asked``: somebody asked for
    the whole workspace, so it shows without an open file. ``closed`` are the files that were
    closed since: they stay quiet until they are opened or asked for again. ``dependencies`` are
    the directories (`file_key`) that it was compiled with, None when nobody knows. ``edited`` is
    when text was written that its importers have not seen, None for never; ``began`` when its
    last run did (seconds of time.monotonic).
    """

    directory: str
    name: str
    view: View | None = None
    problem: str | None = None
    building: bool = False
    asked: bool = False
    closed: set[str] = field(factory=set)
    dependencies: frozenset[str] | None = None
    edited: float | None = None
    began: float = 0.0
    seen: Footprint = ()
    engine: Engine | None = None
    flows: dict[str, tuple[Step, ...]] = field(factory=dict)
    confirmed: dict[str, bool] = field(factory=dict)
    asked_flow: asyncio.Task[None] | None = None
    live: tuple[int, Liveness | None] | None = None
    asked_live: asyncio.Task[None] | None = None
    syntax: dict[str, GoFile] = field(factory=dict)

    @property
    def state(self) -> State:
        if self.building:
            return State.BUILDING
        if self.problem is None:
            return State.IDLE
        return State.STALE if self.view else State.FAILED

    def accept(self, view: View) -> None:
        self.view, self.problem = view, None
        self.flows.clear()
        self.confirmed.clear()
        self.syntax.clear()
        self.live = None

    def fail(self, problem: str) -> None:
        self.problem = problem


class Packages:
    """Every directory that was analysed or is about to be, by `file_key`."""

    def __init__(self) -> None:
        self._by_directory: dict[str, Package] = {}

    def __iter__(self) -> Iterator[Package]:
        return iter(list(self._by_directory.values()))

    def at(self, name: str) -> Package:
        """The package in a directory (its native name), a new one when it is not known yet."""
        directory = file_key(name)
        return self._by_directory.setdefault(directory, Package(directory, name))

    def known(self, directory: str) -> Package | None:
        return self._by_directory.get(directory)

    def drop(self, directory: str) -> None:
        self._by_directory.pop(directory, None)
