"""Go types as object files know them: descriptors, and what needs none."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from enum import IntEnum
from functools import cached_property

from attrs import astuple, field, frozen

from golsp_mem.compiler.facts import pointer_size
from golsp_mem.compiler.objects.goobj import GoObject


class Kind(IntEnum):
    """The kinds of internal/abi/type.go that decide something here (equal in Go 1.22 to 1.27)."""

    INT = 2
    INT64 = 6
    UINT = 7
    UINTPTR = 12
    FLOAT32 = 13
    FLOAT64 = 14
    MAP = 21
    SLICE = 23
    STRING = 24

    @classmethod
    def is_signed(cls, kind: int) -> bool:
        return cls.INT <= kind <= cls.INT64

    @classmethod
    def is_unsigned(cls, kind: int) -> bool:
        return cls.UINT <= kind <= cls.UINTPTR

    @classmethod
    def is_float(cls, kind: int) -> bool:
        return kind in (cls.FLOAT32, cls.FLOAT64)


@frozen
class TypeFacts:
    """Size in bytes of a Go type, and whether it holds pointers.

    ``kind`` is the number of its `Kind`, 0 where nobody said; ``key`` and ``element`` are names
    of other types, of a map.
    """

    size: int
    pointers: bool
    kind: int = field(default=0, eq=False)
    key: str | None = field(default=None, eq=False)
    element: str | None = field(default=None, eq=False)


def same_type(one: TypeFacts | None, other: TypeFacts | None) -> bool:
    """Whether two are equal in all that they say."""
    if one is None or other is None:
        return one is other
    return astuple(one) == astuple(other)


TypeResolver = Callable[[str], TypeFacts | None]

_BASIC = {
    "bool": (1, 1), "int8": (1, 3), "int16": (2, 4), "int32": (4, 5), "int64": (8, 6),
    "uint8": (1, 8), "uint16": (2, 9), "uint32": (4, 10), "uint64": (8, 11),
    "float32": (4, 13), "float64": (8, 14), "complex64": (8, 15), "complex128": (16, 16),
}  # fmt: skip
_WORDS = {"int": 2, "uint": 7, "uintptr": 12}
# As sources write them; object files know the names behind them.
_ALIASES = {"byte": "uint8", "rune": "int32", "any": "interface {}"}


def basic_type(name: str, goarch: str) -> TypeFacts | None:
    """Facts of a type that needs no declaration to be known: ``int``, ``*T``, ``[]T`` …"""
    word = pointer_size(goarch)
    name = name.removeprefix("go.shape.")
    name = _ALIASES.get(name, name)
    if name in _BASIC:
        size, kind = _BASIC[name]
        return TypeFacts(size, pointers=False, kind=kind)
    if name in _WORDS:
        return TypeFacts(word, pointers=False, kind=_WORDS[name])
    if name == "string":
        return TypeFacts(2 * word, pointers=True, kind=Kind.STRING)
    if name == "error" or name.startswith("interface {"):
        return TypeFacts(2 * word, pointers=True, kind=20)
    if name.startswith("[]"):
        return TypeFacts(3 * word, pointers=True, kind=Kind.SLICE)
    if name.startswith("map["):
        key, element = map_parts(name)
        return TypeFacts(word, pointers=True, kind=Kind.MAP, key=key, element=element)
    if name.startswith(("*", "chan ", "<-chan ", "func(")) or name == "unsafe.Pointer":
        return TypeFacts(word, pointers=True, kind=22)
    return None


def map_parts(name: str) -> tuple[str | None, str | None]:
    """Key and element of ``map[K]V`` by its text."""
    depth = 0
    for index, char in enumerate(name[3:], start=3):
        depth += (char == "[") - (char == "]")
        if depth == 0:
            return name[4:index], name[index + 1 :]
    return None, None


_KIND_MASK = (1 << 5) - 1
# Of so many types looking for each takes less than an index of all.
_FEW = 16


class TypeTable:
    """The types whose descriptors one object defines, by name without ``type:``.

    The first two words of a descriptor are Size_ and PtrBytes; then come Hash (4 bytes), TFlag,
    Align_, FieldAlign_ and Kind_, whose upper bits are flags; of a map the pointers behind the
    common part begin with its key and its element (internal/abi/type.go, Go 1.22 to 1.27).
    """

    def __init__(self, obj: GoObject) -> None:
        self._obj = obj
        self._few: dict[bytes, int | None] = {}
        word = pointer_size(obj.goarch)
        big_endian = obj.goarch in {"mips", "ppc", "mips64", "ppc64", "s390x"}
        self._words = struct.Struct((">" if big_endian else "<") + ("QQ" if word == 8 else "II"))

    @cached_property
    def _index(self) -> dict[bytes, int]:
        return self._obj.symbol_indices(b"type:")

    def _index_of(self, symbol: bytes) -> int | None:
        if len(self._few) >= _FEW:
            return self._index.get(symbol)
        if symbol not in self._few:
            self._few[symbol] = self._obj.symbol_index(symbol)
        return self._few[symbol]

    def get(self, name: str) -> TypeFacts | None:
        index = self._index_of(b"type:" + name.encode())
        if index is None:
            return None
        data = self._obj.data(index)
        if len(data) < self._words.size:
            return None
        size, pointer_bytes = self._words.unpack_from(data)
        at = self._words.size + 7
        kind = data[at] & _KIND_MASK if len(data) > at else 0
        key = element = None
        if kind == Kind.MAP:
            word = self._words.size // 2
            common = 4 * word + 16
            parts = {
                relocation.offset: relocation.target.removeprefix("type:")
                for relocation in self._obj.relocations(index)
                if relocation.target.startswith("type:")
            }
            key, element = parts.get(common), parts.get(common + word)
        return TypeFacts(size, pointer_bytes > 0, kind, key, element)


def display_type(name: str) -> str:
    """A type as its author would write it: without the compiler's own marks."""
    return name.replace("noalg.", "").replace("go.shape.", "")


_BYTES = re.compile(r"(?<=\])uint8\b")
# The last element of an import path before a type's name, where no package is called so.
_NO_NAME = re.compile(r"(?<![\w.%-])((?:go-)?)(\w+)((?:%[0-9a-f]{2}|-)[\w%-]*)?\.(?=[A-Za-z_])")


def as_written(type_: str) -> str:
    """A type's name as Go 1.18+ code writes it: ``[]any``, which the linker calls
    ``[]interface {}``, ``[]byte`` for ``[]uint8`` (the same type), and ``yaml.Node`` of
    ``yaml%2ev3.Node``, ``nats.Conn`` of ``nats%2ego.Conn``, ``hclog.Level`` of ``go-hclog.Level``:
    by the rule of goimports, ImportPathToAssumedName, as object files have paths, no names."""
    named = type_.replace("interface {}", "any").replace("struct {}", "struct{}")
    return _NO_NAME.sub(r"\2.", _BYTES.sub("byte", named))
