"""The command ``golsp-mem.findings``: what is shown of all analysed packages, worst first.

Returns ``{"findings": [{"uri", "range", "code", "severity", "message", "function", "allocates",
"bytes", "rank", "test", "cause", "path", "loopDepth"}], "total"}``: for views of findings, and
lists to step through. An argument ``{"uri"}`` asks for one document only. ``rank`` 1 is the first;
``bytes`` is null where the compiler fixed no size; what has one cause has the same words for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen
from lsprotocol import converters, types

from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.lsp.answers.diagnostics import uri_of
from golsp_mem.lsp.answers.position_map import PositionMap
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.state.content import Item
from golsp_mem.lsp.state.view import View
from golsp_mem.report.groups import causes
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
    cause: str


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
        view = package.view
        if view is None:
            continue
        keys = ls.analyses.shown_files(package)
        titles = iter(_causes(view, keys))
        for key in keys:
            uri = uri_of(ls.session, key, view)
            document = ls.session.documents.of_file(key)
            shown = PositionMap(view.texts[key], document, ls.session.client.encoding)
            for item in view.items[key]:
                place, cause = shown.range_of(item.finding.span), next(titles)
                if place is not None:
                    yield Listed(uri, place, item, cause)


def _causes(view: View, keys: Sequence[str]) -> list[str]:
    findings = [item.finding for key in keys for item in view.items[key]]
    return causes(findings, view.derived.sources)


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
        "bytes": finding.taken,
        "rank": rank,
        "cause": one.cause,
        "path": str(finding.execution.path),
        "loopDepth": finding.execution.loop_depth,
        "test": finding.span.file.endswith("_test.go"),
    }
