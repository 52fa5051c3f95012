"""Calls that the compiler shall inline although they cost too much: a made-up profile.

Of a call that a profile says is hot the compiler inlines functions up to 2000 instead of 80 of its
units (cmd/compile/internal/inline, inlineHotMaxBudget). It reads profiles in a form that is text
since Go 1.23 (cmd/internal/pgo/serialize.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from attrs import frozen

from golsp_mem.toolchain.processes.scratch import scratch

SINCE = 23


@frozen
class HotCall:
    """Functions are named as linked; ``line`` is that of the call, counted from the line on which
    the caller is declared."""

    caller: str
    callee: str
    line: int


@contextmanager
def hot_calls(calls: Iterable[HotCall]) -> Iterator[tuple[str, ...]]:
    """The compiler's flags; the profile goes when the block is left. Raises OutOfResources."""
    text = "GO PREPROFILE V1\n" + "".join(
        f"{one.caller}\n{one.callee}\n{one.line} 1000\n" for one in calls
    )
    with scratch() as own:
        profile = own.path / "hot.preprofile"
        profile.write_text(text, encoding="utf-8")
        yield (f"-pgoprofile={profile}", "-d=pgoinlinecdfthreshold=100")
