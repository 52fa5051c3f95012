"""What a reason of the escape analyser means, in plain words, with what usually helps.

The words are data (``words/*.toml``). ``classify`` finds the cause that decides, which is the
last step of a flow, and says which general facts of words/reasons.toml show on the way.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import cattrs
from attrs import field, frozen

from golsp_mem.advice.flow_words import holder
from golsp_mem.compiler.text.flows import FlowEnd, Note, Route, Segment, read_route
from golsp_mem.model import Code, Step


@frozen
class Cause:
    """One entry of words/*.toml. ``what`` and ``remedy`` are sentences with ``$names``
    (wording.py fills them); ``topic`` is the page that says more."""

    key: str
    title: str
    topic: str
    what: str
    remedy: str
    whys: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    construct: bool = False
    refines: str | None = None
    decides: bool = False
    target: FlowEnd | None = None
    expr: str | None = None
    holder: str | None = None
    facts: tuple[str, ...] = ()
    alone: str | None = None
    before: str | None = None
    after: str | None = None
    imports_after: tuple[str, ...] = ()
    prelude: str = ""
    prelude_before: str = ""
    prelude_after: str = ""
    allocs: tuple[str, ...] = ()

    def fits(self, segment: Segment, note: Note) -> bool:
        """Whether this is what happens at the last note of a flow."""
        return (
            note.why in self.whys
            and (self.target is None or self.target is segment.kind)
            and (self.expr is None or re.search(self.expr, note.expr) is not None)
            and (self.holder is None or re.search(self.holder, holder(note.expr)) is not None)
        )


@frozen
class UnknownCause:
    """A word or a line of the compiler that words/reasons.toml does not know; shown as it is."""

    text: str


@frozen
class Classification:
    """What a flow comes to. ``cause`` is why the value may not stay on the stack, None when
    nothing is known; ``construct`` what the construct itself does, where that says more than
    the flow (a concatenation makes a new string, wherever it goes). ``facts`` are the keys of
    the general facts that apply, in the order in which they should be told."""

    cause: Cause | None
    construct: Cause | None
    route: Route
    facts: tuple[str, ...] = ()
    unknown: tuple[UnknownCause, ...] = field(default=())


@frozen
class _Way:
    why: str
    says: str


@frozen
class _Fact:
    key: str
    says: str


@frozen
class _Catalogue:
    way: tuple[_Way, ...] = ()
    cause: tuple[Cause, ...] = ()
    fact: tuple[_Fact, ...] = ()


@cache
def _catalogue() -> _Catalogue:
    converter = cattrs.Converter(forbid_extra_keys=True)
    parts = []
    for name in ("reasons", "flows", "constructs"):
        file = resources.files(__package__).joinpath("words", f"{name}.toml")
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        parts.append(converter.structure(raw, _Catalogue))
    return _Catalogue(
        way=tuple(way for part in parts for way in part.way),
        cause=tuple(cause for part in parts for cause in part.cause),
        fact=tuple(fact for part in parts for fact in part.fact),
    )


def causes() -> tuple[Cause, ...]:
    """All causes, in the order in which they are tried."""
    return _catalogue().cause


def ways() -> Mapping[str, str]:
    """What each reason word of the compiler says, by the word."""
    return {way.why: way.says for way in _catalogue().way}


def fact(key: str) -> str:
    """The sentence of a general fact (words/reasons.toml), with ``$subject`` to be filled."""
    return next(fact.says for fact in _catalogue().fact if fact.key == key)


def cause_of_code(code: Code) -> Cause | None:
    """The cause of a finding that has no flow; None for codes that speak for themselves."""
    return next((cause for cause in causes() if code.value in cause.codes), None)


def classify(steps: Sequence[Step], code: Code | None = None) -> Classification:
    """The cause that decides in ``steps``, else the one of ``code``.

    ``steps`` are a finding's flow (``Engine.flow``) or its ``reason``, in the compiler's words;
    pure, never raises.
    """
    route = read_route(steps)
    known = ways()
    unknown = [UnknownCause(line) for line in route.unread]
    unknown += [UnknownCause(note.why) for note in route.notes if note.why not in known]
    cause = _decisive(route)
    own = cause_of_code(code) if code is not None else None
    construct = own if own and own.construct and not (cause and cause.decides) else None
    if cause is None and construct is None:
        cause = own
    return Classification(cause, construct, route, _facts(route, cause), tuple(unknown))


def _decisive(route: Route) -> Cause | None:
    last = route.last
    if last is None:
        return None
    notes = last.notes
    if not notes:
        # A flow line without notes moves a value on; the line before it says how.
        notes = route.notes[-1:]
    if not notes:
        # A method value takes its receiver without a word of why.
        return by_key("part-of-literal") if last.kind is FlowEnd.STORAGE else None
    note = notes[-1]
    if note.why == "reference" and len(notes) > 1:
        note = notes[-2]
    if note.why == "captured by a closure" and len(route.segments) > 1:
        # The captured variable is what holds the value; the closure need not escape at all.
        return by_key("longer-lived")
    if last.kind is FlowEnd.RESULT and note.why in {"assign", "assign-pair"}:
        return by_key("returned")
    return next((cause for cause in causes() if cause.fits(last, note)), None)


def by_key(key: str) -> Cause:
    """The cause of that key; StopIteration cannot happen for the keys of words/*.toml."""
    return next(cause for cause in causes() if cause.key == key)


def _facts(route: Route, cause: Cause | None) -> tuple[str, ...]:
    """Those of blocks are seen on the way: part of one has its address taken."""
    keys: list[str] = []
    for segment in route.segments:
        for part, whole in zip(segment.notes, segment.notes[1:], strict=False):
            if whole.why == "address-of" and whole.expr == f"&{part.expr}":
                keys += _part_of(part)
            elif part.why == "address-of" and whole.why == "slice":
                keys.append("array-is-one-block")
        if segment.notes and segment.notes[0].why == "slice":
            keys.append("elements-share-a-block")
    if cause:
        # The last is what every such cause has in common: told only where nothing nearer is.
        keys += [
            key
            for key in cause.facts
            if key != "heap-points-to-heap" or len(keys) + len(cause.facts) == 1
        ]
    return tuple(dict.fromkeys(keys))


def _part_of(part: Note) -> list[str]:
    if part.why == "fixed-array-index-of":
        return ["array-is-one-block"]
    if part.why == "dot of pointer" and part.expr.endswith("]"):
        return ["elements-share-a-block"]
    return ["struct-is-one-block"] if part.why in {"dot", "dot of pointer"} else []
