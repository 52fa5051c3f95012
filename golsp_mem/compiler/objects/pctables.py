"""The runtime's pc tables: what holds from one code offset to the next.

They are zig-zag varints (runtime/symtab.go, step; cmd/internal/obj/pcln.go), equal in Go 1.20 to
1.27.
"""

from __future__ import annotations

import re

from golsp_mem.errors import ArchiveError


def decode_table(data: bytes | memoryview, quantum: int) -> tuple[tuple[int, int], ...]:
    """(end offset, value) pairs of a pc table: zig-zag value delta, pc delta times quantum."""
    entries = []
    value, pc = -1, 0
    data = bytes(data)
    # Most tables have numbers of one byte only.
    deltas: list[int] | bytes = data
    if not data.isascii():
        deltas = _decoded(data)
    for number in range(0, len(deltas) - 1, 2):
        delta = deltas[number]
        if delta == 0 and number > 0:
            break
        value += (delta >> 1) ^ -(delta & 1)
        pc += deltas[number + 1] * quantum
        entries.append((pc, value))
    return tuple(entries)


def _decoded(data: bytes) -> list[int]:
    deltas = []
    position, size = 0, len(data)
    while position < size:
        result = shift = 0
        while True:
            if position >= size:
                raise ArchiveError("object file: a pc table ends in the middle of a number")
            byte = data[position]
            position += 1
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        deltas.append(result)
    return deltas


_MINOR = re.compile(r"go1\.(\d+)")
# Architectures whose pc deltas count instructions of several bytes (sys.Arch.MinLC).
_MIN_INSTRUCTION = {
    "arm": 4, "arm64": 4, "loong64": 4, "mips": 4, "mipsle": 4, "mips64": 4, "mips64le": 4,
    "ppc64": 4, "ppc64le": 4, "riscv64": 4, "s390x": 2,
}  # fmt: skip
# The compressed instructions of riscv64 came with Go 1.26 (cmd/internal/sys/arch.go).
_HALF_SIZED_SINCE = {"riscv64": 26}


def min_instruction(goarch: str, version: str) -> int:
    """What one step of a pc table is worth in bytes; ``version`` such as ``go1.26.6``, of an
    unreleased Go (``devel …``) the newest rule holds."""
    known = _MINOR.match(version)
    since = _HALF_SIZED_SINCE.get(goarch)
    if since is not None and (known is None or int(known[1]) >= since):
        return 2
    return _MIN_INSTRUCTION.get(goarch, 1)
