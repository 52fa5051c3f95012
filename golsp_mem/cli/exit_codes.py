"""Exit statuses that no exception brings along (errors.py has the others)."""

from __future__ import annotations

CLEAN = 0
# Something that --fail-on asks about.
FOUND = 1
USAGE = 2
OWN_FAILURE = 4

# What a shell reports of a process that a signal ended (128 + its number).
SIGNALLED = 128
INTERRUPTED = 130
BROKEN_PIPE = 141
