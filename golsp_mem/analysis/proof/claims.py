"""What an edit may claim, and how the facts of two texts decide it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Protocol

from attrs import frozen

from golsp_mem.analysis.sizes import size_text
from golsp_mem.compiler.objects.symbols import own_name, stable_name
from golsp_mem.compiler.rules import call_family
from golsp_mem.compiler.text.liveness import LiveFact, Liveness
from golsp_mem.model import Allocates, Called, Code, Finding, Position


class Outcome(StrEnum):
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_COMPILED = "not compiled"


@frozen
class Verdict:
    """``reason`` is one sentence for people, either way; ``where`` the declared function (its
    symbol) in which a claim does not hold, where that is known."""

    outcome: Outcome
    reason: str
    where: str | None = None

    @property
    def is_confirmed(self) -> bool:
        return self.outcome is Outcome.CONFIRMED

    @classmethod
    def confirmed(cls, reason: str) -> Verdict:
        return cls(Outcome.CONFIRMED, f"confirmed by the compiler: {reason}")

    @classmethod
    def refuted(cls, reason: str, where: str | None = None) -> Verdict:
        return cls(Outcome.REFUTED, f"not offered: {reason}", where)


@frozen(eq=False)
class Facts:
    """What the compiler made of one text of a package: findings, frame sizes in bytes by symbol,
    liveness and calls (with what they allocate) where they were asked for. ``of_lines`` are files
    whose calls are known by line only (cgo rewrites them)."""

    findings: tuple[Finding, ...]
    frames: Mapping[str, int]
    live: tuple[Liveness, ...] = ()
    of_lines: frozenset[str] = frozenset()
    calls: tuple[Called, ...] = ()

    def live_at(self, place: Position) -> tuple[LiveFact, ...]:
        found: list[LiveFact] = []
        for live in self.live:
            if place.file in self.of_lines:
                found += live.on_line(place.file, place.line)
            else:
                found += live.at(place)
        return tuple(found)

    @cached_property
    def allocations(self) -> Mapping[tuple[str, ...], tuple[Finding, ...]]:
        """The allocating findings by cause, which survives moved lines."""
        found: dict[tuple[str, ...], list[Finding]] = {}
        for one in self.findings:
            if one.code.speaks_of_heap and one.allocates is not Allocates.NEVER:
                found.setdefault(cause_of(one), []).append(one)
        return {cause: tuple(ones) for cause, ones in found.items()}


class Claim(Protocol):
    """``needs_liveness``: the compile has to say what is live at which call; ``needs_calls``: what
    calls allocate further in."""

    @property
    def needs_liveness(self) -> bool: ...

    @property
    def needs_calls(self) -> bool: ...

    def judged(self, before: Facts, after: Facts) -> Verdict: ...


def cause_of(finding: Finding) -> tuple[str, ...]:
    """What tells one allocation from another, but for those of the same cause in one function."""
    type_ = None if "[...]" in finding.function else finding.type
    return (
        stable_name(finding.function), finding.code, finding.subject or "", type_ or "",
        finding.callee or "", call_family(finding.runtime_call or ""),
    )  # fmt: skip


@frozen
class ValueLive:
    """``variable`` is live at the call at ``after`` in the edited text; at ``before``, where the
    same call stands in the unedited one, it was not; or it is so at one of ``others``, calls by
    their places before and after. Places are the compiler's: the parenthesis."""

    variable: str
    before: Position
    after: Position
    others: tuple[tuple[Position, Position], ...] = ()
    needs_liveness: ClassVar[bool] = True
    needs_calls: ClassVar[bool] = False

    def judged(self, before: Facts, after: Facts) -> Verdict:
        had, has = before.live_at(self.before), after.live_at(self.after)
        where = f"the call in line {self.after.line}"
        for old, new in self.others:
            if _values(after.live_at(new)) > _values(before.live_at(old)):
                return Verdict.confirmed(
                    f"one value more is live at the call in line {new.line}, with {self.variable}"
                )
        if any(self.variable in fact.variables for fact in had):
            return Verdict(
                Outcome.REFUTED, f"not needed: {self.variable} is live at {where} already"
            )
        # One value may have had another name before: only one more value is more.
        if _values(has) <= _values(had):
            return Verdict.refuted(f"the compiler keeps nothing more at {where}")
        if any(self.variable in fact.variables for fact in has):
            return Verdict.confirmed(f"{self.variable} is live at {where}")
        return Verdict.confirmed(f"one value more is live at {where}, with {self.variable}")


