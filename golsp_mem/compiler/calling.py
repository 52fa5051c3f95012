"""What calls of a compiled function mean to whoever follows them: names of the runtime that never
come back, that lead out of Go, that start what was deferred.
"""

from __future__ import annotations

import re
from enum import StrEnum

from golsp_mem.compiler.objects.goobj import Function

# Ways out of the program, or out of the function by unwinding: what they use says nothing about
# the stack and the memory that the code needs to do its work.
NO_RETURN = re.compile(
    r"runtime\.(throw|fatal\w*|fatalpanic|gopanic|goPanic\w+|panic\w*|goexit\d?|Goexit|abort|"
    r"dieFromSignal|exit|badmorestack\w*|badsystemstack|sigpanic\d?|internal_sync_(throw|fatal)|"
    r"rand_fatal|maps_fatal|sync_(throw|fatal))|"
    r"internal/(runtime/maps|sync)\.(fatal|throw)|sync\.(throw|fatal)"
)

# Those of them that a deferred function may recover from.
PANICS = re.compile(r"runtime\.(gopanic|goPanic\w+|panic\w+|sigpanic\d?)")

DEFERRED = "runtime.deferreturn"
RECOVER = "runtime.gorecover"
_C_CODE = frozenset({"runtime.cgocall", "runtime.asmcgocall", "runtime.asmcgocall_no_g"})
_REFLECTION = frozenset({"runtime.reflectcall", "reflect.call"})


class Unknown(StrEnum):
    """Why nobody can follow a call from the object files alone."""

    INTERFACE = "interface method"
    FUNCTION_VALUE = "function value"
    EITHER = "interface method or function value"
    REFLECTION = "reflection"
    C_CODE = "C code"
    NO_BODY = "no body"


def leads_out(target: str) -> Unknown | None:
    """Why a call of a function by name cannot be followed; None where it can."""
    if target in _C_CODE:
        return Unknown.C_CODE
    return Unknown.REFLECTION if target in _REFLECTION else None


# MOVQ disp(base), register: REX.W 8B /r with 0, 8 or 32 bits of displacement.
_LOAD = re.compile(rb"[\x48-\x4f]\x8b[\x00-\xbf]", re.DOTALL)
_LOOKED_AT = 96
# internal/abi/iface.go, ITab.Fun: behind two pointers, a hash and padding.
_FIRST_METHOD = 24


def indirect_kind(function: Function, offset: int, goarch: str) -> Unknown:
    """What a call through a register goes through: the code of a function value lies at its
    block's beginning, a method's in the itab behind other words. ``offset`` is the call's."""
    code = function.code
    if goarch == "amd64":
        distance = _loaded_from(code, offset)
    elif goarch == "arm64":
        distance = _loaded_from_arm64(code, offset)
    else:
        distance = None
    if distance is None:
        return Unknown.EITHER
    return Unknown.INTERFACE if distance >= _FIRST_METHOD else Unknown.FUNCTION_VALUE


def _loaded_from(code: bytes, offset: int) -> int | None:
    """The displacement of the last load of the register that ``CALL register`` calls."""
    at = offset
    extended = code[at] & 1 if code[at : at + 1] and code[at] & 0xF0 == 0x40 else 0
    at += code[at : at + 1] != b"\xff"
    if code[at : at + 1] != b"\xff" or len(code) < at + 2:
        return None
    modrm = code[at + 1]
    if modrm >> 6 != 3:
        # CALL (register): the code's address is read from the start of a function value.
        return {0: 0, 1: code[at + 2] if len(code) > at + 2 else None}.get(modrm >> 6)
    register = modrm & 7 | extended << 3
    first = max(0, offset - _LOOKED_AT)
    for found in reversed(list(_LOAD.finditer(code, first, offset))):
        rex, _, operand = found[0]
        if (operand >> 3 & 7 | (rex & 4) << 1) != register or operand & 7 == 4:
            continue
        if operand >> 6 == 0:
            return 0 if operand & 7 != 5 else None
        size = 1 if operand >> 6 == 1 else 4
        return int.from_bytes(code[found.end() : found.end() + size], "little")
    return None


def _loaded_from_arm64(code: bytes, offset: int) -> int | None:
    register = int.from_bytes(code[offset : offset + 4], "little") >> 5 & 31
    for at in range(offset - 4, max(-1, offset - _LOOKED_AT), -4):
        word = int.from_bytes(code[at : at + 4], "little")
        # LDR Xt, [Xn, #imm12 * 8]
        if word & 0xFFC00000 == 0xF9400000 and word & 31 == register:
            return (word >> 10 & 0xFFF) * 8
    return None
