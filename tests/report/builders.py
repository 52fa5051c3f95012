"""Hand-made reports for what takes reports: one heap finding a line, ``/w`` the directory."""

from __future__ import annotations

from pathlib import Path

from golsp_mem.model import BuildError, Code, Finding, PackageStatus, Severity, Span
from golsp_mem.report.model import CheckedPackage, Configuration, Gone, Report, Shown

LINUX = Configuration("go1.26.8", "linux", "amd64")
WINDOWS = Configuration("go1.26.8", "windows", "amd64")
NETGO = Configuration("go1.26.8", "linux", "amd64", ("netgo",))


def shown(package: str = "m", line: int = 1, **changes: object) -> Shown:
    values = {
        "code": Code.HEAP_NEW,
        "span": Span(f"/w/{package}.go", line, 2, line, 9),
        "package": package,
        "function": f"{package}.F",
        "message": "new(T)",
        "fingerprint": f"f{line}",
        **changes,
    }
    return Shown(Finding(**values), Severity.HINT)  # type: ignore[arg-type]


def report(
    *found: Shown,
    configurations: tuple[Configuration, ...] = (LINUX,),
    errors: dict[str, str] | None = None,
    packages: tuple[str, ...] = (),
    **changes: object,
) -> Report:
    said = errors or {}
    paths = sorted({one.finding.package for one in found} | said.keys() | {*packages})
    values = {
        "configurations": configurations,
        "directory": Path("/w"),
        "packages": tuple(
            CheckedPackage(path, PackageStatus.FAILED, (BuildError(said[path]),))
            if path in said
            else CheckedPackage(path, PackageStatus.OK)
            for path in paths
        ),
        "shown": tuple(sorted(found, key=lambda one: one.finding.sort_key)),
        "seconds": 1.25,
        **changes,
    }
    return Report(**values)  # type: ignore[arg-type]


def gone(package: str, fingerprint: str = "g") -> Gone:
    return Gone(package, f"{package}.F", "heap-new", fingerprint)
