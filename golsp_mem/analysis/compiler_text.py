"""The compiler's text of one run, sorted by package as it streams in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from attrs import define, field, frozen

from golsp_mem.analysis.reasons import FlowTable
from golsp_mem.compiler.text.messages import Heading, Unparsed, parse_heading, parse_message
from golsp_mem.model import Message, MessageKind, Position

Messages = dict[tuple[str, int], list[Message]]


@define
class CompilerText:
    """Lines by base package, unread: what a package's cache knows need not be parsed.

    ``flows`` takes the lines of ``-m=2`` that are above the level of ``-m``. ``apart``: lines of
    test variants go under their own import paths (``p [p.test]``), not under p. So do those of a
    package that was compiled once more for a command with a profile (``p [m/cmd/x]``).
    """

    flows: FlowTable | None = None
    apart: bool = False
    lines: dict[str, dict[str, None]] = field(factory=lambda: defaultdict(dict))
    _current: str = ""

    def feed(self, line: str) -> None:
        """Take one line of the go command's stderr."""
        if line.startswith("# "):
            heading = parse_heading(line)
            if heading is not None:
                self._enter(heading)
                return
        if not self._current or not line.strip():
            return
        if self.flows is not None and self.flows.feed(self._current, line):
            return
        # Test variants say the same again.
        self.lines[self._current][line] = None

    def _enter(self, heading: Heading) -> None:
        self._current = _base_of(heading.package, heading.variant)
        profiled = heading.variant is not None and not heading.variant.endswith(".test")
        if profiled or (self.apart and self._current and heading.variant):
            self._current = f"{heading.package} [{heading.variant}]"


def _base_of(package: str, variant: str | None) -> str:
    """The package that a test variant belongs to: ``p`` of ``p_test [p.test]``.

    Empty for a dependency that was compiled once more for a variant (``q [p.test]``): it is no
    part of p, and the compiler tells of it only where the run names q, too.
    """
    if variant is None:
        return package
    base = variant.removesuffix(".test")
    return base if package in (base, f"{base}_test") and base != variant else ""


@frozen
class ParsedText:
    """One package's messages by (file, line), and how many lines fit no known form."""

    messages: Mapping[tuple[str, int], list[Message]]
    unparsed: int


@define(eq=False)
class KnownMessages:
    """Lines that were read before, as `parse_text` read them, for whoever reads the same package's
    text again: those of the last time."""

    lines: dict[str, Message | Unparsed] = field(factory=dict)


def parse_text(
    lines: Iterable[str], resolve: Callable[[str], str], known: KnownMessages | None = None
) -> ParsedText:
    """Messages under absolute files, which ``resolve`` (`names_in`) makes of the printed names."""
    messages: Messages = defaultdict(list)
    before = known.lines if known is not None else {}
    read: dict[str, Message | Unparsed] = {}
    unparsed = 0
    for line in lines:
        message = read[line] = before.get(line) or _parsed(line, resolve)
        if isinstance(message, Unparsed):
            unparsed += 1
        elif message.kind is not MessageKind.OTHER:
            here = messages[message.position.file, message.position.line]
            if message not in here:
                here.append(message)
    if known is not None:
        known.lines = read
    return ParsedText(dict(messages), unparsed)


def _parsed(line: str, resolve: Callable[[str], str]) -> Message | Unparsed:
    message = parse_message(line)
    if isinstance(message, Unparsed) or message.kind is MessageKind.OTHER:
        return message
    position = message.position
    at = Position(resolve(position.file), position.line, position.column)
    return Message(message.kind, at, message.subject, message.text)
