"""Where arm64 instructions lead. Source: Arm's manual (A64, C4.1.65 branches); all have 4 bytes."""

from __future__ import annotations

from golsp_mem.compiler.objects.amd64 import Instruction, Step, UnknownCode


def _distance(word: int, low: int, bits: int) -> int:
    """A signed field of an instruction, in bytes."""
    value = word >> low & ((1 << bits) - 1)
    return 4 * (value - (1 << bits) if value >> (bits - 1) else value)


def decoded(code: bytes, start: int) -> Instruction:
    """The instruction at an offset. Raises UnknownCode where the code ends within it."""
    end = start + 4
    if end > len(code):
        raise UnknownCode(f"the code ends within the instruction at {start}")
    word = int.from_bytes(code[start:end], "little")
    if word & 0x7C000000 == 0x14000000:
        step = Step.CALL if word >> 31 else Step.JUMP
        return Instruction(end, step, start + _distance(word, 0, 26))
    if word & 0xFF000000 == 0x54000000 or word & 0x7E000000 == 0x34000000:
        return Instruction(end, Step.BRANCH, start + _distance(word, 5, 19))
    if word & 0x7E000000 == 0x36000000:
        return Instruction(end, Step.BRANCH, start + _distance(word, 5, 14))
    if word & 0xFFFFFC1F == 0xD61F0000:
        return Instruction(end, Step.JUMP_INDIRECT)
    if word & 0xFFFFFC1F == 0xD63F0000:
        return Instruction(end, Step.CALL_INDIRECT)
    if word & 0xFFFFFC1F == 0xD65F0000:
        return Instruction(end, Step.RETURN)
    # BRK, and the permanently undefined instructions.
    if word & 0xFFE0001F == 0xD4200000 or word & 0xFFFF0000 == 0:
        return Instruction(end, Step.STOP)
    return Instruction(end, Step.ON)


def scanned(code: bytes) -> tuple[list[int], dict[int, Instruction]]:
    """Where each instruction begins, and those that lead somewhere. Raises UnknownCode."""
    starts = list(range(0, len(code), 4))
    found = ((at, decoded(code, at)) for at in starts)
    return starts, {at: one for at, one in found if one.step is not Step.ON}


def goes_on(code: bytes, start: int, end: int) -> bool:
    """Whether code from ``start`` runs on to ``end``, whatever it passes over."""
    return all(
        decoded(code, at).step not in (Step.JUMP, Step.JUMP_INDIRECT, Step.RETURN, Step.STOP)
        for at in range(start, end, 4)
    )
