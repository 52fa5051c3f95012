"""Sizes as people read them."""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB")
_STEP = 1024


def size_text(size: int) -> str:
    """Bytes in the largest unit that keeps the number short: 2 KiB, 1040 B, 19.6 KiB, 512 MiB.

    Exact for whole units and below 4 KiB, else rounded to a tenth.
    """
    unit = 0
    value = float(size)
    while abs(value) >= _STEP and unit < len(_UNITS) - 1:
        value /= _STEP
        unit += 1
    if value != int(value) and abs(size) < 4 * _STEP:
        return f"{size} B"
    digits = f"{value:.1f}".removesuffix(".0")
    return f"{digits} {_UNITS[unit]}"


def count_text(count: int) -> str:
    """A count in groups of three: 520 223."""
    return f"{count:,}".replace(",", " ")
