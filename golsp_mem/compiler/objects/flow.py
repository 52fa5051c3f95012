"""The control flow of a compiled function, from its machine code (amd64, arm64).

The source says what may happen; the code says what the compiler left of it. Each call ends a
block, so that whoever knows that a callee never returns can cut the flow behind it. What does not
decode to the last byte, or disagrees with the relocations or the line table, has no flow: None.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from golsp_mem.compiler.objects import amd64, arm64
from golsp_mem.compiler.objects.amd64 import Instruction, Step, UnknownCode
from golsp_mem.compiler.objects.goobj import Function

_Scanner = Callable[[bytes], tuple[Sequence[int], Mapping[int, Instruction]]]
_SCANNERS: Mapping[str, _Scanner] = {"amd64": amd64.scanned, "arm64": arm64.scanned}
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


@frozen
class Instructions:
    """Where each instruction begins, those that lead somewhere, and where these lead within the
    function."""

    starts: Sequence[int]
    leads: Mapping[int, Instruction]
    targets: Mapping[int, tuple[int, ...]]


def machine_flow(function: Function, goarch: str) -> MachineFlow | None:
    """The flow of a function; None where it is not known for sure."""
    builder = _builder(function, goarch)
    return None if builder is None else builder.flow()


def instructions(function: Function, goarch: str) -> Instructions | None:
    """The instructions of a function; None where it is not known for sure where they lead."""
    builder = _builder(function, goarch)
    return None if builder is None else builder.instructions()


def _builder(function: Function, goarch: str) -> _Builder | None:
    scan = _SCANNERS.get(goarch)
    if scan is None:
        return None
    try:
        starts, leads = scan(function.code)
    except UnknownCode:
        return None
    if not starts or not _agrees(function, starts, leads, goarch):
        return None
    return _Builder(function, starts, leads, goarch)


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
        self._all = instructions
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

    def instructions(self) -> Instructions | None:
        targets = self._all_targets()
        return None if targets is None else Instructions(self._all, self._leads, targets)

    def flow(self) -> MachineFlow | None:
        targets_of = self._all_targets()
        if targets_of is None:
            return None
        starts = self._starts(targets_of)
        number = {start: at for at, start in enumerate(starts)}
        # What leads nowhere goes on with the next block.
        following = [frozenset((at,)) for at in range(1, len(starts))]
        following.append(frozenset())
        calls: dict[int, int] = {}
        indirect: list[int] = []
        leaves: set[int] = set()
        for last, found in self._leads.items():
            block = bisect_right(starts, last) - 1
            if found.step in (Step.CALL, Step.CALL_INDIRECT):
                if found.step is Step.CALL and last not in self._relocated:
                    # A call of the function's own code (CALL 0(PC)) is nobody's.
                    return None
                at = last + self._inside if found.step is Step.CALL else last
                calls[at] = block
                if found.step is Step.CALL_INDIRECT:
                    indirect.append(at)
            targets = targets_of[last]
            if found.step is Step.RETURN or (found.step is Step.JUMP and not targets):
                leaves.add(block)
                if found.step is Step.JUMP:
                    calls[last + self._inside] = block
            if found.step is Step.JUMP_INDIRECT and not targets:
                leaves.add(block)
                calls[last] = block
                indirect.append(last)
            following[block] = frozenset([number[target] for target in targets])
        return MachineFlow(tuple(following), calls, tuple(indirect), frozenset(leaves))

    def _all_targets(self) -> dict[int, tuple[int, ...]] | None:
        """Where each instruction leads that does; None where one of them cannot be told."""
        every = {}
        for at, found in self._leads.items():
            targets = self._targets(at, found)
            if targets is None or not self._code.issuperset(targets):
                return None
            every[at] = targets
        return every

    def _starts(self, targets: Mapping[int, tuple[int, ...]]) -> list[int]:
        """Where blocks begin: each instruction that leads somewhere is the last of one."""
        starts = {0}
        for at, found in self._leads.items():
            starts.update(targets[at])
            if found.end in self._code:
                starts.add(found.end)
        return sorted(starts)

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


def backward(edges: Sequence[frozenset[int]]) -> list[list[int]]:
    """The edges the other way round."""
    found: list[list[int]] = [[] for _ in edges]
    for block, following in enumerate(edges):
        for other in following:
            found[other].append(block)
    return found
