"""A report as the page's script reads it: columns of numbers over one table of strings.

50 000 findings repeat few packages, functions, types and flows, so each text, stack and flow is
written once and findings hold its number; -1 stands for none.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from golsp_mem import __version__
from golsp_mem.advice.flow_words import in_words, readable, telling
from golsp_mem.advice.hover import closure_words
from golsp_mem.advice.links import href
from golsp_mem.advice.topics import names, read_topic
from golsp_mem.analysis.stack.growth import Growth, PathFrame, grow_along
from golsp_mem.cli.render.wording import details
from golsp_mem.compiler.stackfacts import StackPlatform, stack_platform
from golsp_mem.compiler.text.flows import FlowEnd, Route, Segment, read_route
from golsp_mem.compiler.types import as_written
from golsp_mem.model import Allocates, Code, Finding, Position, Severity, StackFrame, Step
from golsp_mem.report.groups import Syntax, causes
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import (
    Configuration,
    Quiet,
    Report,
    Shown,
    State,
    is_heap,
)

Json = Mapping[str, object]

NONE = -1
_CODES = list(Code)
_SEVERITIES = list(Severity)
_VERDICTS = list(Allocates)
_STATES = list(State)
_NUMBERS = (
    "code", "severity", "verdict", "heap", "file", "line", "column", "endLine", "endColumn",
    "package", "function", "message", "details", "type", "bytes", "taken", "call", "subject",
    "callee", "stack", "flow", "state", "explained", "configurations", "measured", "objects",
    "cause",
)  # fmt: skip


class _Table:
    """Values by number, each once, in the order in which they were first asked for."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def number(self, value: Hashable) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Hashable]:
        return list(self._numbers)


