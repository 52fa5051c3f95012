"""What stands beside machine code in an object file: references from it, and inlined calls."""

from __future__ import annotations

import struct
from typing import NamedTuple

# R_CALL, R_CALLARM, R_CALLARM64, R_CALLIND, R_CALLPOWER (objabi/reloctype.go, stable since
# 1.13); later additions live elsewhere and are told by name resolution alone.
_R_CALL_FIRST, _R_CALL_LAST, _R_CALLIND = 7, 12, 10


class Relocation(NamedTuple):
    """A reference from machine code: ``offset`` in bytes from the function's start.

    ``type_`` is the objabi.RelocType number, ``size`` 0 marks notes to the linker that are
    no part of the code (R_USEIFACE and the like).
    """

    offset: int
    size: int
    type_: int
    addend: int
    target: str

    @property
    def is_call(self) -> bool:
        """A direct call (amd64, 386, arm, arm64, ppc64; others by their target's name)."""
        return _R_CALL_FIRST <= self.type_ <= _R_CALL_LAST and not self.is_indirect_call

    @property
    def is_indirect_call(self) -> bool:
        """The note that the assembler leaves at a call through a register."""
        return self.type_ == _R_CALLIND


class InlineNode(NamedTuple):
    """One inlined call: ``function`` was inlined into ``parent`` (-1: the outermost)."""

    parent: int
    file: str
    line: int
    function: str
    parent_pc: int


def where_loaded(code: bytes, relocations: tuple[Relocation, ...]) -> tuple[Relocation, ...]:
    """Relocations of arm code: addresses lie behind it, in pools that several loads may share.

    ``LDR Rd, [PC, #±n]``: cccc 0101 u001 1111 dddd nnnn nnnn nnnn, PC being 8 bytes on.
    """
    pooled = {one.offset: one for one in relocations if one.size == 4 and not one.is_call}
    found = []
    loaded = set()
    for offset in range(0, len(code) - 3, 4) if pooled else ():
        (word,) = struct.unpack_from("<I", code, offset)
        if word & 0x0F7F0000 != 0x051F0000:
            continue
        distance = word & 0xFFF
        place = offset + 8 + (distance if word & 0x00800000 else -distance)
        if place in pooled:
            loaded.add(place)
            found.append(pooled[place]._replace(offset=offset))
    found += (one for one in relocations if one.offset not in loaded)
    return tuple(sorted(found, key=lambda one: one.offset))
