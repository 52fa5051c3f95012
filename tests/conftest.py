"""What every test needs, however the suite was started."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Shells start background jobs deaf to Ctrl-C; the programs under test would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
