"""Which version of the language a file is written in."""

from __future__ import annotations

import re

# Of constraints with more in them nobody knows which version holds.
_CONSTRAINT = re.compile(rb"^//go:build[ \t]+(?:\S+ && )*go1\.(\d+)(?: && [^|!]*)?$", re.MULTILINE)
_LEAST_MINOR = 21


def language_of(text: bytes, module_minor: int | None) -> int | None:
    """22 for Go 1.22: the module's (go.mod), or what a build constraint of the file says instead,
    1.21 at least (https://pkg.go.dev/cmd/go#hdr-Build_constraints)."""
    head = (b"\n" + text).partition(b"\npackage ")[0]
    match = _CONSTRAINT.search(head)
    return max(int(match[1]), _LEAST_MINOR) if match else module_minor
