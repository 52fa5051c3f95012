"""How often the interpreter looks for garbage."""

from __future__ import annotations

import gc

# So many objects more than before, and the interpreter looks for garbage; ten and hundred times as
# many for what has lived for some time. What reads makes hardly any until it lets its trees go, and
# with Python's own numbers those are old by then, and stay: a tenth of a first check, and of a
# server that opened containerd's core 248 MB and 18 CPU seconds for 196 and 13.
_COLLECTED = (100_000, 10, 10)


def look_seldom() -> None:
    """For this process, from now on."""
    gc.set_threshold(*_COLLECTED)
