"""What one run reports: findings with their severities and what a team has decided of them.

A report stands for itself, so that one that was read from JSON, or joined from several, is as
good as one that was just made.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from attrs import field, frozen

from golsp_mem.model import (
    Allocates,
    BuildError,
    Finding,
    InlinedHere,
    PackageStatus,
    Position,
    Severity,
    Uncompiled,
)


class State(StrEnum):
    """How a finding stands to what was compared with; the words of SARIF 2.1.0 (3.27.24)."""

    NEW = "new"
    UNCHANGED = "unchanged"


class Quiet(StrEnum):
    """Why a finding is for programs only."""

    BOOKKEEPING = "bookkeeping"
    FOREIGN = "foreign"
    GENERATED = "generated"
    RETOLD = "retold"


@frozen(order=True)
class Configuration:
    """What was compiled for: ``go`` as ``go env GOVERSION`` prints it, ``tests``: with
    ``_test.go`` files; ``build`` as `GoVersion.build`."""

    go: str
    goos: str
    goarch: str
    tags: tuple[str, ...] = ()
    tests: bool = False
    build: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``linux/amd64``, or ``linux/amd64:netgo+purego`` with build tags."""
        return f"{self.goos}/{self.goarch}" + (f":{'+'.join(self.tags)}" if self.tags else "")

    def as_json(self) -> Mapping[str, object]:
        """The configuration as JSON reports and baselines have it."""
        return {
            "go": self.go,
            "goos": self.goos,
            "goarch": self.goarch,
            "tags": list(self.tags),
            "tests": self.tests,
            **({"build": list(self.build)} if self.build else {}),
        }

    @property
    def title(self) -> str:
        """``go1.26.8 linux/amd64``, as people read it."""
        return f"{self.go} {self.name}"


@frozen
class CheckedPackage:
    """One package of a run. ``errors`` are empty when it built; ``unparsed``, ``impossible`` and
    the rest are those of `PackageAnalysis`."""

    import_path: str
    status: PackageStatus
    errors: tuple[BuildError, ...] = ()
    unparsed: int = 0
    impossible: tuple[str, ...] = ()
    inlined: tuple[InlinedHere, ...] = ()
    uncompiled: tuple[Uncompiled, ...] = ()
    instantiates: tuple[str, ...] = ()

    @property
    def error(self) -> str | None:
        """The first error in one line, None when the package built."""
        return self.errors[0].text if self.errors else None


@frozen
class Measured:
    """What a profile counted at a finding's place. ``shared``: together with other findings of the
    same line, which the size of the objects does not tell apart."""

    objects: int
    bytes: int
    shared: bool = False

    def as_json(self) -> Mapping[str, object]:
        """As JSON reports have it."""
        return {"objects": self.objects, "bytes": self.bytes, "shared": self.shared}


@frozen
class MeasuredLine:
    """What a profile counted at a line that no finding speaks of: in ``callee``, which was called
    there, or (None) by the line itself."""

    function: str
    file: str
    line: int
    objects: int
    bytes: int
    callee: str | None = None


@frozen
class BenchmarkPart:
    """What one line takes in one operation. ``fingerprint`` is the finding's, None where a called
    function allocates (``callee``), or where nothing is known of the rest (``file`` empty).
    ``shared``: with other findings of the line, or with other lines whose objects are tiny."""

    file: str
    line: int
    objects: int
    bytes: int
    fingerprint: str | None = None
    callee: str | None = None
    shared: bool = False


@frozen
class BenchmarkResult:
    """``allocs_per_op`` and ``bytes_per_op`` are what Go printed; the parts sum to them."""

    name: str
    package: str
    rounds: int
    allocs_per_op: int
    bytes_per_op: int
    parts: tuple[BenchmarkPart, ...]


