"""The control flow of a compiled function, from its machine code (amd64, arm64).

The source says what may happen; the code says what the compiler left of it. Each call ends a
block, so that whoever knows that a callee never returns can cut the flow behind it. What does not
decode to the last byte, or disagrees with the relocations or the line table, has no flow: None.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from golsp_mem.compiler.objects import amd64, arm64
from golsp_mem.compiler.objects.amd64 import Instruction, Step, UnknownCode
from golsp_mem.compiler.objects.goobj import Function

_SCANNERS = {"amd64": amd64.scanned, "arm64": arm64.scanned}
# The displacement of CALL and JMP on amd64 is behind one byte of opcode.
_RELOCATED_AT = {"amd64": 1, "arm64": 0}
# cmd/compile/internal/ssagen (emitting of jump tables): pkg.F.jump3.
_JUMP_TABLE = re.compile(r"\.jump\d+$")


@frozen
class MachineFlow:
    """Blocks are numbered by their place in the code; block 0 is where a call begins.

    ``next`` are the edges. ``calls`` are the blocks that end with a call or leave by a jump to
    another function, by the offset of the call's relocation (of an indirect call, its
    instruction's own offset); ``leaves`` are the blocks that return, or leave by such a jump.
    """

    next: tuple[frozenset[int], ...]
    calls: dict[int, int]
    indirect: tuple[int, ...]
    leaves: frozenset[int]


def machine_flow(function: Function, goarch: str) -> MachineFlow | None:
    """The flow of a function; None where it is not known for sure."""
    scan = _SCANNERS.get(goarch)
    if scan is None:
        return None
    try:
        starts, leads = scan(function.code)
    except UnknownCode:
        return None
    if not starts or not _agrees(function, starts, leads, goarch):
        return None
    return _Builder(function, starts, leads, goarch).flow()


def _agrees(
    function: Function, starts: Sequence[int], leads: Mapping[int, Instruction], goarch: str
) -> bool:
    """Whether lines begin, and relocated calls stand, where the instructions say."""
    inside = _RELOCATED_AT[goarch]
    for relocation in function.relocations:
        if not relocation.size or not relocation.is_call:
            continue
        found = leads.get(relocation.offset - inside)
        if found is None or found.step not in (Step.CALL, Step.JUMP):
            return False
    end = len(function.code)
    begin = set(starts)
    return all(place in begin or place >= end for place in function.line_boundaries)


class _Builder:
    def __init__(
        self,
        function: Function,
        instructions: Sequence[int],
        leads: Mapping[int, Instruction],
        goarch: str,
    ) -> None:
        self._function = function
        self._instructions = instructions
        self._code = frozenset(instructions)
        self._leads = leads
        self._inside = _RELOCATED_AT[goarch]
        self._relocated = {
            one.offset - self._inside for one in function.relocations if one.size and one.is_call
        }
        self._tables = [
            (one.offset, one.target)
            for one in function.relocations
            if _JUMP_TABLE.search(one.target)
        ]

    def flow(self) -> MachineFlow | None:
        starts = self._starts()
        if starts is None:
            return None
        number = {start: at for at, start in enumerate(starts)}
        following: list[frozenset[int]] = []
        calls: dict[int, int] = {}
        indirect: list[int] = []
        leaves: set[int] = set()
        for block in range(len(starts)):
            end = starts[block + 1] if block + 1 < len(starts) else None
            last, found = self._last(end)
            if found.step in (Step.CALL, Step.CALL_INDIRECT):
                if found.step is Step.CALL and last not in self._relocated:
                    # A call of the function's own code (CALL 0(PC)) is nobody's.
                    return None
                at = last + self._inside if found.step is Step.CALL else last
                calls[at] = block
                if found.step is Step.CALL_INDIRECT:
                    indirect.append(at)
            targets = self._targets(last, found)
            if targets is None:
                return None
            if found.step is Step.RETURN or (found.step is Step.JUMP and not targets):
                leaves.add(block)
                if found.step is Step.JUMP:
                    calls[last + self._inside] = block
            if found.step is Step.JUMP_INDIRECT and not targets:
                leaves.add(block)
                calls[last] = block
                indirect.append(last)
            if not all(target in number for target in targets):
                return None
            following.append(frozenset(number[target] for target in targets))
        return MachineFlow(tuple(following), calls, tuple(indirect), frozenset(leaves))

    def _starts(self) -> list[int] | None:
        starts = {0}
        for at, found in self._leads.items():
            targets = self._targets(at, found)
            if targets is None or any(target not in self._code for target in targets):
                return None
            starts.update(targets)
            if found.end in self._code:
                starts.add(found.end)
        return sorted(starts)

    def _last(self, end: int | None) -> tuple[int, Instruction]:
        """The last instruction of the block that ends before ``end`` (None: with the code): no
        other of it leads anywhere."""
        all_of_them = self._instructions
        number = len(all_of_them) if end is None else bisect_left(all_of_them, end)
        at = all_of_them[number - 1]
        behind = len(self._function.code) if end is None else end
        return at, self._leads.get(at) or Instruction(behind, Step.ON)

    def _targets(self, at: int, found: Instruction) -> tuple[int, ...] | None:
        """Where an instruction leads within the function; None where nobody knows."""
        behind = (found.end,) if found.end in self._code else ()
        match found.step:
            case Step.RETURN | Step.STOP:
                return ()
            case Step.JUMP:
                return () if at in self._relocated else (found.target,)
            case Step.BRANCH:
                # arm64 has no relocated branches, amd64 none on a condition.
                return (found.target, *behind)
            case Step.JUMP_INDIRECT:
                return self._table_before(at)
            case _:
                return behind

    def _table_before(self, at: int) -> tuple[int, ...] | None:
        """What the jump table holds whose address was taken last before a jump by register; no
        table: the jump leaves the function."""
        names = [name for offset, name in self._tables if offset < at]
        if not names:
            return () if not self._tables else None
        return self._function.jump_table(names[-1])


def backward(edges: Iterable[frozenset[int]]) -> list[set[int]]:
    """The edges the other way round."""
    edges = list(edges)
    found: list[set[int]] = [set() for _ in edges]
    for block, following in enumerate(edges):
        for other in following:
            found[other].add(block)
    return found
