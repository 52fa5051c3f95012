"""The lifetime findings of a package that was just compiled: further compiles, straight from its
plan, so only where the source gives cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from golsp_mem.analysis.lifetime.run import lifetimes
from golsp_mem.analysis.lifetime.trial import Trial
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import Finding, PackageAnalysis
from golsp_mem.source.syntax import GoFile
from golsp_mem.toolchain.live import compiler_by
from golsp_mem.toolchain.plan import Plan
from golsp_mem.toolchain.planner import Planner
from golsp_mem.toolchain.type_errors import type_errors_of


async def lifetime_findings(
    planner: Planner,
    package: PackageAnalysis,
    files: Sequence[GoFile],
    *,
    tests: bool,
    overlay: Mapping[Path, bytes],
    plan: Plan | None,
) -> Sequence[Finding]:
    """Without fingerprints, in no order. ``files`` are the package's, parsed; ``plan`` is one that
    was made for these very texts, None where ``planner`` shall know.

    Empty where the package does not build any more: somebody is writing. Raises UsageError,
    AnalysisTimeout.
    """
    compile_live = compiler_by(planner, tests=tests, plan=plan)
    type_errors = type_errors_of(planner, tests=tests, plan=plan)
    try:
        live = await compile_live(overlay)
        trial = Trial(live, compile_live, type_errors, overlay)
        found = await lifetimes(package.import_path, files, package.functions, trial)
    except (BuildFailed, GoFailed):
        return ()
    return found.findings