@frozen
class Measurement:
    """What all profiles of a report counted. ``unmatched`` are lines of the checked packages that
    allocate and have no finding, ``calls`` what called functions of other packages took,
    ``benchmarks`` what operations took where benchmarks were run."""

    objects: int = 0
    bytes: int = 0
    unmatched: tuple[MeasuredLine, ...] = ()
    calls: tuple[MeasuredLine, ...] = ()
    benchmarks: tuple[BenchmarkResult, ...] | None = None


@frozen
class GrowthPlace:
    """Where stacks grew: ``function`` (as linked) asked for room, in goroutines that began with
    ``entry``. ``position`` and ``frame_bytes`` are None for functions that were not checked."""

    function: str
    entry: str
    nanoseconds: int
    position: Position | None = None
    frame_bytes: int | None = None


@frozen
class StackGrowth:
    """What CPU profiles say: all their time, that in which stacks grew, and where, the most
    first."""

    nanoseconds: int
    growing_nanoseconds: int
    places: tuple[GrowthPlace, ...] = ()

    @property
    def share(self) -> float:
        """Of all time, from 0 to 1."""
        return self.growing_nanoseconds / self.nanoseconds if self.nanoseconds else 0.0


@frozen
class Shown:
    """A finding as reports list it.

    ``state`` is None where nothing was compared; ``explained_by`` says what besides the code
    explains that it is new (another Go release, target or build tag). ``configurations`` names
    those that have the finding, empty when all of the run have it. ``quiet``: the runtime keeps
    its own books with it, it stands in another package's file (whose generic code or method was
    compiled here), nobody wrote the file by hand, or another finding says all of it (a
    broken contract names the allocation that breaks it). ``rank`` is the place in the order of what
    is worth looking at (`golsp_mem.report.ranking`), 1 the first; 0 where nobody ranked it.
    ``cold``: its line runs seldom, and the settings say that this makes it quiet. ``unasked``: it
    is told because a profile measured it, and no gate looks at it.
    """

    finding: Finding
    severity: Severity
    state: State | None = None
    explained_by: str | None = None
    configurations: tuple[str, ...] = ()
    quiet: Quiet | None = None
    rank: int = 0
    cold: bool = False
    measured: Measured | None = None
    unasked: bool = False

    @property
    def fresh(self) -> bool:
        """Whether people are told of it: nothing accepted it before."""
        return self.state is not State.UNCHANGED

    @property
    def counts(self) -> bool:
        """Whether ``--fail-on`` looks at it: the code is why it is there, and it allocates."""
        return (
            self.fresh
            and not self.cold
            and not self.unasked
            and self.explained_by is None
            and self.finding.allocates is not Allocates.NEVER
        )


@frozen
class Left:
    """How many findings a report leaves out: comments suppress them, options exclude files, or
    only some were asked for (``unselected``), or nothing ran there while it was measured
    (``unmeasured``)."""

    suppressed: int = 0
    excluded: int = 0
    unselected: int = 0
    unmeasured: int = 0

    def plus(self, other: Left) -> Left:
        return Left(
            self.suppressed + other.suppressed,
            self.excluded + other.excluded,
            self.unselected + other.unselected,
            self.unmeasured + other.unmeasured,
        )


@frozen(order=True)
class Gone:
    """An accepted or earlier finding that is no longer there; ``explained_by`` as in `Shown`."""

    package: str
    function: str
    code: str
    fingerprint: str
    explained_by: str | None = None


@frozen(order=True)
class Uncompared:
    """A package that builds now and could not be looked at in the base; ``error`` is the first
    of Go's there, in one line."""

    import_path: str
    error: str


@frozen
class Part:
    """Which part of a run a report is, and what all parts of that run share.

    ``number`` counts from 1 to ``total``. ``code`` and ``settings`` are digests: of the packages
    that were listed with their sizes (the split depends on nothing else), and of what changes
    what is reported. ``commit`` is None outside git, ``base`` the commit that was compared with;
    ``tool`` is the version of golsp-mem.
    """

    number: int
    total: int
    code: str
    settings: str
    commit: str | None
    base: str | None
    tool: str


