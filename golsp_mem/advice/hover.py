"""What an editor shows at a finding or a function, as Markdown.

The text of the user's code and of the compiler goes through markdown.py, so that no name can
become markup. Sizes are bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePath

from golsp_mem.advice import markdown, wording
from golsp_mem.advice.causes import Classification, UnknownCause, classify, ways
from golsp_mem.advice.flow_words import in_words, own_names, readable, telling
from golsp_mem.advice.leaks import leak_words
from golsp_mem.advice.links import command, href
from golsp_mem.advice.markdown import code, fence, text, words
from golsp_mem.advice.no_edit import no_edit
from golsp_mem.advice.per_call import LeftOut, per_call_words
from golsp_mem.advice.scope import foreign_packages, refine
from golsp_mem.advice.unavoidable import unavoidable
from golsp_mem.analysis.heap.per_call import PerCall
from golsp_mem.analysis.names import function_words
from golsp_mem.analysis.sizes import size_text
from golsp_mem.compiler.objects.callsites import is_literal
from golsp_mem.compiler.text.flows import Note
from golsp_mem.compiler.types import as_written
from golsp_mem.model import Allocates, Code, Finding, FunctionFacts, Position, StackFrame, Step
from golsp_mem.source.syntax import GoFile

Link = Callable[[Position], str]

# How the compiler types the block of a function value (typecheck.ClosureType, MethodValueType).
_CLOSURE = re.compile(r"struct \{ F uintptr")
_SHOWN_NOTES = 12
_SHOWN_FINDINGS = 8
_BRIEF_FINDINGS = 3


def finding_markdown(
    finding: Finding,
    flow: Sequence[Step],
    release: str,
    *,
    link: Link,
    stale: str | None = None,
    source: GoFile | None = None,
) -> str:
    """What is allocated, how much and when, why, and what helps.

    ``flow`` is the escape flow (may be empty), ``release`` the toolchain's (``go1.26.8``),
    ``link`` gives the address of a place (empty: no link), ``stale`` says why the finding is
    not of the text as it is now. ``source`` is the finding's file as it was compiled: with it
    a loop or a named result is called so.
    """
    flow = own_names(flow, foreign_packages(finding, source))
    evidence = () if finding.code.speaks_of_heap else tuple(flow)
    classified = refine(classify(() if evidence else flow, finding.code), finding, source)
    names = wording.names_of(finding, classified)
    parts = [heading(finding)]
    if stale:
        parts.insert(0, f"_Not up to date: {text(stale)}_")
    parts.append(_what(finding, classified, names))
    if finding.allocates is not Allocates.NEVER:
        parts.append(_why(finding, classified, names))
    steps = _evidence(evidence, link) if evidence else _steps(classified, link)
    if steps:
        parts.append(steps)
    inlined = _inlined(finding, link)
    if inlined:
        parts.append(inlined)
    if classified.unknown:
        parts.append(_unknown(classified.unknown, release))
    if finding.allocates is not Allocates.NEVER:
        parts += _help(finding, classified, names, source)
    parts.append(_footer(finding, classified))
    return "\n\n".join(part for part in parts if part) + "\n"


def function_brief(
    facts: FunctionFacts,
    findings: Sequence[Finding],
    cost: PerCall | None,
    *,
    link: Link,
    left: LeftOut | None = None,
) -> str:
    """The same as `function_markdown` in three lines, for a hover. ``left``: why what it allocates
    is not among the findings."""
    counted = _allocating(findings)
    takes = per_call_words(cost) if cost else _sites(counted)
    if left and (cost.total.nothing if cost else not counted):
        takes = left
    lines = [f"**{code(facts.name)}** · frame {size_text(facts.frame_bytes)} · {takes}"]
    sites = []
    for finding in counted[:_BRIEF_FINDINGS]:
        words = (f"{place_link(finding.span.start, link)} {finding.code}", _size(finding))
        sites.append(" ".join(word for word in words if word))
    if len(counted) > _BRIEF_FINDINGS:
        sites.append(f"{len(counted) - _BRIEF_FINDINGS} more")
    lines.append(" · ".join(sites))
    if facts.leaks:
        lines.append("; ".join(leak_words(message) for message in facts.leaks[:_BRIEF_FINDINGS]))
    return "\n\n".join(line for line in lines if line) + "\n"


def _allocating(findings: Sequence[Finding]) -> list[Finding]:
    # What is found of stacks and lifetimes has sizes too, but allocates nothing.
    return [
        finding
        for finding in findings
        if finding.allocates is not Allocates.NEVER and finding.code.is_heap
    ]


def function_markdown(
    facts: FunctionFacts, findings: Sequence[Finding], cost: PerCall | None, *, link: Link
) -> str:
    """Frame size, allocations per call and leaking parameters of one function.

    ``findings`` are those of the function; ones that never allocate are passed over. ``cost``
    is what a call of it takes.
    """
    counted = _allocating(findings)
    takes = per_call_words(cost) if cost else _sites(counted)
    parts = [f"**{code(facts.name)}** · frame {size_text(facts.frame_bytes)} · {takes}"]
    lines = []
    for finding in counted[:_SHOWN_FINDINGS]:
        place = place_link(finding.span.start, link)
        words = (f"{place} {finding.code}", _size(finding), _when(finding))
        lines.append("- " + " · ".join(word for word in words if word))
    if len(counted) > _SHOWN_FINDINGS:
        lines.append(f"- and {len(counted) - _SHOWN_FINDINGS} more")
    parts.append("\n".join(lines))
    leaks = [f"- {leak_words(message)}" for message in facts.leaks]
    if leaks:
        parts.append("Parameters that outlive the call:\n\n" + "\n".join(leaks))
    return "\n\n".join(part for part in parts if part) + "\n"


def _sites(found: Sequence[Finding]) -> str:
    """Where the text is missing nothing is known of paths, only of places."""
    return "1 place that allocates" if len(found) == 1 else f"{len(found)} places that allocate"


def heading(finding: Finding, *, when: bool = True) -> str:
    """``**heap** `T` · 48 B · always``, or without its end."""
    kind = "heap" if finding.code.is_heap else finding.code.value
    if finding.allocates is Allocates.NEVER:
        kind = "no allocation"
    condition = _when(finding) if when else ""
    pieces = (f"**{kind}** {_name(finding)}".rstrip(), _size(finding), condition)
    return " · ".join(piece for piece in pieces if piece)


def closure_words(type_: str) -> str | None:
    """What the compiler's type of a closure is, in words; None for other types."""
    if not _CLOSURE.match(type_):
        return None
    count = type_.count("; X")
    if not count:
        return "method value" if "; R " in type_ else "function value"
    return f"closure of {count} variable{'s' if count != 1 else ''}"


