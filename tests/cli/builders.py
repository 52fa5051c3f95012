"""Hand-made findings and analyses."""

from __future__ import annotations

from pathlib import Path

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
from golsp_mem.report.model import CheckedPackage, Configuration, Report, Shown, State

GO = GoVersion("go1.26.8", "linux", "amd64", "/usr/local/go", "/usr/local/go/bin/go")
LINUX = Configuration("go1.26.8", "linux", "amd64")


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
    state: State | None = None,
) -> Report:
    """A report of one package with these findings, and the failed ones."""
    packages = (package(*findings), *failed)
    return Report(
        (LINUX,),
        directory,
        tuple(CheckedPackage(one.import_path, one.status, one.errors) for one in packages),
        tuple(Shown(one, severity, state) for one in findings),
        seconds=1.2345,
        compared=state is not None,
    )
