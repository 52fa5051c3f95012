"""Profiles joined to findings: by the inlined stack, the line, and the size of the objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import define, evolve, frozen

from golsp_mem.compiler.objects.callsites import COMMAND, function_key, package_of
from golsp_mem.compiler.objects.symbols import folded_name
from golsp_mem.compiler.pprof.reader import Frame, Profile, Sample, is_runtime, own_stack
from golsp_mem.errors import ConfigError
from golsp_mem.model import Allocates, Code, Finding, Position
from golsp_mem.report.model import Measured, MeasuredLine, Measurement, Quiet, Report, Shown

Place = tuple[str, str, int]
"""A line, wherever the code was compiled: package, last name of the file, line. Initialisers of
variables are one function over all files, and a profile gives one file for each function: there
it is function, "", line."""


@define
class _Count:
    objects: int = 0
    bytes: int = 0

    def add(self, sample: Sample) -> None:
        self.objects += sample.objects
        self.bytes += sample.bytes


@frozen
class Attribution:
    """What each sample belongs to. ``findings`` are indices into the report's; several where
    nothing tells them apart. Where a called function allocates ``line`` has the place, and the
    finding is that of the call, where calls were asked for."""

    sample: Sample
    findings: tuple[int, ...] = ()
    line: MeasuredLine | None = None


@frozen
class Joined:
    """``moved`` counts the functions that stood on another line when the profile was taken."""

    attributions: tuple[Attribution, ...]
    moved: int = 0


class Joiner:
    """The findings of a report, to be found by places.

    ``functions`` are those that were compiled, by the name that they are linked with, and where
    they begin: by it the lines of a profile of older code are found again.
    """

    def __init__(self, report: Report, functions: Mapping[str, Position]) -> None:
        self._shown = report.shown
        self._starts = {folded_name(name): at for name, at in functions.items()}
        self._known = {_key(name) for name in functions}
        self._packages = {package_of(name) for name in functions}
        self._by_line: dict[Place, list[tuple[tuple[Place, ...], int]]] = defaultdict(list)
        self._calls: dict[tuple[Place, str], list[int]] = defaultdict(list)
        for number, one in enumerate(report.shown):
            finding = one.finding
            if finding.code is Code.HEAP_CALL:
                at = Frame(finding.function, finding.span.file, finding.span.line)
                # Of a call through a value nobody knows before whom it calls.
                self._calls[_place(at), finding.callee or ""].append(number)
                continue
            places = _places(finding)
            if places and _may_measure(one):
                self._by_line[places[0]].append((places, number))

    def checked(self, profile: Profile, origin: str) -> Joined:
        """`join` of a profile that somebody names. Raises ConfigError, with ``origin``, for one
        that knows none of the functions."""
        self.refuse_stranger(profile, origin)
        return self.join(profile)

    def refuse_stranger(self, profile: Profile, origin: str) -> None:
        """Raises ConfigError, with ``origin``, for a profile that knows none of the functions."""
        if profile.samples and not self._knows(profile):
            raise ConfigError(
                f"{origin}: a profile of another program: none of its functions is in the "
                "packages that are checked"
            )

    def join(self, profile: Profile) -> Joined:
        """What each sample belongs to."""
        moved: set[str] = set()
        found = [self._attributed(sample, moved) for sample in profile.samples]
        return Joined(tuple(one for one in found if one is not None), len(moved))

    def _knows(self, profile: Profile) -> bool:
        names = {frame.function for sample in profile.samples for frame in sample.stack}
        return any(_key(name) in self._known for name in names)

    def _attributed(self, sample: Sample, moved: set[str]) -> Attribution | None:
        stack = [self._as_now(frame, moved) for frame in own_stack(sample)]
        if not stack:
            return None
        places = tuple(map(_place, stack))
        matching = [
            (len(wanted), number)
            for wanted, number in self._by_line.get(places[0], ())
            if places[: len(wanted)] == wanted
        ]
        if matching:
            most = max(length for length, _ in matching)
            numbers = [number for length, number in matching if length == most]
            return Attribution(sample, self._decided(numbers, sample))
        return self._elsewhere(sample, stack)

    def _elsewhere(self, sample: Sample, stack: Sequence[Frame]) -> Attribution:
        inner = None
        for frame in stack:
            if self._is_own(frame):
                name = folded_name(frame.function)
                line = MeasuredLine(
                    name, self._file(frame), frame.line, sample.objects, sample.bytes, inner
                )
                at = _place(frame)
                called = self._calls.get((at, inner)) or self._calls.get((at, "")) if inner else ()
                return Attribution(sample, tuple(called or ()), line)
            if not is_runtime(frame):
                # The outermost of them is what the own line calls.
                inner = folded_name(frame.function)
        return Attribution(sample)

    def _is_own(self, frame: Frame) -> bool:
        package = package_of(frame.function)
        if package == COMMAND:
            return _key(frame.function) in self._known
        return package in self._packages

    def _file(self, frame: Frame) -> str:
        at = self._starts.get(folded_name(frame.function))
        same = at is not None and _base(at.file) == _base(frame.file)
        return at.file if at is not None and same else frame.file

    def _as_now(self, frame: Frame, moved: set[str]) -> Frame:
        """The frame with the line that it has in the code as it is."""
        at = self._starts.get(folded_name(frame.function))
        if at is None or not frame.start_line or frame.start_line == at.line:
            return frame
        moved.add(frame.function)
        return evolve(frame, line=frame.line - frame.start_line + at.line)

    def _decided(self, numbers: Sequence[int], sample: Sample) -> tuple[int, ...]:
        """Those of the findings of one line whose objects have the sample's size."""
        told = [n for n in numbers if self._shown[n].quiet is not Quiet.RETOLD] or list(numbers)
        if len(told) == 1:
            return tuple(told)
        size = round(sample.bytes / sample.objects)
        exact = [n for n in told if self._shown[n].finding.size_class == size]
        open_ = [n for n in told if self._shown[n].finding.size_class is None]
        return tuple(exact or open_ or told)


