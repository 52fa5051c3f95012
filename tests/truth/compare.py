"""The judgement: claims against evidence. Pure.

Stacks are compared frame by frame from the innermost, by file and line: from the allocation
out to the line that the claim is made for. Whether a call was inlined does not matter, as
the same line may be compiled more than once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum

from attrs import field, fields, frozen

from tests.truth.claims import Claim
from tests.truth.evidence import Evidence, Place, Sample


@frozen
class Share:
    """``right`` out of ``total``."""

    right: int = 0
    total: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.right + other.right, self.total + other.total)

    @property
    def ratio(self) -> float:
        """1 where there was nothing to be wrong about."""
        return self.right / self.total if self.total else 1.0


class Kind(StrEnum):
    """What a disagreement is about."""

    MISSED = "allocates, not named"
    ALWAYS = "named always, did not allocate"
    TINY = "named always, tiny, not seen to allocate"
    NEVER = "named never, allocates"
    SIZE = "other size"


@frozen
class Disagreement:
    """One place where the claims and the program differ; ``weight`` is bytes where known."""

    kind: Kind
    file: str
    line: int
    column: int
    detail: str
    code: str = ""
    weight: int = 0


@frozen
class Figures:
    """The measures of one package, or of several added up.

    ``always`` leaves out claims that the tiny allocator may serve (``always_tiny`` holds
    those); claims in files that coverage does not instrument, and of runs that were cut short,
    are counted in ``unjudged``.
    ``never`` counts a claim as wrong only if no other claim accounts for what was allocated
    there; ``never_shared`` counts those where another claim does. ``m_*`` are the same
    measures for the plain ``-m`` lines.
    """

    lines: Share = field(factory=Share)
    bytes: Share = field(factory=Share)
    exact_bytes: Share = field(factory=Share)
    always: Share = field(factory=Share)
    always_tiny: Share = field(factory=Share)
    never: Share = field(factory=Share)
    never_shared: int = 0
    sizes: Share = field(factory=Share)
    unjudged: int = 0
    m_lines: Share = field(factory=Share)
    m_bytes: Share = field(factory=Share)
    m_always: Share = field(factory=Share)
    m_never: Share = field(factory=Share)

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Figures)))


@frozen
class Judgement:
    figures: Figures
    disagreements: tuple[Disagreement, ...]


def judge(
    import_path: str,
    files: Iterable[str],
    claims: Iterable[Claim],
    evidence: Evidence,
) -> Judgement:
    """Compare what was claimed of the package in ``files`` with what its tests showed."""
    court = _Court(import_path, frozenset(files), tuple(claims), evidence)
    parts = [
        court.recall(),
        court.always(),
        court.never(),
        court.sizes(),
        court.plain(),
    ]
    figures = sum((part.figures for part in parts), Figures())
    disagreements = [d for part in parts for d in part.disagreements]
    return Judgement(figures, tuple(disagreements))


def _begins(sample: Sample, places: tuple[Place, ...]) -> bool:
    return tuple(frame.place for frame in sample.stack[: len(places)]) == places


GC_SIZES = frozenset({16, 96, 112})
"""An allocation that starts a garbage collection also pays for what the runtime needs to do
so: a waiting record (sudog) for its semaphores, a channel and a closure for each new worker
(runtime/mgc.go, gcStart and gcBgMarkStartWorkers). They are few, and profiles hide the
runtime's frames that would tell them apart."""


