"""``textDocument/inlayHint``: the size of each allocation at the end of its expression."""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.advice.measured import percent
from golsp_mem.analysis.sizes import size_text
from golsp_mem.compiler.types import basic_type
from golsp_mem.lsp.answers.refresh import refresh_after_changes
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.state.content import Item
from golsp_mem.model import Allocates, Code, Finding


def register(server: GolspMemServer) -> None:
    """Register the handler, and have the client ask again after each analysis."""

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hint(
        ls: GolspMemServer, params: types.InlayHintParams
    ) -> list[types.InlayHint] | None:
        reading = ls.reading(params.text_document.uri)
        if reading is None or not reading.view.settings.inlay_hints:
            return None
        ends: dict[tuple[int, int], list[Item]] = {}
        for item in reading.items_in(params.range):
            place = reading.shown.range_of(item.finding.span)
            if place is not None and item.finding.code.row.in_hints and not item.cold:
                ends.setdefault((place.end.line, place.end.character), []).append(item)
        return [
            _hint(types.Position(*end), items, reading.view.go.goarch)
            for end, items in sorted(ends.items())
        ]

    refresh_after_changes(
        server.analyses,
        server.session,
        lambda client: client.refresh_inlay_hints,
        server.workspace_inlay_hint_refresh,
    )


def _hint(end: types.Position, items: list[Item], goarch: str) -> types.InlayHint:
    labels = list(dict.fromkeys(_measured(item, label_of(item.finding, goarch)) for item in items))
    return types.InlayHint(
        position=end,
        label=" + ".join(labels),
        tooltip="\n".join(item.finding.message for item in items),
        padding_left=True,
    )


def _measured(item: Item, label: str) -> str:
    return label if item.measured is None else f"{label} · {percent(item.share)}"


def label_of(finding: Finding, goarch: str) -> str:
    """``heap 48 B``, ``heap n × 8 B``, ``sometimes heap 16 B``, ``may grow``."""
    if finding.code.row.grows:
        return "may grow"
    size = finding.taken
    if finding.code is Code.HEAP_MAKE_SLICE and size is None and finding.type:
        # The type is the element's; that no elements take no block goes without saying.
        element = basic_type(finding.type, goarch)
        return "heap n elements" if element is None else f"heap n × {element.size} B"
    word = "heap" if finding.allocates is Allocates.ALWAYS else "sometimes heap"
    return word if size is None else f"{word} {size_text(size)}"