def _name(finding: Finding) -> str:
    """What is allocated: its type, else what the finding speaks of."""
    shown = finding.type or readable(finding.subject or "")
    if not finding.code.speaks_of_heap and is_literal(shown):
        return "function literal"
    if finding.code is Code.HEAP_OTHER:
        # Of a generic function without the compiler's type arguments.
        shown = (finding.runtime_call or shown).partition("[")[0]
    closure = closure_words(shown)
    if closure:
        return closure
    if finding.type and finding.code.row.of_elements and not shown.startswith("["):
        shown = f"[]{shown}"
    return code(as_written(shown)) if shown else finding.code.row.noun


def _size(finding: Finding) -> str:
    if finding.code is Code.STACK_RECURSION:
        return ""  # its message counts what a round takes
    if finding.bytes is None:
        return "size known at run time" if finding.code.row.sized_late else ""
    shown = size_text(finding.bytes)
    if finding.shares_block:
        shown += f" of a block of {finding.size_class} B that it shares"
    elif finding.size_class and size_text(finding.size_class) != shown:
        shown += f" (size class {finding.size_class})"
    return shown


def _when(finding: Finding) -> str:
    if not finding.code.is_heap:
        # A frame or a lifetime allocates nothing: there is no verdict to give.
        return ""
    if finding.allocates is Allocates.CONDITIONAL:
        return words(finding.condition or "under a condition")
    return finding.allocates.value


def _what(finding: Finding, classified: Classification, names: wording.Names) -> str:
    sentences = []
    block = finding.code.row.block
    if block and finding.bytes and finding.type:
        is_part = "a part of a block of 16 B that small values share"
        sentences.append(block.format(
            type=code(as_written(finding.type)), bytes=finding.bytes,
            block=is_part if finding.shares_block else "one block",
        ))  # fmt: skip
    elif not finding.code.is_heap:
        sentences.append(text(finding.message))
    construct = classified.construct
    if construct and not (sentences and finding.code.row.whole):
        sentences.append(wording.fill(construct.what, names, code))
    if construct and construct.alone and classified.cause is None:
        sentences.append(construct.alone)
    if finding.allocates is Allocates.NEVER:
        sentences.append("The compiler reports it, but the code that it emits allocates nothing.")
    return " ".join(sentences)


