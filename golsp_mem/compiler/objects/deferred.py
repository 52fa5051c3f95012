"""Which closure an open-coded defer calls where its function is left (amd64).

At a defer statement the function keeps the closure in a slot of its frame, and notes in a byte
that it did; on its way out it clears the note and calls what the slot holds
(cmd/compile/internal/ssagen/ssa.go, openDeferRecord and openDeferExit, Go 1.22 to 1.27)::

    LEAQ F.deferwrap1(SB), AX; MOVQ AX, 24(SP); LEAQ 24(SP), AX; MOVQ AX, 56(SP)
    MOVB AL, 15(SP); MOVQ 56(SP), DX; MOVQ (DX), AX; CALL AX

A slot that anything else is stored to, or that is filled in a way not understood, tells nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from golsp_mem.compiler.objects import amd64
from golsp_mem.compiler.objects.amd64 import UnknownCode
from golsp_mem.compiler.objects.goobj import Function

# MOVQ slot(SP), DX; MOVQ (DX), register; CALL register, behind a store of a byte on the stack.
_EXIT = re.compile(
    rb"(?:\x88[\x44\x4c\x54\x5c\x74\x7c]\x24.|\x40?\x88[\x84\x8c\x94\x9c]\x24....|\xc6\x44\x24..|"
    rb"\xc6\x84\x24.....)"
    rb"\x48\x8b(?:\x54\x24(?P<near>.)|\x94\x24(?P<far>....))\x48\x8b[\x02\x0a\x1a\x32\x3a]\x90?$",
    re.DOTALL,
)
# MOVQ place(SP), register; CALL register: the compiler knows that the closure's block lies there.
_KNOWN = re.compile(
    rb"\x48\x8b(?:[\x44\x4c\x5c\x74\x7c]\x24(?P<near>.)|[\x84\x8c\x9c\xb4\xbc]\x24(?P<far>....))"
    rb"\x90?$",
    re.DOTALL,
)
# The beginning of MOVQ register, place(SP), wherever one may begin.
_STORE = re.compile(rb"(?=[\x48\x4c]\x89[\x04-\xbc]\x24)", re.DOTALL)
_LONGEST_EXIT = 32
_LOOKED_BACK = 12
_DX = 2


class _OnStack(NamedTuple):
    """``MOVQ register, place(SP)``, ``LEAQ place(SP), register``, or a load of the latter kind."""

    opcode: int
    register: int
    place: int


def deferred_closure(function: Function, call: int, literals: dict[int, str]) -> str | None:
    """The function literal or wrapper that an indirect call at a code offset runs, where it is the
    exit of an open-coded defer. ``literals`` are the function's own by the offset of the
    relocation that takes their address."""
    code = function.code
    if not literals:
        return None
    window = max(0, call - _LONGEST_EXIT)
    found = _EXIT.search(code, window, call)
    known = _KNOWN.search(code, window, call) if found is None else None
    place = found or known
    if place is None:
        return None
    slot = int.from_bytes(place["near"] or place["far"], "little")
    starts = _starts(code)
    names = {
        _stored(code, starts, at, literals) if found else _code_in(code, starts, at, literals)
        for at in _stores(code, starts, slot)
    }
    return names.pop() if len(names) == 1 else None


def _starts(code: bytes) -> Sequence[int]:
    try:
        return amd64.scanned(code)[0]
    except UnknownCode:
        return []


def _stores(code: bytes, starts: Sequence[int], slot: int) -> Iterator[int]:
    """Which instructions store a register at a place relative to SP."""
    for found in _STORE.finditer(code):
        at = bisect_left(starts, found.start())
        if starts[at : at + 1] == [found.start()]:
            written = _on_stack(code, found.start())
            if written is not None and written.place == slot:
                yield at


def _on_stack(code: bytes, start: int) -> _OnStack | None:
    """A 64-bit move or address of a place relative to SP."""
    rex, opcode, modrm, sib = (*code[start : start + 4], 0, 0, 0, 0)[:4]
    if rex & 0xFB != 0x48 or opcode not in (0x89, 0x8B, 0x8D) or modrm & 7 != 4 or sib != 0x24:
        return None
    size = {0: 0, 1: 1, 2: 4}.get(modrm >> 6)
    if size is None:
        return None
    place = int.from_bytes(code[start + 4 : start + 4 + size], "little")
    return _OnStack(opcode, (modrm >> 3 & 7) | (rex & 4) << 1, place)


def _stored(code: bytes, starts: Sequence[int], at: int, literals: dict[int, str]) -> str | None:
    """The literal whose closure the store at ``starts[at]`` puts on the stack."""
    written = _on_stack(code, starts[at])
    assert written is not None
    before = _writer(code, starts, at, written.register)
    if before is None:
        return None
    name = literals.get(starts[before] + 3)
    if name is not None:
        # A closure without variables is a constant.
        return name
    made = _on_stack(code, starts[before])
    if made is None or made.opcode != 0x8D:
        return None
    # The closure is a block on the stack; its first word is the code.
    for index in range(before - 1, max(-1, before - _LOOKED_BACK), -1):
        first = _on_stack(code, starts[index])
        if first is not None and (first.opcode, first.place) == (0x89, made.place):
            return _code_in(code, starts, index, literals)
    return None


def _code_in(code: bytes, starts: Sequence[int], at: int, literals: dict[int, str]) -> str | None:
    """The literal whose code's address the store at ``starts[at]`` puts on the stack."""
    first = _on_stack(code, starts[at])
    assert first is not None
    head = _writer(code, starts, at, first.register)
    return literals.get(starts[head] + 3) if head is not None else None


def _writer(code: bytes, starts: Sequence[int], at: int, register: int) -> int | None:
    """Which instruction before ``starts[at]`` puts an address into a register, as far as all
    between are moves that do not."""
    for index in range(at - 1, max(-1, at - _LOOKED_BACK), -1):
        start = starts[index]
        moved = _on_stack(code, start)
        if moved is not None:
            if moved.opcode == 0x89 or moved.register != register:
                continue
            return index
        rex, opcode, modrm = (*code[start : start + 3], 0, 0, 0)[:3]
        target = (modrm >> 3 & 7) | (rex & 4) << 1
        if rex & 0xF8 == 0x48 and opcode in (0x8B, 0x8D):
            if target == register:
                return index if opcode == 0x8D and modrm & 0xC7 == 5 else None
            continue
        stores = (rex & 0xF8 == 0x48 and opcode == 0x89 and modrm >> 6 != 3) or rex in (0xC6, 0x90)
        if not stores:
            return None
    return None
