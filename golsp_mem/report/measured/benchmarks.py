"""What one operation of a benchmark allocates, line by line.

Two runs of different lengths are subtracted, so that what happens once (the set-up, the caches of
the first round) falls out. The sum of the lines is the figure that Go prints for the run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction

from attrs import evolve, frozen

from golsp_mem.report.measured.measuring import Attribution
from golsp_mem.report.model import BenchmarkPart, Report, Shown
from golsp_mem.report.ranking import by_rank

# The tiny allocator's block, in bytes (runtime/malloc.go, maxTinySize): objects below it without
# pointers share one. Go counts each of them, a profile the first of each block.
TINY_BLOCK = 16


@frozen
class BenchmarkRun:
    """One run of a benchmark: its rounds, and what it allocated from start to end."""

    rounds: int
    attributions: tuple[Attribution, ...]


@frozen
class _Part:
    """An exact share of one line; ``tiny`` where its objects share blocks."""

    part: BenchmarkPart
    objects: Fraction
    bytes: Fraction
    tiny: bool


def split(
    report: Report, short: BenchmarkRun, long: BenchmarkRun, allocs: int, size: int
) -> tuple[BenchmarkPart, ...]:
    """The parts of one operation. ``allocs`` and ``size`` are Go's figures of the longer run."""
    rounds = long.rounds - short.rounds
    less, more = _counted(short.attributions), _counted(long.attributions)
    parts = []
    for key in {**more, **less}:
        objects = more[key][0] - less[key][0]
        taken = more[key][1] - less[key][1]
        if objects > 0 and taken >= 0 and key != _NOWHERE:
            parts.append(_part(report, key, Fraction(objects, rounds), Fraction(taken, rounds)))
    parts = _with_tiny(parts, allocs)
    objects_of = _whole([one.objects for one in parts], allocs)
    bytes_of = _whole([one.bytes for one in parts], size)
    made = [
        evolve(one.part, objects=objects, bytes=taken)
        for one, objects, taken in zip(parts, objects_of, bytes_of, strict=True)
        if objects or taken
    ]
    made.sort(key=lambda one: (-one.bytes, one.file, one.line))
    return tuple(_completed(made, allocs, size))


def _completed(made: list[BenchmarkPart], allocs: int, size: int) -> list[BenchmarkPart]:
    """The parts with what is lacking of Go's figures."""
    objects = allocs - sum(one.objects for one in made)
    taken = size - sum(one.bytes for one in made)
    # Go rounds its means down, so that each part is off by less than a byte.
    if made and not objects and abs(taken) <= len(made) + 1 and made[0].bytes + taken > 0:
        return [evolve(made[0], bytes=made[0].bytes + taken), *made[1:]]
    return [*made, BenchmarkPart("", 0, objects, taken)] if objects or taken else made


def in_the_long_run(
    short: BenchmarkRun, long: BenchmarkRun, allocs: int, size: int
) -> tuple[int, int]:
    """Go's figures as a longer run would print them: where the first round is cheaper than the
    rest, a mean of few rounds, rounded down, is one too low."""
    rounds = long.rounds - short.rounds
    less, more = _counted(short.attributions), _counted(long.attributions)
    exact = [
        Fraction(sum(one[at] for one in more.values()) - sum(one[at] for one in less.values()),
                 rounds)
        for at in (0, 1)
    ]  # fmt: skip
    made = [
        int(mean) if mean.denominator == 1 and mean == printed + 1 else printed
        for mean, printed in zip(exact, (allocs, size), strict=True)
    ]
    return made[0], made[1]


# What no line of the packages leads to: the testing package's own, background work.
_NOWHERE: Hashable = ((), None)


def _key(one: Attribution) -> Hashable:
    line = one.line
    if line is None:
        return (one.findings, None)
    return ((), (line.file, line.line, line.callee))


def _counted(attributions: Sequence[Attribution]) -> Mapping[Hashable, list[int]]:
    counts: dict[Hashable, list[int]] = defaultdict(lambda: [0, 0])
    for one in attributions:
        count = counts[_key(one)]
        count[0] += one.sample.objects
        count[1] += one.sample.bytes
    return counts


def _part(report: Report, key: Hashable, objects: Fraction, taken: Fraction) -> _Part:
    assert isinstance(key, tuple)
    findings, line = key
    sized = taken == TINY_BLOCK * objects
    if findings:
        first = by_rank(report.shown[number] for number in findings)[0]
        span = first.finding.span
        part = BenchmarkPart(
            span.file, span.line, 0, 0, first.finding.fingerprint, shared=len(findings) > 1
        )
        return _Part(part, objects, taken, sized and any(map(_may_be_tiny, _of(report, findings))))
    file, number, callee = line or ("", 0, None)
    return _Part(BenchmarkPart(file, number, 0, 0, callee=callee), objects, taken, sized)


def _of(report: Report, findings: Sequence[int]) -> list[Shown]:
    return [report.shown[number] for number in findings]


def _may_be_tiny(one: Shown) -> bool:
    size = one.finding.bytes
    return size is None or size < TINY_BLOCK


def _with_tiny(parts: list[_Part], allocs: int) -> list[_Part]:
    """The parts with the objects that share a block with one that was counted."""
    missing = allocs - sum((one.objects for one in parts), Fraction(0))
    tiny = [one for one in parts if one.tiny]
    total = sum((one.objects for one in tiny), Fraction(0))
    # What a rounded mean lacks is no object.
    if missing < Fraction(1, 2) or not total:
        return parts
    alone = len(tiny) == 1
    return [
        evolve(
            one,
            objects=one.objects + missing * one.objects / total,
            part=evolve(one.part, shared=one.part.shared or not alone),
        )
        if one.tiny
        else one
        for one in parts
    ]


def _whole(shares: Sequence[Fraction], total: int) -> list[int]:
    """Whole numbers for the shares that sum to the total, if they nearly do: the largest
    fractions are rounded up first. Else each is rounded."""
    floors = [int(share) for share in shares]
    lacking = total - sum(floors)
    if not 0 <= lacking <= len(shares):
        return [round(share) for share in shares]
    order: Callable[[int], Fraction] = lambda number: floors[number] - shares[number]  # noqa: E731
    for number in sorted(range(len(shares)), key=order)[:lacking]:
        if shares[number] > floors[number]:
            floors[number] += 1
    return floors
