"""Does an edit end what the room of lifetimes finds, and add nothing? That room says of both texts.

Its findings are trials of their own (`analysis.lifetime`), so that a claim on `Facts` would say
less: the edited texts are analysed as a save of them would be.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path

from attrs import define, field

from golsp_mem.analysis.proof.claims import Outcome, Verdict
from golsp_mem.analysis.proof.trades import declared_function
from golsp_mem.analysis.saves.direct import DirectReader
from golsp_mem.analysis.saves.saved import SavedPackage
from golsp_mem.analysis.variants import is_test
from golsp_mem.codes import Family
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.model import Allocates, Analysis, Finding, PackageStatus

_Cause = tuple[str, str, str]
# Of `analysis.lifetime.holding`.
_HELD = re.compile(
    r"unless (?:.+ is (?:in what is returned|stored where it outlives the function)"
    r"|a deferred call holds .+)"
)


@define(eq=False)
class LifetimeJudge:
    """Judges edits of one package, which ``reader`` compiles."""

    reader: DirectReader
    _known: dict[Hashable, Analysis | None] = field(init=False, factory=dict)

    async def judge(
        self,
        edits: Mapping[Path, bytes],
        ends: Sequence[Finding],
        *,
        base: Mapping[Path, bytes] | None = None,
        holding: bool = False,
    ) -> Verdict:
        """Whether the findings are gone from the edited texts, and no other of their family came.
        ``holding``: the owner goes where something holds it, of which it is said that it does.

        Texts that do not build, before or after, and packages that only the go command can compile
        are NOT_COMPILED. Raises AnalysisTimeout and the like.
        """
        tests = any(is_test(str(path)) for path in edits)
        before = await self._unedited(base or {}, tests=tests)
        if not _is_whole(before):
            return Verdict(Outcome.NOT_COMPILED, "the package does not build by its plan")
        after = await self._analysed({**(base or {}), **edits}, tests=tests)
        if not _is_whole(after):
            return Verdict(Outcome.NOT_COMPILED, "the edited text does not build")
        had, has = _causes(before), _causes(after)
        if holding:
            # What is held now is a doubt that nobody is told.
            has -= _causes(after, held=True) - _causes(before, held=True)
        for cause, count in Counter(map(_cause, ends)).items():
            if had[cause] < count:
                return Verdict.refuted(f"{cause[2]} is no finding of the unedited text")
            if has[cause] > had[cause] - count:
                return Verdict.refuted(f"{cause[2]} is still found in {short_name(cause[1])}")
        for cause, count in has.items():
            if count > had[cause]:
                code, function, subject = cause
                return Verdict.refuted(f"{code} of {subject} in {short_name(function)} would come")
        named = " and ".join(dict.fromkeys(one.subject or one.code for one in ends))
        what = f"the finding of {named} is gone" if named else "no lifetime ends too early for it"
        return Verdict.confirmed(what)

    async def _unedited(self, texts: Mapping[Path, bytes], *, tests: bool) -> Analysis | None:
        planner = self.reader.planner
        held = planner.holding(tests=tests)
        state = planner.state(held, tests=tests) if held is not None else None
        key = (tests, tuple(sorted(texts.items())), state)
        if state is None or key not in self._known:
            # Of an older state nobody asks again.
            self._known = {key: await self._analysed(texts, tests=tests)}
        return self._known[key]

    async def _analysed(self, texts: Mapping[Path, bytes], *, tests: bool) -> Analysis | None:
        # One for each time: what it told last decides when it tells the next time.
        return await SavedPackage(self.reader).analysed(tests=tests, overlay=texts)


def _is_whole(analysis: Analysis | None) -> bool:
    return analysis is not None and all(one.status is PackageStatus.OK for one in analysis.packages)


def _causes(analysis: Analysis | None, *, held: bool = False) -> Counter[_Cause]:
    """Doubts too: what was certain is not to become one. ``held``: those alone of owners that a
    deferred call, or what outlives the function, holds."""
    return Counter(
        _cause(one)
        for one in _told(analysis)
        if not held or (one.allocates is Allocates.NEVER and _HELD.fullmatch(one.condition or ""))
    )


def _told(analysis: Analysis | None) -> Iterable[Finding]:
    findings = analysis.findings if analysis is not None else ()
    return (one for one in findings if one.code.family is Family.KEEPALIVE)


def _cause(finding: Finding) -> _Cause:
    return finding.code.value, declared_function(finding.function), finding.subject or ""
