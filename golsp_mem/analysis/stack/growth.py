"""How a goroutine's stack grows and when it is full: the runtime's rules, replayed.

Sources: runtime/stack.go (``newstack``: double, then double until the new frame fits; the
limit is tested against the new size), cmd/internal/obj/x86/obj6.go and arm64/obj7.go
(``stacksplit``: what the prologue compares), equal in Go 1.22 to 1.27. Sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from golsp_mem.compiler.stackfacts import STACK_SMALL, StackPlatform


@frozen
class PathFrame:
    """One function on a call path.

    ``frame_bytes`` is its frame, ``checks`` whether its prologue checks the stack, and
    ``passed_bytes`` what lies between its entry and its callee's (0 for the last).
    """

    function: str
    frame_bytes: int
    checks: bool
    passed_bytes: int = 0


@frozen
class Growth:
    """One move of the stack: in which function's prologue, to what size, and its cost.

    ``copied_bytes`` is the used part, which the runtime copies and adjusts; ``depth`` counts
    the path's functions from 0.
    """

    function: str
    depth: int
    old_bytes: int
    new_bytes: int
    copied_bytes: int


def check_reserve(frame_bytes: int) -> int:
    """What a prologue wants below the caller's stack pointer, above the guard.

    Frames up to StackSmall may protrude into the guard.
    """
    return max(frame_bytes - STACK_SMALL, 0)


def _fits(platform: StackPlatform, size: int, used: int, frame_bytes: int) -> bool:
    return used + check_reserve(frame_bytes) + platform.guard_bytes < size


def _grown(platform: StackPlatform, size: int, used: int, frame_bytes: int) -> int:
    size *= 2
    while size - used < frame_bytes + platform.guard_bytes:
        size *= 2
    return size


def grow_along(
    platform: StackPlatform, path: Sequence[PathFrame], *, used: int, size: int, limit: int
) -> tuple[Growth, ...]:
    """The moves of a stack of ``size`` bytes, ``used`` of them, while ``path`` is called.

    Ends where a move would pass ``limit``, the effective one: there the program dies.
    """
    moves: list[Growth] = []
    for depth, frame in enumerate(path):
        while frame.checks and not _fits(platform, size, used, frame.frame_bytes):
            new = _grown(platform, size, used, frame.frame_bytes)
            if new > limit:
                return tuple(moves)
            moves.append(Growth(frame.function, depth, size, new, used))
            size = new
        used += frame.passed_bytes
    return tuple(moves)


def max_depth(
    platform: StackPlatform, cycle: Sequence[PathFrame], *, used: int, size: int, limit: int
) -> int | None:
    """How often the first function of ``cycle`` can be entered before the stack is full.

    The last frame of the cycle calls the first again; ``used`` is the stack before the first
    call. The functions' other calls are not counted: at the limit they need a little more.
    None when nothing in the cycle takes stack or checks it, so that it never ends.
    """
    round_bytes = sum(frame.passed_bytes for frame in cycle)
    if round_bytes <= 0 or not any(frame.checks for frame in cycle):
        return None
    while True:
        # The first check that fails at this size: (entries of the first function, used, frame).
        failures = []
        offset = used
        for position, frame in enumerate(cycle):
            if frame.checks:
                room = size - platform.guard_bytes - check_reserve(frame.frame_bytes) - offset
                rounds = max(-(-room // round_bytes), 0)
                entered = rounds + (1 if position else 0)
                failures.append(
                    (rounds, position, entered, offset + rounds * round_bytes, frame.frame_bytes)
                )
            offset += frame.passed_bytes
        _, _, entered, used_then, frame_bytes = min(failures)
        new = _grown(platform, size, used_then, frame_bytes)
        if new > limit:
            return entered
        size = new
