"""Several reports as one: the shards of a run, or one run for several configurations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from operator import attrgetter
from typing import TypeVar

from attrs import evolve, frozen

from golsp_mem.analysis.callers import copies_by_function, judged
from golsp_mem.errors import ConfigError
from golsp_mem.model import BuildError, InlinedHere, PackageStatus, Uncompiled
from golsp_mem.report.comparing.baseline import titles
from golsp_mem.report.model import (
    CheckedPackage,
    Configuration,
    Gone,
    Left,
    Report,
    Shown,
    Uncompared,
)
from golsp_mem.report.ranking import unranked

T = TypeVar("T")


def joined(reports: Sequence[Report]) -> Report:
    """One report of one or more: those of equal configurations are shards of each other, what
    they make is laid together. Raises ConfigError as the two functions below do."""
    alike: dict[tuple[Configuration, ...], list[Report]] = {}
    for report in map(unranked, reports):
        alike.setdefault(report.configurations, []).append(report)
    whole = [joined_shards(shards) for shards in alike.values()]
    return whole[0] if len(whole) == 1 else joined_configurations(whole)


def joined_shards(reports: Sequence[Report]) -> Report:
    """The report of the run that these reports (one or more) are shards of; ``seconds`` is their
    sum.

    A package that is in several with equal content counts once, but what was left out of it is
    only known for each report: a report counts there unless all its packages were in earlier
    ones. Raises ConfigError when a package differs, or what the reports were made with.
    """
    first = reports[0]
    for other in reports[1:]:
        if other.configurations != first.configurations:
            raise ConfigError(
                f"shards of one run are made with the same: here are "
                f"{titles(first.configurations)} and {titles(other.configurations)}"
            )
    _same_kind(reports)
    contents: dict[str, _Content] = {}
    left = Left()
    for report in reports:
        mine = _contents(report)
        if not contents or mine.keys() - contents.keys():
            left = left.plus(report.left)
        for path, content in mine.items():
            if contents.setdefault(path, content) != content:
                raise ConfigError(
                    f"{path} is in two results that differ; merge results of the same code, "
                    "each package checked once"
                )
    ordered = [contents[path] for path in sorted(contents)]
    packages = tuple(one.package for one in ordered if one.package is not None)
    copies = copies_by_function((one.import_path, one.inlined) for one in packages)
    return evolve(
        first,
        packages=packages,
        shown=tuple(
            evolve(shown, finding=judged(shown.finding, copies))
            for one in ordered
            for shown in one.shown
        ),
        seconds=sum(report.seconds for report in reports),
        gone=tuple(gone for one in ordered for gone in one.gone),
        left=left,
        uncompared=_uncompared(reports),
        part=None,
        files=_files(reports),
    )


@frozen
class _Content:
    """What one report says of one package; None where it only names findings of it."""

    package: CheckedPackage | None
    shown: tuple[Shown, ...]
    gone: tuple[Gone, ...]


def _contents(report: Report) -> dict[str, _Content]:
    packages = {package.import_path: package for package in report.packages}
    shown: dict[str, list[Shown]] = defaultdict(list)
    for one in report.shown:
        shown[one.finding.package].append(one)
    gone: dict[str, list[Gone]] = defaultdict(list)
    for missed in report.gone:
        gone[missed.package].append(missed)
    return {
        path: _Content(packages.get(path), tuple(shown[path]), tuple(gone[path]))
        for path in {**packages, **shown, **gone}
    }


def joined_configurations(reports: Sequence[Report]) -> Report:
    """One report of several (one or more) on the same code for different configurations.

    Findings that read the same become one, the n-th with the n-th, and name the configurations
    that have them unless all do. A package failed where it failed in one of them; what not all
    of them say of it names who does. ``seconds`` is the sum; of what was left out, the most that
    one configuration left out. Raises ConfigError when one name stands for two configurations.
    """
    if len(reports) == 1:
        return reports[0]
    _same_kind(reports)
    configurations = tuple(one for report in reports for one in report.configurations)
    names = [one.name for one in configurations]
    for name, count in Counter(names).items():
        if count > 1:
            alike = [one for one in configurations if one.name == name]
            raise ConfigError(f"these results cannot be told apart by {name}: {titles(alike)}")
    return evolve(
        reports[0],
        configurations=configurations,
        packages=_packages(reports, names),
        shown=_shown(reports, names),
        seconds=sum(report.seconds for report in reports),
        gone=tuple(sorted(_most(report.gone for report in reports), key=attrgetter("package"))),
        left=Left(
            max(report.left.suppressed for report in reports),
            max(report.left.excluded for report in reports),
        ),
        uncompared=_uncompared(reports),
        part=None,
        files=_files(reports),
    )


def _uncompared(reports: Sequence[Report]) -> tuple[Uncompared, ...]:
    """What one of them could not look at is not known of all; the first says why."""
    first: dict[str, Uncompared] = {}
    for report in reports:
        for one in report.uncompared:
            first.setdefault(one.import_path, one)
    return tuple(sorted(first.values()))


def _files(reports: Sequence[Report]) -> frozenset[str] | None:
    known = [report.files for report in reports if report.files is not None]
    return frozenset[str]().union(*known) if len(known) == len(reports) else None


def _packages(reports: Sequence[Report], names: Sequence[str]) -> tuple[CheckedPackage, ...]:
    failed: set[str] = set()
    unparsed: dict[str, int] = defaultdict(int)
    impossible: dict[str, dict[str, None]] = defaultdict(dict)
    errors: dict[str, dict[BuildError, list[str]]] = defaultdict(dict)
    inlined: dict[str, tuple[InlinedHere, ...]] = {}
    uncompiled: dict[str, dict[Uncompiled, None]] = {}
    instantiates: dict[str, dict[str, None]] = defaultdict(dict)
    for report in reports:
        mine = [one.name for one in report.configurations]
        for package in report.packages:
            if package.status is PackageStatus.FAILED:
                failed.add(package.import_path)
            unparsed[package.import_path] += package.unparsed
            if package.inlined:
                inlined.setdefault(package.import_path, package.inlined)
            # One of them may have code of it. A package that does not build says nothing of it.
            if package.status is PackageStatus.OK:
                here = dict.fromkeys(package.uncompiled)
                before = uncompiled.setdefault(package.import_path, here)
                uncompiled[package.import_path] = {one: None for one in before if one in here}
            instantiates[package.import_path] |= dict.fromkeys(package.instantiates)
            impossible[package.import_path] |= dict.fromkeys(package.impossible)
            said = errors[package.import_path]
            for error in dict.fromkeys(package.errors):
                said.setdefault(error, []).extend(mine)
    return tuple(
        CheckedPackage(
            path,
            PackageStatus.FAILED if path in failed else PackageStatus.OK,
            tuple(
                error if len(who) == len(names) else _said_by(error, who)
                for error, who in errors[path].items()
            ),
            unparsed[path],
            tuple(impossible[path]),
            inlined.get(path, ()),
            tuple(uncompiled.get(path, ())),
            tuple(instantiates[path]),
        )
        for path in sorted(errors)
    )


def _said_by(error: BuildError, who: Iterable[str]) -> BuildError:
    # Behind the text: before it is the place, which formats with a field for it cut off.
    return evolve(error, text=f"{error.text} [{', '.join(who)}]")


def _shown(reports: Sequence[Report], names: Sequence[str]) -> tuple[Shown, ...]:
    found: dict[Hashable, tuple[Shown, list[str]]] = {}
    for report in reports:
        everywhere = [one.name for one in report.configurations]
        seen: Counter[Hashable] = Counter()
        for shown in report.shown:
            reads = _reads(shown)
            # Of one report, the same for two of its configurations is not the same twice.
            who = (reads, shown.configurations)
            seen[who] += 1
            _, having = found.setdefault((reads, seen[who]), (shown, []))
            having.extend(shown.configurations or everywhere)
    made = [evolve(shown, configurations=_named(having, names)) for shown, having in found.values()]
    return tuple(sorted(made, key=lambda one: one.finding.sort_key))


def _named(having: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    return () if len(having) == len(names) else tuple(name for name in names if name in having)


def _reads(shown: Shown) -> Hashable:
    finding = shown.finding
    return (
        finding.fingerprint, finding.package, finding.code, finding.span, finding.message,
        finding.allocates, finding.condition, finding.as_written, finding.bytes,
        finding.size_class, finding.exceeds,
        shown.severity, shown.state, shown.explained_by, shown.quiet,
    )  # fmt: skip


def _most(groups: Iterable[Sequence[Gone]]) -> list[Gone]:
    """Each entry as often as the group that has most of it."""
    most: Counter[Gone] = Counter()
    for group in groups:
        most |= Counter(group)
    return list(most.elements())


def _same_kind(reports: Sequence[Report]) -> None:
    """Raises ConfigError for reports that answer different questions."""
    first = reports[0]
    for other in reports[1:]:
        if other.everything != first.everything:
            raise ConfigError("some of these results were made with --all and some without it")
        if (other.compared, other.base) != (first.compared, first.base):
            raise ConfigError(
                f"these results were compared with different bases: {_base(first)} and "
                f"{_base(other)}"
            )


def _base(report: Report) -> str:
    if not report.compared:
        return "none"
    return report.base or "a baseline"
