"""``golsp-mem profile``: check, run, join; of the tree as it is, or of a revision."""

from __future__ import annotations

from attrs import evolve, field, frozen

from golsp_mem.analysis.engine import Engine, OnProgress
from golsp_mem.cli.analysing import Outcome, Wanted, at_revision, outcome_of
from golsp_mem.report.measured.profiling import Plan, Profiled, run_all
from golsp_mem.toolchain.benchmarks import tested_packages


@frozen
class Measured:
    """What was found, and what was measured of it."""

    outcome: Outcome = field(repr=False)
    profiled: Profiled = field(repr=False)


async def profiled(wanted: Wanted, plan: Plan, on_progress: OnProgress | None = None) -> Measured:
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
    return Measured(outcome, done)


async def profiled_at(
    wanted: Wanted, revision: str, plan: Plan, on_progress: OnProgress | None = None
) -> Measured:
    """The same of a revision. Raises as `profiled` and `at_revision` do."""
    async with at_revision(wanted, revision) as then:
        return await profiled(then, plan, on_progress)
