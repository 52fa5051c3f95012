"""``textDocument/hover``: what a finding is and why, what a function costs.

Short, and under headings of its own: gopls answers the same hover in the same window.
"""

from __future__ import annotations

import asyncio

from lsprotocol import types

from golsp_mem.advice.hover import finding_markdown, function_markdown
from golsp_mem.advice.markdown import code, text
from golsp_mem.advice.measured import measured_words
from golsp_mem.analysis.lifetime.last_use import last_needed
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.convert import file_key
from golsp_mem.lsp.state.view import Item
from golsp_mem.model import Position
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import variable_at

# A person waits for a hover. What the compiler has not told by then is left out; it is there
# when the pointer comes back.
FLOW_SECONDS = 3.0
LIVE_SECONDS = 3.0

# Boxing in a variadic call may put several findings in one place.
MOST_FINDINGS = 3


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: GolspMemServer, params: types.HoverParams) -> types.Hover | None:
        reading = ls.reading(params.text_document.uri)
        if reading is None:
            return None
        items = reading.items_at(params.position)
        if items:
            return await _findings(reading, items)
        return _function(reading, params.position) or await _variable(reading, params.position)


async def _findings(reading: Reading, items: list[Item]) -> types.Hover:
    parts = []
    clock = asyncio.get_running_loop()
    deadline = clock.time() + FLOW_SECONDS
    for item in items[:MOST_FINDINGS]:
        # A broken promise is explained by what breaks it.
        breach = item.finding.breach
        finding = breach.allocation if breach else item.finding
        flow = await reading.flow(item.package, finding, deadline - clock.time())
        markdown = finding_markdown(
            finding,
            flow or finding.reason,
            reading.view.go.version,
            link=reading.link,
            stale=reading.stale,
            source=_source(reading, item),
        )
        if breach:
            markdown = f"**contract** {text(breach.promise)}\n\n{markdown}"
        if item.measured is not None:
            words = measured_words(item.measured, item.share)
            markdown += f"\n_{words[0].upper()}{words[1:]}._\n"
        parts.append(markdown)
    place = reading.shown.range_of(items[0].finding.span)
    return _hover("\n---\n\n".join(parts), place)


def _function(reading: Reading, position: types.Position) -> types.Hover | None:
    found = reading.function_named_at(position)
    if found is None:
        return None
    facts, name = found
    findings = reading.view.allocations_of(facts.name)
    cost = reading.per_call_of(facts)
    markdown = function_markdown(facts, findings, cost, link=reading.link)
    if reading.stale:
        markdown = f"_Not up to date: {text(reading.stale)}_\n\n{markdown}"
    return _hover(markdown, reading.shown.range_of(name))


async def _variable(reading: Reading, position: types.Position) -> types.Hover | None:
    """Until where a variable keeps its block alive; nothing for text that was not compiled."""
    place = reading.shown.go_place(position)
    if place is None or reading.stale is not None:
        return None
    file = reading.go_file()
    here = file.tree.offset(*place)
    node = file.tree.smallest(here, min(here + 1, len(file.text)))
    if node.kind != "identifier" or variable_at(file, node) is None:
        return None
    live = await reading.liveness(LIVE_SECONDS)
    found = last_needed(file, live, Position(file.path, *place)) if live is not None else None
    if found is None:
        return None
    markdown = f"**{code(found.variable)}**: {text(found.text)}.\n"
    return _hover(markdown, reading.shown.range_of(file.tree.node_span(node)))


def _source(reading: Reading, item: Item) -> GoFile | None:
    """The finding's file, where that is the one that is open."""
    return reading.go_file() if file_key(item.finding.span.file) == reading.document.key else None


def _hover(markdown: str, place: types.Range | None) -> types.Hover:
    contents = types.MarkupContent(types.MarkupKind.Markdown, markdown)
    return types.Hover(contents=contents, range=place)
