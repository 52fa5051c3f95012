"""``--format text``: what a person reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from attrs import frozen

from golsp_mem.cli.render.printable import at_line_start, one_line, printable
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.benchmarks import growth
from golsp_mem.cli.render.terminal.listing import Listing, lines
from golsp_mem.cli.render.terminal.snippet import snippet
from golsp_mem.cli.render.terminal.style import Style
from golsp_mem.cli.render.wording import details, plural
from golsp_mem.model import Allocates, Finding, Position, Step
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import CheckedPackage, Quiet, Report, Shown


@frozen
class TextOptions:
    """``width`` in terminal cells bounds the source lines; messages are never cut. ``listing``:
    a line for each finding; ``by``: a table of the findings instead."""

    style: Style
    width: int = 120
    summary: bool = True
    statistics: bool = False
    by: str | None = None
    listing: Listing | None = None


def render(report: Report, sources: SourceTexts, options: TextOptions) -> Iterator[str]:
    """New findings by file, then those that something besides the code explains, then packages
    that do not build, then the summary."""
    writer = _Writer(PathBase(report.directory), sources, options)
    fresh = [shown for shown in report.fresh if shown.explained_by is None]
    blocks = not options.statistics and options.listing is None and options.by is None
    if options.by is not None:
        from golsp_mem.cli.render.terminal import by_tables  # noqa: PLC0415 - brings the Go parser

        yield from by_tables.render(fresh, options.by, report.directory, options.style)
    elif options.listing is not None and not options.statistics:
        yield from lines(fresh, options.listing, PathBase(report.directory), options.style)
    for (file, package), group in groupby(
        fresh if blocks else (),
        key=lambda shown: (shown.finding.span.file, shown.finding.package),
    ):
        yield from writer.file(file, package, list(group))
    if not options.statistics:
        yield from writer.explained(report.fresh)
    if report.stack_growth is not None and not options.statistics:
        yield from growth(report.stack_growth, report.directory, options.style)
    for failed in report.failed:
        yield from writer.failed(failed)
    if options.summary:
        yield from writer.summary(report, fresh)


class _Writer:
    def __init__(self, place: PathBase, sources: SourceTexts, options: TextOptions) -> None:
        self._place = place
        self._sources = sources
        self._width = options.width
        self._paint = options.style.paint
        self._style = options.style

    def file(self, file: str, package: str, group: list[Shown]) -> Iterator[str]:
        name = self._paint(at_line_start(printable(self._place.show(file))), "bold")
        about = f"{printable(package)}, {plural(len(group), 'finding')}"
        yield f"{name}  {self._paint(about, 'dim')}\n\n"
        for shown in group:
            yield from self._finding(shown)
            yield "\n"

    def explained(self, fresh: list[Shown]) -> Iterator[str]:
        """A line for each finding that is new for another reason than the code."""
        why: dict[str, list[Shown]] = {}
        for shown in fresh:
            if shown.explained_by is not None:
                why.setdefault(shown.explained_by, []).append(shown)
        for what, group in why.items():
            title = self._paint(f"New with {one_line(what)}, not because of the code", "bold")
            yield f"{title}  {self._paint(plural(len(group), 'finding'), 'dim')}\n\n"
            for shown in group:
                yield f"{self._place_of(shown.finding.span.start)}: {self._label(shown)}: "
                yield f"{one_line(shown.finding.message)}\n"
            yield "\n"

    def _place_of(self, at: Position) -> str:
        place = f"{at_line_start(printable(self._place.show(at.file)))}:{at.line}"
        return f"{place}:{at.column}" if at.column else place

    def _label(self, shown: Shown) -> str:
        return self._style.severity(f"{shown.severity}[{shown.finding.code}]", shown.severity)

    def _finding(self, shown: Shown) -> Iterator[str]:
        finding, span = shown.finding, shown.finding.span
        place = self._paint(self._place_of(span.start), "bold")
        yield f"{place}: {self._label(shown)}: {one_line(finding.message)}\n"
        gutter = " " * len(str(span.line))
        bar = self._paint("|", "blue")
        about = printable(details(finding))
        source = self._sources.line(span.file, span.line)
        if source is None:
            if about:
                yield self._note(gutter, about)
        else:
            yield f"{gutter} {bar}\n"
            yield from self._snippet(shown, source, gutter, bar, about)
        for note in self._notes(finding):
            yield self._note(gutter, note)

    def _snippet(
        self, shown: Shown, source: bytes, gutter: str, bar: str, about: str
    ) -> Iterator[str]:
        span = shown.finding.span
        start = max(0, span.column - 1)
        end = span.end_column - 1 if span.end_line == span.line else len(source)
        if not span.column:
            start = len(source) - len(source.lstrip())
            end = len(source.rstrip())
        width = max(40, self._width - len(gutter) - 3)
        shape = snippet(source, start, end, width)
        mark = "^" * shape.marked
        if span.end_line > span.line:
            mark += f" to line {span.end_line}" + (":" if about else "")
        fits = shape.before + len(mark) + 1 + len(about) <= width
        if about and fits:
            mark += f" {about}"
        yield f"{self._paint(str(span.line), 'blue')} {bar} {shape.text}\n"
        marked = self._style.severity(mark.rstrip(":"), shown.severity)
        yield f"{gutter} {bar} {' ' * shape.before}{marked}\n"
        if about and not fits:
            yield self._note(gutter, about)

    def _note(self, gutter: str, text: str) -> str:
        return f"{gutter} {self._paint('=', 'blue')} {text}\n"

    def _notes(self, finding: Finding) -> Iterator[str]:
        where = f"in {printable(finding.function)}" if finding.function else ""
        if len(finding.stack) > 1:
            callee = finding.stack[0]
            place = f"{printable(self._place.show(callee.file))}:{callee.line}"
            where += f", inlined from {printable(callee.function)} ({place})"
        if where:
            yield self._paint(where, "dim")
        for number, step in enumerate(finding.reason, 1):
            yield f"{number}. {self._step(step)}"

    def _step(self, step: Step) -> str:
        at = step.position
        text = one_line(step.text)
        if at is None:
            return text
        return f"{text} {self._paint(f'({self._place_of(at)})', 'dim')}"

    def failed(self, package: CheckedPackage) -> Iterator[str]:
        title = f"{printable(package.import_path)} does not build"
        yield f"{self._paint('error', 'red')}: {self._paint(title, 'bold')}\n"
        for error in package.errors[:1]:
            text = at_line_start(one_line(error.text))
            if len(package.errors) > 1:
                text += f" and {plural(len(package.errors) - 1, 'more error')}"
            yield f"  {text}\n"
        yield "\n"

    def summary(self, report: Report, fresh: list[Shown]) -> Iterator[str]:
        new = "new " if report.compared else ""
        count = plural(len(fresh), f"{new}finding") if fresh else f"No {new}findings"
        packages = plural(len(report.packages), "package")
        if report.failed:
            packages += f", {len(report.failed)} of them failed to build"
        if report.uncompared:
            packages += f", {len(report.uncompared)} of them not compared"
        toolchain = ", ".join(one.title for one in report.configurations)
        yield (
            f"{self._paint(count, 'bold')} in {packages}, "
            f"{report.seconds:.2f} s {self._paint(f'({toolchain})', 'dim')}\n"
        )
        yield from self._table(fresh)
        yield from self._left_out(report)
        if fresh:
            hint = f"golsp-mem explain {fresh[0].finding.code}"
            yield self._paint(f"To learn more: {hint}", "dim") + "\n"

    def _left_out(self, report: Report) -> Iterator[str]:
        """What was found and is not shown, and what was to be found and is not there."""
        for why, about in (
            (Quiet.BOOKKEEPING, "about the runtime's own bookkeeping"),
            (Quiet.FOREIGN, "in code of other packages, or behind //line comments,"),
            (Quiet.GENERATED, "in generated files"),
        ):
            if number := report.silenced(why):
                yield f"  {plural(number, 'finding')} {about} not shown (--all shows them)\n"
        if unseen := len(report.uncompiled):
            them, they = ("it", "it has") if unseen == 1 else ("them", "they have")
            yield f"  {plural(unseen, 'generic function')} not looked at: nothing here "
            yield f"instantiates {them}, so {they} no code (-v names {them})\n"
        if report.left.suppressed:
            yield f"  {plural(report.left.suppressed, 'finding')} suppressed by comments\n"
        if report.left.excluded:
            yield f"  {plural(report.left.excluded, 'finding')} in excluded files\n"
        if report.left.unmeasured:
            untouched = plural(report.left.unmeasured, "finding")
            yield f"  {untouched} where nothing was measured not shown (--full shows them)\n"
        if report.left.unselected:
            yield f"  {plural(report.left.unselected, 'finding')} not asked for\n"
        base = f"of {report.base}" if report.base else "of the baseline"
        explained = len([one for one in report.fresh if one.explained_by is not None])
        if explained:
            yield f"  {plural(explained, 'finding')} new, but not because of the code\n"
        known = len(report.for_people) - len(report.fresh)
        if known:
            yield f"  {plural(known, 'known finding')} {base} not shown\n"
        reasons = Counter(one.explained_by for one in report.gone)
        if unexplained := reasons.pop(None, 0):
            hint = "" if report.base else " (--write-baseline drops what is gone)"
            yield f"  {plural(unexplained, 'finding')} {base} no longer there{hint}\n"
        for what, number in reasons.items():
            gone = f"{plural(number, 'finding')} {base} no longer there"
            yield f"  {gone} with {one_line(what or '')}, not because of the code\n"

    def _table(self, fresh: list[Shown]) -> Iterator[str]:
        by_code = Counter(shown.finding.code for shown in fresh)
        widest = max(map(len, by_code), default=0)
        digits = max((len(str(number)) for number in by_code.values()), default=0)
        for code in sorted(by_code, key=lambda code: (-by_code[code], code)):
            kinds = Counter(
                shown.finding.allocates
                for shown in fresh
                if shown.finding.code is code and shown.finding.code.speaks_of_heap
            )
            split = ", ".join(f"{kinds[kind]} {kind}" for kind in Allocates if kinds[kind])
            line = f"  {code:<{widest}}  {by_code[code]:>{digits}}"
            yield f"{line}  {self._paint(split, 'dim')}".rstrip() + "\n"
