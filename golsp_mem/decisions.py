"""Why a finding is there, or is not: every decision between an allocating call and a report.

``golsp-mem check --verbose`` prints them, the server logs them while the client traces. Each is
one line that begins with ``file:line:``, so that searching for a place answers "why is this not
reported?". They are made only while somebody listens, and then nothing is taken from the store.
"""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)


def listened_to() -> bool:
    """Whether anybody wants to know."""
    return logger.isEnabledFor(logging.DEBUG)


def decided(file: str, line: int, text: str, *details: object) -> None:
    """Tell one decision; ``text`` has a ``%s`` for each of the details."""
    logger.debug(f"%s:%d: {text}", file, line, *details)
