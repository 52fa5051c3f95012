"""What ``-gcflags=-live`` prints: which variables are live at which call.

One line for each function entry and each call that is left after inlining, from
cmd/compile/internal/liveness/plive.go (showlive; the same forms in Go 1.22 to 1.27)::

    ./a.go:23:6: live at entry to before: b d
    ./a.go:28:24: live at call to read: d
    ./a.go:54:1: live at indirect call: .autotmp_40
    ./a.go:51:2: stack object x struct { F uintptr }

Three silences matter to whoever reads it. A call at which **nothing** is live has no line, so a
place without lines is either such a call or no call at all. Instances of generic functions,
wrappers and the generated package initialiser have none. And only variables with pointers are
tracked: a number is never live.

Positions are those of the outermost call where code was inlined, at the opening parenthesis.
The text is replayed on a build-cache hit as ``-m`` is, and one compile takes both flags.
``-live=2`` dumps whole functions in another form; nothing here reads it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cached_property

from attrs import frozen

from golsp_mem.compiler.text.messages import Unparsed, parse_heading, parse_message
from golsp_mem.model import Position

# At most nine digits: int() refuses texts of thousands.
_LINE = re.compile(
    r"(?P<file>.+?):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?: "
    r"(?P<text>(?:live at|stack object) .*)$",
    re.ASCII | re.DOTALL,
)
_LIVE = re.compile(
    r"live at (?:entry to (?P<entry>.+)|call to (?P<call>.+)|(?P<indirect>indirect call)):"
    r"(?P<names>(?: [^\s:]+)+)$"
)
_OBJECT = re.compile(r"stack object (?P<name>\S+) (?P<type>.+)$")
_MADE = re.compile(r"[.~]")


class LiveKind(StrEnum):
    """Where the variables are live."""

    ENTRY = "entry"
    CALL = "call"
    INDIRECT = "indirect call"


@frozen
class LiveFact:
    """One ``live at`` line. ``target`` is the function entered or called, without its package
    (None: an indirect call). ``names`` are as printed: ``d``, ``&d`` (moved to the heap),
    ``s.ptr`` (a part of s), ``.autotmp_3`` and ``~r0`` (made by the compiler)."""

    kind: LiveKind
    position: Position
    target: str | None
    names: tuple[str, ...]

    @property
    def variables(self) -> frozenset[str]:
        """The source variables among the names; those of inlined functions are among them."""
        return frozenset(name for name in map(variable_of, self.names) if name)

    @property
    def made(self) -> tuple[str, ...]:
        """The names that the compiler made: what they hold cannot be told from the text."""
        return tuple(name for name in self.names if variable_of(name) is None)


@frozen
class StackObject:
    """One ``stack object`` line: a variable on the stack whose address is taken."""

    position: Position
    name: str
    type: str


@frozen
class Parsed:
    """What the lines said; ``unparsed`` counts those that fit no known form of ``-m`` or
    ``-live``."""

    facts: tuple[LiveFact, ...]
    objects: tuple[StackObject, ...] = ()
    unparsed: int = 0


def variable_of(name: str) -> str | None:
    """The source variable that a printed name is or is part of; None if the compiler made it."""
    bare = name.removeprefix("&")
    if not bare or _MADE.match(bare):
        return None
    return bare.partition(".")[0]


def parse_line(line: str) -> LiveFact | StackObject | None:
    """One line without its end; None when it is not about liveness. Never raises."""
    match = _LINE.match(line)
    if match is None:
        return None
    place = Position(match["file"], int(match["line"]), int(match["column"] or 0))
    live = _LIVE.match(match["text"])
    if live is not None:
        names = tuple(live["names"].split())
        if live["indirect"]:
            return LiveFact(LiveKind.INDIRECT, place, None, names)
        if live["entry"]:
            return LiveFact(LiveKind.ENTRY, place, live["entry"], names)
        return LiveFact(LiveKind.CALL, place, live["call"], names)
    held = _OBJECT.match(match["text"])
    return StackObject(place, held["name"], held["type"]) if held is not None else None


def is_of_liveness(line: str) -> bool:
    """Whether a line, without its end, is one that `parse` understands. Never raises."""
    told = "live at " in line or "stack object " in line
    return told and parse_line(line) is not None


def parse(lines: Iterable[str]) -> Parsed:
    """All facts of a compiler's text; ``-m`` lines and headings may stand between. Never raises."""
    facts: list[LiveFact] = []
    objects: list[StackObject] = []
    unparsed = 0
    for raw in lines:
        line = raw.rstrip("\r\n")
        found = parse_line(line)
        if isinstance(found, LiveFact):
            facts.append(found)
        elif isinstance(found, StackObject):
            objects.append(found)
        elif line.strip() and parse_heading(line) is None and not _of_m(line):
            unparsed += 1
    return Parsed(tuple(facts), tuple(objects), unparsed)


def _of_m(line: str) -> bool:
    # parse_message passes over any `live at`: one that the forms above do not fit counts.
    return _LINE.match(line) is None and not isinstance(parse_message(line), Unparsed)


@frozen
class Liveness:
    """The facts of one compile by place; files are absolute paths."""

    facts: tuple[LiveFact, ...]
    objects: tuple[StackObject, ...] = ()
    unparsed: int = 0

    @classmethod
    def of(cls, parsed: Parsed, resolve: Callable[[str], str]) -> Liveness:
        """``resolve`` makes the printed file names absolute."""
        return cls(
            tuple(
                LiveFact(one.kind, _placed(one.position, resolve), one.target, one.names)
                for one in parsed.facts
            ),
            tuple(
                StackObject(_placed(one.position, resolve), one.name, one.type)
                for one in parsed.objects
            ),
            parsed.unparsed,
        )

    @cached_property
    def _lines(self) -> Mapping[tuple[str, int], tuple[LiveFact, ...]]:
        lines: dict[tuple[str, int], list[LiveFact]] = defaultdict(list)
        for fact in self.facts:
            lines[fact.position.file, fact.position.line].append(fact)
        return {place: tuple(facts) for place, facts in lines.items()}

    @cached_property
    def _files(self) -> Mapping[str, tuple[LiveFact, ...]]:
        files: dict[str, list[LiveFact]] = defaultdict(list)
        for fact in self.facts:
            files[fact.position.file].append(fact)
        return {file: tuple(facts) for file, facts in files.items()}

    def on_line(self, file: str, line: int) -> tuple[LiveFact, ...]:
        """The facts of the line's calls; function entries left out."""
        facts = self._lines.get((file, line), ())
        return tuple(fact for fact in facts if fact.kind is not LiveKind.ENTRY)

    def at(self, place: Position) -> tuple[LiveFact, ...]:
        """The facts of the calls at exactly this place: several where it was inlined."""
        return tuple(
            fact
            for fact in self.on_line(place.file, place.line)
            if fact.position.column == place.column
        )

    def in_file(self, file: str) -> tuple[LiveFact, ...]:
        """All facts of a file, function entries among them."""
        return self._files.get(file, ())


def _placed(place: Position, resolve: Callable[[str], str]) -> Position:
    return Position(resolve(place.file), place.line, place.column)
