"""Hand-made findings and analyses for the renderers."""

from __future__ import annotations

from pathlib import Path

from golsp_mem.cli.report import Report, Shown
from golsp_mem.model import (
    Analysis,
    BuildError,
    Code,
    Finding,
    GoVersion,
    PackageAnalysis,
    PackageStatus,
    Position,
    Severity,
    Span,
)

GO = GoVersion("go1.26.8", "linux", "amd64", "/usr/local/go", "/usr/local/go/bin/go")


def finding(
    file: str = "/w/blocks.go",
    at: tuple[int, int, int, int] = (3, 2, 3, 3),
    code: Code = Code.HEAP_VARIABLE,
    **fields: object,
) -> Finding:
    values: dict[str, object] = {
        "package": "example.com/m",
        "function": "m.F",
        "message": "x is moved to the heap",
        "fingerprint": "f1",
        **fields,
    }
    return Finding(code=code, span=Span(file, *at), **values)  # type: ignore[arg-type]


def package(
    *findings: Finding, path: str = "example.com/m", errors: tuple[BuildError, ...] = ()
) -> PackageAnalysis:
    status = PackageStatus.FAILED if errors else PackageStatus.OK
    return PackageAnalysis(path, "/w", status, findings=findings, errors=errors)


def broken(text: str = "undefined: y", at: Position | None = None) -> PackageAnalysis:
    return package(path="example.com/m/bad", errors=(BuildError(text, at),))


def analysis(*packages: PackageAnalysis) -> Analysis:
    return Analysis(GO, packages, seconds=1.2345)


def report(
    *findings: Finding,
    directory: Path = Path("/w"),
    failed: tuple[PackageAnalysis, ...] = (),
    severity: Severity = Severity.HINT,
    known: bool | None = None,
) -> Report:
    shown = tuple(Shown(one, severity, known) for one in findings)
    return Report(
        analysis(package(*findings), *failed), directory, shown, compared=known is not None
    )
