"""The compiler's ``-m`` and ``-m=2`` text.

Forms collected from base.WarnfAt calls in cmd/compile/internal/{escape,inline,walk,
devirtualize,noder,bloop,staticinit} of Go 1.22 to 1.27. The flow wording changed in 1.25:
``X escapes to heap:`` became ``X escapes to heap in F:`` and ``=`` became ``←``. A line that
fits no known form is kept and counted by the caller, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import field, frozen

from golsp_mem.model import Message, MessageKind, Position, Step

# Wrappers that the compiler writes itself have a line but no column.
_LINE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<text>.*)", re.DOTALL)
_HEADING = re.compile(r"# (?P<package>\S+)(?: \[(?P<variant>[^\]]+)\])?$")

_MOVED = re.compile(r"moved to heap: (?P<subject>.+)$", re.DOTALL)
_ESCAPES = re.compile(r"(?P<subject>.+) escapes to heap$", re.DOTALL)
_STAYS = re.compile(r"(?P<subject>.+) does not escape(?:, mutate, or call)?$", re.DOTALL)
_LEAKS = re.compile(
    r"leaking param(?P<content> content)?: (?P<subject>.+?)(?: to result .+ level=-?\d+)?$"
)
_INLINED = re.compile(r"inlining call to (?P<subject>.+)$")
# Understood, and no business of ours: inlining, devirtualisation, notes of single passes.
_OTHER = re.compile(
    r"can inline |cannot inline |inlined call to |cannot devirtualize |"
    r"(?:partially )?devirtualizing |mutates param: |calls param: |assuming .+ is unsafe uintptr|"
    r"marking .+ as escaping |zero-copy string->\[\]byte conversion|.* ignoring self-assignment|"
    r"rewriting OCONVIFACE |skipping static copy |closure converted to global|"
    r".* will be kept alive|.*unknown to bloop pass|unrecognized shape for assign list|"
    r"loop variable .+ now per-iteration|imprecise interface call|reshaping |"
    r"tail call emitted|alias analysis: |hash of |index bounds check elided|"
    r"convert: |append: |(?:open-coded|stack-allocated|heap-allocated) defer|"
    r"intrinsic substitution |type assertion (?:not )?inlined|live at |stack object|"
    r".* capturing by |Before |After |specializing |ignoring |cse of |"
    r"(?:parameter|function) .+ (?:leaks to|is|does)|using |callee |result "
)


@frozen
class Heading:
    """``# import/path`` or ``# import/path [variant]``: what follows is of that package."""

    package: str
    variant: str | None = None


@frozen
class Unparsed:
    """A line that fits no known form."""

    text: str


def parse_heading(line: str) -> Heading | None:
    match = _HEADING.match(line)
    return Heading(match["package"], match["variant"]) if match else None


def parse_message(line: str) -> Message | Unparsed:
    """One ``-m`` line without its line end. The file stays as the compiler printed it."""
    match = _LINE.match(line)
    if not match:
        return Unparsed(line)
    position = Position(match["file"], int(match["line"]), int(match["column"] or 0))
    text = match["text"]
    for kind, pattern in (
        (MessageKind.MOVED, _MOVED),
        (MessageKind.LEAKS, _LEAKS),
        (MessageKind.ESCAPES, _ESCAPES),
        (MessageKind.STAYS, _STAYS),
        (MessageKind.INLINED, _INLINED),
    ):
        found = pattern.match(text)
        if found:
            return Message(kind, position, found["subject"], text)
    if _OTHER.match(text):
        return Message(MessageKind.OTHER, position, "", text)
    return Unparsed(line)


@frozen
class Flow:
    """One block of ``-m=2``: why ``subject`` at ``position`` escapes (or a parameter leaks).

    ``steps`` alternate between ``flow: a ← b`` and the ``from x (cause)`` lines below it.
    """

    position: Position
    subject: str
    heading: str
    steps: tuple[Step, ...] = field(default=())


_FLOW_HEAD = re.compile(
    r"(?P<subject>.+) (?:escapes to heap(?: in .+)?|leaks to .+ with derefs=-?\d+):$", re.DOTALL
)
_FLOW_LINE = re.compile(r"  flow: (?P<to>.+?) (?:=|←) (?P<from>.+):$", re.DOTALL)
_FROM_LINE = re.compile(
    r"    from (?P<text>.+) at (?P<file>.+?):(?P<line>\d+):(?P<column>\d+)$", re.DOTALL
)


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
        if line.endswith(":") and (match := _LINE.match(line)):
            text = match["text"]
            found = _FLOW_HEAD.match(text)
            if found:
                self._prefix = line[: match.start("text")] + "  "
                # Why a parameter leaks is never asked for: its block is only skipped.
                if " leaks to " not in text:
                    self._head = (_position(match), found["subject"], text.removesuffix(":"))
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
        return Flow(*head, tuple(step for line in lines for step in _flow_step(line[start:])))


def _position(match: re.Match[str]) -> Position:
    return Position(match["file"], int(match["line"]), int(match["column"] or 0))


def _flow_step(text: str) -> Iterator[Step]:
    flow = _FLOW_LINE.match(text)
    if flow:
        yield Step(f"{flow['to']} ← {flow['from']}")
        return
    source = _FROM_LINE.match(text)
    if source:
        position = Position(source["file"], int(source["line"]), int(source["column"]))
        yield Step(source["text"], position)
        return
    yield Step(text.strip())
