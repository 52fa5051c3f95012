"""``textDocument/inlayHint``: the size of each allocation at the end of its expression."""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.packages import Item
from golsp_mem.lsp.reading import reading_of
from golsp_mem.lsp.refresh import refresh_after_changes
from golsp_mem.model import Allocates, Code, Finding

# They allocate when what is there is full: the size is that of the growth, not of the value.
GROWING = frozenset({Code.HEAP_APPEND, Code.HEAP_MAP_INSERT})

# Sizes of Go's predeclared types on 64-bit platforms (spec, "Size and alignment guarantees").
ELEMENT_BYTES = {
    **dict.fromkeys(("bool", "byte", "int8", "uint8"), 1),
    **dict.fromkeys(("int16", "uint16"), 2),
    **dict.fromkeys(("float32", "int32", "rune", "uint32"), 4),
    **dict.fromkeys(("complex64", "float64", "int64", "uint64"), 8),
    **dict.fromkeys(("complex128", "string"), 16),
}


def register(server: GolspMemServer) -> None:
    """Register the handler, and have the client ask again after each analysis."""

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hint(
        ls: GolspMemServer, params: types.InlayHintParams
    ) -> list[types.InlayHint] | None:
        reading = reading_of(ls, params.text_document.uri)
        if reading is None or not reading.view.settings.inlay_hints:
            return None
        ends: dict[tuple[int, int], list[Item]] = {}
        for item in reading.items_in(params.range):
            place = reading.shown.range_of(item.finding.span)
            if place is not None and item.finding.code.startswith("heap-"):
                ends.setdefault((place.end.line, place.end.character), []).append(item)
        return [_hint(types.Position(*end), items) for end, items in sorted(ends.items())]

    refresh_after_changes(
        server, lambda client: client.refresh_inlay_hints, server.workspace_inlay_hint_refresh
    )


def _hint(end: types.Position, items: list[Item]) -> types.InlayHint:
    labels = list(dict.fromkeys(label_of(item.finding) for item in items))
    return types.InlayHint(
        position=end,
        label=" + ".join(labels),
        tooltip="\n".join(item.finding.message for item in items),
        padding_left=True,
    )


def label_of(finding: Finding) -> str:
    """``heap 48 B``, ``heap n×8 B``, ``may heap 16 B``, ``may grow``."""
    if finding.code in GROWING:
        return "may grow"
    word = "heap" if finding.allocates is Allocates.ALWAYS else "may heap"
    size = finding.size_class or finding.bytes
    if size is not None:
        return f"{word} {size} B"
    element = element_bytes(finding.type)
    if finding.code is Code.HEAP_MAKE_SLICE and element is not None:
        return f"{word} n×{element} B"
    return word


def element_bytes(type_name: str | None) -> int | None:
    """The size in bytes of the elements of a slice type, where its name tells."""
    if type_name is None or not type_name.startswith("[]"):
        return None
    return ELEMENT_BYTES.get(type_name.removeprefix("[]"))
