"""The compiler's ``-m`` text, a line at a time.

Forms collected from base.WarnfAt calls in cmd/compile/internal/{escape,inline,walk,
devirtualize,noder,bloop,staticinit} of Go 1.22 to 1.27. A line that fits no known form is kept
and counted by the caller, never dropped. What ``-m=2`` adds: golsp_mem/compiler/text/flows.py.
"""

from __future__ import annotations

import re

from attrs import frozen

from golsp_mem.model import Message, MessageKind, Position

# Wrappers that the compiler writes itself have a line but no column.
# At most nine digits: int() refuses texts of thousands.
_LINE = re.compile(
    r"(?P<file>.+?):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?: (?P<text>.*)",
    re.ASCII | re.DOTALL,
)
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


def split_line(line: str) -> tuple[Position, str] | None:
    """The place that a line of the compiler begins with, and what it says of it."""
    match = _LINE.match(line)
    if not match:
        return None
    position = Position(match["file"], int(match["line"]), int(match["column"] or 0))
    return position, match["text"]


def parse_message(line: str) -> Message | Unparsed:
    """One ``-m`` line without its line end. The file stays as the compiler printed it."""
    placed = split_line(line)
    if placed is None:
        return Unparsed(line)
    position, text = placed
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
