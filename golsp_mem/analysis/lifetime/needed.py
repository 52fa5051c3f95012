"""Whether a package can lose an owner at all: asked of every package, so this imports nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Words without which nothing here can be found: the cheap question before a compile.
_PATTERNS = re.compile(
    rb"\b(?:SetFinalizer|AddCleanup|KeepAlive)\b|\.Fd\(\)"
    rb"|\.(?:Control|Read|Write)\(func\(\w+ uintptr"
    rb"|\buintptr\(\s*unsafe\.Pointer\("
)


def needs_liveness(texts: Iterable[bytes]) -> bool:
    """Whether a package with these file texts can have a finding: only then is it compiled
    once more."""
    return any(_PATTERNS.search(text) is not None for text in texts)
