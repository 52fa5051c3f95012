"""The claim of an edit that takes allocations away, and may make others instead. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Set
from typing import ClassVar

from attrs import frozen

from golsp_mem.analysis.proof.claims import Facts, Verdict, cause_of
from golsp_mem.compiler.objects.symbols import own_name, short_name, stable_name
from golsp_mem.model import Allocates, Called, Code, Finding, Span

_Kind = tuple[str, str]
_Callee = tuple[str, str | None]
# cmd/compile/internal/pkginit (init), staticinit (map.init.0).
_STARTS = re.compile(r"init(?:\.\d+)?|map\.init(?:\.\d+)?")
# The body of a loop over a function is a function of its own (cmd/compile/internal/rangefunc), and
# so is a literal: F.func1, or F.1 where F is inlined (cmd/compile/internal/ir, closureName).
_WITHIN = re.compile(r"(?:-range\d+|\.(?:(?:func|gowrap|deferwrap)\d*|\d+)(?=[.-]|$))+")


@frozen
class Instead:
    """At most ``count`` allocations of a code that a function (its symbol) may make now."""

    function: str
    code: Code
    count: int = 1


@frozen
class CallGone:
    """A call of the function ``callee`` (as linked, type arguments folded) in the declared function
    ``owner``, which allocates further in and is not made any more; one call of each of ``instead``
    may be made there, and any of functions whose names hold one of ``through``, as long as
    nothing that is known allocates in them: they call back."""

    owner: str
    callee: str
    instead: tuple[str, ...] = ()
    through: tuple[str, ...] = ()


@frozen
class Traded:
    """Every allocation of ``gone`` is not made any more; all that is made for it is what
    ``instead`` allows. Findings of one cause are counted, so that several trades of one package
    can be claimed together (`together`). The same holds of ``calls``, by owner and callee. Each of
    ``smaller`` takes a smaller block; each of ``spared`` is made by every copy of its function
    before, and not by some that are inlined after.

    What is new is counted by function and code: an edit may change the words by which the
    compiler names another allocation of its line. ``at_start``: the package's initialization may
    allocate what it did not before.
    """

    gone: tuple[Finding, ...]
    instead: tuple[Instead, ...] = ()
    at_start: bool = False
    calls: tuple[CallGone, ...] = ()
    smaller: tuple[Finding, ...] = ()
    spared: tuple[Finding, ...] = ()
    needs_liveness: ClassVar[bool] = False

    @property
    def needs_calls(self) -> bool:
        return bool(self.calls)

    def judged(self, before: Facts, after: Facts) -> Verdict:
        for cause, count in Counter(map(cause_of, self.gone)).items():
            had, has = before.allocations.get(cause, ()), after.allocations.get(cause, ())
            what = cause[2] or cause[1]
            where = declared_function(cause[0])
            if len(had) < count:
                return Verdict.refuted(f"{what} is no allocation of the unedited text", where)
            if len(has) > len(had) - count:
                return Verdict.refuted(f"{what} still allocates", where)
        worse = self._worse(before, after)
        if worse is not None:
            return Verdict.refuted(*worse)
        other = self._as_large(before, after) or self._unspared(before, after)
        other = other or self._called(before, after)
        if other is not None:
            return Verdict.refuted(other)
        return Verdict.confirmed(f"{self._listed()} gone" if self._listed() else "nothing is worse")

    def _worse(self, before: Facts, after: Facts) -> tuple[str, str] | None:
        allowed: Counter[_Kind] = Counter()
        for one in self.instead:
            allowed[declared_function(one.function), one.code] += one.count
        gone = list(self.gone)
        for certain in (False, True):
            wanted = _kinds(_of(before), certain=certain)
            wanted.subtract(_kinds(gone, certain=certain))
            for kind, count in _kinds(_of(after), certain=certain).items():
                if self.at_start and _STARTS.fullmatch(own_name(kind[0])):
                    continue
                if count > max(0, wanted[kind]) + allowed[kind]:
                    how = "would always allocate" if certain else "would allocate more"
                    return f"{kind[1]} in {kind[0]} {how}", kind[0]
        return None

    def _as_large(self, before: Facts, after: Facts) -> str | None:
        for cause in dict.fromkeys(map(cause_of, self.smaller)):
            had, has = before.allocations.get(cause, ()), after.allocations.get(cause, ())
            least, most = (min(map(_block, had), default=0), max(map(_block, has), default=0))
            if not had or not has or not 0 < most < least:
                return f"{cause[2] or cause[1]} takes as much as before"
        return None

    def _unspared(self, before: Facts, after: Facts) -> str | None:
        for cause in dict.fromkeys(map(cause_of, self.spared)):
            had, has = before.allocations.get(cause, ()), after.allocations.get(cause, ())
            if len(has) - _certain(has) <= len(had) - _certain(had):
                return f"{cause[2] or cause[1]} is allocated for every caller all the same"
        return None

    def _called(self, before: Facts, after: Facts) -> str | None:
        """What is wrong with the calls; nothing where none is claimed."""
        if not self.calls:
            return None
        owners = {one.owner for one in self.calls}
        through = tuple(name for one in self.calls for name in one.through)
        had = _callees(before.calls, owners)
        has = _callees((one for one in after.calls if not _only_calls_back(one, through)), owners)
        gone = Counter[_Callee]((one.owner, one.callee) for one in self.calls)
        allowed = Counter[_Callee](
            (one.owner, callee) for one in self.calls for callee in one.instead
        )
        for key, count in gone.items():
            if had[key] < count:
                return f"{key[1]} is no call that allocates in the unedited text"
            if has[key] > had[key] - count:
                return f"{key[1]} is called as often as before"
        for key, count in has.items():
            if count > had[key] + allowed[key]:
                name = short_name(key[1]) if key[1] else "what nobody can follow"
                return f"{name} would be called instead"
        return None

    def _listed(self) -> str:
        names = [one.subject or one.code for one in self.gone]
        names += [f"what {one.subject or one.code} takes too much" for one in self.smaller]
        names += [f"for some callers {one.subject or one.code}" for one in self.spared]
        names += [f"the call of {short_name(one.callee)}" for one in self.calls]
        listed = list(dict.fromkeys(names))
        return f"{', '.join(listed)} {'is' if len(listed) == 1 else 'are'}" if listed else ""


@frozen
class NoCallInstead:
    """No function of the package calls more often than before what allocates further in, or what
    nobody can follow: ``a + b`` by ``strings.Join`` takes as much."""

    needs_liveness: ClassVar[bool] = False
    needs_calls: ClassVar[bool] = True

    def judged(self, before: Facts, after: Facts) -> Verdict:
        had, has = _allocating(before.calls), _allocating(after.calls)
        for (owner, callee), count in has.items():
            if count > had[owner, callee]:
                name = short_name(callee) if callee else "what nobody can follow"
                how = "allocates" if callee else "may allocate"
                return Verdict.refuted(f"{name}, which {how}, would be called instead", owner)
        return Verdict.confirmed("no call that allocates takes its place")


def _allocating(calls: Iterable[Called]) -> Counter[_Callee]:
    return Counter(
        (one.owner, one.callee)
        for one in calls
        if one.unknown or one.allocates is not Allocates.NEVER
    )


def together(trades: Iterable[Traded]) -> Traded:
    """One claim that holds where the edits of all of them are made at once."""
    trades = list(trades)
    return Traded(
        tuple(finding for one in trades for finding in one.gone),
        tuple(allowed for one in trades for allowed in one.instead),
        any(one.at_start for one in trades),
        tuple(call for one in trades for call in one.calls),
        tuple(finding for one in trades for finding in one.smaller),
        tuple(finding for one in trades for finding in one.spared),
    )


def _only_calls_back(call: Called, through: tuple[str, ...]) -> bool:
    """Whether nothing allocates on the way but, at most, what is called back: that is a finding of
    its own."""
    if call.callee is None or not any(name in call.callee for name in through):
        return False
    back = bool(call.chain) and call.chain[-1].file == call.span.file
    return back or call.allocates is Allocates.NEVER


def _callees(calls: Iterable[Called], owners: Set[str]) -> Counter[_Callee]:
    return Counter((one.owner, one.callee) for one in calls if one.owner in owners)


def _certain(findings: Iterable[Finding]) -> int:
    return sum(one.allocates is Allocates.ALWAYS for one in findings)


def _block(finding: Finding) -> int:
    return finding.size_class or 0


def _of(facts: Facts) -> list[Finding]:
    return [one for ones in facts.allocations.values() for one in ones]


def declared_function(name: str) -> str:
    """The declared function, by the name of it or of what is written in it."""
    stable = stable_name(name)
    if own_name(stable).startswith("init."):
        return stable  # of literals of the package's initialization it is all that there is
    head, slash, tail = stable.rpartition("/")
    return f"{head}{slash}{_WITHIN.sub('', tail)}"


def _kinds(findings: Iterable[Finding], *, certain: bool) -> Counter[_Kind]:
    """The places by function and code: what is inlined has a copy with each caller, and of some
    copies the compiler does not say at which place of their line they allocate."""
    spans: dict[tuple[str, str, str, int], set[Span | None]] = {}
    for one in findings:
        if not certain or one.allocates is Allocates.ALWAYS:
            key = (declared_function(one.function), one.code.value, one.span.file, one.span.line)
            spans.setdefault(key, set()).add(one.span if one.subject else None)
    found: Counter[_Kind] = Counter()
    for (function, code, _, _), places in spans.items():
        found[function, code] += max(1, len(places - {None}))
    return found
