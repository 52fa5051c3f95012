"""The rules of a SARIF log: what each code means, as GitHub's code scanning shows it.

Which properties it reads: docs.github.com, "SARIF support for code scanning", section
reportingDescriptor object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from golsp_mem.advice.links import href
from golsp_mem.advice.topics import read_topic
from golsp_mem.cli.render.printable import printable
from golsp_mem.codes import Family
from golsp_mem.config import DEFAULT_SEVERITY
from golsp_mem.model import Code, Severity

Json = Mapping[str, object]

LEVELS = {
    Severity.HINT: "note",
    Severity.INFORMATION: "note",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
}
# "recommendation" is the least of the three that GitHub knows.
_PROBLEMS = {"note": "recommendation", "warning": "warning", "error": "error"}

# By family. Precision: the KeepAlive rules judge what other goroutines and
# the collector may do, all others what the compiler has written down.
_TAGS = {
    Family.HEAP: ("performance", "memory", "heap"),
    Family.STACK: ("performance", "memory", "stack"),
    Family.KEEPALIVE: ("correctness", "memory", "lifetime"),
    Family.CONTRACT: ("performance", "memory", "contract"),
    Family.DIRECTIVE: ("maintainability",),
}
_PRECISION = {Family.KEEPALIVE: "high"}

# GitHub cuts descriptions there.
_DESCRIPTION = 1024
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"\*\*|`")


def rule(code: Code) -> Json:
    """The reportingDescriptor (3.49) of a code."""
    topic = read_topic(code.value)
    level = LEVELS[DEFAULT_SEVERITY[code]]
    body = topic.body()
    address = href(code.value)
    return {
        "id": code.value,
        "name": "".join(word.capitalize() for word in code.split("-")),
        "shortDescription": {"text": braces_doubled(f"{_plain(topic.info.summary)}.")},
        "fullDescription": {"text": braces_doubled(_first_paragraph(body))},
        "help": {"text": braces_doubled(body), "markdown": body},
        **({"helpUri": address} if address else {}),
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": list(_TAGS[code.family]),
            "precision": _PRECISION.get(code.family, "very-high"),
            "problem.severity": _PROBLEMS[level],
        },
    }


def braces_doubled(text: str) -> str:
    """The text without placeholders: ``{0}`` would be one in a plain text message (3.11.5)."""
    return text.replace("{", "{{").replace("}", "}}")


def _first_paragraph(body: str) -> str:
    """Plain words, cut at the end of a sentence."""
    words = _plain(" ".join(body.split("\n\n", 1)[0].split()))
    if len(words) <= _DESCRIPTION:
        return words
    end = words.rfind(". ", 0, _DESCRIPTION)
    return words[: end + 1] if end > 0 else words[:_DESCRIPTION]


def _plain(text: str) -> str:
    """A line of our own Markdown without its marks."""
    return _EMPHASIS.sub("", _LINK.sub(r"\1", text))


def message(text: str) -> Json:
    """A plain text message (3.11.3) with no placeholders and no links made of user text."""
    return {"text": _LINK_IN_MESSAGE.sub(r"\\[", braces_doubled(printable(text)))}


# [text](target) in a plain text message is a link (3.11.6); a call m[k](x) of user code is none.
_LINK_IN_MESSAGE = re.compile(r"\[(?=[^\]]*\]\()")
