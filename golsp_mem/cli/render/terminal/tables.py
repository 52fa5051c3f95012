"""Markdown tables (GitHub Flavored Markdown) of untrusted pieces."""

from __future__ import annotations

import re
from collections.abc import Sequence

from golsp_mem.advice import markdown

_AFTER_BACKSLASH = re.compile(r"(?<=\\)\|")


def cell(value: str, limit: int = 300) -> str:
    """A cell that shows ``value`` as code; empty for nothing.

    Code, and not escaped words: GitHub looks for @names and #numbers in what Markdown has become,
    where escapes are gone, but not inside code.
    """
    if not markdown.one_line(value):
        return ""
    # A pipe ends a cell even inside code unless a backslash stands before it, and what two
    # backslashes do there depends on the renderer: keep them apart.
    return _AFTER_BACKSLASH.sub(" |", markdown.code(value, limit)).replace("|", "\\|")


def row(cells: Sequence[str]) -> str:
    """One line of a table, of cells that are Markdown already."""
    return f"| {' | '.join(cells)} |\n"


def head(titles: Sequence[str]) -> str:
    """The first two lines of a table. A title that ends with ``:`` is above numbers."""
    names = [title.removesuffix(":") for title in titles]
    marks = ["---:" if title.endswith(":") else "---" for title in titles]
    return row(names) + row(marks)
