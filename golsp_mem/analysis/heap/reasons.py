"""Which line of ``-m`` speaks of which cause of one line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import field, frozen

from golsp_mem.analysis.heap.asking import PackageFacts, Place
from golsp_mem.analysis.heap.boxing import Operand, pair
from golsp_mem.analysis.heap.groups import Group, Key
from golsp_mem.analysis.heap.matching import Subject, assign, is_method_value, subject_of
from golsp_mem.model import Code, Message, MessageKind, Position
from golsp_mem.source.places.locate import last_identifier
from golsp_mem.source.syntax import GoFile


@frozen
class Reasons:
    """The ``-m`` line of each cause of one line, and of how many boxed values a cause is one;
    ``nested`` are reasons that stand further down, in a literal that begins there."""

    messages: dict[Key, Message]
    operands: dict[Key, Operand]
    one_of: dict[Key, int]
    nested: Mapping[Key, Message] = field(factory=dict)


def reasons_of(
    package: PackageFacts,
    place: Place,
    groups: Sequence[Group],
    file: GoFile | None,
) -> Reasons:
    """What the compiler says of each cause on a line."""
    messages = [one for one in package.said(*place) if not _is_at_name(file, one.position)]
    boxing = [group for group in groups if group.allocation.code is Code.HEAP_BOXING]
    others = [group for group in groups if group.allocation.code is not Code.HEAP_BOXING]
    taken: dict[Key, Message] = {}
    operands: dict[Key, Operand] = {}
    one_of: dict[Key, int] = {}
    inlined = any(group.key.inner for group in boxing)
    by_function: dict[str, list[Group]] = defaultdict(list)
    for group in boxing:
        if not group.key.inner:
            by_function[group.key.function].append(group)
    bound = _method_values(messages, others)
    for own in by_function.values():
        calls = [(group.key, group.allocation) for group in own]
        paired = pair(messages, calls, file, inlined=inlined, without=bound)
        for group in own:
            if group.key in paired.named:
                operands[group.key] = paired.named[group.key]
                taken[group.key] = paired.named[group.key].message
            elif group.key in paired.open:
                one_of[group.key] = paired.open[group.key]
    inlined_calls = _inlined_calls(messages)
    taken |= assign(
        messages,
        [(group.key, group.allocation) for group in others],
        lambda message, key: _placed(message, key, inlined_calls),
    )
    for group in others:
        if group.key in taken:
            continue
        # The compiler names the outermost call's place for code that it inlined.
        for frame in group.allocation.stack[group.level + 1 :]:
            outer = assign(
                package.said(frame.file, frame.line),
                [(group.key, group.allocation)],
            )
            if outer:
                taken.update(outer)
                break
    return Reasons(taken, operands, one_of)


def _is_at_name(file: GoFile | None, position: Position) -> bool:
    """Whether a function's name in its declaration is meant: a wrapper of generic code, which the
    shape's body was inlined into, says there once more what the body says."""
    declared = file.declaration_at(position.line) if file is not None else None
    if declared is None:
        return False
    return (declared.name_span.line, declared.name_span.column) == (position.line, position.column)


def _inlined_calls(messages: Iterable[Message]) -> dict[int, set[str]]:
    """What was inlined into a line, by the column of its call: last names."""
    found: dict[int, set[str]] = defaultdict(set)
    for message in messages:
        if message.kind is MessageKind.INLINED:
            found[message.position.column].add(last_identifier(message.subject))
    return found


def _placed(message: Message, key: Key, calls: Mapping[int, set[str]]) -> int:
    """How well a message's place explains a cause: what an inlined function allocates is reported
    where it is called, and little else is."""
    names = calls.get(message.position.column, ())
    if key.runtime_family.startswith("runtime.moveSlice"):
        # The result of what was inlined is moved by the function around it.
        return 0
    if key.inner:
        return 2 * (last_identifier(key.inner[-1].function) in names)
    if not names:
        return 1
    # An object that an inlined function returns may be made at the call, not in the callee's lines.
    return 0 if subject_of(message) in OF_CALLS else -1


# Parameters of what is inlined are variables of the function around it.
OF_CALLS = frozenset(
    {
        *(Subject.CONVERSION, Subject.EXPRESSION, Subject.CONCAT),
        *(Subject.VARIADIC, Subject.VARIABLE),
    }
)


def _method_values(messages: Iterable[Message], groups: Iterable[Group]) -> set[Message]:
    """What the compiler says of methods bound to their receivers (``x.M``), which reads like any
    other expression: known where there are as many selectors as such closures."""
    count = sum(is_method_value(group.allocation) for group in groups)
    found = {
        message
        for message in messages
        if message.kind is MessageKind.ESCAPES and _SELECTOR.fullmatch(message.subject)
    }
    return found if len(found) == count else set()


_SELECTOR = re.compile(r"[^\s{}\"]+\.\w+")
