"""On which condition a runtime function allocates, from all that is known of one call.

The rules are those of the releases' own sources: runtime/string.go (tmpBuf of 32 B, rawstring),
runtime/iface.go (convT…), runtime/slice.go (makeslice, growslice, moveSlice), runtime/map*.go and
internal/runtime/maps, cmd/compile/internal/walk/{convert,builtin,expr}.go, equal in Go 1.22 to
1.27 unless a row says otherwise. ``python -m tests.truth.conditions`` runs each of them on both
sides of its boundary.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from attrs import frozen

from golsp_mem.model import Allocation, Boxed, Code


class Fate(Enum):
    """Whether the result of a call leaves its function: only then it must be on the heap."""

    LEAVES = auto()
    STAYS = auto()
    OPEN = auto()
    """Not known, or different in the copies of the code."""


@frozen
class Written:
    """What the source says of the expression, where there is one.

    ``literals`` counts the non-empty string constants that are joined, ``operand`` is the text of
    a boxed value, ``arguments`` of a ``make`` the length and the capacity, of an ``append`` the
    new elements, ``first`` the slice that it extends, ``entries`` those of a map literal,
    ``terms`` the operands of a concatenation that are not written to be empty (0: not known),
    ``never_nil`` whether a boxed slice is surely one, ``most`` how long what is converted can be,
    ``filled`` whether a boxed string has any bytes, ``moved`` whether the function begins slices
    on its stack that leave it.
    """

    literals: int = 0
    operand: str | None = None
    arguments: tuple[str, ...] = ()
    spread: bool = False
    first: str = ""
    entries: int | None = None
    terms: int = 0
    never_nil: bool = False
    most: int | None = None
    filled: bool | None = None
    moved: bool = False


NEVER = "never"
"""In place of a condition: the call is there, but allocates nothing."""

_BOXED = {
    Boxed.SIGNED: "when the value is negative, or 256 or more",
    Boxed.UNSIGNED: "when the value is 256 or more",
    Boxed.FLOAT: "when its bits, read as one unsigned number, are 256 or more: for any but +0 and "
    "the smallest of all",
    Boxed.BITS: "when its bits, read as one unsigned number, are 256 or more",
    Boxed.BYTE: NEVER,
}
_STAYS_OPEN = "(and longer than 32 B where it stays in its function)"
# By function: where the result leaves, where it stays in a buffer of 32 B (of 32 runes), and where
# that is open.
_CONVERSIONS: dict[str, tuple[str | None, str, str]] = {
    "slicebytetostring": (
        "when it has two bytes or more",
        "when it has more than 32 bytes",
        "when it has two bytes or more (more than 32 where it stays in its function)",
    ),
    "stringtoslicebyte": (
        "when the string is not empty",
        "when it has more than 32 bytes",
        f"when the string is not empty {_STAYS_OPEN}",
    ),
    # rawstringtmp(size + 3) in runtime/string.go: three bytes even for no rune at all.
    "slicerunetostring": (
        None,
        "when the text takes 30 bytes or more",
        "always where it leaves its function, else when the text takes 30 bytes or more",
    ),
    "stringtoslicerune": (
        "when the string is not empty",
        "when it has more than 32 runes",
        "when the string is not empty (and has more than 32 runes where it stays in its function)",
    ),
    "intstring": (None, NEVER, "where it leaves its function"),
}
# Bytes of what is converted from which on it allocates where its result leaves: one byte is a
# string that the runtime has.
_ALLOCATED_FROM = {"slicebytetostring": 2, "stringtoslicebyte": 1, "stringtoslicerune": 1}
_OPEN = "open"
_JOINED_LEAVES = (
    "when two or more operands are not empty, or the only such one lies on the stack",
    "when two or more operands are not empty and the result is longer than 32 B",
    f"when two or more operands are not empty {_STAYS_OPEN}",
)
_JOINED_BYTES = (
    "when the result is not empty",
    "when the result is longer than 32 B",
    f"when the result is not empty {_STAYS_OPEN}",
)
_APPEND_BUFFER_MINOR = 25
_BUFFER = 32
_GROUP = 8
# A slice that is written to have no capacity.
_NO_ROOM = re.compile(r"\[\][\w.*\[\]]+(?:\(nil\)|\{\})|[\w.]+\[:0:0\]")
_CAPACITY = "when the capacity is exceeded"


def fate_of(buffered: set[bool | None], stays: bool | None) -> Fate:
    """``buffered``: what the copies of a call are given; ``stays``: what ``-m`` says of it."""
    known = buffered - {None}
    if len(known) == 1 and len(buffered) == 1:
        return Fate.STAYS if True in known else Fate.LEAVES
    if known or stays is None:
        return Fate.OPEN
    return Fate.STAYS if stays else Fate.LEAVES


def condition(
    allocation: Allocation, fate: Fate, stays: bool | None, written: Written, minor: int | None
) -> str | None:
    """When the call allocates, None: always, `NEVER`. ``minor`` is the release (26 of Go 1.26).

    ``stays`` is what ``-m`` says of the expression, None where it does not speak of it.
    """
    name = allocation.runtime_call.removeprefix("runtime.")
    if allocation.code is Code.HEAP_BOXING:
        return _boxing(name, allocation, written)
    if name in _CONVERSIONS:
        least, most = allocation.length or 0, allocation.length
        sure = _by_length(name, fate, least, written.most if most is None else most)
        return _by_fate(_CONVERSIONS[name], fate) if sure == _OPEN else sure
    if name.startswith("concatstring"):
        return _joined(fate, written)
    if name.startswith("concatbyte"):
        # Only since Go 1.25 is it given a buffer; before, its first argument is a string.
        if minor is not None and minor < _APPEND_BUFFER_MINOR:
            fate = Fate.LEAVES
        return None if fate is Fate.LEAVES and written.literals else _by_fate(_JOINED_BYTES, fate)
    if allocation.element_bytes == 0 and allocation.code in (
        Code.HEAP_APPEND,
        Code.HEAP_MAKE_SLICE,
    ):
        return NEVER
    if name in ("makeslice", "makeslice64", "makeslicecopy"):
        return _make(stays, written)
    if name in ("growslice", "growsliceNoAlias"):
        return _growth(allocation, stays, written, minor)
    if allocation.code is Code.HEAP_MAP_INSERT and written.entries and not allocation.apart:
        return _entries(allocation, stays, written.entries)
    if allocation.code is Code.HEAP_MAP_INSERT and allocation.apart:
        sizes = " and ".join(f"{size} B" for size in allocation.apart)
        return f"for each new key ({sizes} beside the table), and when the table has to grow"
    if name in ("makemap", "makemap64"):
        # walkMakeMap: what stays has its header, and room for eight, on the stack.
        known = is_constant(written) or (written.entries or 0) > _GROUP
        return f"when the size hint is above {_GROUP}" if stays and not known else None
    return allocation.guard


def _entries(allocation: Allocation, stays: bool | None, entries: int) -> str | None:
    """Of the inserts that a map literal of so many entries is (cmd/compile/internal/walk,
    maplit): with up to eight its map has one group, which is on the stack where the map is
    (walkMakeMap), and comes with the first insert where it is not (makemap_small)."""
    if stays is None or entries > _GROUP:
        return allocation.guard
    return NEVER if stays else None


def _by_fate(texts: tuple[str | None, str, str], fate: Fate) -> str | None:
    return texts[(Fate.LEAVES, Fate.STAYS, Fate.OPEN).index(fate)]


def _by_length(name: str, fate: Fate, least: int, most: int | None) -> str | None:
    """Of a conversion of so many bytes, as `condition`; `_OPEN` where the length is not all."""
    needed = _ALLOCATED_FROM.get(name)
    if needed is None:
        return _OPEN
    if most is not None and most < (needed if fate is Fate.LEAVES else _BUFFER + 1):
        short = most < needed or fate is Fate.STAYS
        return NEVER if short else _OPEN
    # So many bytes may be fewer runes.
    exact = name != "stringtoslicerune"
    return (
        None if least >= needed and (fate is Fate.LEAVES or (exact and least > _BUFFER)) else _OPEN
    )


def _boxing(name: str, allocation: Allocation, written: Written) -> str | None:
    operand = written.operand or ""
    if name == "convTslice":
        return None if written.never_nil else allocation.guard
    if name == "convTstring":
        if written.filled is False:
            return NEVER
        return None if written.literals or written.filled else allocation.guard
    if allocation.type == "reflect.Kind" and operand.endswith(".Kind()"):
        # Five bits of a flag or of a type's description (reflect/value.go, internal/abi/type.go).
        return NEVER
    return _BOXED[allocation.boxed] if allocation.boxed else allocation.guard


def _joined(fate: Fate, written: Written) -> str | None:
    """Of a concatenation. Constants are never empty: the compiler drops those that are."""
    if written.literals >= 2:
        texts: tuple[str | None, str, str] = (
            None,
            "when the result is longer than 32 B",
            "when the result is longer than 32 B, or leaves its function",
        )
        return _by_fate(texts, fate)
    if written.terms == 1:
        # runtime/string.go, concatstrings: the only one is the result, unless it may not be kept.
        lies = "when the only operand that is not empty lies on the stack"
        return _by_fate((lies, NEVER, f"{lies}, and the result leaves its function"), fate)
    return _by_fate(_JOINED_LEAVES, fate)


def is_constant(written: Written) -> bool:
    """Whether the size of a ``make`` is a number."""
    return bool(written.arguments) and written.arguments[-1].isdigit()


def _make(stays: bool | None, written: Written) -> str | None:
    if is_constant(written):
        return NEVER if int(written.arguments[-1]) == 0 else None
    if stays:
        # walkMakeSlice keeps up to 32 B on the stack (Go 1.25+, VariableMakeThreshold).
        return "when it takes more than 32 B"
    if len(written.arguments) == 1:
        return "when the length is above 0"
    return "when the capacity is above 0"


def _growth(
    allocation: Allocation, stays: bool | None, written: Written, minor: int | None
) -> str | None:
    """ssagen's append: what stays starts in a buffer of 32 B on the stack since Go 1.25, and since
    1.26 what leaves in the end, unless the number of new elements is known only at run time
    (``append(s, t...)``)."""
    if (
        stays is False
        and written.arguments
        and not written.spread
        and _NO_ROOM.fullmatch(written.first)
    ):
        return None
    size = allocation.element_bytes
    small = size is None or size <= _BUFFER
    buffered = stays or written.moved
    if buffered and small and not written.spread and (minor or 0) >= _APPEND_BUFFER_MINOR:
        return f"{_CAPACITY}, unless up to 32 B fit into a buffer on the stack"
    return _CAPACITY
