"""Numbers of the Go runtime and compiler, by release.

Sources: internal/runtime/gc/sizeclasses.go (runtime/sizeclasses.go before 1.25), equal from
1.16 to 1.27; runtime/malloc.go (mallocgc, roundupsize); builtinlist.go of each release.
"""

from __future__ import annotations

import re
from bisect import bisect_left

OLDEST_MINOR, NEWEST_MINOR = 22, 27

# Bytes that the allocator hands out for one small object.
SIZE_CLASSES = (
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320,
    352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792,
    2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472,
    9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264,
    28672, 32768,
)  # fmt: skip
LARGEST_SMALL = 32768
PAGE = 8192
TINY_BLOCK = 16
MALLOC_HEADER = 8
# Larger keys and elements of a map lie in objects of their own (internal/abi/map.go).
MAP_INLINE_BYTES = 128

_MINOR = re.compile(r"go1\.(\d+)")


def minor_of(version: str) -> int | None:
    """26 of ``go1.26.8`` (also of ``go1.27-devel_…``); None when it is no release of Go 1."""
    match = _MINOR.search(version)
    return int(match.group(1)) if match else None


def pointer_size(goarch: str) -> int:
    """Bytes of a pointer on an architecture by its GOARCH name."""
    return 4 if goarch in {"386", "arm", "mips", "mipsle", "wasm32"} else 8


def size_class(size: int, *, pointers: bool, goarch: str = "amd64") -> int:
    """Bytes that the heap hands out for one object of ``size`` bytes.

    Objects without pointers below 16 B share a 16-byte block (the tiny allocator, which heap
    profiles show as 16 B). Since Go 1.22 objects with pointers above 512 B (64-bit) carry an
    8-byte header (runtime/mbitmap.go, heapBitsInSpan). Above 32 KiB whole pages are taken.
    """
    if size == 0:
        return 0
    if not pointers and size < TINY_BLOCK:
        return TINY_BLOCK
    word = pointer_size(goarch)
    needed = size
    if pointers and size > word * word * 8:
        needed += MALLOC_HEADER
    if needed <= LARGEST_SMALL:
        return SIZE_CLASSES[bisect_left(SIZE_CLASSES, needed)]
    return (size + PAGE - 1) // PAGE * PAGE
