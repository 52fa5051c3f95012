"""All about lifetimes in one package: one compile at least, a few more where they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from golsp_mem.analysis.lifetime.ineffective import ineffective_by_comparison, without_keepalives
from golsp_mem.analysis.lifetime.missing import lifetime_report
from golsp_mem.analysis.lifetime.trial import CompileLive, confirmed
from golsp_mem.compiler.liveness import Liveness
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import Finding
from golsp_mem.source.syntax import GoFile

# Each costs a compile; a package with more of them is told of the certain ones.
_MOST_TRIALS = 8


async def proved_findings(
    package: str,
    files: Sequence[GoFile],
    live: Liveness,
    compile_live: CompileLive,
    overlay: Mapping[Path, bytes] | None = None,
) -> list[Finding]:
    """The certain findings, the doubtful ones that a trial confirmed, and the KeepAlive calls
    without which nothing changes. No fingerprints, no order.

    ``files`` are the parsed texts that ``live`` is of (``overlay`` included); ``compile_live``
    is `toolchain.live.compiler_of` for the package. Raises UsageError and AnalysisTimeout
    as that does; what cannot be tried is not reported.
    """
    report = lifetime_report(package, files, live)
    findings = list(report.findings)
    by_path = {file.path: file for file in files}
    for doubt in report.doubtful[:_MOST_TRIALS]:
        file = by_path[doubt.finding.span.file]
        found = await confirmed(doubt, file, live, compile_live, overlay)
        if found is not None:
            findings.append(found)
    plain = {Path(file.path): text for file in files
             if (text := without_keepalives(file)) is not None}  # fmt: skip
    if not plain:
        return findings
    try:
        without = await compile_live({**(overlay or {}), **plain})
    except (BuildFailed, GoFailed):
        # Texts that do not build without their KeepAlive calls, or may not be replaced: no proof.
        return findings
    return findings + ineffective_by_comparison(package, files, live, without, findings)
