"""``textDocument/codeLens``: what a call costs, above each function that allocates."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from golsp_mem.advice.hover import allocations_of
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.features.explain import COMMAND
from golsp_mem.lsp.refresh import refresh_after_changes
from golsp_mem.lsp.request import Reading, reading_of
from golsp_mem.model import Finding, FunctionFacts, Span


def register(server: GolspMemServer) -> None:
    """Register the handler, and have the client ask again after each analysis."""

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions())
    def code_lens(ls: GolspMemServer, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        reading = reading_of(ls, params.text_document.uri)
        if reading is None or not reading.view.settings.code_lens:
            return None
        lenses = []
        for facts in declared(reading):
            title = title_of(facts, reading.view.allocations_of(facts.name))
            place = reading.shown.range_of(Span(facts.file, facts.line, 1, facts.line, 1))
            if title is None or place is None:
                continue
            where = {
                "uri": reading.document.uri,
                "position": {"line": place.start.line, "character": place.start.character},
            }
            command = types.Command(title=title, command=COMMAND, arguments=[where])
            lenses.append(types.CodeLens(range=place, command=command))
        return lenses

    refresh_after_changes(
        server, lambda client: client.refresh_code_lenses, server.workspace_code_lens_refresh
    )


def declared(reading: Reading) -> list[FunctionFacts]:
    """The compiled body of each declared function; of a generic one's the largest frame's."""
    bodies: dict[int, list[FunctionFacts]] = {}
    for facts in reading.functions:
        bodies.setdefault(facts.line, []).append(facts)
    chosen = []
    for name, line in reading.declarations():
        # A literal may share the line.
        here = bodies.get(line, [])
        exact = [facts for facts in here if facts.name.endswith(f".{name}")]
        if exact or here:
            chosen.append(max(exact or here, key=lambda facts: facts.frame_bytes))
    return chosen


def title_of(facts: FunctionFacts, findings: Sequence[Finding]) -> str | None:
    """``3 allocations · 112 B per call · frame 288 B``; None for one without allocations."""
    heap = [finding for finding in findings if finding.code.is_heap]
    if not heap:
        return None
    count, total = allocations_of(heap)
    conditional = len(heap) - count
    unknown = any(f.bytes is None and f.size_class is None for f in heap)
    parts = []
    if count:
        parts.append(f"{count} allocation{'s' if count > 1 else ''}")
    if conditional:
        parts.append(f"{conditional} conditional")
    if total:
        parts.append(f"{'≥ ' if unknown or conditional else ''}{total} B per call")
    parts.append(f"frame {facts.frame_bytes} B")
    return " · ".join(parts)
