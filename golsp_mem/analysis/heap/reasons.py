"""Which line of ``-m`` speaks of which cause of one line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from functools import partial

from attrs import field, frozen

from golsp_mem.analysis.heap.asking import PackageFacts, Place
from golsp_mem.analysis.heap.boxing import Operand, pair
from golsp_mem.analysis.heap.groups import Group, Key
from golsp_mem.analysis.heap.matching import (
    OBJECT_CODES,
    Subject,
    assign,
    fit,
    is_bound_type,
    is_method_value,
    subject_of,
)
from golsp_mem.analysis.names import function_words
from golsp_mem.compiler.objects.symbols import folded_name
from golsp_mem.model import Code, Message, MessageKind, Position
from golsp_mem.source.places.locate import last_identifier
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.written import call_at


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
    bound = _method_values(messages, others, package.bound_at(*place))
    calls_at = _Calls(file, _inlined_calls(messages), bound)
    for own in by_function.values():
        calls = [(group.key, group.allocation) for group in own]
        paired = pair(messages, calls, file, inlined=inlined, without=bound)
        for group in own:
            if group.key in paired.named:
                operands[group.key] = paired.named[group.key]
                taken[group.key] = paired.named[group.key].message
            elif group.key in paired.open:
                one_of[group.key] = paired.open[group.key]
    taken |= _without_guesses(
        assign(
            messages,
            [(group.key, group.allocation) for group in others],
            calls_at.placed,
            function=lambda key: key.function,
            turn=calls_at.turn,
        ),
        messages,
        others,
        calls_at,
    )
    left = [group for group in others if group.key not in taken]
    return Reasons(taken | _said_outside(package, left, file), operands, one_of)


def _said_outside(
    package: PackageFacts, groups: Sequence[Group], file: GoFile | None
) -> dict[Key, Message]:
    """Of causes that nothing on their line explains: the compiler names the outermost call's place
    for code that it inlined."""
    taken: dict[Key, Message] = {}
    for outwards in range(1, max((len(one.allocation.stack) for one in groups), default=0)):
        at_calls: dict[Place, list[Group]] = defaultdict(list)
        for group in groups:
            frames = group.allocation.stack[group.level + outwards :]
            if frames and group.key not in taken:
                at_calls[frames[0].file, frames[0].line].append(group)
        for place, here in at_calls.items():
            said = package.said(*place)
            own = {group.key: _of_what_is_written(said, group, file) for group in here}
            taken |= assign(
                said,
                [(group.key, group.allocation) for group in here],
                partial(_placed_outside, own),
                function=lambda key: key.function,
            )
    return taken


def _placed_outside(
    own: Mapping[Key, Collection[Message]], message: Message, key: Key
) -> int | None:
    """A cause of whose line something is said has ``own`` messages, and no others."""
    return 0 if not own[key] or message in own[key] else None


def _of_what_is_written(
    said: Sequence[Message], group: Group, file: GoFile | None
) -> list[Message]:
    """Those that speak of what the cause's own line has, in its words: at the place of an outer
    call they stand beside those of the other lines that were inlined there."""
    if file is None or group.key.inner:
        return []
    found = []
    for message in said:
        code = OBJECT_CODES.get(subject_of(message), group.allocation.code)
        written = file.constructs(code, group.key.line)
        if _bare(message.subject) in {_bare(one.subject or one.text) for one in written}:
            found.append(message)
    return [one for one in found if fit(one, group.allocation)]


def _bare(text: str) -> str:
    return "".join(text.split())


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


@frozen
class _Calls:
    """What the calls of a line say of the messages at their places. ``inlined``: the last names of
    what was inlined, by column; ``bound``: messages of methods bound to their receivers."""

    file: GoFile | None
    inlined: Mapping[int, set[str]]
    bound: Set[Message]

    def placed(self, message: Message, key: Key) -> int | None:
        """How well a message's place explains a cause, None: not at all."""
        if self.bound and is_bound_type(key.type) and message not in self.bound:
            return None
        array = _ARRAY.match(key.type or "")
        if array and subject_of(message) is Subject.VARIADIC:
            # There are as many elements as variadic arguments, so no more than arguments.
            at = self._call(message)
            if at is not None and int(array[1]) > at[0]:
                return None
        return _placed(message, key, self.inlined.get(message.position.column, ()))

    def turn(self, message: Message) -> tuple[int, int]:
        """When what a message speaks of is evaluated: arguments before the call around them."""
        at = self._call(message) if subject_of(message) is Subject.VARIADIC else None
        return at[1] if at is not None else (message.position.line, message.position.column)

    def _call(self, message: Message) -> tuple[int, tuple[int, int]] | None:
        position = message.position
        return call_at(self.file, position.line, position.column) if self.file else None


