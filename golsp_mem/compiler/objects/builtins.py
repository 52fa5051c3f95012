"""Symbols that object files name by number alone, the same for all of a release."""

from __future__ import annotations

import re

_BUILTIN_ENTRY = re.compile(r'\{"([^"]+)", \d+\}')


def parse_builtins(source: str) -> tuple[str, ...]:
    """Names in GOROOT/src/cmd/internal/goobj/builtinlist.go, in order."""
    return tuple(_BUILTIN_ENTRY.findall(source))
