"""The same benchmarks on two states of the code: what appeared, what vanished, line by line.

Counts of allocations are exact, so no statistics are needed to compare them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from attrs import evolve, frozen

from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import BenchmarkPart, BenchmarkResult, Report


@frozen
class PartChange:
    """One line of both; ``before`` None: it appeared, ``after`` None: it vanished."""

    before: BenchmarkPart | None
    after: BenchmarkPart | None

    @property
    def objects(self) -> int:
        """How many objects an operation takes more."""
        return _objects(self.after) - _objects(self.before)

    @property
    def bytes(self) -> int:
        return _bytes(self.after) - _bytes(self.before)


@frozen
class BenchmarkChange:
    """``before`` or ``after`` is None where only the other state has the benchmark."""

    name: str
    before: BenchmarkResult | None
    after: BenchmarkResult | None
    parts: tuple[PartChange, ...]


def changes(before: Report, after: Report) -> list[BenchmarkChange]:
    """The benchmarks of two reports, those of ``after`` in their order first. A line is the same
    where its finding is, which survives moved lines."""
    then, now = _results(before), _results(after)
    names = [*now, *(name for name in then if name not in now)]
    made = []
    for name in names:
        one, other = then.get(name), now.get(name)
        parts = _changed(
            _relative(one.parts if one else (), before),
            _relative(other.parts if other else (), after),
        )
        made.append(BenchmarkChange(name[1], one, other, parts))
    return made


def _results(report: Report) -> dict[tuple[str, str], BenchmarkResult]:
    found = report.measurement.benchmarks if report.measurement else None
    return {(one.package, one.name): one for one in found or ()}


def _relative(parts: Sequence[BenchmarkPart], report: Report) -> list[BenchmarkPart]:
    place = PathBase(report.directory)
    return [evolve(one, file=place.show(one.file) if one.file else "") for one in parts]


def _changed(
    before: Sequence[BenchmarkPart], after: Sequence[BenchmarkPart]
) -> tuple[PartChange, ...]:
    pairs: dict[Hashable, list[BenchmarkPart | None]] = defaultdict(lambda: [None, None])
    for at, parts in enumerate((before, after)):
        seen: dict[Hashable, int] = defaultdict(int)
        for one in parts:
            key = _key(one)
            # Several calls of one function in a file: the n-th is the n-th.
            seen[key] += 1
            pairs[key, seen[key]][at] = one
    made = [PartChange(one, other) for one, other in pairs.values()]
    return tuple(sorted(made, key=lambda one: (one.bytes, one.objects)))


def _key(one: BenchmarkPart) -> Hashable:
    if one.fingerprint is not None:
        return one.fingerprint
    return (one.file, one.callee)


def _objects(part: BenchmarkPart | None) -> int:
    return part.objects if part is not None else 0


def _bytes(part: BenchmarkPart | None) -> int:
    return part.bytes if part is not None else 0