def _values(facts: Iterable[LiveFact]) -> int:
    return sum(len(fact.names) for fact in facts)


@frozen
class AllocationGone:
    """The allocation of ``finding`` is not made any more, and no other is made instead."""

    finding: Finding
    needs_liveness: ClassVar[bool] = False
    needs_calls: ClassVar[bool] = False

    def judged(self, before: Facts, after: Facts) -> Verdict:
        cause = cause_of(self.finding)
        had, has = before.allocations.get(cause, ()), after.allocations.get(cause, ())
        what = _named(self.finding)
        if not had:
            return Verdict.refuted(f"{what} is no allocation of the unedited text")
        if len(has) >= len(had):
            return Verdict.refuted(f"{what} still allocates")
        worse = _worse(before, after)
        return Verdict.refuted(worse) if worse else Verdict.confirmed(f"{what} is gone")


@frozen
class AllocationSmaller:
    """What its function allocates by code like the finding's is less: fewer allocations, fewer that
    are always made, or fewer bytes; and nothing else got worse for it. Types and subjects may be
    others than before."""

    finding: Finding
    needs_liveness: ClassVar[bool] = False
    needs_calls: ClassVar[bool] = False

    def judged(self, before: Facts, after: Facts) -> Verdict:
        had, has = self._like(before), self._like(after)
        what = _named(self.finding)
        if not had:
            return Verdict.refuted(f"{what} is no allocation of the unedited text")
        worse = _worse(before, after, besides=self._key(cause_of(self.finding)))
        if worse:
            return Verdict.refuted(worse)
        if len(has) <= len(had) and _certain(has) <= _certain(had):
            if len(has) < len(had):
                return Verdict.confirmed(f"{what} is gone")
            if _certain(has) < _certain(had):
                return Verdict.confirmed(f"{what} does not always allocate any more")
            least, most = _bytes(had), _bytes(has)
            if least is not None and most is not None and most < least:
                sizes = f"{size_text(most)} instead of {size_text(least)}"
                return Verdict.confirmed(f"{what} takes {sizes}")
        return Verdict.refuted(f"{what} allocates as much as before")

    def _like(self, facts: Facts) -> list[Finding]:
        wanted = self._key(cause_of(self.finding))
        return [
            one
            for cause, ones in facts.allocations.items()
            if self._key(cause) == wanted
            for one in ones
        ]

    @staticmethod
    def _key(cause: tuple[str, ...]) -> tuple[str, ...]:
        return cause[:2]


@frozen
class FindingGone:
    """One finding less of its code, function and subject. Not for the lifetime codes: what those
    claim is `ValueLive`."""

    finding: Finding
    needs_liveness: ClassVar[bool] = False
    needs_calls: ClassVar[bool] = False

    def judged(self, before: Facts, after: Facts) -> Verdict:
        had, has = self._count(before), self._count(after)
        what = _named(self.finding)
        if not had:
            return Verdict.refuted(f"{what} is no finding of the unedited text")
        if has >= had:
            return Verdict.refuted(f"{what} is still there")
        return Verdict.confirmed(f"{what} is gone")

    def _count(self, facts: Facts) -> int:
        wanted = self._key(self.finding)
        return sum(
            self._key(one) == wanted and one.allocates is not Allocates.NEVER
            for one in facts.findings
        )

    @staticmethod
    def _key(one: Finding) -> tuple[str, str, str | None]:
        return one.code, stable_name(one.function), one.subject


