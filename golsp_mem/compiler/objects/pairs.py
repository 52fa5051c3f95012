"""Which type is stored beside what a call returned (amd64): the two words of an interface value lie
side by side, in memory or in registers of the ABI."""

from __future__ import annotations

from itertools import pairwise

from attrs import define, field, frozen

from golsp_mem.compiler.objects.amd64 import Step
from golsp_mem.compiler.objects.flow import instructions
from golsp_mem.compiler.objects.goobj import Function
from golsp_mem.compiler.objects.reaching import KEEPS_REGISTERS, operation
from golsp_mem.compiler.objects.records import Relocation

_AX, _SP, _R11 = 0, 4, 11
# AX, BX, CX, DI, SI, R8 to R11 (cmd/compile/abi-internal.md).
_PASSED = (0, 3, 1, 7, 6, 8, 9, 10, 11)
_WORD = 8


@frozen
class _Result:
    """What the call returned."""


_Value = _Result | str
_Where = tuple[int | str, int]


def type_beside_result(function: Function, call: Relocation, names: dict[int, str]) -> str | None:
    """The one type that lies beside the result of ``call`` until the next call; ``names``: types
    by the offset of their relocations. None: there is none, or more."""
    found = instructions(function, "amd64")
    if found is None:
        return None
    relocations = {one.offset: one for one in function.relocations if one.size}
    walk = _Walk(function.code, relocations, names)
    for at in found.starts:
        if at < call.offset + call.size:
            continue
        step = found.leads[at].step if at in found.leads else None
        if step in (Step.CALL, Step.CALL_INDIRECT):
            target = relocations.get(at + 1)
            if target is not None and target.target.startswith(KEEPS_REGISTERS):
                continue
        if step is not None and step is not Step.BRANCH:
            if step is not Step.STOP:
                walk.pass_on()
            break
        if step is None:
            walk.through(at)
    return walk.beside.pop() if len(walk.beside) == 1 else None


@define
class _Walk:
    """What registers and memory hold behind the call, as far as it matters."""

    code: bytes
    relocations: dict[int, Relocation]
    names: dict[int, str]
    registers: dict[int, _Value] = field(factory=lambda: {_AX: _Result()})
    memory: dict[_Where, _Value] = field(factory=dict)
    beside: set[str] = field(factory=set)

    def pass_on(self) -> None:
        """Arguments, or results."""
        for first, second in pairwise(_PASSED):
            self._pair(self.registers.get(first), self.registers.get(second))

    def _pair(self, type_: _Value | None, data: _Value | None) -> None:
        if isinstance(type_, str) and isinstance(data, _Result):
            self.beside.add(type_)

    def through(self, at: int) -> None:
        one = operation(self.code, at)
        if one.is_wide and one.opcode == 0x89:
            value = self.registers.get(one.reg)
            if one.between:
                self._set(one.rm, value)
            else:
                self._store(self._place(one.at + 1, one.rex), value)
        elif one.is_wide and one.opcode == 0x8B and one.between:
            self._set(one.reg, self.registers.get(one.rm))
        elif one.opcode == 0x8D and one.is_of_pc:
            self._set(one.reg, self.names.get(one.at + 2))
        else:
            for register in range(16):
                if one.writes(self.code, register):
                    self._set(register, None)

    def _set(self, register: int, value: _Value | None) -> None:
        for where in [one for one in self.memory if one[0] == register]:
            del self.memory[where]
        if value is None:
            self.registers.pop(register, None)
        else:
            self.registers[register] = value

    def _store(self, where: _Where | None, value: _Value | None) -> None:
        if where is None or where[0] == _R11:  # the write barrier's buffer
            return
        if value is None:
            self.memory.pop(where, None)
            return
        base, offset = where
        self.memory[where] = value
        self._pair(self.memory.get((base, offset - _WORD)), value)
        self._pair(value, self.memory.get((base, offset + _WORD)))

    def _place(self, at: int, rex: int) -> _Where | None:
        """Base and displacement of a ModRM operand; the base is a register or a symbol."""
        modrm = self.code[at]
        mode, base = modrm >> 6, modrm & 7
        at += 1
        if mode == 0 and base == 5:
            symbol = self.relocations.get(at)
            return (symbol.target, symbol.addend) if symbol is not None else None
        if base == _SP:
            sib = self.code[at]
            if sib >> 3 & 7 != _SP or rex & 2:  # with an index
                return None
            base = sib & 7
            at += 1
            if mode == 0 and base == 5:
                return None
        size = (0, 1, 4)[mode]
        displacement = int.from_bytes(self.code[at : at + size], "little", signed=True)
        return base | (rex & 1) << 3, displacement