def _without_gc(samples: Iterable[Sample], given: set[int | None]) -> set[int]:
    """The sizes seen, less those that a few objects of the collector explain."""
    counts: dict[int, int] = defaultdict(int)
    for sample in samples:
        counts[sample.size] += sample.objects
    right = sum(objects for size, objects in counts.items() if size in given)
    return {
        size
        for size, objects in counts.items()
        if size not in GC_SIZES or size in given or objects > max(4, right // 2) or not right
    }


@frozen
class _Court:
    import_path: str
    files: frozenset[str]
    claims: tuple[Claim, ...]
    evidence: Evidence
    by_line: Mapping[Place, list[Sample]] = field(init=False)

    @by_line.default
    def _samples_by_line(self) -> Mapping[Place, list[Sample]]:
        lines: dict[Place, list[Sample]] = defaultdict(list)
        for sample in self.evidence.samples:
            lines[sample.place].append(sample)
        return lines

    @property
    def initialisers(self) -> frozenset[str]:
        """The functions that initialise the variables of the package and of its tests."""
        return frozenset({f"{self.import_path}.init", f"{self.import_path}_test.init"})

    def _positive(self) -> list[Claim]:
        return [claim for claim in self.claims if claim.allocates != "never"]

    def _matching(self, places: tuple[Place, ...]) -> list[Sample]:
        """Samples whose stack begins with the places: the same line, perhaps inlined."""
        if not places:
            return []
        return [s for s in self.by_line.get(places[0], ()) if _begins(s, places)]

    def _executed(self, claim: Claim) -> bool | None:
        """Whether the claim's code ran; None where coverage cannot say."""
        if not self.evidence.complete:
            return None
        if claim.stack and claim.stack[-1].function in self.initialisers:
            return True
        coverage = self.evidence.coverage
        if not coverage.instrumented(claim.file):
            return None
        inner = claim.stack[: max(len(claim.places) - 1, 0)]
        return coverage.executed(claim.file, claim.line, claim.column) and all(
            coverage.executed(frame.file, frame.line)
            for frame in inner
            if coverage.instrumented(frame.file)
        )

    def recall(self) -> Judgement:
        named = {frame.place for claim in self._positive() for frame in claim.stack}
        whole = self._by_start(self._positive())
        own = self.files | self.initialisers
        lines, weights, exactly = Share(), Share(), Share()
        missed = []
        for place, samples in self.by_line.items():
            if place[0] not in own:
                continue
            total = sum(sample.bytes for sample in samples)
            hit = place in named
            lines += Share(int(hit), 1)
            weights += Share(total if hit else 0, total)
            # What was inlined into another package was compiled there: not ours to know.
            for sample in samples:
                if sample.stack[sample.inlined - 1].place[0] in own:
                    known = any(_begins(sample, p) for p in whole.get(place, ()))
                    exactly += Share(sample.bytes if known else 0, sample.bytes)
            if not hit:
                biggest = max(samples, key=lambda s: s.bytes)
                detail = (
                    f"{sum(s.objects for s in samples)} objects of "
                    f"{sorted({s.size for s in samples})[:6]} bytes, in "
                    + " < ".join(f.function for f in biggest.stack[: biggest.inlined])
                )
                file = biggest.stack[0].file
                missed.append(Disagreement(Kind.MISSED, file, place[1], 0, detail, weight=total))
        return Judgement(Figures(lines=lines, bytes=weights, exact_bytes=exactly), tuple(missed))

    def always(self) -> Judgement:
        share, tiny, unjudged, wrong = Share(), Share(), 0, []
        for claim in self.claims:
            if claim.allocates != "always":
                continue
            executed = self._executed(claim)
            if executed is None or not claim.stack:
                unjudged += 1
            elif claim.stays_in_tests and not self._matching(claim.places):
                # It is said of the build: the tests have copies of their own.
                unjudged += 1
            elif executed:
                right = bool(self._matching(claim.places))
                if claim.tiny:
                    tiny += Share(int(right), 1)
                else:
                    share += Share(int(right), 1)
                if not right:
                    kind = Kind.TINY if claim.tiny else Kind.ALWAYS
                    wrong.append(_disagreement(kind, claim, self._nearby(claim)))
        return Judgement(Figures(always=share, always_tiny=tiny, unjudged=unjudged), tuple(wrong))

    def _nearby(self, claim: Claim) -> str:
        here = self.by_line.get(claim.places[0], ())
        return f"{len(here)} other samples on the line" if here else "no sample on the line"

    def never(self) -> Judgement:
        share, shared, wrong = Share(), 0, []
        accounted = self._by_start(self._positive())
        for claim in self.claims:
            if claim.allocates != "never" or not self._executed(claim):
                continue
            places = claim.places or ((claim.file, claim.line),)
            samples = self._matching(places)
            orphans = [
                sample
                for sample in samples
                if not any(_begins(sample, other) for other in accounted.get(places[0], ()))
            ]
            share += Share(int(not orphans), 1)
            shared += int(bool(samples) and not orphans)
            if orphans:
                sizes = sorted({s.size for s in orphans})[:6]
                wrong.append(_disagreement(Kind.NEVER, claim, f"objects of {sizes} bytes"))
        return Judgement(Figures(never=share, never_shared=shared), tuple(wrong))

    def sizes(self) -> Judgement:
        """One verdict per place whose claims all give a size class.

        With one claim the profile must show that size alone; with several it must show none
        that no claim gives.
        """
        by_places: dict[tuple[Place, ...], list[Claim]] = defaultdict(list)
        for claim in self._positive():
            # Other packages have their own copies of what comes from elsewhere.
            if claim.stack and claim.file in self.files:
                by_places[claim.places].append(claim)
        starts = self._by_start(self._positive())
        share, wrong = Share(), []
        for places, claims in by_places.items():
            given = {claim.size_class for claim in claims}
            samples = [
                sample
                for sample in self._matching(places)
                # Of two claims the one that knows more of the stack speaks for the sample.
                if not any(
                    len(other) > len(places) and _begins(sample, other)
                    for other in starts[places[0]]
                )
            ]
            if not samples or None in given:
                continue
            right = _without_gc(samples, given) <= given
            share += Share(int(right), 1)
            if not right:
                seen = sorted({(s.size, s.objects) for s in samples})[:8]
                detail = f"claimed {sorted(filter(None, given))}, (size, objects) seen {seen}"
                wrong.append(_disagreement(Kind.SIZE, claims[0], detail))
        return Judgement(Figures(sizes=share), tuple(wrong))

    def _by_start(self, claims: Iterable[Claim]) -> Mapping[Place, set[tuple[Place, ...]]]:
        starts: dict[Place, set[tuple[Place, ...]]] = defaultdict(set)
        for claim in claims:
            if claim.stack:
                starts[claim.places[0]].add(claim.places)
        return starts

    def plain(self) -> Judgement:
        """The same measures for ``-m``: a line is confirmed by a sample in any inlined frame."""
        escape_lines = self.evidence.escape_lines
        heap = {(e.file, e.line) for e in escape_lines if e.heap}
        heap_rows = {line for _, line in heap}
        stays = {(e.file, e.line) for e in escape_lines if not e.heap} - heap
        lines, weights = Share(), Share()
        touched: set[Place] = set()
        for sample in self.evidence.samples:
            touched.update(frame.place for frame in sample.stack[: sample.inlined])
        for place, samples in self.by_line.items():
            if place[0] in self.files | self.initialisers:
                total = sum(sample.bytes for sample in samples)
                # -m names the true file; give it what the profile can tell of initialisers.
                hit = place in heap or (place[0] in self.initialisers and place[1] in heap_rows)
                lines += Share(int(hit), 1)
                weights += Share(total if hit else 0, total)
        executed = {
            (e.file, e.line)
            for e in escape_lines
            if self.evidence.coverage.executed(e.file, e.line, e.column)
        }
        heap_lines, stay_lines = heap & executed, stays & executed
        return Judgement(
            Figures(
                m_lines=lines,
                m_bytes=weights,
                m_always=Share(len(heap_lines & touched), len(heap_lines)),
                m_never=Share(len(stay_lines - touched), len(stay_lines)),
            ),
            (),
        )


def _disagreement(kind: Kind, claim: Claim, seen: str) -> Disagreement:
    said = " ".join(
        part
        for part in (
            claim.runtime_call or "",
            f"{claim.bytes} B" if claim.bytes is not None else "",
            f"({seen})",
            claim.message,
        )
        if part
    )
    via = " < ".join(f"{f.function}:{f.line}" for f in claim.stack)
    return Disagreement(kind, claim.file, claim.line, claim.column, f"{said} [{via}]", claim.code)
