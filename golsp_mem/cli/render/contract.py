"""``--format json``: the interface that other programs rely on, schema 1.

Fields are only ever added. ``baseline_state`` (``"new"`` or ``"unchanged"``) is there when
a baseline was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from golsp_mem import __version__
from golsp_mem.cli.render.jsons import dumps
from golsp_mem.cli.render.paths import Place
from golsp_mem.cli.report import Report, Shown
from golsp_mem.model import StackFrame, Step

SCHEMA = 1


def render(report: Report) -> Iterator[str]:
    """One JSON object; each package and each finding is a line of its own."""
    place = Place(report.directory)
    go = report.analysis.go
    head = {
        "schema": SCHEMA,
        "tool": {"name": "golsp-mem", "version": __version__},
        "go": {"version": go.version, "goos": go.goos, "goarch": go.goarch},
    }
    summary = {
        "findings": len(report.shown),
        "allocations": report.allocations,
        "packages": len(report.analysis.packages),
        "seconds": round(report.analysis.seconds, 3),
    }
    packages = (
        {"import_path": package.import_path, "status": package.status, "error": package.error}
        for package in report.analysis.packages
    )
    yield dumps(head)[:-1]
    yield from _array("packages", packages)
    yield from _array("findings", (_finding(shown, place) for shown in report.shown))
    yield f',\n"summary": {dumps(summary)}}}\n'


def _array(name: str, entries: Iterable[Mapping[str, object]]) -> Iterator[str]:
    yield f',\n"{name}": ['
    separator = "\n  "
    for entry in entries:
        yield separator + dumps(entry)
        separator = ",\n  "
    yield "]"


def _finding(shown: Shown, place: Place) -> Mapping[str, object]:
    finding, span = shown.finding, shown.finding.span
    state = {} if shown.known is None else {"baseline_state": baseline_state(shown)}
    return {
        "code": finding.code,
        "severity": shown.severity,
        "file": place.show(span.file),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "package": finding.package,
        "function": finding.function,
        "message": finding.message,
        "allocates": finding.allocates,
        "condition": finding.condition,
        "type": finding.type,
        "bytes": finding.bytes,
        "size_class": finding.size_class,
        "runtime_call": finding.runtime_call,
        "stack": [_frame(frame, place) for frame in finding.stack],
        "reason": [_step(step, place) for step in finding.reason],
        "fingerprint": finding.fingerprint,
        **state,
    }


def baseline_state(shown: Shown) -> str:
    """The word of SARIF 2.1.0 (section 3.27.24), in both formats."""
    return "unchanged" if shown.known else "new"


def _frame(frame: StackFrame, place: Place) -> Mapping[str, object]:
    return {"function": frame.function, "file": place.show(frame.file), "line": frame.line}


def _step(step: Step, place: Place) -> Mapping[str, object]:
    at = step.position
    return {
        "text": step.text,
        "file": place.show(at.file) if at else None,
        "line": at.line if at else None,
        "column": at.column if at else None,
    }
