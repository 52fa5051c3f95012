"""One code for several Go releases or targets, as text, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from attrs import frozen

from golsp_mem import __version__
from golsp_mem.advice import markdown
from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.sentence import sentence
from golsp_mem.cli.render.terminal.style import Style
from golsp_mem.cli.render.terminal.tables import cell, head, row
from golsp_mem.cli.render.wording import amount, plural
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.report.comparing.between import Between, Change, FrameChange
from golsp_mem.report.json.jsons import dumps
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.json.writer import finding_json
from golsp_mem.report.model import Report, Shown

SCHEMA = 1
MOST_ROWS = 50
MOST_FRAMES = 10
MINUS = "\u2212"

Json = Mapping[str, object]


@frozen
class Side:
    """How one side was compiled: what tells it from the others (``go1.27.3``, ``arm64``), and
    whether profile-guided optimisation was on as the module has it (``auto``) or ``off``."""

    name: str
    pgo: str | None = None


@frozen
class ReleasePair:
    """Two sides and what differs between them; ``context`` is what both have in common."""

    before: Side
    after: Side
    context: str
    between: Between

    @property
    def title(self) -> str:
        return f"{self.before.name} -> {self.after.name} ({self.context})"


def headline(between: Between) -> str:
    """``+2 −14 findings, 3 changed (1 for the worse), 40 frames differ``."""
    parts = []
    if between.appeared or between.vanished:
        parts.append(f"+{len(between.appeared)} {MINUS}{len(between.vanished)} findings")
    if between.changed:
        worse = sum(one.worse for one in between.changed)
        parts.append(
            f"{len(between.changed)} changed" + (f" ({worse} for the worse)" if worse else "")
        )
    if between.frames:
        parts.append(f"{plural(len(between.frames), 'frame')} of other sizes")
    if between.uncompared:
        parts.append(f"{plural(len(between.uncompared), 'package')} not compared")
    return ", ".join(parts) or "no difference"


def text(pairs: Sequence[ReleasePair], style: Style) -> Iterator[str]:
    """A headline for each pair, then its differences by function, then the largest frames."""
    for number, pair in enumerate(pairs):
        if number:
            yield "\n"
        yield f"{style.paint(one_line(pair.title), 'bold')}: {headline(pair.between)}\n"
        place = PathBase(pair.between.after.directory)
        lines = sorted(_lines(pair.between, place, style), key=lambda line: line[0])
        for function, group in groupby(lines, key=lambda line: line[0]):
            yield f"  {style.paint(one_line(function), 'dim')}\n"
            for _, line in group:
                yield f"    {line}\n"
        yield from _frame_lines(pair.between, style)


def _lines(between: Between, place: PathBase, style: Style) -> Iterator[tuple[str, str]]:
    """(function, line) of each difference."""
    for mark, colour, shown in (
        ("+", "red", between.appeared),
        (MINUS, "green", between.vanished),
    ):
        for one in shown:
            yield _function(one), f"{style.paint(mark, colour)} {one_line(_told(one, place))}"
    for change in between.changed:
        colour = "yellow" if change.worse else "blue"
        told = f"{_told(change.after, place)}; was: {_was(change)}"
        yield _function(change.after), f"{style.paint('~', colour)} {one_line(told)}"


def _function(shown: Shown) -> str:
    return short_name(shown.finding.function) or shown.finding.package


def _told(shown: Shown, place: PathBase) -> str:
    span = shown.finding.span
    return f"{place.show(span.file)}:{span.line}: [{shown.finding.code}] {sentence(shown)}"


def _was(change: Change) -> str:
    was, now = change.before.finding, change.after.finding
    if was.message != now.message:
        return sentence(change.before)
    parts = [was.condition or was.allocates]
    if was.size_class != now.size_class or was.bytes != now.bytes:
        parts.append(amount(was.bytes) if was.bytes is not None else "of unknown size")
    return ", ".join(parts)


def _frame_lines(between: Between, style: Style) -> Iterator[str]:
    frames = between.frames
    if not frames:
        return
    larger = sum(one.grows > 0 for one in frames)
    yield (
        f"  {style.paint('stack frames', 'dim')}: {larger} larger, {len(frames) - larger} "
        f"smaller; the most:\n"
    )
    for one in frames[:MOST_FRAMES]:
        yield f"    {one_line(_frame(one))}\n"


def _frame(one: FrameChange) -> str:
    return f"{one.grows:+d} B  {short_name(one.function)}: {one.before} -> {one.after} B"


def json(pairs: Sequence[ReleasePair]) -> Iterator[str]:
    """One JSON object. Findings as `check` has them; a change has both."""
    document = {
        "schema": SCHEMA,
        "tool": {"name": "golsp-mem", "version": __version__},
        "pairs": [_pair_json(pair) for pair in pairs],
    }
    yield dumps(document, indent=1) + "\n"


def _pair_json(pair: ReleasePair) -> Json:
    between = pair.between
    before, after = PathBase(between.before.directory), PathBase(between.after.directory)
    return {
        "from": _go(between.before, pair.before),
        "to": _go(between.after, pair.after),
        "appeared": [finding_json(one, after) for one in between.appeared],
        "vanished": [finding_json(one, before) for one in between.vanished],
        "changed": [
            {
                "from": finding_json(one.before, before),
                "to": finding_json(one.after, after),
                "worse": one.worse,
            }
            for one in between.changed
        ],
        "frames": [
            {"function": one.function, "from": one.before, "to": one.after}
            for one in between.frames
        ],
        "uncompared": [
            {"import_path": path, "error": error} for path, error in between.uncompared.items()
        ],
        "headline": headline(between),
    }


def _go(report: Report, side: Side) -> Json:
    one = report.configuration
    return {
        "version": one.go,
        "goos": one.goos,
        "goarch": one.goarch,
        "tags": list(one.tags),
        "pgo": side.pgo,
    }


def comment(pairs: Sequence[ReleasePair]) -> Iterator[str]:
    """Markdown: a headline and tables for each pair."""
    for pair in pairs:
        between, place = pair.between, PathBase(pair.between.after.directory)
        yield f"### {markdown.text(pair.title)}\n\n{markdown.text(headline(between))}\n\n"
        if between.appeared:
            yield from _table("Appeared", [_row(one, place) for one in between.appeared])
        if between.changed:
            rows = [[*_row(one.after, place), _was(one)] for one in between.changed]
            yield from _table("Changed", rows, "Was")
        if between.vanished:
            yield from _table("Vanished", [_row(one, place) for one in between.vanished])
        if between.frames:
            frames = between.frames[:MOST_ROWS]
            yield "<details><summary>Stack frames</summary>\n\n"
            yield head(("Function", "From:", "To:"))
            for one in frames:
                yield row((cell(one.function), str(one.before), str(one.after)))
            yield "\n</details>\n\n"
        for path, error in between.uncompared.items():
            yield f"> {markdown.text(f'{path} was not compared: {error}')}\n\n"


def _row(shown: Shown, place: PathBase) -> list[str]:
    span = shown.finding.span
    return [f"{place.show(span.file)}:{span.line}", _function(shown), sentence(shown)]


def _table(title: str, rows: Sequence[Sequence[str]], *more: str) -> Iterator[str]:
    yield f"**{title}**\n\n" + head(("Where", "Function", "What", *more))
    for cells in rows[:MOST_ROWS]:
        yield row([cell(text) for text in cells])
    if len(rows) > MOST_ROWS:
        yield row([f"{len(rows) - MOST_ROWS} more", *[""] * (len(rows[0]) - 1)])
    yield "\n"
