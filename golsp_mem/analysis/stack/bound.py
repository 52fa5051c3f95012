"""What bounds a recursion."""

from __future__ import annotations

from attrs import frozen


@frozen
class Bound:
    """Why a recursion ends early: ``parameter`` is what bounds it, ``depth`` the number of
    entries after which it does (None: the source names a limit whose value it does not tell)."""

    parameter: str
    depth: int | None
