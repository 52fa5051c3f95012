"""What a request points at: the analysis of its document, and the place in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from attrs import frozen
from lsprotocol import types

from golsp_mem.advice.per_call import LeftOut
from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.freed import Freed, freed_by_inlining
from golsp_mem.analysis.heap.per_call import PerCall, cost_of, function_on, per_call
from golsp_mem.analysis.inlining import inlining_of
from golsp_mem.analysis.variants import is_test
from golsp_mem.compiler.text.inlining import Inlining
from golsp_mem.compiler.text.liveness import Liveness
from golsp_mem.lsp.answers.position_map import PositionMap
from golsp_mem.lsp.client.abilities import Client
from golsp_mem.lsp.state.content import Item
from golsp_mem.lsp.state.documents import Document
from golsp_mem.lsp.state.packages import Package, Packages
from golsp_mem.lsp.state.session import Session
from golsp_mem.lsp.state.view import View
from golsp_mem.model import Finding, FunctionFacts, PackageAnalysis, Position, Span, Step
from golsp_mem.source.parts.functions import DECLARATIONS, declared_name
from golsp_mem.source.syntax import GoFile
from golsp_mem.toolchain.plans.live import live_facts

CHANGED = "the text has changed since it was analysed"
UNSAVED = "of text that is not saved; reasons and fixes come with the save"


@frozen(eq=False)
class Reading:
    """An open document with the analysis that is shown in it: all that a handler reads.

    ``link`` makes addresses that the client opens.
    """

    document: Document
    package: Package
    view: View
    shown: PositionMap
    client: Client
    link: Callable[[Position], str]

    @property
    def stale(self) -> str | None:
        """Why what is shown may not hold, in words; None when it does."""
        if self.package.problem is not None:
            return str(self.package.problem)
        if self.shown.outdated:
            return CHANGED
        return UNSAVED if self.view.unsaved else None

    @property
    def running(self) -> str | None:
        """That newer findings are on their way, and how old these are; None when they are not."""
        if not (self.package.building or self.package.is_due):
            return None
        age = time.monotonic() - self.view.made
        return f"as of {age:.0f} s ago; an analysis is running"

    @property
    def not_current(self) -> str | None:
        """Why what is shown may not hold, and how old it is; None when it does."""
        return "; ".join(filter(None, (self.stale, self.running))) or None

    @property
    def items(self) -> tuple[Item, ...]:
        """The findings of the document."""
        return self.view.items.get(self.document.key, ())

    @property
    def functions(self) -> tuple[FunctionFacts, ...]:
        """The functions of the document."""
        return self.view.functions.get(self.document.key, ())

    def go_file(self) -> GoFile:
        """The syntax of the analysed text, read once for each analysis."""
        file = self.view.derived.sources(self.document.name)
        assert file is not None
        return file

    def declarations(self) -> Iterator[tuple[str, int]]:
        """Symbol (without its package) and Go line of each declared function.

        Literals are passed over: to name them takes reading every body.
        """
        tree = self.go_file().tree
        for node in tree.root.named_children:
            if node.kind in DECLARATIONS:
                yield declared_name(tree, node), tree.line_of(node.start)

    def items_at(self, position: types.Position) -> list[Item]:
        """The findings at a place of the document, the smallest first."""
        place = self.shown.go_place(position)
        return self.view.at(self.document.key, *place) if place else []

    def items_in(self, range_: types.Range) -> list[Item]:
        """The findings that touch a range of the document."""
        touched = []
        for item in self.items:
            at = self.shown.range_of(item.finding.span)
            if at is not None and at.start <= range_.end and range_.start <= at.end:
                touched.append(item)
        return touched

    def function_named_at(self, position: types.Position) -> tuple[FunctionFacts, Span] | None:
        """The declared function whose name stands at a place, with the name's span."""
        place = self.shown.go_place(position)
        facts = self.view.function_on(self.document.key, place[0]) if place else None
        if place is None or facts is None:
            return None
        written = self.go_file().declaration_at(place[0])
        if written is None or not written.name_span.contains(*place):
            return None
        return facts, written.name_span

    def generic_named_at(self, position: types.Position) -> Span | None:
        """The name of the generic function there, of which the package has no code."""
        place = self.shown.go_place(position)
        found = self.view.uncompiled_in(self.document.key)
        if place is None or all(one.line != place[0] for one in found):
            return None
        written = self.go_file().declaration_at(place[0])
        if written is None or not written.name_span.contains(*place):
            return None
        return written.name_span

    def function_around(self, line: int) -> FunctionFacts | None:
        """The declared function whose lines a Go line is one of."""
        written = self.go_file().declaration_at(line)
        if written is None:
            return None
        return self.view.function_on(self.document.key, written.span.line)

    def per_call_of(self, facts: FunctionFacts) -> PerCall | None:
        """What one call of a function of the document allocates by its own code."""
        file = self.go_file()
        node = function_on(file, facts.line)
        if node is None:
            return None
        return per_call(file, node, self.view.allocations_in(self.document.key))

    def left_out(self, facts: FunctionFacts) -> LeftOut | None:
        """Why the settings leave some of what a function allocates out of its cost."""
        settings = self.view.settings
        written = self.go_file().declaration_at(facts.line)
        if written is None:
            return None
        lines = range(written.span.line, written.span.end_line + 1)
        mine = [
            finding
            for package in self.view.packages
            for finding in package.findings
            if finding.span.line in lines
            and finding.span.file == facts.file
            and not cost_of(finding).nothing
        ]
        hot = [finding for finding in mine if not settings.is_cold(finding)]
        if any(settings.severity_of(finding) is None for finding in hot):
            return LeftOut.OFF
        quiet = settings.cold_paths != "show"
        cold = [finding for finding in mine if settings.is_cold(finding)]
        if any(quiet or settings.severity_of(finding) is None for finding in cold):
            return LeftOut.COLD
        return None

    # Asked of the compiler

    @property
    def engine(self) -> Engine:
        """The engine of the view's package and settings."""
        return self.package.engine(self.view.settings)

    @property
    def _current(self) -> bool:
        """Whether the compiler would speak of the text that the findings are of."""
        package = self.package
        holds = package.view is self.view and not self.view.unsaved
        return holds and package.problem is None and self.running is None

    async def flow(
        self, analysed: PackageAnalysis, finding: Finding, seconds: float
    ) -> tuple[Step, ...]:
        """Why a finding's value escapes; empty when the compiler does not say, or not in time."""
        flows = self.view.derived.flows
        key = f"flow of {finding.code} {finding.fingerprint} at {finding.span}"
        if not self._current:
            return flows.answer(key) or ()
        ask = partial(self.engine.flow, analysed, finding)
        return await flows.ask(key, ask, seconds) or ()

    async def liveness(self, seconds: float) -> Liveness | None:
        """What is live at which call; None when the compiler does not say in time."""
        if not self._current:
            return None
        liveness = self.view.derived.liveness
        return await liveness.ask(f"liveness of {self.package.name}", self._live, seconds)

    async def inlining(self, seconds: float) -> tuple[Inlining, ...]:
        """Which functions of the document's package can be inlined; empty when the compiler does
        not say in time."""
        asked = self.view.derived.inlining
        name = self.document.name
        key = f"inlining with tests {is_test(name)}"
        if not self._current:
            return asked.answer(key) or ()
        return await asked.ask(key, self._inlining, seconds) or ()

    async def freed(self, facts: FunctionFacts, seconds: float) -> Freed | None:
        """What a function of the document would free if it were inlined."""
        asked = self.view.derived.freed
        key = f"freed by {facts.name}"
        if not self._current:
            return asked.answer(key)
        return await asked.ask(key, partial(self._freed, facts), seconds)

    async def _freed(self, facts: FunctionFacts) -> Freed | None:
        package = next((one for one in self.view.packages if facts in one.functions), None)
        if package is None:
            return None
        sources = self.view.derived.sources
        files = {path: file for path in package.files if (file := sources(path)) is not None}
        return await freed_by_inlining(await self.engine.direct(), facts, package, files)

    async def _inlining(self) -> tuple[Inlining, ...]:
        return await inlining_of(await self.engine.planner(), self.document.name)

    async def _live(self) -> Liveness:
        return await live_facts(await self.engine.planner(), tests=True)


def reading_of(session: Session, packages: Packages, uri: str) -> Reading | None:
    """The reading of an open document; None when nothing is known of its package yet."""
    document = session.documents.get(uri)
    package = packages.known(document.directory) if document else None
    if document is None or package is None or package.view is None:
        return None
    text = package.view.texts.get(document.key)
    if text is None:
        return None
    client = session.client
    shown = PositionMap(text, document, client.encoding)
    return Reading(document, package, package.view, shown, client, session.link_to)
