"""What a hover says of a finding: at most five lines, each said once, nothing invented.

What, how much and when; why, in the user's names; the way to the heap; what helps; where there
is more. The whole of it is on the page that ``explain`` opens (`golsp_mem.advice.hover`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from attrs import evolve

from golsp_mem.advice import wording
from golsp_mem.advice.causes import Classification, classify
from golsp_mem.advice.flow_words import in_words, own_names, telling
from golsp_mem.advice.hover import Link, heading, place_link
from golsp_mem.advice.markdown import code, text
from golsp_mem.advice.no_edit import no_edit
from golsp_mem.advice.scope import foreign_packages, refine
from golsp_mem.advice.unavoidable import unavoidable
from golsp_mem.compiler.objects.callsites import is_literal
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.compiler.text.flows import Note
from golsp_mem.model import Allocates, Code, Finding, Step
from golsp_mem.source.syntax import GoFile

_SHOWN_STEPS = 3
_SHOWN_HEADINGS = 3

# Of two findings about one variable the second says what the first says, and why.
_SAYS_MORE = {Code.HEAP_VARIABLE: Code.STACK_TOO_LARGE}


def brief_markdown(
    findings: Sequence[Finding],
    flow: Sequence[Step],
    *,
    link: Link,
    more: Callable[[Finding], str],
    stale: str | None = None,
    source: GoFile | None = None,
    promise: str | None = None,
    also: str | None = None,
    measured: str | None = None,
    said: bool = False,
) -> str:
    """The hover on a place: ``findings`` are those there, ``flow`` that of the first.

    ``more`` is the Markdown that leads to the page of a finding, ``stale`` why the findings may
    not hold, ``promise`` what the first breaks, ``also`` what else is to be said of the place.
    ``measured`` is what a profile says of the first; ``said``: the diagnostics stand above the
    hover, and have told what, how much and when. Lines are paragraphs.
    """
    findings = _one_each(findings)
    first = findings[0]
    flow = own_names(flow, foreign_packages(first, source))
    lines = _headings(findings)
    lines = [" · and ".join(lines)] if len(lines) <= 2 else [lines[0], " · ".join(lines[1:])]
    if measured:
        lines[0] = f"{lines[0]} · {measured}"
    if promise:
        lines[0] = f"**contract** {text(promise)}: {lines[0]}"
    lines = [] if said else lines
    told = _why(first, flow, source, link, said=said)
    if also:
        told.insert(0, also.strip())
    end = more(first)
    if stale:
        end = f"_Not up to date: {text(stale)}._ {end}"
    return "\n\n".join([*lines, *told[: 4 - len(lines)], end]) + "\n"


def _headings(findings: Sequence[Finding]) -> list[str]:
    """The first whole; others with the first clause of their condition, and without one that the
    finding before has; what reads the same is counted."""
    lines = [heading(findings[0])]
    for before, one in pairwise(findings):
        again = one.condition is not None and one.condition == before.condition
        line = f"{heading(one, when=False)} · then too" if again else heading(_shortened(one))
        if len(lines) < _SHOWN_HEADINGS and line not in lines:
            lines.append(line)
    left = len(findings) - len(lines)
    return [*lines, f"and {left} more"] if left else lines


def _shortened(finding: Finding) -> Finding:
    first, more, _ = (finding.condition or "").partition("; and ")
    return evolve(finding, condition=f"{first}, …") if more else finding


def _one_each(findings: Sequence[Finding]) -> list[Finding]:
    """Without what another finding about the same variable says as well."""
    there = {(one.code, one.span.start) for one in findings}
    return [
        one for one in findings if (_SAYS_MORE.get(one.code), one.span.start) not in there
    ] or list(findings)


def _why(
    finding: Finding, flow: Sequence[Step], source: GoFile | None, link: Link, *, said: bool
) -> list[str]:
    message = [] if said else [text(finding.message) + "."]
    if not finding.code.speaks_of_heap:
        evidence = " → ".join(_evidence(step, link) for step in flow[:_SHOWN_STEPS])
        return [*message, *([evidence] if evidence else [])]
    if finding.code is Code.STACK_TOO_LARGE:
        return message
    classified = refine(classify(flow, finding.code), finding, source)
    names = wording.names_of(finding, classified)
    told = [_cause(classified, names)]
    if finding.allocates is Allocates.NEVER:
        return ["The compiler reports it, but the code that it emits allocates nothing."]
    told += [_way(classified, link), _help(finding, classified, names, source)]
    return [line for line in told if line]


def _evidence(step: Step, link: Link) -> str:
    at = f" ({place_link(step.position, link)})" if step.position else ""
    return f"{text(step.text)}{at}"


def _cause(classified: Classification, names: wording.Names) -> str:
    if classified.cause is not None:
        said = wording.fill(_first(classified.cause.what), names, code)
        return f"**Why**: {classified.cause.title}. {said}"
    construct = classified.construct
    return wording.fill(_first(construct.what), names, code) if construct is not None else ""


def _way(classified: Classification, link: Link) -> str:
    notes = telling(classified.route.notes)
    if not notes:
        return ""
    # A call that is inlined in a call has steps that read the same.
    shown = list(dict.fromkeys(_step(note, link) for note in notes))
    if len(shown) > _SHOWN_STEPS:
        shown[_SHOWN_STEPS - 1 : -1] = ["…"]
    return "**Way**: " + " → ".join(shown)


def _step(note: Note, link: Link) -> str:
    place = f" {place_link(note.position, link)}" if note.position else ""
    shown = in_words(note.expr) or code(note.expr)
    return f"{shown}{place}"


def _help(
    finding: Finding, classified: Classification, names: wording.Names, source: GoFile | None
) -> str:
    cause = classified.construct or classified.cause
    if cause is None:
        return ""
    # What a function literal makes stands in the reader's code like the rest of it.
    if len(finding.stack) > 1 and not is_literal(finding.stack[0].function):
        maker = code(short_name(finding.stack[0].function).replace("[...]", ""))
        return f"**Helps**: {maker} makes it; keep what it returns and use it again."
    fixed = unavoidable(finding, classified)
    if fixed is not None:
        return f"**Helps**: {fixed}"
    remedy = _first(wording.remedy(cause, names, code))
    why = no_edit(finding, source)
    return f"**Helps**: {why} {remedy}" if why is not None else f"**Helps**: {remedy}"


def _first(told: str) -> str:
    """The first sentence."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`*])", told, maxsplit=1)[0]
