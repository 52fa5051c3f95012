"""Reasons and findings of each line, those that were worked out before among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import cast

from attrs import define, field, frozen

from golsp_mem.analysis.again import Noting, Remembered, Sources
from golsp_mem.analysis.compiled import CompiledPackage, Copy
from golsp_mem.analysis.heap.asking import PackageFacts, Place
from golsp_mem.analysis.heap.groups import Group
from golsp_mem.analysis.heap.reasons import Reasons, reasons_of
from golsp_mem.model import Finding, Message, Span
from golsp_mem.source.syntax import GoFile

Judge = Callable[[PackageFacts, Sequence[Group], Reasons, Sources], list[Finding]]


@define(eq=False)
class KnownLines:
    """What is known of the lines of one variant of a package, compiled by one Go."""

    reasons: Remembered[Reasons] = field(factory=Remembered)
    findings: Remembered[list[Finding]] = field(factory=Remembered)

    def drop_unused(self) -> None:
        self.reasons.drop_unused()
        self.findings.drop_unused()


@frozen(eq=False)
class Lines:
    """The lines of one package as it was compiled; ``known`` None: who reads it once."""

    package: CompiledPackage
    sources: Sources
    known: KnownLines | None

    def reasons(self, place: Place, here: Sequence[Group]) -> Reasons:
        """What the compiler says of the causes on a line."""

        if self.known is None:
            return reasons_of(self.package, place, here, self.sources(place[0]))

        def work(noting: Noting) -> Reasons:
            return reasons_of(self._noted(noting), place, here, noting.parts(place[0]))

        return self.known.reasons.of(place, here, self.package, self.sources, work)

    def findings(
        self, place: Place, here: Sequence[Group], reasons: Reasons, judge: Judge
    ) -> list[Finding]:
        """What ``judge`` makes of the causes on a line."""

        if self.known is None:
            return judge(self.package, here, reasons, self.sources)

        def work(noting: Noting) -> list[Finding]:
            return judge(self._noted(noting), here, reasons, noting.parts)

        return self.known.findings.of(place, (here, reasons), self.package, self.sources, work)

    def _noted(self, noting: Noting) -> NotedFacts:
        package = self.package
        return NotedFacts(package.import_path, package.own_files, package.makes_anew, noting)


@frozen(eq=False)
class NotedFacts:
    """The same, noted. What is one plan's (the package's path, its files, its language) is not."""

    import_path: str
    own_files: frozenset[str]
    makes_anew: Callable[[GoFile, Span], bool]
    noting: Noting

    def said(self, file: str, line: int) -> Sequence[Message]:
        return cast("Sequence[Message]", self.noting.ask("said", file, line))

    def bound_at(self, file: str, line: int) -> Set[str]:
        return cast("Set[str]", self.noting.ask("bound_at", file, line))

    def places_of(self, function: str) -> Set[Place]:
        return cast("Set[Place]", self.noting.ask("places_of", function))

    def copies_of(self, function: str, *, tests: bool) -> int:
        return cast("int", self.noting.ask("copies_of", function, tests=tests))

    def copies_in_tests(self, function: str) -> int:
        return cast("int", self.noting.ask("copies_in_tests", function))

    def file_of(self, copy: Copy) -> str:
        return cast("str", self.noting.ask("file_of", copy))

    def moves_slices(self, copy: Copy) -> bool:
        return cast("bool", self.noting.ask("moves_slices", copy))