@frozen
class FrameShrank:
    """The frame of ``function`` (its symbol) has fewer bytes."""

    function: str
    needs_liveness: ClassVar[bool] = False
    needs_calls: ClassVar[bool] = False

    def judged(self, before: Facts, after: Facts) -> Verdict:
        had, has = before.frames.get(self.function), after.frames.get(self.function)
        name = own_name(self.function)
        if had is None or has is None:
            return Verdict.refuted(f"{name} is not compiled as a function of its own")
        sizes = f"{size_text(has)} instead of {size_text(had)}"
        if has >= had:
            return Verdict.refuted(f"the frame of {name} has {sizes}")
        return Verdict.confirmed(f"the frame of {name} has {sizes}")


@frozen
class VariableOnStack:
    """No variable of that name in the function (its symbol) is on the heap."""

    function: str
    variable: str
    needs_liveness: ClassVar[bool] = False
    needs_calls: ClassVar[bool] = False

    def judged(self, before: Facts, after: Facts) -> Verdict:
        del before
        moved = any(
            one.code in (Code.HEAP_VARIABLE, Code.STACK_TOO_LARGE)
            and one.allocates is not Allocates.NEVER
            and (one.function, one.subject) == (self.function, self.variable)
            for one in after.findings
        )
        if moved:
            return Verdict.refuted(f"{self.variable} is on the heap all the same")
        return Verdict.confirmed(f"{self.variable} is on the stack")


@frozen
class NothingWorse:
    """No new allocation in the package and none that got firmer; no frame that grew, but for
    those of ``may_grow`` (symbols), unless ``frames`` is False."""

    frames: bool = True
    may_grow: frozenset[str] = frozenset()
    needs_liveness: ClassVar[bool] = False
    needs_calls: ClassVar[bool] = False

    def judged(self, before: Facts, after: Facts) -> Verdict:
        worse = _worse(before, after)
        if worse:
            return Verdict.refuted(worse)
        for name, size in after.frames.items() if self.frames else ():
            had = before.frames.get(name)
            if had is not None and size > had and name not in self.may_grow:
                sizes = f"from {size_text(had)} to {size_text(size)}"
                return Verdict.refuted(f"the frame of {own_name(name)} grows {sizes}")
        return Verdict.confirmed("nothing else in the package got worse")


@frozen
class All:
    """Every one of the claims; the verdict is the first one's that does not hold, or the last's."""

    claims: tuple[Claim, ...]

    @property
    def needs_liveness(self) -> bool:
        return any(claim.needs_liveness for claim in self.claims)

    @property
    def needs_calls(self) -> bool:
        return any(claim.needs_calls for claim in self.claims)

    def judged(self, before: Facts, after: Facts) -> Verdict:
        verdicts = [claim.judged(before, after) for claim in self.claims]
        refuted = next((one for one in verdicts if not one.is_confirmed), None)
        return refuted or verdicts[0]


def _worse(before: Facts, after: Facts, besides: tuple[str, ...] | None = None) -> str | None:
    """The first allocation that the edited text makes and the other does not, in words; but for
    those whose cause begins with ``besides``."""
    for cause, has in after.allocations.items():
        if besides is not None and cause[: len(besides)] == besides:
            continue
        had = before.allocations.get(cause, ())
        if len(has) > len(had):
            return f"{_named(has[-1])} would be allocated in line {has[-1].span.line} instead"
        if _certain(has) > _certain(had):
            return f"{_named(has[-1])} would always allocate"
    return None


def _certain(findings: Iterable[Finding]) -> int:
    return Counter(one.allocates for one in findings)[Allocates.ALWAYS]


def _bytes(findings: Iterable[Finding]) -> int | None:
    sizes = [one.size_class or one.bytes for one in findings]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _named(finding: Finding) -> str:
    return finding.subject or finding.code
