"""XML text of values that come from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from golsp_mem.cli.render.printable import printable

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'

# Not control characters, but XML 1.0 (2.2) has no place for them either.
_NO_CHARACTER = re.compile("[\ufffe\uffff]")


def safe(text: str) -> str:
    """What XML 1.0 cannot hold, or nobody can see, written as ``\\x1b`` or ``\\ufffe``."""
    return _NO_CHARACTER.sub(lambda match: f"\\u{ord(match[0]):04x}", printable(text))


def content(text: str) -> str:
    """The text between tags."""
    return escape(safe(text))


def tag(name: str, attributes: Mapping[str, str | int | None], *, closed: bool = True) -> str:
    """``<name key="value"/>``, or with ``closed`` false the opening tag; without line end.

    Attributes that are None are left out.
    """
    written = "".join(
        f" {key}={quoteattr(safe(str(value)))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}{'/' if closed else ''}>"
