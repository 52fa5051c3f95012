"""Benchmarks for people: what one operation allocates, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from golsp_mem.cli.render.printable import printable
from golsp_mem.cli.render.terminal.style import Style
from golsp_mem.cli.render.wording import amount, plural
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.report.json.before_after import BenchmarkChange, PartChange
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import BenchmarkPart, BenchmarkResult, Report, StackGrowth

_MOST_PLACES = 10


def render(report: Report, style: Style) -> Iterator[str]:
    """Each benchmark with its lines, then what was measured and has no finding."""
    place = PathBase(report.directory)
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


def growth(found: StackGrowth, directory: Path, style: Style) -> Iterator[str]:
    """What CPU profiles say of growing stacks: its share of all time, then where."""
    place = PathBase(directory)
    if not found.growing_nanoseconds:
        yield "No time of the CPU profile went into growing stacks.\n\n"
        return
    share = f"{found.share:.1%} of the CPU time is growing goroutine stacks"
    yield f"{style.paint(share, 'bold')} (golsp-mem explain stack-growth)\n"
    for one in found.places[:_MOST_PLACES]:
        part = f"{one.nanoseconds / found.growing_nanoseconds:.0%}"
        where = printable(short_name(one.function))
        if one.frame_bytes is not None:
            where += f" (frame of {amount(one.frame_bytes)})"
        entry = printable(short_name(one.entry))
        text = f"  {part:>4}  in {where}, in goroutines of {entry}"
        if one.position is not None:
            at = f"{printable(place.show(one.position.file))}:{one.position.line}"
            text += f"  {style.paint(at, 'dim')}"
        yield text + "\n"
    if left := found.places[_MOST_PLACES:]:
        rest = sum(one.nanoseconds for one in left) / found.growing_nanoseconds
        yield f"  {rest:>4.0%}  in {plural(len(left), 'other place')}\n"
    yield "\n"


def render_changes(changes: Sequence[BenchmarkChange], style: Style) -> Iterator[str]:
    """What each benchmark takes more or less, line by line."""
    for one in changes:
        yield f"{style.paint(printable(one.name), 'bold')}  {_totals(one)}\n"
        moved = [part for part in one.parts if part.objects or part.bytes]
        if not moved and one.before and one.after:
            yield "  no change\n"
        for part in moved if one.before and one.after else ():
            yield f"  {_change(part, style)}\n"
        yield "\n"


def _totals(one: BenchmarkChange) -> str:
    if one.before is None or one.after is None:
        found = one.before or one.after
        state = "is new" if one.before is None else "is gone"
        allocs = found.allocs_per_op if found else 0
        return f"{state}: {plural(allocs, 'alloc')}/op"
    return (
        f"{one.before.allocs_per_op} -> {one.after.allocs_per_op} allocs/op, "
        f"{one.before.bytes_per_op} -> {one.after.bytes_per_op} B/op"
    )


def _change(part: PartChange, style: Style) -> str:
    told = part.after or part.before
    assert told is not None
    where = f"{printable(told.file)}:{told.line}" if told.file else "elsewhere"
    word = "appeared" if part.before is None else "vanished" if part.after is None else "changed"
    text = f"{part.objects:+d} objects, {part.bytes:+d} B  {where}"
    callee = f" in {short_name(told.callee)}" if told.callee else ""
    colour = "red" if part.bytes > 0 else "green"
    return f"{style.paint(word, colour)}  {text}{printable(callee)}"


def _benchmark(
    one: BenchmarkResult, place: PathBase, style: Style, messages: dict[str, str]
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


def _where(part: BenchmarkPart, place: PathBase) -> str:
    if not part.file:
        return "elsewhere (background work, or not told apart)"
    return f"{printable(place.show(part.file))}:{part.line}"
