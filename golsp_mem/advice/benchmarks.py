"""What one operation of a benchmark allocates, as a page."""

from __future__ import annotations

from collections.abc import Callable

from golsp_mem.advice.markdown import code, link, text
from golsp_mem.analysis.sizes import size_text
from golsp_mem.model import Position
from golsp_mem.report.model import BenchmarkPart, BenchmarkResult, Report


def benchmarks_markdown(report: Report, link_to: Callable[[Position], str]) -> str:
    """The benchmarks of a report, each with its lines, the largest first."""
    messages = {one.finding.fingerprint: one.finding.message for one in report.shown}
    lines = ["# What was measured", ""]
    for one in (report.measurement.benchmarks if report.measurement else None) or ():
        lines += _benchmark(one, messages, link_to)
    return "\n".join(lines) + "\n"


def _benchmark(
    one: BenchmarkResult, messages: dict[str, str], link_to: Callable[[Position], str]
) -> list[str]:
    allocs = "1 alloc" if one.allocs_per_op == 1 else f"{one.allocs_per_op} allocs"
    head = f"## {code(one.name)}: {allocs}/op, {size_text(one.bytes_per_op)}/op"
    rows = ["| objects | bytes | where | what |", "|--:|--:|---|---|"]
    rows += [_row(part, messages, link_to) for part in one.parts]
    return [head, "", *rows, ""]


def _row(part: BenchmarkPart, messages: dict[str, str], link_to: Callable[[Position], str]) -> str:
    where = "elsewhere"
    if part.file:
        name = part.file.replace("\\", "/").rpartition("/")[2]
        where = link(code(f"{name}:{part.line}"), link_to(Position(part.file, part.line)))
    what = text(messages.get(part.fingerprint or "", ""))
    if part.callee is not None:
        what = f"in {code(part.callee)}, which is called there"
    if part.shared:
        what += ", with others of the line"
    return f"| {part.objects} | {part.bytes} | {where} | {what.replace('|', chr(92) + '|')} |"
