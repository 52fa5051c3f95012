"""Colour, or none: SGR sequences around words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from attrs import frozen

from golsp_mem.model import Severity

_SGR = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "yellow": "1;33",
    "blue": "1;34",
    "cyan": "36",
    "green": "32",
}
_SEVERITY = {
    Severity.HINT: "cyan",
    Severity.INFORMATION: "blue",
    Severity.WARNING: "yellow",
    Severity.ERROR: "red",
}


@frozen
class Style:
    """Paints words when ``enabled``."""

    enabled: bool

    def paint(self, text: str, name: str) -> str:
        """The text in one of the styles bold, dim, red, yellow, blue, cyan, green."""
        return f"\x1b[{_SGR[name]}m{text}\x1b[0m" if self.enabled and text else text

    def severity(self, text: str, severity: Severity) -> str:
        return self.paint(text, _SEVERITY[severity])


def wants_colour(choice: str, stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour what goes to ``stream``: ``choice`` is always, never, or auto.

    For auto, a non-empty NO_COLOR (no-color.org) switches it off, then FORCE_COLOR on;
    else terminals have it unless TERM is dumb.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"
