"""What a runtime call is given, read from the machine code around it (amd64).

Relocations say which symbols code names, not where their addresses go. On amd64 the register ABI
(cmd/compile/abi-internal.md) fixes the register of each argument, and a few encodings of moves
tell what was put there. What is not understood is None, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from golsp_mem.compiler.objects import arm64
from golsp_mem.compiler.objects.goobj import Function
from golsp_mem.compiler.objects.reaching import (
    KEEPS_REGISTERS,
    goes_on,
    number_reaching,
    type_reaching,
)
from golsp_mem.compiler.objects.records import Relocation

_AX, _CX, _BX, _SI = 0, 1, 3, 6


def _type_register(target: str) -> int:
    """Where the register ABI of amd64 passes the type: the first, second or fifth argument."""
    if target.startswith("runtime.mallocgc"):
        return _BX
    return _SI if target.startswith("runtime.growslice") else _AX


def type_argument(
    function: Function, types: Sequence[Relocation], call: Relocation, goarch: str
) -> str | None:
    """The type that a call is given: the nearest one named before it, since the last call.

    On amd64 the code around tells more: other types may be loaded meanwhile, to be stored, and
    code that a jump leads to may have been given its type elsewhere.
    None when one reaches the call by a way that is not understood.
    """
    if goarch != "amd64":
        return _named_last(function, types, call, goarch)
    code, wanted = function.code, _type_register(call.target)
    untyped = _untyped_at(code, call.offset) if wanted == _BX else None
    for type_ in reversed(types):
        if untyped is not None and type_.offset < untyped:
            # Loaded for something else: no type is what the call is given.
            return None
        register = _loaded_register(code, type_.offset)
        if register is None:
            continue
        # MOVQ register, wanted: 48 89 /r between registers; REX.R extends the source.
        move = bytes((0x48 | (register >> 3 << 2), 0x89, 0xC0 | (register & 7) << 3 | wanted))
        if register == wanted or move in code[type_.offset + 4 : call.offset]:
            if goes_on(code, type_.offset + 4, call.offset - 1):
                return type_.target[5:]
            break
    return None if untyped is not None else type_reaching(function, call, wanted)


def _named_last(
    function: Function, types: Sequence[Relocation], call: Relocation, goarch: str
) -> str | None:
    if not types or _jumps(function.code, types[-1].offset, call.offset, goarch):
        return None
    return types[-1].target[5:]


def _jumps(code: bytes, start: int, end: int, goarch: str) -> bool:
    """Whether a jump may stand between two places: what follows is come to from elsewhere."""
    match goarch:
        case "arm64":
            return not arm64.goes_on(code, start, end)
        case "arm":
            return any(code[at + 3] == _ARM_JUMP for at in range(start, end - 3, 4))
        case "386":
            # Where instructions begin is not known: the byte may be part of another.
            return _JUMPS_386.search(code, start + 4, end - 1) is not None
        case _:
            return False


_ARM_JUMP = 0xEA  # B, always
_JUMPS_386 = re.compile(rb"[\xe9\xeb]")


def _loaded_register(code: bytes, offset: int) -> int | None:
    """The register of ``LEAQ symbol(SB), register`` whose displacement is at ``offset``."""
    if offset < 3 or code[offset - 3] not in (0x48, 0x4C) or code[offset - 2] != 0x8D:
        return None
    modrm = code[offset - 1]
    return (modrm >> 3 & 7) | (code[offset - 3] & 4) << 1 if modrm & 0xC7 == 5 else None


def size_operand(code: bytes, call_offset: int, goarch: str) -> int | None:
    """The constant first argument of an untyped mallocgc call; None if it is not plain.

    amd64: ``MOVL $size, AX; XORL BX, BX`` (b8 imm32 31 db) within the 24 bytes before.
    """
    at = _untyped_at(code, call_offset) if goarch == "amd64" else None
    return None if at is None else int.from_bytes(code[at + 1 : at + 5], "little")


def _untyped_at(code: bytes, call_offset: int) -> int | None:
    start = max(0, call_offset - 24)
    found = [one.start() for one in _UNTYPED.finditer(code, start, call_offset)]
    return found[-1] if found else None


_UNTYPED = re.compile(rb"\xb8....\x31\xdb", re.DOTALL)


# LEAQ disp(SP), AX with 8 or 32 bits of displacement; XORL AX, AX.
_STACK_ADDRESS = re.compile(rb"\x48\x8d\x44\x24.|\x48\x8d\x84\x24....", re.DOTALL)
_NIL = b"\x31\xc0"
_ARGUMENTS_BYTES = 64


def has_buffer(code: bytes, call_offset: int, after: int, goarch: str) -> bool | None:
    """Whether the first argument of a call is the address of something on the stack (a buffer
    for the result) or nil; ``after`` is where the code of the call before it ends."""
    if goarch != "amd64":
        return None
    window = code[max(after, call_offset - 1 - _ARGUMENTS_BYTES) : call_offset - 1]
    found = [match.start() for match in _STACK_ADDRESS.finditer(window)]
    address, nothing = (found[-1] if found else -1), window.rfind(_NIL)
    if address < 0 and nothing < 0:
        return None
    return address > nothing


# MOVL $imm32, CX
_NUMBER_IN_CX = re.compile(rb"\xb9....", re.DOTALL)


def length_operand(function: Function, call: Relocation, after: int, goarch: str) -> int | None:
    """The length of the text or slice that a call is given behind its buffer, where it is a
    constant; ``after`` as for `has_buffer`."""
    end = call.offset - 1
    if goarch != "amd64" or _NUMBER_IN_CX.search(function.code, after, end) is None:
        return None
    return number_reaching(function, call, _CX)


# Before the call: MOVBLZX …, AX from a register or the stack, or ANDL $imm8, R; MOVQ R, AX, with
# padding in between (NOP, XCHGL AX, AX).
_ZERO_EXTENDED = re.compile(
    rb"\x0f\xb6(?:[\xc0-\xc7]|\x44\x24.|\x84\x24....|[\x40-\x43\x45-\x47].)\x90*$", re.DOTALL
)
_MASKED = re.compile(
    rb"\x83([\xe0-\xe7])([\x00-\x7f])\x90*(?:[\x48]?\x89([\xc0-\xff])\x90*)?$", re.DOTALL
)


def is_byte(code: bytes, call_offset: int, goarch: str) -> bool:
    """Whether the first argument of a call surely lies below 256: it was just widened from a
    byte, or masked."""
    if goarch != "amd64":
        return False
    window = code[max(0, call_offset - 1 - 16) : call_offset - 1]
    if _ZERO_EXTENDED.search(window):
        return True
    masked = _MASKED.search(window)
    if masked is None:
        return False
    register = masked[1][0] & 7
    if masked[3] is None:
        return register == _AX
    move = masked[3][0]
    return move >> 3 & 7 == register and move & 7 == _AX


# MOVQ AX, disp(SP): the result is put aside, so what is named next belongs to something else.
_SPILLED = re.compile(rb"\x48\x89\x44\x24.|\x48\x89\x84\x24....", re.DOTALL)


def named_with_result(
    function: Function, relocations: Sequence[Relocation], at: int, goarch: str
) -> dict[int, str]:
    """The types whose descriptors may be stored beside what call ``relocations[at]`` returns, by
    the offset of their relocation.

    The first word of an interface value is its type (or its itab, which names the type). No
    register survives a call, so it is named between this call and the next. Several: other
    values are stored there, too (`type_beside_result`); nearest first.
    """
    if "go.shape." in function.name:
        # Generic code takes its types from a dictionary.
        return {}
    call = relocations[at]
    end = call.offset + call.size
    names: dict[int, str] = {}
    for relocation in relocations[at + 1 :]:
        if relocation.size == 0:
            continue
        target = relocation.target
        if relocation.is_call and not target.startswith(KEEPS_REGISTERS):
            break
        name = None
        if target.startswith("type:"):
            name = target[5:]
        elif target.startswith("go:itab."):
            name = _concrete(target[len("go:itab.") :])
        if name is None:
            continue
        if goarch == "amd64" and (
            _SPILLED.search(function.code[end : relocation.offset - 3])
            or not goes_on(function.code, end, relocation.offset - 3)
        ):
            break
        names[relocation.offset] = name
    return names


def _concrete(itab: str) -> str | None:
    """``T`` of ``T,I``."""
    depth = 0
    for index, char in enumerate(itab):
        depth += (char in "[{(") - (char in "]})")
        if char == "," and depth == 0:
            return itab[:index]
    return None
