"""What stands inside a literal, and is compiled at the line on which that literal begins.

The compiler builds the values of a map literal at the literal's own place (cmd/compile/internal/
walk/complit.go, maplit: a temporary for each value that is no constant), while ``-m`` speaks of
them where they are written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence

from golsp_mem.analysis.heap.groups import Group, Key
from golsp_mem.analysis.heap.matching import assign, fit
from golsp_mem.compiler.rules import call_family
from golsp_mem.model import Allocation, Code, Message, MessageKind, Span
from golsp_mem.source.syntax import GoFile

Place = tuple[str, int]
# More of them (a table of thousands of entries) are matched by what they look like.
_MOST_PAIRS = 10_000


def nested_reasons(
    messages: Mapping[Place, Sequence[Message]],
    by_line: Mapping[Place, Sequence[Group]],
    reasons: Mapping[Key, Message],
    sources: Callable[[str], GoFile | None],
) -> dict[Key, Message]:
    """The lines of ``-m`` that explain objects and maps to which their own line gave no reason
    (``reasons``), by what is written further down in a literal that begins there."""
    spoken = set(reasons.values())
    found: dict[Key, Message] = {}
    for place, here in by_line.items():
        waiting = [
            (group.key, group.allocation)
            for group in here
            if group.key not in reasons and not group.key.inner and _is_made_of_one(group)
        ]
        file = sources(place[0]) if waiting else None
        if file is None:
            continue
        inside = _messages_within(file, place, messages, spoken)
        few = len(inside) * len(waiting) <= _MOST_PAIRS
        taken = assign(inside, waiting) if few else _in_order(inside, waiting)
        spoken.update(taken.values())
        found |= taken
    return found


def _in_order(
    messages: Sequence[Message], allocations: Sequence[tuple[Key, Allocation]]
) -> dict[Key, Message]:
    """The same for the thousands of entries of a table, which look alike: what fits best by words
    and types first, of those that look alike the first to the first."""
    lines: dict[tuple[MessageKind, str], list[Message]] = defaultdict(list)
    for message in messages:
        lines[message.kind, message.subject].append(message)
    calls: dict[tuple[str, str, str | None], list[tuple[Key, Allocation]]] = defaultdict(list)
    for key, one in allocations:
        calls[one.code, one.runtime_call, one.type].append((key, one))
    pairs = [
        (-score, said, made)
        for said, spoken in lines.items()
        for made, alike in calls.items()
        if (score := fit(spoken[0], alike[0][1]))
    ]
    taken: dict[Key, Message] = {}
    for _, said, made in sorted(pairs, key=lambda pair: pair[0]):
        spoken, alike = lines[said], calls[made]
        count = min(len(spoken), len(alike))
        for message, (key, _) in zip(spoken[:count], alike[:count], strict=True):
            taken[key] = message
        del spoken[:count], alike[:count]
    return taken


def _is_made_of_one(group: Group) -> bool:
    """Whether it is an object, or the head of a map."""
    call = group.allocation.runtime_call
    return call_family(call) == "object" or call.startswith("runtime.makemap")


def _messages_within(
    file: GoFile,
    place: Place,
    messages: Mapping[Place, Sequence[Message]],
    spoken: Container[Message],
) -> list[Message]:
    spans = {
        one.span
        for one in file.constructs(Code.HEAP_LITERAL, place[1])
        if one.span.end_line > one.span.line
    }
    last = max((span.end_line for span in spans), default=0)
    return [
        message
        for line in range(place[1] + 1, last + 1)
        for message in messages.get((place[0], line), ())
        if message.kind is MessageKind.ESCAPES
        and message not in spoken
        and any(_holds(span, message) for span in spans)
    ]


def _holds(span: Span, message: Message) -> bool:
    at = message.position
    start, end = (span.line, span.column), (span.end_line, span.end_column)
    return start <= (at.line, at.column) < end
