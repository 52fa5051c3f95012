"""Escape flows, the text of ``-m=2``: from where to where, over which expressions.

The forms are those of explainPath and explainFlow in cmd/compile/internal/escape/solve.go (Go
1.22 to 1.27). In 1.25 ``X escapes to heap:`` became ``X escapes to heap in F:`` and ``=``
became ``←``::

    ./a.go:9:2: x escapes to heap in F:
    ./a.go:9:2:   flow: {heap} ← &x:
    ./a.go:9:2:     from &x (address-of) at ./a.go:10:7

A flow is kept and reported as `Step`s, one a line; `read_route` takes it apart. Both know the
same forms, which stand here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from attrs import evolve, field, frozen

from golsp_mem.compiler.text.messages import split_line
from golsp_mem.model import Position, Step

_HEAD = re.compile(
    r"(?P<subject>.+) (?:escapes to heap(?: in .+)?|leaks to .+ with derefs=-?\d+):", re.DOTALL
)
# As the compiler prints it, and as a step has it: without the word, always with an arrow.
_FLOW = re.compile(
    r"(?P<word>flow: )?(?P<target>\S.*?) (?:←|=) (?P<ops>&|\**)(?P<source>.+?):?", re.DOTALL
)
_AT = re.compile(
    r"from (?P<text>.+) at (?P<file>.+?):(?P<line>\d{1,9}):(?P<column>\d{1,9})", re.DOTALL
)
_NOTE = re.compile(
    r"(?:from )?(?P<expr>.*) \((?P<why>[^()]+)\)(?: at (?:\S+?:\d+(?::\d+)?|<[^<>]+>))?", re.DOTALL
)
# Lines of ``-m`` itself: the verdict that a report puts before its flow.
_STATEMENT = re.compile(
    r"moved to heap: |.* (?:escapes to heap|does not escape)|leaking param|.* leaks to ", re.DOTALL
)


@frozen
class Flow:
    """One block of ``-m=2``: why ``subject`` at ``position`` escapes.

    ``steps`` alternate between ``a ← b`` and the ``x (cause)`` lines below it.
    """

    position: Position
    subject: str
    heading: str
    steps: tuple[Step, ...] = field(default=())


class FlowReader:
    """Collects flow blocks from ``-m=2`` lines as they come in.

    Lines of other forms end a block and are passed over: ``-m=2`` prints inlining costs and
    the ``-m`` lines between the blocks. Text of 100 MB comes through here, so a line is
    looked at closely only where a block may begin, and steps are parsed when a block ends.
    """

    def __init__(self) -> None:
        self._head: tuple[Position, str, str] | None = None
        self._prefix = ""
        self._steps: list[str] = []

    def feed(self, line: str) -> Flow | None:
        """Take one line; the block that it ended, if it ended one."""
        if self._prefix and line.startswith(self._prefix):
            if self._head:
                self._steps.append(line)
            return None
        ended = self.end()
        if line.endswith(":") and (placed := split_line(line)):
            position, text = placed
            found = _HEAD.fullmatch(text)
            if found:
                self._prefix = line.removesuffix(text) + "  "
                # Why a parameter leaks is never asked for: its block is only skipped.
                if " leaks to " not in text:
                    self._head = (position, found["subject"], text.removesuffix(":"))
        return ended

    @property
    def inside(self) -> bool:
        """Whether the last line belonged to a block."""
        return bool(self._prefix)

    def end(self) -> Flow | None:
        """The block that the end of the text ends."""
        head, lines, start = self._head, self._steps, len(self._prefix) - 2
        self._head, self._steps, self._prefix = None, [], ""
        if head is None:
            return None
        return Flow(*head, tuple(_step(line[start:].strip()) for line in lines))


def _step(line: str) -> Step:
    """One printed line of a block, without the place that it begins with."""
    flow = _FLOW.fullmatch(line)
    if flow and flow["word"]:
        return Step(f"{flow['target']} ← {flow['ops']}{flow['source']}")
    note = _AT.fullmatch(line)
    if note:
        place = Position(note["file"], int(note["line"]), int(note["column"]))
        return Step(note["text"], place)
    return Step(line)


class FlowEnd(StrEnum):
    """What kind of place a flow ends in."""

    HEAP = "heap"  # the compiler gives up following it: {heap}
    RESULT = "result"  # a result without a name: ~r0
    STORAGE = "storage"  # another allocation: {storage for …}
    VARIABLE = "variable"  # a variable or a named result


@frozen
class Note:
    """One ``from EXPR (WHY)`` line: an expression and the compiler's word for its part."""

    expr: str
    why: str
    position: Position | None = None


@frozen
class Segment:
    """One ``flow: TARGET ← SOURCE`` line with its notes. ``address``: the source's address
    flows, not its value."""

    target: str
    source: str
    address: bool
    notes: tuple[Note, ...] = ()

    @property
    def kind(self) -> FlowEnd:
        if self.target == "{heap}":
            return FlowEnd.HEAP
        if re.fullmatch(r"~r\d+", self.target):
            return FlowEnd.RESULT
        return FlowEnd.STORAGE if self.target.startswith("{storage for ") else FlowEnd.VARIABLE


@frozen
class Route:
    """A whole flow. ``unread`` are the lines that fit no known form, as they came;
    ``truncated`` says that the compiler stopped at an assignment cycle (golang/go#35518)."""

    segments: tuple[Segment, ...] = ()
    unread: tuple[str, ...] = ()
    truncated: bool = False

    @property
    def last(self) -> Segment | None:
        return self.segments[-1] if self.segments else None

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(note for segment in self.segments for note in segment.notes)


def read_route(steps: Sequence[Step]) -> Route:
    """The flow that ``steps`` describe; pure, never raises."""
    segments: list[Segment] = []
    unread: list[str] = []
    truncated = False
    for step in steps:
        line = step.text.strip()
        note = _NOTE.fullmatch(line)
        flow = None if note and step.position else _FLOW.fullmatch(line)
        if "truncated explanation due to assignment cycle" in line:
            truncated = True
        elif flow and (note is None or flow["word"]):
            segments.append(Segment(flow["target"], flow["source"], flow["ops"] == "&"))
        elif note and segments:
            piece = Note(note["expr"], note["why"], step.position)
            segments[-1] = evolve(segments[-1], notes=(*segments[-1].notes, piece))
        elif not _STATEMENT.match(line):
            unread.append(line)
    return Route(tuple(segments), tuple(unread), truncated)
