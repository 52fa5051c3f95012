"""The command ``golsp-mem.findings``: what is shown of all analysed packages, worst first.

Returns ``{"findings": [{"uri", "range", "code", "severity", "message", "function", "allocates",
"bytes", "rank", "test"}], "total"}``: for views of findings, and lists to step through. An
argument ``{"uri"}`` asks for one document only. ``rank`` 1 is the first; ``bytes`` is null where
the compiler fixed no size.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen
from lsprotocol import converters, types

from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.lsp.answers.diagnostics import uri_of
from golsp_mem.lsp.answers.position_map import PositionMap
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.state.view import Item
from golsp_mem.report.model import Shown
from golsp_mem.report.ranking import order

COMMAND = "golsp-mem.findings"

# What no editor draws in time, and nobody reads.
MOST_FINDINGS = 5000


@frozen
class Listed:
    """One finding where the client has it now."""

    uri: str
    range: types.Range
    item: Item


def register(server: GolspMemServer) -> None:
    """Register the command."""

    @server.command(COMMAND)
    def findings(ls: GolspMemServer, *arguments: object) -> dict[str, object]:
        wanted = arguments[0] if arguments else None
        uri = wanted.get("uri") if isinstance(wanted, dict) else None
        listed = [one for one in _listed(ls) if uri is None or one.uri == uri]
        ranks = order([Shown(one.item.finding, one.item.severity) for one in listed])
        rows = [_row(listed[number], rank) for rank, number in enumerate(ranks[:MOST_FINDINGS], 1)]
        return {"findings": rows, "total": len(listed)}


def _listed(ls: GolspMemServer) -> Iterator[Listed]:
    for package in ls.analyses.packages:
        for key in ls.analyses.shown_files(package):
            assert package.view is not None
            uri = uri_of(ls.session, key, package.view)
            document = ls.session.documents.of_file(key)
            text = package.view.texts[key]
            shown = PositionMap(text, document, ls.session.client.encoding)
            for item in package.view.items[key]:
                place = shown.range_of(item.finding.span)
                if place is not None:
                    yield Listed(uri, place, item)


def _row(one: Listed, rank: int) -> dict[str, object]:
    finding = one.item.finding
    return {
        "uri": one.uri,
        "range": converters.get_converter().unstructure(one.range),
        "code": str(finding.code),
        "severity": str(one.item.severity),
        "message": finding.message,
        "function": short_name(finding.function),
        "allocates": str(finding.allocates),
        "bytes": finding.size_class or finding.bytes,
        "rank": rank,
        "test": finding.span.file.endswith("_test.go"),
    }
