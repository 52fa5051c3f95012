"""``leaking param`` lines of ``-m`` in words: what becomes of an argument."""

from __future__ import annotations

import re

from golsp_mem.advice.markdown import code, text
from golsp_mem.model import Message

# cmd/compile/internal/escape (paramTag), Go 1.22 to 1.27.
_LINE = re.compile(
    r"leaking param(?P<content> content)?: (?P<name>\S+)"
    r"(?: to result (?P<result>\S+) level=(?P<level>-?\d+))?$"
)
_UNNAMED = re.compile(r"~r(\d+)$")
_COUNTED = ("first", "second", "third", "fourth")


def leak_words(message: Message) -> str:
    """One sentence as Markdown; a line of another form is shown as it is."""
    match = _LINE.match(message.text)
    if match is None:
        return f"{code(message.subject)}: {text(message.text)}"
    name = code(match["name"])
    whole = not match["content"]
    if match["result"] is None:
        what = name if whole else f"what {name} points to"
        return f"{what} may be kept after the call"
    level = int(match["level"])
    result = _result(match["result"])
    if level < 0:
        return f"the address of {name} is returned as {result}"
    if level == 0 and whole:
        return f"{name} is returned as {result}"
    return f"what {name} points to is returned as {result}"


def _result(name: str) -> str:
    unnamed = _UNNAMED.match(name)
    if unnamed is None:
        return f"the result {code(name)}"
    number = int(unnamed[1])
    counted = _COUNTED[number] if number < len(_COUNTED) else f"{number + 1}th"
    return "the result" if number == 0 else f"the {counted} result"
