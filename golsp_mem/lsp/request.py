"""What a request points at: the analysis of its document, and the place in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import frozen
from lsprotocol import types

from golsp_mem.analysis.heap.per_call import PerCall, function_on, per_call
from golsp_mem.lsp.documents import Document
from golsp_mem.lsp.packages import Item, Package, View
from golsp_mem.lsp.position_map import Shown
from golsp_mem.model import FunctionFacts, Position, Span
from golsp_mem.source.functions import DECLARATIONS, declared_name
from golsp_mem.source.syntax import GoFile

if TYPE_CHECKING:
    from golsp_mem.lsp.connection import GolspMemServer

CHANGED = "the text has changed since it was analysed"


@frozen(eq=False)
class Reading:
    """An open document with the analysis that is shown in it."""

    document: Document
    package: Package
    view: View
    shown: Shown

    @property
    def stale(self) -> str | None:
        """Why what is shown may not hold, in words; None when it does."""
        if self.package.problem is not None:
            return f"the last build failed: {self.package.problem}"
        return CHANGED if self.shown.outdated else None

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
        key = self.document.key
        if key not in self.package.syntax:
            raw = self.shown.analysed.text.encode("utf-8", "surrogateescape")
            self.package.syntax[key] = GoFile.parse(self.document.name, raw)
        return self.package.syntax[key]

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


def reading_of(server: GolspMemServer, uri: str) -> Reading | None:
    """The reading of an open document; None when nothing is known of its package yet."""
    document = server.documents.get(uri)
    package = server.workbench.known_package_of(document.name) if document else None
    if document is None or package is None or package.view is None:
        return None
    text = package.view.texts.get(document.key)
    if text is None:
        return None
    shown = Shown(text, document, server.session.client.encoding)
    return Reading(document, package, package.view, shown)


def per_call_of(reading: Reading, facts: FunctionFacts) -> PerCall:
    """What one call of a function of the document allocates by its own code."""
    file = reading.go_file()
    node = function_on(file, facts.line)
    if node is None:
        return PerCall()
    return per_call(file, node, reading.view.allocations_in(reading.document.key))


def link_to(server: GolspMemServer, position: Position) -> str:
    """An address that editors open at the place; empty for generated code."""
    if position.file.startswith("<"):
        return ""
    address = f"{server.session.uri_of(position.file)}#L{position.line}"
    return f"{address},{position.column}" if position.column else address
