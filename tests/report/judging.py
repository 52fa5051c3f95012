"""Real Go files with hand-made findings in them, and what the gate makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.analysis.heap.identity import numbered
from golsp_mem.config import Settings
from golsp_mem.model import (
    Analysis,
    Code,
    Finding,
    FunctionFacts,
    GoVersion,
    PackageAnalysis,
    PackageStatus,
    Span,
)
from golsp_mem.report.model import Configuration
from golsp_mem.report.policy.judge import Judged, judged
from golsp_mem.source.directives import is_generated, may_have_directives

GO = GoVersion("go1.26.8", "linux", "amd64", "/usr/local/go", "/usr/local/go/bin/go")
LINUX = Configuration("go1.26.8", "linux", "amd64")
WINDOWS = Configuration("go1.26.8", "windows", "amd64")


def found(path: Path, needle: str, code: Code = Code.HEAP_NEW, **fields: object) -> Finding:
    """A finding on the first occurrence of a piece of a file."""
    text = path.read_text()
    start = text.index(needle)
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    values = {
        "package": "example.com/m",
        "function": "example.com/m.F",
        "message": f"{needle} is allocated on the heap",
        "subject": needle,
        **fields,
    }
    span = Span(str(path), line, column, line, column + len(needle))
    return Finding(code=code, span=span, **values)  # type: ignore[arg-type]


def analysed(
    files: Iterable[Path],
    *findings: Finding,
    import_path: str = "example.com/m",
    functions: tuple[FunctionFacts, ...] = (),
) -> PackageAnalysis:
    """A package of these files, marked as the engine marks them."""
    paths = list(files)
    return PackageAnalysis(
        import_path,
        str(paths[0].parent),
        PackageStatus.OK,
        files=tuple(map(str, paths)),
        findings=tuple(numbered(findings)),
        functions=functions,
        marked=tuple(str(path) for path in paths if may_have_directives(path.read_bytes())),
        generated=tuple(str(path) for path in paths if is_generated(path.read_bytes())),
    )


def judge(
    *packages: PackageAnalysis, settings: Settings | None = None, with_never: bool = False
) -> Judged:
    """One run's packages under judgement."""
    analysis = Analysis(GO, packages, seconds=1.0)
    directory = Path(packages[0].directory)
    [made] = judged(
        [(LINUX, analysis)], settings or Settings(), directory, SourceCache(), with_never=with_never
    )
    return made


def told(made: Judged) -> list[tuple[str, str]]:
    """Code and severity of what people are told, in order."""
    return [(one.finding.code, one.severity) for one in made.report.for_people]
