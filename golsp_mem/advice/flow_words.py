"""Escape flows in the words of the source: what of them is worth telling, and how it is called."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from attrs import evolve

from golsp_mem.compiler.text.flows import Note
from golsp_mem.model import Step

# What the compiler calls a thing that has no name in the source; shown as words, not as code.
_IN_WORDS = {"func literal": "the function literal", "... argument": "the slice of arguments"}
WORDS = frozenset({"the result", *_IN_WORDS.values()})
"""What `readable` says of a place that has no name in the source."""
# An inlined call's results on their way out.
_RESULT_TO_RESULT = re.compile(r"~r\d+(?:, ~r\d+)* = ~r\d+(?:, ~r\d+)*")
# An argument of an inlined call that is called like the parameter.
_TO_ITSELF = re.compile(r"(\w+) := \1")
_STORAGE = re.compile(r"\{storage for (.*)\}", re.DOTALL)
# Names of the compiler's own: temporaries, and the state of range-over-func loops (1.23+).
_TEMPORARY = re.compile(r"\.autotmp_\d+|\{temp\}|(?:\w+\.)?#\w+")


def telling(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """``notes`` without the compiler's own book-keeping: temporaries, the hidden slice of
    variadic arguments, the second of the two lines that it prints for a capture, and that a
    value needs a place (unless that is all there is)."""
    told = tuple(
        note
        for note in notes
        if note.why not in {"reference", "spill"}
        and not _TEMPORARY.search(note.expr)
        and not _RESULT_TO_RESULT.fullmatch(note.expr)
        and not _TO_ITSELF.fullmatch(note.expr)
        and not (note.expr.endswith("... argument") and note.why == "assign-pair")
    )
    return tuple(evolve(note, expr=spoken(note.expr)) for note in told or notes[:1])


def spoken(expression: str) -> str:
    """An expression without names that only the compiler has: results that have none, temporaries,
    the slice of variadic arguments, cgo's spelling of C's. What is in words by itself
    (`in_words`) stays."""
    if expression in _IN_WORDS:
        return expression
    for pattern, words in _SPOKEN:
        expression = pattern.sub(words, expression)
    return expression


def in_words(expression: str) -> str | None:
    """Words for a whole expression that has no name in the source; None for those that are code."""
    return _IN_WORDS.get(expression)


def own_names(steps: Sequence[Step], foreign: Collection[str]) -> tuple[Step, ...]:
    """Steps without the package names that the compiler puts before the variables of functions
    that it inlines from elsewhere (``textproto.h[textproto.key]``): no Go code can write those.

    ``foreign`` are the names of packages. Functions and types keep theirs.
    """
    if not foreign:
        return tuple(steps)
    names = "|".join(map(re.escape, sorted(foreign)))
    variable = re.compile(rf"(?<![\w.])(?:{names})\.(?=[a-z_]\w*(?![\w({{]))")
    return tuple(evolve(step, text=variable.sub("", step.text)) for step in steps)


_SPOKEN = (
    # A method that is called directly is printed as a function of its receiver.
    (re.compile(r"\(\*(?:\w+\.)?\w+\)\.(\w+)\((\w[\w.]*)(?:, |(?=\)))"), r"\2.\1("),
    # As the compiler itself writes what stands between braces: `&T{...}`.
    (re.compile(r"\.\.\. argument(?:\.\.\.)?"), "..."),
    (re.compile(r"\bfunc literal\b"), "func(...) {...}"),
    # A function that the compiler writes itself.
    (re.compile(r"<node ([\w.]+)>"), r"\1"),
    (re.compile(r"~r0\b"), "result"),
    (re.compile(r"~r(\d+)\b"), r"result\1"),
    (re.compile(r"~[pb]\d+\b"), "_"),
    (re.compile(r"(?:\w+\.)?(?:\.autotmp_\d+|#\w+)"), "temporary"),
    (re.compile(r"(?:\w+\.)?\.dict\b"), "types"),
    (re.compile(r"\b_C(?:type|func|var|macro)_(\w+)"), r"C.\1"),
    (re.compile(r"\bgo\.shape\."), ""),
    (re.compile(r"\binterface \{\}"), "any"),
    (re.compile(r"\bstruct \{\}"), "struct{}"),
    # Constants that the source names: `time.Second` is printed as `time.Duration(1000000000)`.
    (re.compile(r"(?<=\(|,)( ?)(?:\w+\.)?[A-Z]\w*\(-?\d{3,}\)"), r"\1..."),
    # Types that are declared in functions are counted.
    (re.compile(r"(?<=\w)·\d+"), ""),
)


def readable(place: str) -> str:
    """A flow's place as the source would call it; empty for one that has no name there."""
    storage = _STORAGE.fullmatch(place)
    if storage:
        place = storage[1]
    if place == "{heap}" or _TEMPORARY.fullmatch(place):
        return ""
    if re.fullmatch(r"~r\d+", place):
        return "the result"
    return _IN_WORDS.get(place) or spoken(place)


def callee(call: str) -> str:
    """``s.Keep`` of ``s.Keep(&x)``; the whole text when it is no call."""
    if not call.endswith(")"):
        return call
    depth = 0
    for index in range(len(call) - 1, 0, -1):
        depth += {")": 1, "(": -1}.get(call[index], 0)
        if depth == 0:
            return call[:index]
    return call


def holder(assignment: str) -> str:
    """``h.next`` of ``h.next = &n``; empty when it is no assignment."""
    match = re.match(r"(.+?) (?::|\+)?= ", assignment, re.DOTALL)
    return match[1] if match else ""
