"""``golsp-mem profile``: check, run, join; of the tree as it is, or of a revision."""

from __future__ import annotations

from attrs import evolve, field, frozen

from golsp_mem.analysis.engine import Engine, OnProgress
from golsp_mem.cli.analysing import RunOutcome, RunRequest, at_revision, outcome_of
from golsp_mem.report.measured.profiling import BenchmarkPlan, Profiled, run_all
from golsp_mem.toolchain.benchmarks import tested_packages


@frozen
class ProfiledOutcome:
    """What was found, and what was measured of it."""

    outcome: RunOutcome = field(repr=False)
    profiled: Profiled = field(repr=False)


async def profiled(
    wanted: RunRequest, plan: BenchmarkPlan, on_progress: OnProgress | None = None
) -> ProfiledOutcome:
    """Check, run and join.

    Raises what `outcome_of` and `run_all` raise, and UsageError for patterns without tests.
    """
    plan.check()
    toolchain = await Engine(wanted.settings, wanted.directory).toolchain()
    packages = await tested_packages(
        toolchain, wanted.patterns, directory=wanted.directory, settings=wanted.settings
    )
    with_tests = evolve(wanted, settings=evolve(wanted.settings, tests=True))
    outcome = await outcome_of(with_tests, on_progress)
    done = await run_all(
        toolchain, packages, plan, outcome.report, outcome.examined.functions,
        settings=wanted.settings, on_progress=on_progress,
    )  # fmt: skip
    return ProfiledOutcome(outcome, done)


async def profiled_at(
    wanted: RunRequest, revision: str, plan: BenchmarkPlan, on_progress: OnProgress | None = None
) -> ProfiledOutcome:
    """The same of a revision. Raises as `profiled` and `at_revision` do."""
    async with at_revision(wanted, revision) as then:
        return await profiled(then, plan, on_progress)
