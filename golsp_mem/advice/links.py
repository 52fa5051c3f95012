"""Where the page of each code and topic is on the web (``codeDescription.href``)."""

from __future__ import annotations

BASE = "https://github.com/golsp-mem/golsp-mem/blob/main/golsp_mem/advice/topics/"


def href(name: str) -> str:
    """The address of the page of a code such as ``heap-boxing`` or of a topic."""
    return f"{BASE}{name}.md"
