"""Fills the sentences and examples of words/*.toml with the names of the user's code.

Pure. Names reach the text only through ``style``, which is `markdown.code` for editors, so a
hostile identifier stays text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from string import Template

from attrs import frozen

from golsp_mem.advice.causes import Cause, Classification, fact
from golsp_mem.advice.flow_words import WORDS, callee, holder, readable, spoken
from golsp_mem.model import Finding

Style = Callable[[str], str]

_ARGUMENTS = re.compile(r"\[[^\[\]]*\]")
_DEFAULTS = {"x": "x", "f": "f", "T": "T"}


@frozen
class Names:
    """What the sentences may name; empty where it is not known."""

    subject: str = ""
    target: str = ""
    holder: str = ""
    callee: str = ""
    expr: str = ""


def names_of(finding: Finding, classified: Classification) -> Names:
    """The names that ``finding`` and its flow give."""
    route = classified.route
    last = route.last
    note = last.notes[-1] if last and last.notes else None
    subject = finding.subject or (route.segments[0].source if last else "")
    subject = readable(subject)
    target = readable(last.target) if last else ""
    if note and note.why == "reference" and len(route.segments) > 1 and last:
        target = readable(last.source)
    expr = note.expr if note else ""
    return Names(
        subject=subject,
        target=target,
        holder=spoken(holder(expr)) or subject,
        callee=readable(callee(expr)),
        expr=spoken(expr),
    )


def last_name(qualified: str) -> str:
    """``Method`` of ``pkg.(*T).Method`` and ``pkg.T[...].Method``; empty for closures."""
    plain = _ARGUMENTS.sub("", qualified)
    return "" if ".func" in plain or "[" in plain else plain.rsplit(".", 1)[-1]


def fill(sentence: str, names: Names, style: Style) -> str:
    """``sentence`` with its ``$names`` in ``style``; unknown ones become plain words."""
    words = {
        "subject": "the value",
        "target": "what holds it",
        "holder": "its new holder",
        "callee": "a function",
        "expr": "the expression",
    }
    values = {
        name: _styled(getattr(names, name), words[name], style)
        for name in ("subject", "target", "holder", "callee", "expr")
    }
    filled = Template(sentence).safe_substitute(values)
    return filled[:1].upper() + filled[1:]


def _styled(name: str, words: str, style: Style) -> str:
    if not name:
        return words
    return name if name in WORDS else style(name)


def tell(classified: Classification, names: Names, style: Style) -> list[str]:
    """Why the value may not stay on the stack: the cause's sentence, then the facts that apply."""
    sentences = [fill(classified.cause.what, names, style)] if classified.cause else []
    sentences += [fact_sentence(key, names, style) for key in classified.facts]
    if classified.route.truncated:
        sentences.append("The compiler cut its explanation short at a cycle of assignments.")
    return sentences


def fact_sentence(key: str, names: Names, style: Style) -> str:
    """The sentence of one general fact, such as ``hidden-pointer``."""
    return fill(fact(key), names, style)


def remedy(cause: Cause, names: Names, style: Style) -> str:
    """What usually helps, in one or two sentences."""
    return fill(cause.remedy, names, style)


def example(cause: Cause) -> tuple[str, str] | None:
    """Go before and after the remedy, in names of its own: it is nobody's code."""
    if cause.before is None or cause.after is None:
        return None
    return _example_text(cause.before), _example_text(cause.after)


def _example_text(source: str) -> str:
    return Template(source).substitute(_DEFAULTS).strip("\n")
