"""The claim of an edit that takes allocations away, and may make others instead. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import ClassVar

from attrs import frozen

from golsp_mem.analysis.proof.claims import Facts, Verdict, cause_of
from golsp_mem.compiler.objects.symbols import own_name, stable_name
from golsp_mem.model import Allocates, Code, Finding

_Kind = tuple[str, str]
# cmd/compile/internal/pkginit (init), staticinit (map.init.0).
_STARTS = re.compile(r"init(?:\.\d+)?|map\.init(?:\.\d+)?")


@frozen
class Instead:
    """At most ``count`` allocations of a code that a function (its symbol) may make now."""

    function: str
    code: Code
    count: int = 1


@frozen
class Traded:
    """Every allocation of ``gone`` is not made any more; all that is made for it is what
    ``instead`` allows. Findings of one cause are counted, so that several trades of one package
    can be claimed together (`together`).

    What is new is counted by function and code: an edit may change the words by which the
    compiler names another allocation of its line. ``at_start``: the package's initialization may
    allocate what it did not before.
    """

    gone: tuple[Finding, ...]
    instead: tuple[Instead, ...] = ()
    at_start: bool = False
    needs_liveness: ClassVar[bool] = False

    def judged(self, before: Facts, after: Facts) -> Verdict:
        for cause, count in Counter(map(cause_of, self.gone)).items():
            had, has = before.allocations.get(cause, ()), after.allocations.get(cause, ())
            what = cause[2] or cause[1]
            if len(had) < count:
                return Verdict.refuted(f"{what} is no allocation of the unedited text")
            if len(has) > len(had) - count:
                return Verdict.refuted(f"{what} still allocates")
        worse = self._worse(before, after)
        if worse is not None:
            return Verdict.refuted(worse)
        return Verdict.confirmed(f"{_listed(self.gone)} gone" if self.gone else "nothing is worse")

    def _worse(self, before: Facts, after: Facts) -> str | None:
        allowed: Counter[_Kind] = Counter()
        for one in self.instead:
            allowed[stable_name(one.function), one.code] += one.count
        gone = list(self.gone)
        for certain in (False, True):
            wanted = _kinds(_of(before), certain=certain)
            wanted.subtract(_kinds(gone, certain=certain))
            for kind, count in _kinds(_of(after), certain=certain).items():
                if self.at_start and _STARTS.fullmatch(own_name(kind[0])):
                    continue
                if count > max(0, wanted[kind]) + allowed[kind]:
                    how = "would always allocate" if certain else "would allocate more"
                    return f"{kind[1]} in {kind[0]} {how}"
        return None


def together(trades: Iterable[Traded]) -> Traded:
    """One claim that holds where the edits of all of them are made at once."""
    trades = list(trades)
    return Traded(
        tuple(finding for one in trades for finding in one.gone),
        tuple(allowed for one in trades for allowed in one.instead),
        any(one.at_start for one in trades),
    )


def _of(facts: Facts) -> list[Finding]:
    return [one for ones in facts.allocations.values() for one in ones]


def _kinds(findings: Iterable[Finding], *, certain: bool) -> Counter[_Kind]:
    return Counter(
        (stable_name(one.function), one.code.value)
        for one in findings
        if not certain or one.allocates is Allocates.ALWAYS
    )


def _listed(findings: Iterable[Finding]) -> str:
    names = list(dict.fromkeys(one.subject or one.code for one in findings))
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
