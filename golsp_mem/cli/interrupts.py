"""How a command is told to stop."""

from __future__ import annotations


class Terminated(BaseException):
    """SIGTERM arrived; like KeyboardInterrupt, nothing but the entry point catches it."""