_ARRAY = re.compile(r"\[(\d+)\]")


def _without_guesses(
    taken: Mapping[Key, Message],
    messages: Sequence[Message],
    groups: Sequence[Group],
    calls: _Calls,
) -> dict[Key, Message]:
    """Without those of variadic arguments where fewer such arrays are made on the line than calls
    of it could take: of arguments on several lines the others are made on another one, and the
    compiler does not say of what type they are."""
    kept = dict(taken)
    for group in groups:
        message = taken.get(group.key)
        if message is None or subject_of(message) is not Subject.VARIADIC or group.key.inner:
            continue
        could = {
            one.position
            for one in messages
            if subject_of(one) is Subject.VARIADIC
            and one.kind is MessageKind.ESCAPES
            and fit(one, group.allocation)
            and calls.placed(one, group.key) is not None
        }
        made = sum(
            other.key.function == group.key.function
            and subject_of(taken[other.key]) is Subject.VARIADIC
            for other in groups
            if other.key in taken
        )
        if len(could) > made:
            del kept[group.key]
    return kept


def _placed(message: Message, key: Key, names: Collection[str]) -> int | None:
    """What an inlined function allocates is reported where it is called, and little else is."""
    if key.runtime_family.startswith("runtime.moveSlice"):
        # The result of what was inlined is moved by the function around it.
        return 0
    if key.inner:
        return 2 * (last_identifier(key.inner[-1].function) in names)
    if not names or subject_of(message) is Subject.VARIADIC:
        # The arguments' array is made where the call is, inlined or not.
        return 1
    kind = subject_of(message)
    if kind is Subject.CONCAT:
        # It stands at its last operator, where no call is.
        return None
    # An object that an inlined function returns may be made at the call, not in the callee's lines.
    return 0 if kind in OF_CALLS else -1


# Parameters of what is inlined are variables of the function around it.
OF_CALLS = frozenset({Subject.CONVERSION, Subject.EXPRESSION, Subject.VARIADIC, Subject.VARIABLE})


def of_inlined(package: PackageFacts, reason: Message, variable: str) -> str:
    """A variable in words: a parameter of what was inlined is one of the function around it."""
    for message in package.said(reason.position.file, reason.position.line):
        if message.kind is MessageKind.INLINED and message.position == reason.position:
            return f"{variable} of {function_words(folded_name(message.subject), None, 0)}"
    return variable


def code_of(message: Message, file: GoFile | None) -> Code:
    """The code of an object by the message that explains it. What ``new(v)`` makes of a value (Go
    1.26+) is a variable to the compiler, one without a name."""
    at = message.position
    kind = subject_of(message)
    if file is not None and kind is Subject.VARIABLE and _TEMPORARY.match(message.subject):
        span = file.locate(Code.HEAP_NEW, at.line, at.column, None, 0)
        if any(one.span == span for one in file.constructs(Code.HEAP_NEW, at.line)):
            return Code.HEAP_NEW
    return OBJECT_CODES.get(kind, Code.HEAP_OTHER)


# typecheck.TempAt
_TEMPORARY = re.compile(r"(?:\w+)?\.autotmp_\d+$")


def _method_values(
    messages: Iterable[Message], groups: Iterable[Group], values: Set[str]
) -> set[Message]:
    """What the compiler says of methods bound to their receivers (``x.M``), which reads like any
    other expression: known where there are as many selectors as such closures, all of them or
    those of methods that the line binds (``values``)."""
    count = sum(is_method_value(group.allocation) for group in groups)
    found = {
        message
        for message in messages
        if message.kind is MessageKind.ESCAPES and _SELECTOR.fullmatch(message.subject)
    }
    if len(found) != count:
        found = {one for one in found if last_identifier(one.subject) in values}
    return found if len(found) == count else set()


_SELECTOR = re.compile(r"[^\s{}\"]+\.\w+")