def measured(report: Report, joined: Iterable[Joined]) -> Report:
    """The report with what the profiles counted, added up."""
    counts: dict[tuple[int, ...], _Count] = defaultdict(_Count)
    lines: dict[tuple[str, str, int, str | None], _Count] = defaultdict(_Count)
    total = _Count()
    for attribution in (one for every in joined for one in every.attributions):
        total.add(attribution.sample)
        line = attribution.line
        if attribution.findings:
            counts[attribution.findings].add(attribution.sample)
        if line is not None:
            lines[line.function, line.file, line.line, line.callee].add(attribution.sample)
    of: dict[int, list[tuple[_Count, bool]]] = defaultdict(list)
    for numbers, count in counts.items():
        for number in numbers:
            of[number].append((count, len(numbers) > 1))
    shown = tuple(
        evolve(one, measured=_sum(of[number])) if number in of else one
        for number, one in enumerate(report.shown)
    )
    told = [
        MeasuredLine(function, file, line, count.objects, count.bytes, callee)
        for (function, file, line, callee), count in lines.items()
    ]
    told.sort(key=lambda one: (-one.bytes, one.file, one.line, one.callee or ""))
    measurement = Measurement(
        total.objects,
        total.bytes,
        tuple(one for one in told if one.callee is None),
        tuple(one for one in told if one.callee is not None),
    )
    return evolve(report, shown=shown, measurement=measurement)


def _sum(counts: Sequence[tuple[_Count, bool]]) -> Measured:
    return Measured(
        sum(count.objects for count, _ in counts),
        sum(count.bytes for count, _ in counts),
        any(shared for _, shared in counts),
    )


def _may_measure(one: Shown) -> bool:
    finding = one.finding
    if finding.allocates is Allocates.NEVER or finding.code is Code.CONTRACT_NOALLOC:
        return False
    return finding.code.speaks_of_heap


def _places(finding: Finding) -> tuple[Place, ...]:
    """The stack down to the finding's own function: one finding speaks for every copy of it."""
    frames = [Frame(one.function, one.file, one.line) for one in finding.stack]
    while frames and is_runtime(frames[0]) and len(frames) > 1:
        del frames[0]
    places = []
    for frame in frames:
        places.append(_place(frame))
        if frame.function == finding.function and frame.file == finding.span.file:
            break
    return tuple(places)


def _place(frame: Frame) -> Place:
    if frame.function.endswith(".init"):
        return (frame.function, "", frame.line)
    return (package_of(frame.function), _base(frame.file), frame.line)


def _base(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2]


def _key(function: str) -> str:
    return function_key(function, COMMAND)
