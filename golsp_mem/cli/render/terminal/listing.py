"""Findings in the order of their rank, a line each, those of a function together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from golsp_mem.cli.render.printable import at_line_start, one_line, printable
from golsp_mem.cli.render.terminal.style import Style
from golsp_mem.cli.render.wording import amount, plural, verdict
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.model import Finding, PathKind
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import Shown

FEW = 40
"""Up to so many findings a terminal shows them with their source lines."""

FIRST = 20
"""Of more, so many are told."""

MOST_CAUSES = 4
"""So many causes are named where not all findings are told."""

_PATHS = {
    PathKind.ERROR: "on an error path",
    PathKind.PANIC: "on the way to a panic",
    PathKind.ONCE: "once",
    PathKind.TEST: "in tests",
}


@frozen
class Listing:
    """``limit`` None: all of them."""

    sort: str = "rank"
    limit: int | None = None


def in_order(shown: Sequence[Shown], sort: str) -> list[Shown]:
    """The findings by rank, or by the bytes that the compiler fixed."""
    if sort == "bytes":
        return sorted(shown, key=lambda one: (-(one.finding.size_class or 0), one.rank))
    return sorted(shown, key=lambda one: one.rank)


def lines(shown: Sequence[Shown], listing: Listing, place: PathBase, style: Style) -> Iterator[str]:
    """The first findings, grouped by function where the first of each stands."""
    ordered = in_order(shown, listing.sort)
    told = ordered if listing.limit is None else ordered[: listing.limit]
    groups: dict[tuple[str, str], list[Shown]] = {}
    for one in told:
        groups.setdefault(_group(one.finding), []).append(one)
    for (_, function), group in groups.items():
        file = place.show(group[0].finding.span.file)
        title = style.paint(at_line_start(printable(short_name(function) or file)), "bold")
        yield f"{title}  {style.paint(printable(file), 'dim')}\n"
        for same in _alike(group):
            yield _line(same, style)
        yield "\n"
    if len(ordered) > len(told):
        more = plural(len(ordered) - len(told), "more finding")
        yield f"{more}: golsp-mem check --full shows all, --top N more, --by function a table\n"
        yield from _causes(ordered, style)
        yield "\n"


def _causes(shown: Sequence[Shown], style: Style) -> Iterator[str]:
    """What most of the findings have in common."""
    # They bring the Go parser.
    from golsp_mem.analysis.dependencies import SourceCache  # noqa: PLC0415
    from golsp_mem.report.groups import by_cause  # noqa: PLC0415

    common = [row for row in by_cause(shown, SourceCache())[:MOST_CAUSES] if row.places > 1]
    if common:
        told = ", ".join(f"{row.places} × {printable(row.title)}" for row in common)
        yield style.paint(f"Most frequent causes (--by cause): {told}", "dim") + "\n"


def _alike(group: Sequence[Shown]) -> list[list[Shown]]:
    """Findings that say the same of several places of a function."""
    same: dict[tuple[object, ...], list[Shown]] = {}
    for one in group:
        key = (one.finding.code, one.severity, one.finding.message, _about(one.finding))
        same.setdefault(key, []).append(one)
    return list(same.values())


def _group(finding: Finding) -> tuple[str, str]:
    return (finding.package, finding.owner or finding.function)


def _line(same: Sequence[Shown], style: Style) -> str:
    one, *others = same
    finding = one.finding
    at = _at(finding)
    label = style.severity(str(finding.code), one.severity)
    about = _about(finding)
    if others:
        about += f"; also {', '.join(_at(other.finding) for other in others)}"
    return f"  {at:>8}  {label}  {one_line(finding.message)}  {style.paint(about, 'dim')}\n"


def _at(finding: Finding) -> str:
    return f"{finding.span.line}:{finding.span.column}"


def _about(finding: Finding) -> str:
    return "; ".join(filter(None, (verdict(finding), frequency(finding), _size(finding))))


def _size(finding: Finding) -> str:
    told = finding.bytes is not None and f"({finding.bytes} B" in finding.message
    return "" if told or finding.bytes is None else amount(finding.bytes)


def frequency(finding: Finding) -> str:
    """When the finding's line runs, in words; empty for once in each call."""
    execution = finding.execution
    if execution.path.is_cold:
        return _PATHS[execution.path]
    if execution.loop_depth:
        depth = "in a loop" if execution.loop_depth == 1 else f"in {execution.loop_depth} loops"
        rounds = f", at most {execution.bound} times" if execution.bound is not None else ""
        return depth + rounds
    if execution.called_in_loops:
        return f"called in loops at {plural(execution.called_in_loops, 'place')}"
    return ""
