"""Which value becomes an interface value: operands of a line to the calls that box them.

The calls come in the order in which the operands are evaluated, and each tells what it takes
(runtime/iface.go) and mostly the type that is stored beside its result. The compiler's text names
every operand whose conversion is no constant's, also those that need no object: bool, bytes,
values of no size, constants with a name. Where that leaves more than one pairing, nothing is
named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Sequence
from typing import TypeVar

from attrs import frozen

from golsp_mem.analysis.heap.matching import (
    CONSTANT,
    TYPED_CONSTANT,
    Subject,
    bare_type,
    subject_of,
    without_arguments,
)
from golsp_mem.model import Allocation, Code, Message, MessageKind, Span
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.written import operand_at

Key = TypeVar("Key", bound=Hashable)

# walk/convert.go, dataWord: values that stay are boxed on the stack up to this size.
_STACK_BOX_BYTES = 1024
_NO_BOXES = frozenset(
    {Subject.VARIABLE, Subject.CLOSURE, Subject.VARIADIC, Subject.NEW, Subject.ADDRESS_LITERAL}
    | {Subject.MAKE_MAP, Subject.MAKE_CHAN}
)
# Also printed for the slice, string or map itself, whether it is boxed or not.
_TWO_MEANINGS = frozenset(
    {Subject.LITERAL, Subject.CONCAT, Subject.CONVERSION, Subject.MAKE_SLICE, Subject.APPEND}
)
_NEEDS_NO_OBJECT = frozenset({"bool", "byte", "uint8", "int8", "struct{}"})
_CALLED_FOR = {
    **dict.fromkeys(("int16", "uint16"), ("convT16",)),
    **dict.fromkeys(("int32", "uint32", "rune", "float32"), ("convT32",)),
    **dict.fromkeys(("int64", "uint64", "float64"), ("convT64", "convTnoptr")),
    **dict.fromkeys(("int", "uint", "uintptr"), ("convT64", "convT32")),
    "complex64": ("convTnoptr",),
    "complex128": ("convTnoptr",),
    "string": ("convTstring",),
}
_BASIC_SLICE = re.compile(r"\[\](?:byte|rune|string|bool|error|any|u?int(?:8|16|32|64)?|float\d\d)")


@frozen
class Operand:
    """A value that the compiler says becomes an interface value: its message, when it is
    converted (the end of the call that it is for, its own end), and its type, where the source
    leaves no doubt. ``text``: the words of the source, where the compiler's are of an inlined
    body (not ``direct``)."""

    message: Message
    turn: tuple[tuple[int, int], tuple[int, int]]
    type: str | None
    may_need_no_object: bool
    direct: bool = True
    span: Span | None = None
    text: str | None = None


@frozen
class Pairing:
    """``named``: the only operand that fits a call; ``open``: of how many values it is one."""

    named: dict[Hashable, Operand]
    open: dict[Hashable, int]


def pair(
    messages: Sequence[Message],
    calls: Sequence[tuple[Key, Allocation]],
    file: GoFile | None,
    *,
    inlined: bool,
    without: Collection[Message] = (),
) -> Pairing:
    """Operands of one line to the boxing calls of one function there, which come in code order.

    ``inlined``: something that was inlined into the line boxes values, too. ``without``: messages
    that are known to speak of something else.
    """
    found = [one for message in messages if (one := _operand(message, file, inlined)) is not None]
    found = [one for one in found if one.message not in without]
    # A conversion that copies is reported twice: its copy where its operand is, and the box.
    # What was inlined speaks of a call's result in other words, more than once.
    by_place = {(one.turn, one.message.subject if one.direct else ""): one for one in found}
    operands = sorted(by_place.values(), key=lambda operand: operand.turn)
    possible = _possible(operands, [allocation for _, allocation in calls])
    named: dict[Hashable, Operand] = {}
    undecided: dict[Hashable, int] = {}
    for (key, _), choices in zip(calls, possible, strict=True):
        if len(choices) == 1:
            named[key] = operands[choices[0]]
        elif choices:
            undecided[key] = len(choices)
    return Pairing(named, undecided)


def _possible(operands: Sequence[Operand], calls: Sequence[Allocation]) -> list[tuple[int, ...]]:
    """For each call the operands that some pairing in order gives to it.

    ``before[i][j]``: the first i calls fit into the first j operands, none left out that surely
    needs an object; ``after`` the same from the end.
    """
    rows, columns = len(calls), len(operands)
    fits = [[_fits(operand, call) for operand in operands] for call in calls]
    before = [[False] * (columns + 1) for _ in range(rows + 1)]
    after = [[False] * (columns + 1) for _ in range(rows + 1)]
    before[0][0] = after[rows][columns] = True
    for j in range(1, columns + 1):
        skippable = operands[j - 1].may_need_no_object
        for i in range(rows + 1):
            before[i][j] = (before[i][j - 1] and skippable) or (
                i > 0 and before[i - 1][j - 1] and fits[i - 1][j - 1]
            )
    for j in range(columns - 1, -1, -1):
        skippable = operands[j].may_need_no_object
        for i in range(rows, -1, -1):
            after[i][j] = (after[i][j + 1] and skippable) or (
                i < rows and after[i + 1][j + 1] and fits[i][j]
            )
    return [
        tuple(j for j in range(columns) if fits[i][j] and before[i][j] and after[i + 1][j + 1])
        for i in range(rows)
    ]


def _fits(operand: Operand, call: Allocation) -> bool:
    if operand.message.kind is MessageKind.STAYS and (call.bytes or 0) <= _STACK_BOX_BYTES:
        return False
    slices = call.runtime_call == "runtime.convTslice"
    if operand.type is None and slices and _NO_SLICE.match(operand.message.subject):
        return False
    if operand.type is None:
        return _may_be_literal_of(operand.message.subject, call.type)
    if call.type is not None:
        return bare_type(operand.type) == bare_type(call.type)
    name = call.runtime_call.removeprefix("runtime.")
    if operand.type.startswith("[]"):
        return name == "convTslice"
    return name in _CALLED_FOR.get(operand.type, (name,))


def _may_be_literal_of(subject: str, type_: str | None) -> bool:
    """Whether the words of a literal (``p.T{...}``) leave it open that it is of this type: others
    than literals always do, and shapes of generic code."""
    literal = _LITERAL.fullmatch(subject)
    if literal is None or type_ is None or "go.shape." in f"{type_} {subject}":
        return True
    return without_arguments(bare_type(literal[1])) == without_arguments(bare_type(type_))


# An array of one is as good as its element (SoleComponent).
_NO_SLICE = re.compile(r"(?:\[(?!1\])\d+\]|map\[).*\}$")
# The compiler writes what an alias stands for.
_LITERAL = re.compile(r"((?:(?:map)?\[[^\]]*\])*(?!struct\b)[\w.]+(?:\[.+\])?)\{(?:\.\.\.)?\}")


def _operand(message: Message, file: GoFile | None, inlined: bool) -> Operand | None:
    """None for what is no value that is boxed on this line."""
    if message.kind not in (MessageKind.ESCAPES, MessageKind.STAYS):
        return None
    kind = subject_of(message)
    if kind in _NO_BOXES or CONSTANT.fullmatch(message.subject):
        return None
    at = message.position
    if file is None:
        place = (at.line, at.column)
        return Operand(message, (place, place), None, may_need_no_object=True)
    written = operand_at(file, at.line, at.column, message.subject)
    if written is None:
        return None
    if not written.direct and not _is_result(message, inlined):
        return None
    if TYPED_CONSTANT.fullmatch(message.subject) and not written.is_call:
        return None
    if written.type in _NEEDS_NO_OBJECT or (written.type or "").startswith(_POINTERS):
        return None
    known = written.type if written.type in _CALLED_FOR or _is_slice(written.type) else None
    optional = kind in _TWO_MEANINGS or known is None or message.kind is MessageKind.STAYS
    span = written.span
    turn = (written.owner, (span.end_line, span.end_column))
    optional = optional or not written.direct
    text = None if written.direct else written.text
    return Operand(message, turn, known, optional, written.direct, span, text)


_POINTERS = ("*", "map[", "chan ", "<-chan ", "func(")
_RESULT = re.compile(r"~r\d+|\.autotmp_\d+")
# "append" is what an inlined function appends, no name of a result.
_NAME = re.compile(r"(?!append$)\w+")


def _is_result(message: Message, inlined: bool) -> bool:
    """Whether words that are no call's may be those of its inlined body for its result."""
    if message.kind is not MessageKind.ESCAPES:
        return False
    return bool(
        _RESULT.fullmatch(message.subject) or (not inlined and _NAME.fullmatch(message.subject))
    )


def _is_slice(type_: str | None) -> bool:
    return type_ is not None and _BASIC_SLICE.fullmatch(type_) is not None


def only_operand(file: GoFile, line: int) -> Span | None:
    """The one expression of a line that can become an interface value; None if there are more."""
    found = [one for one in file.constructs(Code.HEAP_BOXING, line) if one.rank < _POINTER_RANK]
    return found[0].span if len(found) == 1 else None


_POINTER_RANK = 10
