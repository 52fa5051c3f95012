"""Where amd64 instructions end and where they lead: what a control flow graph needs, no more.

Source: Intel's manual, volume 2, chapter 2 and appendix A (the opcode maps), as far as Go's
compiler and assembler write 64-bit code. An unknown opcode is an error, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple


class Step(Enum):
    """What an instruction does to the flow."""

    ON = auto()
    BRANCH = auto()
    """To its target, or on."""
    JUMP = auto()
    CALL = auto()
    CALL_INDIRECT = auto()
    JUMP_INDIRECT = auto()
    RETURN = auto()
    STOP = auto()
    """UD2, INT3, HLT: nothing follows."""


class Instruction(NamedTuple):
    """``end`` is the offset behind it; ``target`` that of a branch or jump (of others 0)."""

    end: int
    step: Step
    target: int = 0


class UnknownCode(Exception):
    """An instruction that is not in the tables."""


_NONE, _MODRM, _IMM8, _IMM, _MODRM8, _MODRM_IMM, _REL8, _SPECIAL, _BAD = range(9)


def _one_byte_map() -> bytes:
    table = bytearray([_BAD] * 256)
    for high in range(0, 0x40, 8):
        table[high : high + 6] = bytes([_MODRM] * 4 + [_IMM8, _IMM])
    for first, last, kind in (
        (0x50, 0x5F, _NONE), (0x63, 0x63, _MODRM), (0x68, 0x68, _IMM), (0x69, 0x69, _MODRM_IMM),
        (0x6A, 0x6A, _IMM8), (0x6B, 0x6B, _MODRM8), (0x6C, 0x6F, _NONE), (0x70, 0x7F, _REL8),
        (0x80, 0x80, _MODRM8), (0x81, 0x81, _MODRM_IMM), (0x83, 0x83, _MODRM8),
        (0x84, 0x8F, _MODRM), (0x90, 0x99, _NONE), (0x9B, 0x9F, _NONE), (0xA4, 0xA7, _NONE),
        (0xA8, 0xA8, _IMM8), (0xA9, 0xA9, _IMM), (0xAA, 0xAF, _NONE), (0xB0, 0xB7, _IMM8),
        (0xB8, 0xBF, _SPECIAL), (0xC0, 0xC1, _MODRM8), (0xC2, 0xC3, _SPECIAL),
        (0xC6, 0xC6, _MODRM8), (0xC7, 0xC7, _MODRM_IMM), (0xC9, 0xC9, _NONE),
        (0xCC, 0xCC, _SPECIAL), (0xCD, 0xCD, _IMM8), (0xD0, 0xD3, _MODRM), (0xD7, 0xD7, _NONE),
        (0xD8, 0xDF, _MODRM), (0xE0, 0xE3, _REL8), (0xE4, 0xE7, _IMM8), (0xE8, 0xE9, _SPECIAL),
        (0xEB, 0xEB, _SPECIAL), (0xEC, 0xEF, _NONE), (0xF4, 0xF4, _SPECIAL), (0xF5, 0xF5, _NONE),
        (0xF6, 0xF7, _SPECIAL), (0xF8, 0xFD, _NONE), (0xFE, 0xFE, _MODRM), (0xFF, 0xFF, _SPECIAL),
    ):  # fmt: skip
        for opcode in range(first, last + 1):
            table[opcode] = kind
    return bytes(table)


def _two_byte_map() -> bytes:
    table = bytearray([_MODRM] * 256)
    for opcode in (0x04, 0x0A, 0x0C, 0x0E, 0x0F, 0x24, 0x25, 0x26, 0x27, 0x39, 0x3B, 0x36, 0x7A,
                   0x7B, 0xA6, 0xA7):  # fmt: skip
        table[opcode] = _BAD
    for first, last in ((0x05, 0x09), (0x30, 0x35), (0x37, 0x37), (0x77, 0x77), (0xA0, 0xA2),
                        (0xA8, 0xAA), (0xC8, 0xCF)):  # fmt: skip
        for opcode in range(first, last + 1):
            table[opcode] = _NONE
    for opcode in (0x70, 0x71, 0x72, 0x73, 0xA4, 0xAC, 0xBA, 0xC2, 0xC4, 0xC5, 0xC6):
        table[opcode] = _MODRM8
    table[0x0B] = _SPECIAL
    for opcode in range(0x80, 0x90):
        table[opcode] = _SPECIAL
    return bytes(table)


_ONE_BYTE, _TWO_BYTES = _one_byte_map(), _two_byte_map()
_VECTORS = frozenset((0xC4, 0xC5, 0x62))
_PREFIXES = frozenset((0x66, 0xF2, 0xF3, 0xF0, 0x64, 0x65, 0x2E, 0x36, 0x3E, 0x26, 0x67))
_VECTOR_MAPS = frozenset({1, 2, 3})


def _behind_modrm(code: bytes, at: int) -> int:
    """The offset behind ModRM, SIB and displacement, whose first byte is at ``at``."""
    modrm = code[at]
    mod, rm = modrm >> 6, modrm & 7
    if mod == 3:
        return at + 1
    if rm == 4:
        base = code[at + 1] & 7
        return at + 2 + (1 if mod == 1 else 4 if mod == 2 or base == 5 else 0)
    return at + 1 + (1 if mod == 1 else 4 if mod == 2 or rm == 5 else 0)


def _signed(code: bytes, at: int, size: int) -> int:
    return int.from_bytes(code[at : at + size], "little", signed=True)


def decoded(code: bytes, start: int) -> Instruction:
    """The instruction at an offset. Raises UnknownCode, also where the code ends within it."""
    try:
        found = _decoded(code, start)
    except IndexError:
        raise UnknownCode(f"the code ends within the instruction at {start}") from None
    if found.end > len(code):
        raise UnknownCode(f"the code ends within the instruction at {start}")
    return found


def _modrm_sizes() -> bytes:
    """Bytes of ModRM, SIB and displacement by the ModRM byte; 0 where the SIB byte decides."""
    probe = bytes((0, 0, 0))
    return bytes(
        0 if modrm >> 6 == 0 and modrm & 7 == 4 else _behind_modrm(bytes((modrm,)) + probe, 0)
        for modrm in range(256)
    )


_MODRM_SIZE = _modrm_sizes()
# What lies behind ModRM, by kind, where no prefix but REX stands before; of others -1: none.
_BEHIND_IT = {_MODRM: 0, _MODRM8: 1, _MODRM_IMM: 4}
_NEAR = tuple(byte - 256 if byte > 127 else byte for byte in range(256))


@lru_cache(8)
def scanned(code: bytes) -> tuple[Sequence[int], Mapping[int, Instruction]]:
    """Where each instruction begins, and those that lead somewhere. Raises UnknownCode.

    The same as `decoded` says of one after the other; most are moves and sums, which need no more
    than their length, and most of the others branches and calls. A function is asked for more
    than once in a row.
    """
    starts: list[int] = []
    leads: dict[int, Instruction] = {}
    at, size = 0, len(code)
    one_byte, two_bytes, modrm_size, rest_of = _ONE_BYTE, _TWO_BYTES, _MODRM_SIZE, _BEHIND_IT
    near = _NEAR
    try:
        while at < size:
            starts.append(at)
            behind = at + 1 if code[at] & 0xF0 != 0x40 else at + 2
            opcode = code[behind - 1]
            if opcode == 0x0F:
                kind = two_bytes[code[behind]] if code[behind] not in (0x38, 0x3A) else _SPECIAL
                behind += 1
            elif opcode in _VECTORS:
                kind = _SPECIAL
            else:
                kind = one_byte[opcode]
            rest = rest_of.get(kind, -1)
            length = modrm_size[code[behind]] if rest >= 0 else 0
            if length:
                at = behind + length + rest
            elif kind == _NONE:
                at = behind
            elif kind == _REL8:
                behind += 1
                leads[at] = Instruction(behind, Step.BRANCH, behind + near[code[behind - 1]])
                at = behind
            elif opcode == 0xE8 or (opcode == 0x0F and code[behind - 1] & 0xF0 == 0x80):
                step = Step.CALL if opcode == 0xE8 else Step.BRANCH
                leads[at] = Instruction(behind + 4, step, behind + 4 + _signed(code, behind, 4))
                at = behind + 4
            else:
                found = _decoded(code, at)
                if found.step is not Step.ON:
                    leads[at] = found
                at = found.end
    except IndexError:
        at = size + 1
    if at > size:
        raise UnknownCode("the code ends within an instruction")
    return starts, leads


def _decoded(code: bytes, start: int) -> Instruction:
    at = start
    immediate = 4
    opcode = code[at]
    while opcode in _PREFIXES:
        if opcode == 0x66:
            immediate = 2
        elif opcode == 0x67:
            raise UnknownCode(f"an address-size prefix at {start}")
        at += 1
        opcode = code[at]
    wide = 0
    if opcode & 0xF0 == 0x40:
        wide = opcode & 8
        if wide:
            immediate = 4
        at += 1
        opcode = code[at]
    if opcode == 0x0F:
        return _two_bytes(code, start, at + 1)
    if opcode in (0xC4, 0xC5, 0x62):
        return _vector(code, start, at)
    kind = _ONE_BYTE[opcode]
    at += 1
    if kind == _MODRM:
        return Instruction(_behind_modrm(code, at), Step.ON)
    if kind == _NONE:
        return Instruction(at, Step.ON)
    if kind == _MODRM8:
        return Instruction(_behind_modrm(code, at) + 1, Step.ON)
    if kind == _REL8:
        return Instruction(at + 1, Step.BRANCH, at + 1 + _signed(code, at, 1))
    if kind == _MODRM_IMM:
        return Instruction(_behind_modrm(code, at) + immediate, Step.ON)
    if kind == _IMM8:
        return Instruction(at + 1, Step.ON)
    if kind == _IMM:
        return Instruction(at + immediate, Step.ON)
    if kind == _SPECIAL:
        return _special(code, start, at, opcode, immediate, wide)
    raise UnknownCode(f"opcode {opcode:#x} at {start}")


def _special(
    code: bytes, start: int, at: int, opcode: int, immediate: int, wide: int
) -> Instruction:
    """``at`` is behind the opcode."""
    if 0xB8 <= opcode <= 0xBF:
        return Instruction(at + (8 if wide else immediate), Step.ON)
    if opcode == 0xE8:
        return Instruction(at + 4, Step.CALL, at + 4 + _signed(code, at, 4))
    if opcode == 0xE9:
        return Instruction(at + 4, Step.JUMP, at + 4 + _signed(code, at, 4))
    if opcode == 0xEB:
        return Instruction(at + 1, Step.JUMP, at + 1 + _signed(code, at, 1))
    if opcode in (0xC2, 0xC3):
        return Instruction(at + (2 if opcode == 0xC2 else 0), Step.RETURN)
    if opcode in (0xCC, 0xF4):
        return Instruction(at, Step.STOP)
    operation = code[at] >> 3 & 7
    end = _behind_modrm(code, at)
    if opcode == 0xFF:
        step = {2: Step.CALL_INDIRECT, 4: Step.JUMP_INDIRECT}.get(operation, Step.ON)
        if operation in (3, 5, 7):
            raise UnknownCode(f"opcode 0xff /{operation} at {start}")
        return Instruction(end, step)
    # TEST has an immediate, its neighbours (NOT, NEG, MUL, DIV) none.
    if operation > 1:
        return Instruction(end, Step.ON)
    return Instruction(end + (1 if opcode == 0xF6 else immediate), Step.ON)


def _two_bytes(code: bytes, start: int, at: int) -> Instruction:
    opcode = code[at]
    at += 1
    if opcode == 0x38:
        return Instruction(_behind_modrm(code, at + 1), Step.ON)
    if opcode == 0x3A:
        return Instruction(_behind_modrm(code, at + 1) + 1, Step.ON)
    kind = _TWO_BYTES[opcode]
    if kind == _MODRM:
        return Instruction(_behind_modrm(code, at), Step.ON)
    if kind == _MODRM8:
        return Instruction(_behind_modrm(code, at) + 1, Step.ON)
    if kind == _NONE:
        return Instruction(at, Step.ON)
    if 0x80 <= opcode <= 0x8F:
        return Instruction(at + 4, Step.BRANCH, at + 4 + _signed(code, at, 4))
    if opcode == 0x0B:
        return Instruction(at, Step.STOP)
    raise UnknownCode(f"opcode 0x0f {opcode:#x} at {start}")


def _vector(code: bytes, start: int, at: int) -> Instruction:
    """VEX and EVEX: all take a ModRM byte, but for VZEROUPPER and VZEROALL."""
    prefix = code[at]
    if prefix == 0xC5:
        space, at = 1, at + 2
    elif prefix == 0xC4:
        space, at = code[at + 1] & 0x1F, at + 3
    else:
        space, at = code[at + 1] & 7, at + 4
    if space not in _VECTOR_MAPS:
        raise UnknownCode(f"a vector instruction of map {space} at {start}")
    opcode = code[at]
    at += 1
    if space == 1 and opcode == 0x77 and prefix != 0x62:
        return Instruction(at, Step.ON)
    end = _behind_modrm(code, at)
    immediate = space == 3 or (space == 1 and _TWO_BYTES[opcode] == _MODRM8)
    return Instruction(end + immediate, Step.ON)