@frozen
class Report:
    """One run, ready to be rendered; ``shown`` in report order.

    ``everything``: bookkeeping and generated files are for people too. ``compared``: with a
    baseline or an earlier revision, named by ``base``; ``uncompared`` are the packages that the
    base says nothing of. ``part`` is None for a whole run. ``files`` are the Go files of its
    packages, None where they are not known (a report that was read from JSON).
    """

    configurations: tuple[Configuration, ...]
    directory: Path
    packages: tuple[CheckedPackage, ...]
    shown: tuple[Shown, ...] = field(repr=False)
    seconds: float = 0.0
    everything: bool = False
    compared: bool = False
    base: str | None = None
    gone: tuple[Gone, ...] = ()
    left: Left = Left()
    uncompared: tuple[Uncompared, ...] = ()
    part: Part | None = None
    measurement: Measurement | None = None
    stack_growth: StackGrowth | None = None
    files: frozenset[str] | None = field(default=None, repr=False, eq=False)

    @property
    def configuration(self) -> Configuration:
        """The first configuration: that of this machine, unless others were named."""
        return self.configurations[0]

    @property
    def failed(self) -> list[CheckedPackage]:
        """The packages that do not build."""
        return [p for p in self.packages if p.status is PackageStatus.FAILED]

    @property
    def uncompiled(self) -> list[Uncompiled]:
        """The generic functions that no package of the report instantiates: of them nothing is
        known."""
        elsewhere = {name for package in self.packages for name in package.instantiates}
        every = (one for package in self.packages for one in package.uncompiled)
        return [one for one in every if one.function not in elsewhere]

    @property
    def for_people(self) -> list[Shown]:
        """What a person can act on: nothing `Quiet`, unless ``everything`` was asked for."""
        return [shown for shown in self.shown if self.speaks(shown)]

    def speaks(self, shown: Shown) -> bool:
        """Whether people are told of one of the findings."""
        if shown.quiet is None:
            return True
        return self.everything and shown.quiet is not Quiet.RETOLD

    def silenced(self, why: Quiet) -> int:
        """How many findings people are not shown for that reason."""
        return sum(shown.quiet is why and not self.speaks(shown) for shown in self.shown)

    @property
    def fresh(self) -> list[Shown]:
        """The findings for people that nothing accepted."""
        return [shown for shown in self.for_people if shown.fresh]

    @property
    def allocations(self) -> int:
        """How many of the findings allocate on the heap, always or on a condition."""
        return len(counted_once(one.finding for one in self.shown if is_heap(one.finding)))

    def reaches(self, threshold: Severity) -> bool:
        """Whether a finding that counts is at or above ``threshold``."""
        return any(
            shown.counts and shown.severity.rank >= threshold.rank for shown in self.for_people
        )


def is_heap(finding: Finding) -> bool:
    """Whether the finding is a place that takes heap memory, always or on a condition."""
    return finding.code.is_heap and finding.allocates is not Allocates.NEVER


def counted_once(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of one copy of each piece of code, in their order: a literal is compiled once
    more in each function that the one around it is inlined into. The copy with the shortest name
    counts: copies are named after both functions, and more of them make nothing new."""
    said = [(_words(one), one) for one in findings]
    shortest: dict[Hashable, str] = {}
    for words, one in said:
        if len(one.function) < len(shortest.setdefault(words, one.function)):
            shortest[words] = one.function
    return [one for words, one in said if shortest[words] == one.function]


def told_once(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that `counted_once` leaves, without those that read the same all the same."""
    told: dict[Hashable, Finding] = {}
    for one in counted_once(findings):
        told.setdefault(_words(one), one)
    return list(told.values())


def _words(finding: Finding) -> Hashable:
    # What only some copies do is no difference between them.
    condition = finding.condition if finding.as_written is finding.allocates else None
    return (finding.span, finding.code, finding.message, finding.as_written, condition)
