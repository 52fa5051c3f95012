"""Which of the decisions before an allocation a compiled copy really takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from golsp_mem.source.parts.guards import Guard


def deciding(guards: Sequence[Guard], lines: Collection[int] | None) -> list[Guard]:
    """The early exit, loops and innermost branch that are left in the code of an inlined callee.

    ``lines`` are those of the callee that have code; None: nobody knows. Where the compiler knew
    the outcome, a decision has no code: it either always comes to the allocation or, as that is
    there, never leaves before it.
    """
    left = [
        guard
        for guard in guards
        if not lines
        or guard.kind not in ("if", "else", "early-exit")
        or any(guard.first <= line <= guard.last for line in lines)
    ]
    # The innermost branch is taken only where those around it are; a loop says how often.
    branches = [guard for guard in left if guard.kind != "early-exit"]
    return [
        guard for guard in left if guard.kind in ("early-exit", "loop") or guard is branches[-1]
    ]