def _why(finding: Finding, classified: Classification, names: wording.Names) -> str:
    if classified.cause is None:
        return ""
    told = wording.tell(classified, names, code)
    if finding.code is Code.HEAP_VARIABLE and finding.subject:
        told.append(wording.fact_sentence("hidden-pointer", names, code))
    return f"**Why on the heap: {classified.cause.title}.** {' '.join(told)}"


def _steps(classified: Classification, link: Link) -> str:
    notes = telling(classified.route.notes)
    lines = [
        f"{number}. {_step(note)}{_at(note.position, link)}"
        for number, note in enumerate(notes[:_SHOWN_NOTES], 1)
    ]
    if len(notes) > _SHOWN_NOTES:
        lines.append(f"{_SHOWN_NOTES + 1}. … and {len(notes) - _SHOWN_NOTES} more steps")
    return "\n".join(lines)


def _evidence(steps: Sequence[Step], link: Link) -> str:
    return "\n".join(f"- {text(step.text)}{_at(step.position, link)}" for step in steps)


def _step(note: Note) -> str:
    said = ways().get(note.why)
    shown = in_words(note.expr) or code(note.expr)
    return f"{shown}: {said}" if said else f"{shown} ({text(note.why)})"


def _at(position: Position | None, link: Link) -> str:
    return f" · {place_link(position, link)}" if position else ""


def place_link(position: Position, to: Link) -> str:
    """``file.go:12``, as a link where there is an address."""
    name = code(f"{PurePath(position.file).name}:{position.line}")
    return markdown.link(name, to(position))


def _inlined(finding: Finding, to: Link) -> str:
    """The inlined calls between the allocation and the line of the user's own code."""
    frames = finding.stack[:-1]
    if not frames:
        return ""
    shown = " ← ".join(_frame(frame, to) for frame in frames)
    return f"Inlined here from {shown}."


def _frame(frame: StackFrame, to: Link) -> str:
    return f"{_function(frame)} {place_link(Position(frame.file, frame.line), to)}"


def _function(frame: StackFrame) -> str:
    """A literal has no name in the source."""
    name = frame.function
    return function_words(name, None, 0) if is_literal(name) else code(name)


def _unknown(unknown: Sequence[UnknownCause], release: str) -> str:
    shown = ", ".join(code(cause.text) for cause in unknown[:3])
    more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
    return f"{text(release)} gives a reason that golsp-mem does not know: {shown}{more}."


def _help(
    finding: Finding, classified: Classification, names: wording.Names, source: GoFile | None
) -> list[str]:
    cause = classified.construct or classified.cause
    if cause is None:
        return []
    # What a function literal makes stands in the reader's code like the rest of it.
    if len(finding.stack) > 1 and not is_literal(finding.stack[0].function):
        # The callee's code is not the reader's to change.
        maker = code(finding.stack[0].function)
        advice = "keep what it returns and use it again (a package variable, a field)"
        return [f"**What helps.** The block is made inside {maker}: {advice}, or call less of it."]
    fixed = unavoidable(finding, classified)
    if fixed is not None:
        return [f"**What helps.** {fixed}"]
    why = no_edit(finding, source)
    remedy = wording.remedy(cause, names, code)
    parts = [f"**What helps.** {why} {remedy}" if why is not None else f"**What helps.** {remedy}"]
    pair = wording.example(cause)
    # The examples of the flows are about one variable, not about many elements.
    of_many = finding.code is Code.HEAP_LITERAL and names.subject.startswith(("[", "map["))
    if pair and not (of_many and cause is classified.cause):
        parts.append(fence(f"// An example. Before:\n{pair[0]}\n\n// After:\n{pair[1]}"))
    return parts


def _footer(finding: Finding, classified: Classification) -> str:
    topics = [cause.topic for cause in (classified.construct, classified.cause) if cause]
    pages = list(dict.fromkeys([finding.code.value, *topics]))
    shown = ", ".join(_page(page) for page in pages)
    call = f"Run-time call: {code(finding.runtime_call)}. " if finding.runtime_call else ""
    return f"{call}More: {shown}"


def _page(name: str) -> str:
    address = href(name)
    return markdown.link(name, address) if address else code(command(name))
