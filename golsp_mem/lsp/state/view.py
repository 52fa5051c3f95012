"""One analysis as the client sees it, and what was asked about it since."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define, evolve, field, frozen, setters

from golsp_mem.config import Settings
from golsp_mem.errors import ConfigError, UsageError
from golsp_mem.lsp.convert import Text, file_key
from golsp_mem.lsp.state.content import Content, Held, Item
from golsp_mem.lsp.state.files import read_text
from golsp_mem.lsp.state.questions import Questions
from golsp_mem.model import (
    Allocates,
    Analysis,
    Finding,
    FunctionFacts,
    GoVersion,
    PackageAnalysis,
    Position,
    Severity,
    Step,
    Uncompiled,
)
from golsp_mem.report.measured.profiles import newest, read_named, with_profiles
from golsp_mem.report.model import Configuration, Report, Shown
from golsp_mem.report.policy.judge import judged
from golsp_mem.source.syntax import GoFile

if TYPE_CHECKING:
    from golsp_mem.advice.fixes.confirm import Confirmed, Confirmer
    from golsp_mem.analysis.call_program import CallCost, CallProgram
    from golsp_mem.analysis.freed import Freed
    from golsp_mem.analysis.program import Program
    from golsp_mem.compiler.text.inlining import Inlining
    from golsp_mem.compiler.text.liveness import Liveness

T = TypeVar("T")


@define(eq=False)
class TextSources:
    """The syntax of the texts that an analysis saw, by path; of other files what the disk has.

    A text is parsed when it is asked for, and once.
    """

    texts: Mapping[str, Text]
    parsed: dict[str, GoFile | None] = field(init=False, factory=dict)

    @classmethod
    def after(cls, texts: Mapping[str, Text], *earlier: TextSources) -> TextSources:
        """Those of texts of which some are as they were: a save changes one of a package."""
        made = cls(texts)
        for one in earlier:
            for path, file in one.parsed.items():
                text = texts.get(file_key(path))
                if file is not None and text is not None and text.raw == file.text:
                    made.parsed[path] = file
        return made

    def __call__(self, path: str) -> GoFile | None:
        if path not in self.parsed:
            raw = self.text(path)
            self.parsed[path] = None if raw is None else GoFile.parse(path, raw)
        return self.parsed[path]

    def text(self, path: str) -> bytes | None:
        """The bytes of a file; None when it cannot be read."""
        text = self.texts.get(file_key(path)) or read_text(path)
        return None if text is None else text.raw


@frozen
class Places:
    """The findings of a file by line; those of more than one line lie apart. In their order."""

    _by_line: Mapping[int, Sequence[tuple[int, Item]]]
    _longer: Sequence[tuple[int, Item]]

    @classmethod
    def of(cls, items: Iterable[Item]) -> Places:
        by_line: dict[int, list[tuple[int, Item]]] = {}
        longer = []
        for numbered in enumerate(items):
            span = numbered[1].finding.span
            if span.line == span.end_line:
                by_line.setdefault(span.line, []).append(numbered)
            else:
                longer.append(numbered)
        return cls(by_line, longer)

    def on(self, line: int) -> list[Item]:
        """Those that may touch a line."""
        found = [*self._by_line.get(line, ()), *self._longer]
        return [item for _, item in sorted(found, key=lambda one: one[0])]


@define(eq=False)
class Derived:
    """What was worked out of one view, when somebody looked. It dies with the view."""

    sources: TextSources
    flows: Questions[tuple[Step, ...]] = field(init=False, factory=Questions)
    liveness: Questions[Liveness] = field(init=False, factory=Questions)
    inlining: Questions[tuple[Inlining, ...]] = field(init=False, factory=Questions)
    freed: Questions[Freed | None] = field(init=False, factory=Questions)
    programs: Questions[Program] = field(init=False, factory=Questions)
    calls: Questions[tuple[CallCost, ...]] = field(init=False, factory=Questions)
    # What was found out unasked, by document and function.
    ahead: dict[str, dict[str, CallCost]] = field(init=False, factory=dict)
    # By whether the test variants are meant.
    call_programs: dict[bool, CallProgram] = field(init=False, factory=dict)
    confirmed: dict[str, bool] = field(init=False, factory=dict)
    fixes: Questions[tuple[Confirmed, ...]] = field(init=False, factory=Questions)
    # By whether the test variants are meant.
    confirmers: dict[bool, Confirmer] = field(init=False, factory=dict)
    allocations: dict[str, list[Finding]] = field(init=False, factory=dict)
    # By file: what `View.at` and `View.function_on` look up in one of thousands of findings.
    places: dict[str, Places] = field(init=False, factory=dict)
    functions: dict[str, dict[int, FunctionFacts]] = field(init=False, factory=dict)
    _unfinished: set[asyncio.Task[object]] = field(init=False, factory=set)

    def finish(self, work: asyncio.Task[object]) -> None:
        """Let go on what nobody waits for any more: its answers are remembered."""
        self._unfinished.add(work)
        work.add_done_callback(self._unfinished.discard)

    @property
    def _questions(self) -> tuple[Questions[Any], ...]:
        return (
            self.flows, self.liveness, self.inlining, self.freed, self.programs, self.calls,
            self.fixes,
        )  # fmt: skip

    @property
    def is_asked(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._unfinished) or any(one.is_open for one in self._questions)

    def close(self) -> None:
        """End the questions that are open."""
        for one in self._questions:
            one.close()
        for work in self._unfinished:
            work.cancel()


@define(eq=False, on_setattr=setters.frozen)
class View:
    """One analysis of one directory, with the texts that it saw.

    The mappings are by file (`file_key`); ``names`` are the native names as Go spells them,
    ``counts`` how many findings are shown. To ask for more than the fields wakes one that rests.
    Files outside the directory are left out (the compiler reports instantiated generic code
    where it is declared). ``number`` grows with every analysis of the server. ``tests``: whether
    test variants were compiled for it. ``unsaved``: some texts are not those of the disk.
    ``uncompiled`` are generic functions of which nothing was compiled.
    """

    number: int
    directory: str
    go: GoVersion
    settings: Settings
    names: Mapping[str, str]
    counts: Mapping[str, int]
    held: Held
    tests: bool = True
    unsaved: bool = False
    uncompiled: frozenset[Uncompiled] = frozenset()
    made: float = field(factory=time.monotonic)
    _derived: Derived | None = field(default=None, on_setattr=setters.NO_OP)

    @property
    def packages(self) -> tuple[PackageAnalysis, ...]:
        return self.held.content().packages

    @property
    def texts(self) -> Mapping[str, Text]:
        return self.held.content().texts

    @property
    def items(self) -> Mapping[str, tuple[Item, ...]]:
        return self.held.content().items

    @property
    def functions(self) -> Mapping[str, tuple[FunctionFacts, ...]]:
        return self.held.content().functions

    @property
    def allocations(self) -> Mapping[str, tuple[Finding, ...]]:
        return self.held.content().allocations

    @property
    def derived(self) -> Derived:
        if self._derived is None:
            self._derived = Derived(TextSources(self.texts))
        return self._derived

    @property
    def known_sources(self) -> tuple[TextSources, ...]:
        """What was parsed of it."""
        return () if self._derived is None else (self._derived.sources,)

    @property
    def is_asked(self) -> bool:
        """Whether somebody waits for something that is worked out of it."""
        return self._derived is not None and self._derived.is_asked

    def rest(self) -> None:
        """Lie by until somebody looks; what was worked out of it is forgotten."""
        self.close()
        self._derived = None
        self.held.pack()

    def close(self) -> None:
        """End the questions that are open."""
        if self._derived is not None:
            self._derived.close()

    def with_tests_of(self, older: View, *, changed: bool) -> View:
        """This view of the package without its tests, with what ``older`` knows of ``_test.go``
        files; with ``changed`` also of those whose text is another now."""
        own, before = self.held.content(), older.held.content()
        kept = {
            key: text
            for key, text in before.texts.items()
            if key.endswith("_test.go") and key not in own.functions and key in own.texts
            and (changed or own.texts[key].text == text.text)
        }  # fmt: skip
        key_of = cache(file_key)
        allocations = {
            function: found
            for function, found in before.allocations.items()
            if key_of(found[0].span.file) in kept
        }
        content = Content(
            packages=own.packages,
            texts={**own.texts, **kept},
            items={**_of(before.items, kept), **own.items},
            functions={**_of(before.functions, kept), **own.functions},
            allocations={**allocations, **own.allocations},
        )
        made = self._of(content, {**_of(older.names, kept), **self.names}, older)
        # Whatever tests instantiate has code.
        known = {one.function for one in older.uncompiled}
        return evolve(
            made, uncompiled=frozenset(one for one in self.uncompiled if one.function in known)
        )

    def completed_by(self, older: View) -> View:
        """This view, with what ``older`` knows of files of which nothing was compiled now."""
        own, before = self.held.content(), older.held.content()
        gone = [key for key in before.items if key not in own.functions]
        content = Content(
            packages=own.packages,
            texts={**own.texts, **_of(before.texts, gone)},
            items={**own.items, **_of(before.items, gone)},
            functions={**before.functions, **own.functions},
            allocations={**before.allocations, **own.allocations},
        )
        return self._of(content, {**older.names, **self.names}, older)

    def without(self, gone: Set[str], number: int) -> View | None:
        """This view, as ``number``, with nothing of those files; None if nothing is left."""
        own = self.held.content()
        texts = {key: text for key, text in own.texts.items() if key not in gone}
        if len(texts) == len(own.texts):
            return self
        functions = {key: one for key, one in own.functions.items() if key not in gone}
        if not functions:
            return None
        key_of = cache(file_key)
        content = Content(
            packages=own.packages,
            texts=texts,
            items={key: found for key, found in own.items.items() if key not in gone},
            functions=functions,
            allocations={
                function: found
                for function, found in own.allocations.items()
                if key_of(found[0].span.file) not in gone
            },
        )
        names = {key: name for key, name in self.names.items() if key not in gone}
        return evolve(self._of(content, names, self), number=number)

    def _of(self, content: Content, names: Mapping[str, str], older: View) -> View:
        earlier = (*older.known_sources, *self.known_sources)
        derived = Derived(TextSources.after(content.texts, *earlier))
        counts = {key: len(found) for key, found in content.items.items()}
        return evolve(self, names=names, counts=counts, held=Held(content), derived=derived)

    def at(self, key: str, line: int, column: int) -> list[Item]:
        """The shown findings at a place of a file, the smallest span first."""
        places = self.derived.places.get(key)
        if places is None:
            places = self.derived.places[key] = Places.of(self.items.get(key, ()))
        hits = [one for one in places.on(line) if one.finding.span.contains(line, column)]
        return sorted(hits, key=lambda item: _extent(item.finding))

    def function_on(self, key: str, line: int) -> FunctionFacts | None:
        """The function that is declared on a line of a file."""
        known = self.derived.functions.get(key)
        if known is None:
            known = self.derived.functions[key] = {}
            for facts in self.functions.get(key, ()):
                known.setdefault(facts.line, facts)
        return known.get(line)

    def uncompiled_in(self, key: str) -> list[Uncompiled]:
        """The generic functions of a file of which nothing was compiled."""
        return [one for one in self.uncompiled if file_key(one.file) == key]

    def allocations_of(self, function: str) -> tuple[Finding, ...]:
        """The shown findings of a function (by its symbol)."""
        return self.allocations.get(function, ())

    def leaves_out(self, key: str) -> bool:
        """Whether a file lies in the directory and was no part of the build."""
        built = {file_key(file) for package in self.packages for file in package.files}
        return key in self.texts and key not in built

    def allocations_in(self, key: str) -> tuple[Finding, ...]:
        """The shown findings of a file."""
        by_file = self.derived.allocations
        if not by_file:
            key_of = cache(file_key)
            for found in self.allocations.values():
                for finding in found:
                    by_file.setdefault(key_of(finding.span.file), []).append(finding)
        return tuple(by_file.get(key, ()))


def _of(found: Mapping[str, T], keys: Iterable[str]) -> dict[str, T]:
    return {key: found[key] for key in keys if key in found}


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
    *,
    tests: bool = True,
    last: View | None = None,
) -> View:
    """The view of a directory (`file_key`) from the packages that were found in it; ``last`` is the
    one before."""
    items: dict[str, list[Item]] = {}
    functions: dict[str, list[FunctionFacts]] = {}
    names: dict[str, str] = {}
    allocations: dict[str, list[Finding]] = {}
    key_of = cache(file_key)  # thousands of findings, a handful of files
    earlier = () if last is None else last.known_sources
    sources = TextSources.after(texts, *earlier)
    for package in packages:
        for finding in package.findings:
            silent = finding.allocates is Allocates.NEVER or finding.bookkeeping
            off = settings.severity_of(finding) is None
            quiet = settings.cold_paths != "show" and settings.is_cold(finding)
            if not (silent or off or quiet) and key_of(finding.span.file) in texts:
                allocations.setdefault(finding.function, []).append(finding)
        for facts in package.functions:
            key = key_of(facts.file)
            if key in texts:
                functions.setdefault(key, []).append(facts)
    by_path = {package.import_path: package for package in packages}
    report = _judged(directory, go, settings, packages, sources)
    for one in report.for_people:
        finding = one.finding
        key = key_of(finding.span.file)
        if key in texts:
            names[key] = finding.span.file
            package = by_path[finding.package]
            items.setdefault(key, []).append(_item(one, package, report, settings))
    shown = {
        key: tuple(sorted(found, key=lambda item: item.finding.sort_key))
        for key, found in items.items()
    }
    content = Content(
        packages=packages,
        texts=texts,
        items=shown,
        functions={
            key: tuple(sorted(found, key=lambda facts: facts.line))
            for key, found in functions.items()
        },
        allocations={function: tuple(found) for function, found in allocations.items()},
    )
    counts = {key: len(found) for key, found in shown.items()}
    return View(
        number, directory, go, settings, names, counts, Held(content), tests=tests,
        uncompiled=frozenset(report.uncompiled), derived=Derived(sources),
    )  # fmt: skip


def report_of_view(view: View) -> Report:
    """The findings of a view as a report, without what profiles say."""
    settings = evolve(view.settings, profile=())
    return _judged(view.directory, view.go, settings, view.packages, view.derived.sources)


def _judged(
    directory: str,
    go: GoVersion,
    settings: Settings,
    packages: tuple[PackageAnalysis, ...],
    sources: TextSources,
) -> Report:
    """What comments, contracts, budgets and left out files make of the findings."""
    made = Configuration(go.version, go.goos, go.goarch, settings.tags, tests=True, build=go.build)
    # In an editor, what runs seldom is quiet unless somebody wants it otherwise.
    settings = evolve(settings, cold_paths=settings.cold_paths or "quiet")
    [one] = judged([(made, Analysis(go, packages, 0.0))], settings, Path(directory), sources)
    return _measured(one.report, settings, packages)


def _measured(report: Report, settings: Settings, packages: tuple[PackageAnalysis, ...]) -> Report:
    """The report with what the newest profile counted. One that cannot be read, or that knows
    nothing of the packages, counts nothing: the program may have several."""
    path = newest(settings.profile) if settings.profile else None
    if path is None:
        return report
    functions = {
        facts.name: Position(facts.file, facts.line)
        for package in packages
        for facts in package.functions
    }
    frames = {facts.name: facts.frame_bytes for package in packages for facts in package.functions}
    try:
        named = [read_named(path, Path(report.directory))]
        return with_profiles(report, functions, named, frames)[0]
    except (ConfigError, UsageError):
        return report


def _item(one: Shown, package: PackageAnalysis, report: Report, settings: Settings) -> Item:
    share = 0.0
    if one.measured is not None and report.measurement is not None:
        share = one.measured.bytes / max(1, report.measurement.bytes)
    severity = one.severity
    if share * 100 >= settings.hot and one.measured is not None:
        loud = Severity.WARNING if share * 100 >= 10 * settings.hot else Severity.INFORMATION
        severity = max(severity, loud, key=lambda level: level.rank)
    return Item(one.finding, severity, package, one.cold, one.measured, share)