class PageData:
    """The data of one page.

    ``files`` are the files that findings stand in, in the order of the findings; `json` numbers
    them in this order. ``syntax`` reads those that may be read.
    """

    def __init__(self, report: Report, syntax: Syntax) -> None:
        self._report = report
        self._place = PathBase(report.directory)
        self._strings, self._stacks, self._flows = _Table(), _Table(), _Table()
        self._shown = report.for_people
        self.files = tuple(dict.fromkeys(one.finding.span.file for one in self._shown))
        self._causes = causes([one.finding for one in self._shown], syntax)
        self._file_numbers = {file: number for number, file in enumerate(self.files)}

    def json(self, kept: Sequence[bool]) -> Json:
        """All but the source texts. ``kept``: which of `files` have theirs in the page."""
        report = self._report
        columns: dict[str, list[int]] = {name: [] for name in _NUMBERS}
        for shown, cause in zip(self._shown, self._causes, strict=True):
            row = (*self._row(shown), self._string(cause))
            for name, value in zip(_NUMBERS, row, strict=True):
                columns[name].append(value)
        return {
            "tool": __version__,
            "name": report.directory.name or "report",
            "configurations": [
                {"name": one.name, "title": one.title + (" with tests" if one.tests else "")}
                for one in report.configurations
            ],
            "seconds": round(report.seconds, 2),
            "compared": report.compared,
            "base": report.base,
            "suppressed": report.left.suppressed,
            "excluded": report.left.excluded,
            "uncompiled": len(report.uncompiled),
            "bookkeeping": report.silenced(Quiet.BOOKKEEPING),
            "generated": report.silenced(Quiet.GENERATED),
            "severities": _SEVERITIES,
            "verdicts": _VERDICTS,
            "states": _STATES,
            "codes": [_code(code) for code in _CODES],
            "packages": [
                {"path": p.import_path, "error": p.error if p.errors else None}
                for p in report.packages
            ],
            "gone": [
                [one.package, one.function, one.code, one.explained_by] for one in report.gone
            ],
            "files": [
                {"path": self._string(self._place.show(file)), "kept": has}
                for file, has in zip(self.files, kept, strict=True)
            ],
            "measured": self._measured(),
            "growths": list(self._growths()),
            "columns": columns,
            "stacks": self._stacks.values(),
            "flows": self._flows.values(),
            "strings": self._strings.values(),
        }

    def _row(self, shown: Shown) -> tuple[int, ...]:
        finding, span, string = shown.finding, shown.finding.span, self._string
        taken = finding.taken
        return (
            _CODES.index(finding.code),
            _SEVERITIES.index(shown.severity),
            _VERDICTS.index(finding.allocates) if finding.code.speaks_of_heap else NONE,
            int(_is_site(finding)),
            self._file_numbers[span.file],
            span.line,
            span.column,
            span.end_line,
            span.end_column,
            string(finding.package),
            string(finding.function),
            string(finding.message),
            string(details(finding)),
            string(finding.type and (closure_words(finding.type) or as_written(finding.type))),
            NONE if finding.bytes is None else finding.bytes,
            NONE if taken is None else taken,
            string(finding.runtime_call),
            string(finding.subject),
            string(finding.callee),
            self._stack(finding.stack),
            self._flow(finding),
            NONE if shown.state is None else _STATES.index(shown.state),
            string(shown.explained_by),
            string(", ".join(shown.configurations) or None),
            NONE if shown.measured is None else shown.measured.bytes,
            NONE if shown.measured is None else shown.measured.objects,
        )

    def _string(self, text: str | None) -> int:
        return NONE if text is None else self._strings.number(text)

    def _stack(self, stack: Sequence[StackFrame]) -> int:
        """Frames as function, file, line in one row, innermost first."""
        if not stack:
            return NONE
        frames: list[int] = []
        for frame in stack:
            place = self._string(self._place.show(frame.file))
            frames += (self._string(frame.function), place, frame.line)
        return self._stacks.number(tuple(frames))

    def _flow(self, finding: Finding) -> int:
        """What the compiler says, its lines that fit no known form, whether it broke off, and
        the segments as drawn: from, to, kind of the end, notes. Evidence is lines only."""
        if not finding.reason and finding.why is None:
            return NONE
        if not finding.code.speaks_of_heap:
            said = tuple(self._string(self._evidence(step)) for step in finding.reason)
            return self._flows.number((said[0], said[1:], 0, ()))
        route = read_route(finding.reason)
        says = finding.reason[0].text if finding.reason else finding.why.text  # type: ignore[union-attr]
        return self._flows.number(
            (
                self._string(says),
                tuple(map(self._string, route.unread)),
                int(route.truncated),
                tuple(self._segments(route)),
            )
        )

    def _evidence(self, step: Step) -> str:
        at = step.position
        return step.text if at is None else f"{step.text} ({self._place.show(at.file)}:{at.line})"

    def _segments(self, route: Route) -> Iterable[tuple[Hashable, ...]]:
        for segment in route.segments:
            notes: list[int] = []
            for note in telling(segment.notes):
                notes += (
                    self._string(in_words(note.expr) or note.expr),
                    self._string(note.why),
                    *self._position(note.position),
                )
            yield (
                self._string(_source(segment)),
                self._string(_target(segment)),
                int(segment.kind is FlowEnd.HEAP),
                tuple(notes),
            )

    def _position(self, at: Position | None) -> tuple[int, int, int]:
        if at is None:
            return NONE, 0, 0
        return self._string(self._place.show(at.file)), at.line, at.column

    def _measured(self) -> Json | None:
        """What the profiles counted in all, and where no finding of this report speaks of it."""
        found = self._report.measurement
        if found is None:
            return None
        lines = [
            [self._place.show(one.file), one.line, one.callee or "", one.objects, one.bytes]
            for one in sorted((*found.unmatched, *found.calls), key=lambda one: -one.bytes)
        ]
        return {"objects": found.objects, "bytes": found.bytes, "elsewhere": lines}

    def _growths(self) -> Iterable[Json]:
        """Of each large frame how the stack of a new goroutine grows when it is called."""
        for index, shown in enumerate(self._shown):
            finding = shown.finding
            if finding.code is Code.STACK_LARGE_FRAME and finding.bytes is not None:
                platform = _platform(self._report, shown)
                moves = _moves(platform, finding)
                yield {
                    "finding": index,
                    "start": platform.start_bytes,
                    "moves": [[one.old_bytes, one.new_bytes, one.copied_bytes] for one in moves],
                }


def _is_site(finding: Finding) -> bool:
    """Whether the map counts it. A broken contract stands for the allocation that breaks it,
    which is quiet then."""
    broken = finding.code is Code.CONTRACT_NOALLOC and finding.allocates is not Allocates.NEVER
    return broken or is_heap(finding)


def _code(code: Code) -> Json:
    topic = read_topic(code.value).info if code.value in names() else None
    return {
        "code": code.value,
        "summary": topic.summary.replace("`", "") if topic else "",
        "href": href(code.value) or "",
    }


def _source(segment: Segment) -> str:
    """What flows. The compiler speaks of the address of the storage for a value: of the value."""
    name = readable(segment.source) or segment.source
    is_value = segment.source.startswith("{storage for ")
    return f"&{name}" if segment.address and not is_value else name


def _target(segment: Segment) -> str:
    if segment.kind is FlowEnd.HEAP:
        return "the heap"
    return readable(segment.target) or segment.target


def _platform(report: Report, shown: Shown) -> StackPlatform:
    """Of the first configuration that has the finding."""
    having: Configuration = next(
        (one for one in report.configurations if one.name in shown.configurations),
        report.configuration,
    )
    return stack_platform(having.goos, having.goarch)


def _moves(platform: StackPlatform, finding: Finding) -> tuple[Growth, ...]:
    frame = PathFrame(finding.function, finding.bytes or 0, checks=True)
    return grow_along(
        platform,
        (frame,),
        used=platform.entry_bytes,
        size=platform.start_bytes,
        limit=platform.effective_limit(),
    )
