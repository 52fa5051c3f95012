"""How a command is told to stop."""

from __future__ import annotations


class Terminated(BaseException):
    """SIGTERM or SIGHUP (``number``) arrived; like KeyboardInterrupt, nothing but the entry point
    catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
