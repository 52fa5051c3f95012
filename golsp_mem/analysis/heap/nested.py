"""What stands inside a literal, and is compiled at the line on which that literal begins.

The compiler builds the values of a map literal at the literal's own place (cmd/compile/internal/
walk/complit.go, maplit: a temporary for each value that is no constant), while ``-m`` speaks of
them where they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from golsp_mem.analysis.heap.groups import Group, Key
from golsp_mem.analysis.heap.matching import assign
from golsp_mem.compiler.rules import call_family
from golsp_mem.model import Code, Message, MessageKind, Span
from golsp_mem.source.syntax import GoFile

Place = tuple[str, int]


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
        taken = assign(inside, waiting) if inside else {}
        spoken.update(taken.values())
        found |= taken
    return found


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
