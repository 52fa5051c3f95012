"""Whose address, or which number, a register holds where code is called (amd64), followed back
along the flow.

The compiler names a type once for several calls that no other call separates, and blocks are laid
out in another order than they run in: the type named last before a call in the code need not be
the one that reaches it. Where anything on a way back is not understood, the answer is None.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from attrs import define, field, frozen

from golsp_mem.compiler.objects.amd64 import Step, UnknownCode, scanned
from golsp_mem.compiler.objects.flow import Instructions, instructions
from golsp_mem.compiler.objects.goobj import Function
from golsp_mem.compiler.objects.records import Relocation

# Calls that the compiler makes without saving registers (cmd/compile, ssa ops of each arch).
KEEPS_REGISTERS = ("runtime.gcWriteBarrier", "runtime.duff")
# What those write themselves: the place in the write barrier's buffer; destination and source.
_OF_KEEPERS = frozenset({11, 6, 7})
_ENDS = (Step.JUMP, Step.RETURN, Step.STOP, Step.JUMP_INDIRECT)
# JMP, RET, JMP through memory or a register, UD2: where none of the bytes stands, none is.
_PERHAPS_ENDS = re.compile(rb"[\xe9\xeb\xc3\xff]|\x0f\x0b")
_PREFIXES = frozenset((0x66, 0xF2, 0xF3, 0xF0, 0x64, 0x65))
_SHORT = 0x66
_VECTORS = (0xC4, 0xC5, 0x62)
_AX, _CX, _DX, _BX = range(4)
# Never return (typecheck/builtin.go): what stands behind is come to by a jump.
_NEVER_RETURN = ("runtime.panic", "runtime.gopanic", "runtime.goPanic", "runtime.throw")
# Instructions on the whole way back: a call's argument is named near it.
_MOST = 2000


def goes_on(code: bytes, start: int, end: int) -> bool:
    """Whether code from ``start`` (where an instruction begins) runs on to ``end``, whatever it
    passes over; False where that is not known."""
    if _PERHAPS_ENDS.search(code, start, end) is None:
        return True
    try:
        _, leads = scanned(code)
    except UnknownCode:
        return False
    return not any(start <= at < end and one.step in _ENDS for at, one in leads.items())


def number_reaching(function: Function, call: Relocation, register: int) -> int | None:
    """The constant that a register surely holds when ``call`` is made."""
    found = instructions(function, "amd64")
    number = None if found is None else _Way(function, found).back(call.offset - 1, register)
    return number.value if isinstance(number, _Number) else None


def type_reaching(function: Function, call: Relocation, register: int) -> str | None:
    """The type whose descriptor a register holds when ``call`` is made: the one name that all ways
    to it agree on."""
    if not any(one.size and one.target.startswith("type:") for one in function.relocations):
        return None
    found = instructions(function, "amd64")
    name = None if found is None else _Way(function, found).back(call.offset - 1, register)
    return name if isinstance(name, str) else None


@frozen
class _Number:
    value: int


@define
class _Way:
    function: Function
    all: Instructions
    _named: dict[int, str] = field(init=False)
    _comers: dict[int, list[int]] = field(init=False)
    _calls: dict[int, str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        relocations = [one for one in self.function.relocations if one.size]
        self._named = {
            one.offset: one.target[len("type:") :]
            for one in relocations
            if one.target.startswith("type:")
        }
        self._calls = {one.offset - 1: one.target for one in relocations if one.is_call}
        self._comers = defaultdict(list)
        for at, targets in self.all.targets.items():
            if self.all.leads[at].step not in (Step.CALL, Step.CALL_INDIRECT):
                for target in targets:
                    if target != self.all.leads[at].end:
                        self._comers[target].append(at)

    def back(self, at: int, register: int) -> str | _Number | None:
        found: set[str | _Number] = set()
        todo = [(at, register)]
        seen = {(at, register)}
        while todo:
            place, wanted = todo.pop()
            before = list(self._before(place))
            if not before or len(seen) > _MOST:
                return None  # where the function begins: an argument of its own
            for earlier in before:
                step = self._through(earlier, wanted)
                if step is None:
                    return None
                if not isinstance(step, int):
                    found.add(step)
                elif (earlier, step) not in seen:
                    seen.add((earlier, step))
                    todo.append((earlier, step))
            if len(found) > 1:
                return None
        return found.pop() if found else None

    def _before(self, place: int) -> Iterator[int]:
        """The instructions that one may come from."""
        index = bisect_left(self.all.starts, place)
        if index:
            last = self.all.starts[index - 1]
            ends = last in self.all.leads and self.all.leads[last].step in _ENDS
            if not (ends or self._calls.get(last, "").startswith(_NEVER_RETURN)):
                yield last
        yield from self._comers.get(place, ())

    def _through(self, at: int, register: int) -> int | str | _Number | None:
        """What an instruction means for what a register holds behind it: the register that held it
        before, the type that is named or the number; None: not understood, or something else."""
        if at in self.all.leads:
            step = self.all.leads[at].step
            if step in (Step.CALL, Step.CALL_INDIRECT):
                keeps = self._calls.get(at, "").startswith(KEEPS_REGISTERS)
                return register if keeps and register not in _OF_KEEPERS else None
            return register
        code = self.function.code
        one = operation(code, at)
        if one.opcode in _VECTORS:
            return None
        if one.opcode == 0x8D and one.reg == register:
            return self._named.get(one.at + 2) if one.is_of_pc else None
        if (
            0xB8 <= one.opcode <= 0xBF
            and register == (one.opcode & 7) | (one.rex & 1) << 3
            and not one.is_wide
            and code[at] != _SHORT
        ):
            # MOVL $imm32, R clears the upper half.
            return _Number(int.from_bytes(code[one.at + 1 : one.at + 5], "little"))
        if one.opcode == 0x89 and one.between and one.is_wide and one.rm == register:
            return one.reg
        if one.opcode == 0x8B and one.between and one.is_wide and one.reg == register:
            return one.rm
        return None if one.writes(code, register) else register


class Operation(NamedTuple):
    """An instruction, no jump and no call: where its ``opcode`` stands, its REX prefix (0: none),
    and the registers that the byte behind the opcode names."""

    at: int
    rex: int
    opcode: int
    modrm: int
    reg: int
    rm: int

    @property
    def is_wide(self) -> bool:
        return bool(self.rex & 8)

    @property
    def between(self) -> bool:
        """Whether both operands are registers."""
        return self.modrm >> 6 == 3

    @property
    def is_of_pc(self) -> bool:
        """Whether the operand is given by its distance: what a relocation names."""
        return self.modrm & 0xC7 == 5

    def writes(self, code: bytes, register: int) -> bool:
        """Whether it may write a register."""
        if self.opcode == 0x0F:
            return _two_bytes(code, self.at + 1, self.rex, register)
        return self.opcode in _VECTORS or _writes(self, register)


def operation(code: bytes, at: int) -> Operation:
    """What begins at a place of the code."""
    while code[at] in _PREFIXES:
        at += 1
    rex = code[at] if code[at] & 0xF0 == 0x40 else 0
    at += bool(rex)
    modrm = code[at + 1] if at + 1 < len(code) else 0
    return Operation(at, rex, code[at], modrm, *_registers(modrm, rex))


def _registers(modrm: int, rex: int) -> tuple[int, int]:
    return (modrm >> 3 & 7) | (rex & 4) << 1, (modrm & 7) | (rex & 1) << 3


def _two_bytes(code: bytes, at: int, rex: int, register: int) -> bool:
    opcode = code[at]
    if opcode in (0x38, 0x3A, 0x01, 0x31, 0xA2, 0xB0, 0xB1, 0xC7) and register < 4:
        return True
    if opcode == 0x1F:
        return False
    modrm = code[at + 1] if at + 1 < len(code) else 0
    reg, rm = _registers(modrm, rex)
    return reg == register or (modrm >> 6 == 3 and rm == register)


def _writes(one: Operation, register: int) -> bool:
    """Whether an instruction with one byte of opcode may write a register."""
    opcode, modrm, rex, reg, rm = one.opcode, one.modrm, one.rex, one.reg, one.rm
    between = one.between
    if opcode in (0x84, 0x85, *range(0x38, 0x3C)):  # TEST, CMP
        return False
    if opcode in (0x88, 0x89, *range(0x00, 0x38, 8), *range(0x01, 0x38, 8)):  # R -> r/m
        return between and rm == register
    if opcode in (0x80, 0x81, 0x83):
        return between and rm == register and modrm >> 3 & 7 != 7
    if opcode in (0xC6, 0xC7, 0xC0, 0xC1, 0xD0, 0xD1, 0xD2, 0xD3, 0xFE, 0xFF, 0x8F):
        return between and rm == register
    if opcode in (0xF6, 0xF7):
        multiplies = modrm >> 3 & 7 > 3 and register in (_AX, _DX)
        return multiplies or (between and rm == register)
    if opcode in (0x3C, 0x3D, 0xA8, 0xA9, 0x68, 0x6A) or 0x50 <= opcode <= 0x57:
        return False
    if 0x58 <= opcode <= 0x5F or 0xB0 <= opcode <= 0xBF or 0x90 <= opcode <= 0x97:
        number = (opcode & 7) | (rex & 1) << 3
        exchanges = 0x91 <= opcode <= 0x97 and register == _AX
        return exchanges or (number == register and (opcode != 0x90 or bool(rex & 1)))
    if opcode & 0xC7 in (0x02, 0x03) or opcode in (0x63, 0x69, 0x6B, 0x8A, 0x8B, 0x8D):
        return reg == register
    if opcode in (0x98, 0x99) or (opcode < 0x40 and opcode & 7 in (4, 5)):
        return register in (_AX, _DX)
    # What is left (strings, loops, exchanges) is rare: never mind which registers.
    return True
