"""Escape flows (``-m=2``) taken apart: from where to where, over which expressions.

The forms are those of explainPath and explainFlow in cmd/compile/internal/escape/solve.go
(Go 1.22 to 1.27; ``=`` became ``←`` in 1.25).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from attrs import evolve, frozen

from golsp_mem.model import Position, Step


class Target(StrEnum):
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
    def kind(self) -> Target:
        if self.target == "{heap}":
            return Target.HEAP
        if re.fullmatch(r"~r\d+", self.target):
            return Target.RESULT
        return Target.STORAGE if self.target.startswith("{storage for ") else Target.VARIABLE


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


_FLOW = re.compile(
    r"(?:flow: )?(?P<target>\S.*?) (?:←|=) (?P<ops>&|\**)(?P<source>.+?):?", re.DOTALL
)
# What the compiler calls a thing that has no name in the source; shown as words, not as code.
IN_WORDS = {"func literal": "the function literal", "... argument": "the arguments"}
_NOTE = re.compile(
    r"(?:from )?(?P<expr>.*) \((?P<why>[^()]+)\)(?: at (?:\S+?:\d+(?::\d+)?|<[^<>]+>))?", re.DOTALL
)
# An inlined call's results on their way out.
_RESULT_TO_RESULT = re.compile(r"~r\d+(?:, ~r\d+)* = ~r\d+(?:, ~r\d+)*")
_STATEMENT = re.compile(
    r"moved to heap: |.* (?:escapes to heap|does not escape)|leaking param|.* leaks to ", re.DOTALL
)
_STORAGE = re.compile(r"\{storage for (.*)\}", re.DOTALL)
# Names of the compiler's own: temporaries, and the state of range-over-func loops (1.23+).
_TEMPORARY = re.compile(r"\.autotmp_\d+|\{temp\}|(?:\w+\.)?#\w+")


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
        elif flow and (note is None or line.startswith("flow: ")):
            segments.append(Segment(flow["target"], flow["source"], flow["ops"] == "&"))
        elif note and segments:
            piece = Note(note["expr"], note["why"], step.position)
            segments[-1] = evolve(segments[-1], notes=(*segments[-1].notes, piece))
        elif not _STATEMENT.match(line):
            unread.append(line)
    return Route(tuple(segments), tuple(unread), truncated)


def telling(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """``notes`` without the compiler's own book-keeping: temporaries, the hidden slice of
    variadic arguments, the second of the two lines that it prints for a capture, and that a
    value needs a place (unless that is all there is)."""
    told = tuple(
        note
        for note in notes
        if note.why not in {"reference", "spill"}
        and not _TEMPORARY.search(note.expr)
        and not _RESULT_TO_RESULT.fullmatch(note.expr)
        and not (note.expr.endswith("... argument") and note.why == "assign-pair")
    )
    return told or notes[:1]


def readable(place: str) -> str:
    """A flow's place as the source would call it; empty for one that has no name there."""
    storage = _STORAGE.fullmatch(place)
    if storage:
        place = storage[1]
    if place == "{heap}" or _TEMPORARY.fullmatch(place):
        return ""
    if re.fullmatch(r"~r\d+", place):
        return "the result"
    return IN_WORDS.get(place, place)


def callee(call: str) -> str:
    """``s.Keep`` of ``s.Keep(&x)``; the whole text when it is no call."""
    if not call.endswith(")"):
        return call
    depth = 0
    for index in range(len(call) - 1, 0, -1):
        depth += {")": 1, "(": -1}.get(call[index], 0)
        if depth == 0:
            return call[:index]
    return call


def holder(assignment: str) -> str:
    """``h.next`` of ``h.next = &n``; empty when it is no assignment."""
    match = re.match(r"(.+?) (?::=|=) ", assignment, re.DOTALL)
    return match[1] if match else ""
