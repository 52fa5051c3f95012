"""Benchmarks for people: what one operation allocates, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.cli.render.printable import printable
from golsp_mem.cli.render.terminal.style import Style
from golsp_mem.cli.render.wording import amount, plural
from golsp_mem.compiler.symbols import short_name
from golsp_mem.report.model import BenchmarkPart, BenchmarkResult, Report
from golsp_mem.report.paths import Place


def render(report: Report, style: Style) -> Iterator[str]:
    """Each benchmark with its lines, then what was measured and has no finding."""
    place = Place(report.directory)
    messages = {one.finding.fingerprint: one.finding.message for one in report.shown}
    measurement = report.measurement
    if measurement is None:
        return
    for one in measurement.benchmarks or ():
        yield from _benchmark(one, place, style, messages)
    if measurement.unmatched:
        objects = sum(line.objects for line in measurement.unmatched)
        yield f"{plural(objects, 'object')} measured at lines without a finding:\n"
        for line in measurement.unmatched:
            yield f"  {printable(place.show(line.file))}:{line.line}  {line.objects}\n"
        yield "\n"


def _benchmark(
    one: BenchmarkResult, place: Place, style: Style, messages: dict[str, str]
) -> Iterator[str]:
    figures = f"{plural(one.allocs_per_op, 'alloc')}/op, {amount(one.bytes_per_op)}/op"
    yield f"{style.paint(printable(one.name), 'bold')}  {figures}\n"
    for part in one.parts:
        yield f"  {part.objects:>6} {_of(part):<12} {_where(part, place)}"
        about = messages.get(part.fingerprint or "", "")
        if part.callee is not None:
            about = f"in {short_name(part.callee)}, which is called there"
        if part.shared:
            about += " (shared: the profile does not tell it from others)"
        yield f"  {style.paint(printable(about), 'dim')}\n" if about else "\n"
    yield "\n"


def _of(part: BenchmarkPart) -> str:
    """``× 48 B`` where the objects are of one size, else their sum."""
    if part.objects > 0 and part.bytes % part.objects == 0:
        return f"× {part.bytes // part.objects} B"
    return f"{part.bytes} B"


def _where(part: BenchmarkPart, place: Place) -> str:
    if not part.file:
        return "elsewhere (background work, or not told apart)"
    return f"{printable(place.show(part.file))}:{part.line}"
