"""What became of each allocating call in the object code of one file, and of each line of ``-m``.

The findings of a report are what is left at the end of a long way; here every call that it began
with is accounted for, so that nothing is lost in silence.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from enum import StrEnum

from attrs import field, frozen

from golsp_mem.analysis.heap.trail import CallTrail, MessageTrail, Trail
from golsp_mem.model import Allocates, Finding
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import Quiet, Shown

SCHEMA = 1

_QUIET = {
    Quiet.BOOKKEEPING: "the runtime keeps its own books with it; --all lists it",
    Quiet.FOREIGN: "its code stands in a file of another package, or behind //line; --all lists it",
    Quiet.GENERATED: "nobody wrote its file by hand; --generated lists it",
    Quiet.RETOLD: "another finding says all of it",
}
_LOST = "no finding of the report stands for it: please report it"


class Became(StrEnum):
    """What people see of it. ``REPORTED``: a finding; ``QUIET``: a finding that only programs are
    given; ``NEVER``: it was found to allocate nothing; ``IGNORED``: left out by a setting or a
    comment; ``NO_PLACE``: nothing was said of it."""

    REPORTED = "reported"
    QUIET = "quiet"
    NEVER = "never"
    IGNORED = "ignored"
    NO_PLACE = "no place"


@frozen
class Outcome:
    """``why`` is empty where there is nothing to say; ``finding`` None where there is none."""

    became: Became
    why: str
    finding: Finding | None


@frozen
class CallAccount:
    """``line`` is the innermost place of the call in the file, ``copies`` are compiled calls of
    which all the same is true."""

    line: int
    call: CallTrail
    copies: int
    outcome: Outcome


@frozen
class LineAccount:
    """A ``-m`` line of the file."""

    said: MessageTrail
    outcome: Outcome


@frozen
class Account:
    """Everything about one file. ``elsewhere`` counts the allocating calls of its package that are
    in no frame of the file, ``unparsed`` the lines of the compiler's text, of the package, that fit
    no known form."""

    file: str
    calls: tuple[CallAccount, ...]
    messages: tuple[LineAccount, ...]
    elsewhere: int
    unparsed: int

    def number_of(self, became: Became) -> int:
        """Of the compiled calls."""
        return sum(one.copies for one in self.calls if one.outcome.became is became)

    def as_json(self, place: PathBase) -> Mapping[str, object]:
        """``schema`` 1; files are relative to ``place``, lines and columns 1-based (UTF-8)."""
        return {
            "schema": SCHEMA,
            "file": place.show(self.file),
            "counts": {became.value: self.number_of(became) for became in Became},
            "calls": [_call_json(one, place) for one in self.calls],
            "messages": [_line_json(one, place) for one in self.messages],
            "elsewhere": self.elsewhere,
            "unparsed": self.unparsed,
        }


@frozen
class Reported:
    """The findings of one report, and those that it leaves out with the reasons."""

    shown: Mapping[Hashable, Shown] = field(repr=False)
    left_out: Mapping[Hashable, tuple[Finding, str]] = field(repr=False)

    @classmethod
    def of(cls, shown: Iterable[Shown], left_out: Iterable[tuple[Finding, str]]) -> Reported:
        return cls(
            {_key(one.finding): one for one in shown},
            {_key(finding): (finding, why) for finding, why in left_out},
        )

    def outcome(self, finding: Finding | None, why: str | None) -> Outcome:
        """``finding`` as `Trail` has it: before it was judged."""
        if finding is None:
            return Outcome(Became.NO_PLACE, why or "", None)
        key = _key(finding)
        shown = self.shown.get(key)
        if shown is not None:
            if shown.finding.allocates is Allocates.NEVER:
                return Outcome(Became.NEVER, "", shown.finding)
            if shown.quiet is not None:
                return Outcome(Became.QUIET, _QUIET[shown.quiet], shown.finding)
            return Outcome(Became.REPORTED, "", shown.finding)
        if key in self.left_out:
            left, reason = self.left_out[key]
            never = left.allocates is Allocates.NEVER
            return Outcome(Became.NEVER if never else Became.IGNORED, reason, left)
        return Outcome(Became.NO_PLACE, _LOST, None)


def account(file: str, trail: Trail, reported: Reported) -> Account:
    """What became of everything that the trail says of a file (absolute path)."""
    elsewhere = 0
    alike: dict[Hashable, tuple[int, CallTrail, Outcome, int]] = {}
    for call in trail.calls:
        line = next((one.line for one in call.allocation.stack if one.file == file), None)
        if line is None:
            elsewhere += 1
            continue
        outcome = reported.outcome(call.finding, call.why)
        allocation = call.allocation
        same = (line, allocation.runtime_call, allocation.type, allocation.bytes, call.compiled_in,
                allocation.stack, outcome.became, id(outcome.finding))  # fmt: skip
        known = alike.get(same)
        alike[same] = (line, call, outcome, known[3] + 1 if known else 1)
    calls = [CallAccount(line, call, copies, how) for line, call, how, copies in alike.values()]
    calls.sort(key=lambda one: (one.line, one.call.compiled_in, one.call.allocation.offset))
    messages = [
        LineAccount(one, reported.outcome(one.finding, one.why))
        for one in trail.messages
        if one.message.position.file == file
    ]
    messages.sort(key=lambda one: one.said.message.position)
    return Account(file, tuple(calls), tuple(messages), elsewhere, trail.unparsed)


def _key(finding: Finding) -> Hashable:
    """What later steps leave as it is."""
    return (finding.code, finding.span, finding.function, finding.callee, finding.type,
            finding.runtime_call, finding.subject, finding.stack, finding.why)  # fmt: skip


def _call_json(one: CallAccount, place: PathBase) -> Mapping[str, object]:
    allocation = one.call.allocation
    return {
        "line": one.line,
        "runtime_call": allocation.runtime_call,
        "type": allocation.type,
        "bytes": allocation.bytes,
        "compiled_in": one.call.compiled_in,
        "copies": one.copies,
        "stack": [
            {"function": frame.function, "file": place.show(frame.file), "line": frame.line}
            for frame in allocation.stack
        ],
        **_outcome_json(one.outcome, place),
    }


def _line_json(one: LineAccount, place: PathBase) -> Mapping[str, object]:
    message = one.said.message
    return {
        "line": message.position.line,
        "column": message.position.column,
        "text": message.text,
        **_outcome_json(one.outcome, place),
    }


def _outcome_json(outcome: Outcome, place: PathBase) -> Mapping[str, object]:
    return {
        "became": outcome.became,
        "why": outcome.why or None,
        "finding": dict(_finding_json(outcome.finding, place)) if outcome.finding else None,
    }


def _finding_json(finding: Finding, place: PathBase) -> Iterator[tuple[str, object]]:
    yield "code", finding.code
    yield "file", place.show(finding.span.file)
    yield "line", finding.span.line
    yield "column", finding.span.column
    yield "allocates", finding.allocates
    yield "condition", finding.condition
    yield "message", finding.message
    yield "fingerprint", finding.fingerprint
