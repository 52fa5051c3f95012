"""One report: packages compiled for each configuration, judged, and laid together."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from attrs import evolve, field, frozen

from golsp_mem import __version__
from golsp_mem.analysis.cache.store import default_directory
from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.analysis.engine import Engine, OnProgress
from golsp_mem.cli.kept import Built
from golsp_mem.config import Exclusion, Settings
from golsp_mem.errors import GoFailed, NotInCommit, NotInModule, UsageError
from golsp_mem.model import Analysis, BuildError, Code, Finding, PackageStatus, Position
from golsp_mem.options import Target
from golsp_mem.report.comparing.against_baseline import Examined
from golsp_mem.report.json.parts import code_digest, settings_digest
from golsp_mem.report.merge import joined
from golsp_mem.report.model import CheckedPackage, Configuration, Part, Report, Shown
from golsp_mem.report.policy.judge import judged
from golsp_mem.report.ranking import ranked
from golsp_mem.report.shards import Shard, shard_of
from golsp_mem.toolchain.go_list import Weight, list_sources, main_modules
from golsp_mem.toolchain.revisions.git import (
    Repository,
    commit_of,
    head_commit,
    merge_base,
    repository,
)
from golsp_mem.toolchain.revisions.worktree import worktree


@frozen
class RunRequest:
    """What to check: ``directory`` is absolute, ``settings`` name the configurations;
    ``accepted`` is the text of the baseline, which tells shards of different runs apart."""

    directory: Path
    patterns: tuple[str, ...]
    settings: Settings
    reasons: bool = False
    with_never: bool = False
    shard: Shard | None = None
    accepted: str | None = None


@frozen
class RunOutcome:
    """A report, what it was made of, and lines for whoever asked."""

    # asyncio prints finished tasks with their results when it restores signal handlers.
    report: Report = field(repr=False)
    examined: Examined = field(factory=Examined, repr=False)
    notes: tuple[str, ...] = ()


@frozen(eq=False)
class _Run:
    """One configuration of a run."""

    engine: Engine
    settings: Settings
    patterns: tuple[str, ...]
    # Where the go command has been asked already.
    built: Built | None = None


async def outcome_of(
    wanted: RunRequest, on_progress: OnProgress | None = None, built: Built | None = None
) -> RunOutcome:
    """Check and judge. ``built`` is of the very request, which has one configuration.

    Raises what `Engine.check` raises, ConfigError.
    """
    if built is not None:
        run = _Run(built.engine, wanted.settings, wanted.patterns, built)
        return await _outcome(wanted, [run], on_progress)
    runs = [
        _Run(Engine(settings, wanted.directory), settings, wanted.patterns)
        for settings in _targets(wanted.settings)
    ]
    if wanted.shard is None:
        return await _outcome(wanted, runs, on_progress)
    listings = [await _listed(run) for run in runs]
    outcome = await _outcome(wanted, _sharded(runs, listings, wanted.shard), on_progress)
    return await _marked(outcome, wanted, wanted.shard, listings, base=None)


async def _marked(
    outcome: RunOutcome,
    wanted: RunRequest,
    shard: Shard,
    listings: Sequence[Sequence[Weight]],
    *,
    base: str | None,
) -> RunOutcome:
    """The outcome of a shard with what tells it apart from those of other runs."""
    part = Part(
        number=shard.number,
        total=shard.total,
        code=code_digest(one for listing in listings for one in listing),
        settings=settings_digest(
            wanted.settings, str(wanted.directory), wanted.reasons, wanted.with_never,
            wanted.accepted,
        ),
        commit=await head_commit(wanted.directory),
        base=base,
        tool=__version__,
    )  # fmt: skip
    return evolve(outcome, report=evolve(outcome.report, part=part))


async def compared_outcomes(
    wanted: RunRequest, base: str, *, fork: bool, on_progress: OnProgress | None = None
) -> tuple[RunOutcome, RunOutcome]:
    """What a revision had and what the directory has now; with ``fork``, since the directory's
    commit and that branch parted.

    Raises UsageError for what is no revision, GitFailed, and what `outcome_of` raises.
    """
    repo = await repository(wanted.directory)
    commit = await (merge_base(repo, base) if fork else commit_of(repo, base))
    return await _at(wanted, repo, commit, on_progress)


async def _at(
    wanted: RunRequest, repo: Repository, commit: str, on_progress: OnProgress | None
) -> tuple[RunOutcome, RunOutcome]:
    async with contextlib.AsyncExitStack() as stack:
        try:
            place = await stack.enter_async_context(
                worktree(repo, commit, cache=default_directory())
            )
        except NotInCommit:
            now = await outcome_of(wanted, on_progress)
            return RunOutcome(evolve(now.report, packages=(), shown=(), gone=())), now
        then = _moved(wanted, repo, place)
        heads = [_Run(Engine(s, wanted.directory), s, wanted.patterns)
                 for s in _targets(wanted.settings)]  # fmt: skip
        bases = [_Run(Engine(s, place), s, wanted.patterns) for s in _targets(then.settings)]
        # What is wrong with the call is said of the tree that the user sees.
        if wanted.shard is None:
            now = await _outcome(wanted, heads, on_progress)
            return await _base(then, bases, now, on_progress), now
        listings = [await _listed(run) for run in heads]
        broken: UsageError | GoFailed | None = None
        try:
            listings += [await _listed(run, missing_is_fine=True) for run in bases]
        except (GoFailed, NotInModule) as error:
            broken = error
            listings += [[] for _ in bases]
        runs = _sharded([*heads, *bases], listings, wanted.shard)
        heads, bases = runs[: len(heads)], runs[len(heads) :]
        now = await _outcome(wanted, heads, on_progress)
        now = await _marked(now, wanted, wanted.shard, listings, base=commit)
        if broken is not None:
            return _unreadable(now, broken), now
        return await _base(then, bases, now, on_progress), now


async def _base(
    wanted: RunRequest, runs: Sequence[_Run], now: RunOutcome, on_progress: OnProgress | None
) -> RunOutcome:
    """What the base has."""
    try:
        if wanted.shard is None:
            runs = [await _existing(run) for run in runs]
        return await _outcome(wanted, runs, on_progress)
    except (GoFailed, NotInModule) as error:
        return _unreadable(now, error)


def _unreadable(now: RunOutcome, error: UsageError | GoFailed) -> RunOutcome:
    """A base where the go command fails as a whole (a go.mod that cannot be read, a replaced
    module that is not there): none of the packages can be compared."""
    failed = tuple(
        CheckedPackage(one.import_path, PackageStatus.FAILED, (BuildError(str(error)),))
        for one in now.report.packages
    )
    return RunOutcome(evolve(now.report, packages=failed, shown=(), gone=(), part=None))


async def outcome_at(
    wanted: RunRequest, revision: str, on_progress: OnProgress | None = None
) -> RunOutcome:
    """What a revision has, without looking at the directory as it is. Raises as above."""
    async with at_revision(wanted, revision) as then:
        return await outcome_of(then, on_progress)


@contextlib.asynccontextmanager
async def at_revision(wanted: RunRequest, revision: str) -> AsyncIterator[RunRequest]:
    """The same question in the tree of a revision, which is there as long as the block. Raises
    UsageError for what is no revision, NotInCommit, GitFailed."""
    repo = await repository(wanted.directory)
    commit = await commit_of(repo, revision)
    async with worktree(repo, commit, cache=default_directory()) as place:
        yield _moved(wanted, repo, place)


async def modules_of(settings: Settings, directory: Path) -> tuple[str, ...]:
    """The paths of the main modules around a directory; none where go cannot say."""
    return await main_modules(await Engine(settings, directory).toolchain(), directory)


def _moved(wanted: RunRequest, repo: Repository, place: Path) -> RunRequest:
    """The same question in another tree: excluded files keep their names in it."""
    depth = len(repo.prefix.parts)
    top = place.parents[depth - 1] if depth else place
    exclusions = []
    for one in wanted.settings.exclude:
        root = Path(os.path.realpath(one.root))
        real = Path(os.path.realpath(repo.top))
        if root.is_relative_to(real):
            root = top / root.relative_to(real)
        exclusions.append(Exclusion(str(root), one.pattern))
    settings = evolve(wanted.settings, exclude=tuple(exclusions))
    return evolve(wanted, directory=place, settings=settings)


def _targets(settings: Settings) -> list[Settings]:
    """The settings for each configuration, in their order."""
    targets = settings.configurations or (Target(),)
    made = [
        evolve(
            settings,
            goos=target.goos or settings.goos,
            goarch=target.goarch or settings.goarch,
            tags=settings.tags if target.tags is None else target.tags,
        )
        for target in targets
    ]
    names = [(one.goos, one.goarch, one.tags) for one in made]
    if len(set(names)) < len(names):
        raise UsageError("a configuration is named twice; name each target once")
    return made


async def _listed(run: _Run, *, missing_is_fine: bool = False) -> list[Weight]:
    try:
        return await list_sources(
            await run.engine.toolchain(), run.patterns, directory=run.engine.directory,
            settings=run.settings, tests=run.settings.tests,
        )  # fmt: skip
    except NotInModule:
        raise
    except UsageError:
        if missing_is_fine:
            return []
        raise


def _sharded(
    runs: Sequence[_Run], listings: Sequence[Sequence[Weight]], shard: Shard
) -> list[_Run]:
    """The same packages for all of the runs, as far as each has them."""
    mine = set(shard_of((one for listing in listings for one in listing), shard))
    return [
        evolve(run, patterns=tuple(sorted({one.import_path for one in listing} & mine)))
        for run, listing in zip(runs, listings, strict=True)
    ]


async def _existing(run: _Run) -> _Run:
    """The run with only those patterns that name something in its tree."""
    kept = []
    for pattern in run.patterns:
        if await _listed(evolve(run, patterns=(pattern,)), missing_is_fine=True):
            kept.append(pattern)  # noqa: PERF401 - awaits
    return evolve(run, patterns=tuple(kept))


async def _outcome(
    wanted: RunRequest, runs: Sequence[_Run], on_progress: OnProgress | None
) -> RunOutcome:
    analyses = []
    for run in runs:
        analysis = await run.engine.check(
            run.patterns, tests=run.settings.tests, reasons=wanted.reasons, on_progress=on_progress,
            built=run.built.listing if run.built else None,
            digests=run.built.digests if run.built else None,
        )  # fmt: skip
        go = analysis.go
        tags, tests = run.settings.tags, run.settings.tests
        made = Configuration(go.version, go.goos, go.goarch, tags, tests, go.build)
        analyses.append((made, analysis))
    named = frozenset(f for _, analysis in analyses for p in analysis.packages for f in p.files)
    sources = SourceCache(opened=named)
    verdicts = judged(
        analyses, wanted.settings, wanted.directory, sources, with_never=wanted.with_never
    )
    reports = [
        await _explained(run, one.report, wanted.reasons)
        for run, one in zip(runs, verdicts, strict=True)
    ]
    notes = [note for one in verdicts for note in one.notes]
    for _, analysis in analyses:
        notes += analysis.warnings
        unread = sum(package.unparsed for package in analysis.packages)
        if unread:
            lines = "1 line" if unread == 1 else f"{unread} lines"
            notes.append(f"{lines} of compiler output fit no known form; reasons may be missing")
        notes += [f"cannot be, please report it: {text}"
                  for package in analysis.packages for text in package.impossible[:1]]  # fmt: skip
        notes += [text for package in analysis.packages for text in package.calls_unread]
    examined = _examined([analysis for _, analysis in analyses])
    return RunOutcome(ranked(joined(reports)), examined, tuple(dict.fromkeys(notes)))


async def _explained(run: _Run, report: Report, has_reasons: bool) -> Report:
    """Broken contracts with the escape flows of what broke them."""
    packages = {one.finding.package for one in report.shown if _escapes(one.finding)}
    if has_reasons or not packages:
        return report
    analysis = await run.engine.check(sorted(packages), tests=run.settings.tests, reasons=True)
    flows = {(one.package, one.fingerprint): one.reason for one in analysis.findings}

    def told(one: Shown) -> Shown:
        breach = one.finding.breach
        if breach is None or not _escapes(one.finding):
            return one
        key = (breach.allocation.package, breach.allocation.fingerprint)
        return evolve(one, finding=evolve(one.finding, reason=flows.get(key, ())))

    return evolve(report, shown=tuple(told(one) for one in report.shown))


def _escapes(finding: Finding) -> bool:
    """Whether it is a broken promise with an escape flow behind it: calls show their chain."""
    return finding.breach is not None and finding.breach.allocation.code is not Code.HEAP_CALL


def _examined(analyses: Sequence[Analysis]) -> Examined:
    files: dict[str, dict[str, None]] = {}
    functions: dict[str, Position] = {}
    frames: dict[str, int] = {}
    for analysis in analyses:
        for package in analysis.packages:
            files.setdefault(package.import_path, {}).update(dict.fromkeys(package.files))
            for facts in package.functions:
                functions.setdefault(facts.name, Position(facts.file, facts.line))
                frames.setdefault(facts.name, facts.frame_bytes)
    return Examined({path: tuple(names) for path, names in files.items()}, functions, frames)
