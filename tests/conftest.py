"""What every test needs, however the suite was started."""

from __future__ import annotations

import os
import signal

from golsp_mem.analysis.invariants import STRICT


def pytest_configure() -> None:
    """States that cannot be are failures here, of the programs under test too.

    Shells start background jobs deaf to Ctrl-C; the programs under test would inherit that.
    """
    os.environ.setdefault(STRICT, "1")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
