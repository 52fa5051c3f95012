"""``--format json``: the interface that other programs rely on, schema 1.

Fields are only ever added. `golsp_mem.report.json.reader` reads it back, so it holds all that a
report does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import asdict

from golsp_mem import __version__
from golsp_mem.model import InlinedHere, StackFrame, Step, Uncompiled
from golsp_mem.report.json.before_after import BenchmarkChange
from golsp_mem.report.json.jsons import dumps
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import (
    BenchmarkPart,
    BenchmarkResult,
    CheckedPackage,
    Gone,
    MeasuredLine,
    Measurement,
    Quiet,
    Report,
    Shown,
    StackGrowth,
)

SCHEMA = 1

Json = Mapping[str, object]


def render(report: Report, *, compared: Sequence[BenchmarkChange] | None = None) -> Iterator[str]:
    """One JSON object; each package and each finding is a line of its own. ``compared`` are
    benchmarks before and after."""
    place = PathBase(report.directory)
    first = report.configuration
    head = {
        "schema": SCHEMA,
        "tool": {"name": "golsp-mem", "version": __version__},
        "go": {
            "version": first.go,
            "goos": first.goos,
            "goarch": first.goarch,
            **({"tags": list(first.tags)} if first.tags else {}),
            **({"build": list(first.build)} if first.build else {}),
        },
        "configurations": [one.as_json() for one in report.configurations],
        **({"all": True} if report.everything else {}),
        **({"part": asdict(report.part)} if report.part is not None else {}),
    }
    quiet = {str(why): count for why in Quiet if (count := report.silenced(why))}
    summary = {
        "findings": len(report.shown),
        "allocations": report.allocations,
        "shown": len(report.shown) - sum(quiet.values()),
        "quiet": quiet,
        "packages": len(report.packages),
        "seconds": round(report.seconds, 3),
        "suppressed": report.left.suppressed,
        "excluded": report.left.excluded,
        **({"unselected": report.left.unselected} if report.left.unselected else {}),
        **({"uncompiled": len(report.uncompiled)} if report.uncompiled else {}),
    }
    yield dumps(head)[:-1]
    if report.compared:
        yield f',\n"base": {dumps(report.base)}'
        yield from _array("gone", map(_gone, report.gone))
        if report.uncompared:
            yield from _array("uncompared", map(asdict, report.uncompared))
    yield from _array("packages", (_package(package, place) for package in report.packages))
    yield from _array("findings", (finding_json(shown, place) for shown in report.shown))
    if report.measurement is not None:
        yield from _measurement(report.measurement, place)
    if report.stack_growth is not None:
        yield f',\n"stack_growth": {dumps(_stack_growth(report.stack_growth, place))}'
    if compared is not None:
        yield from _array("against", (_benchmark_change(one, place) for one in compared))
    yield f',\n"summary": {dumps(summary)}}}\n'


def _measurement(measurement: Measurement, place: PathBase) -> Iterator[str]:
    unmatched = {
        "objects": sum(one.objects for one in measurement.unmatched),
        "bytes": sum(one.bytes for one in measurement.unmatched),
        "lines": [_measured_line(one, place) for one in measurement.unmatched],
    }
    total = {"objects": measurement.objects, "bytes": measurement.bytes}
    yield f',\n"measured": {dumps(total)}'
    yield f',\n"unmatched": {dumps(unmatched)}'
    yield from _array("calls", (_measured_line(one, place) for one in measurement.calls))
    if measurement.benchmarks is not None:
        yield from _array("benchmarks", (_benchmark(one, place) for one in measurement.benchmarks))


def _stack_growth(growth: StackGrowth, place: PathBase) -> Json:
    return {
        "nanoseconds": growth.nanoseconds,
        "growing_nanoseconds": growth.growing_nanoseconds,
        "places": [
            {
                "function": one.function,
                "entry": one.entry,
                "nanoseconds": one.nanoseconds,
                "file": place.show(one.position.file) if one.position else None,
                "line": one.position.line if one.position else None,
                "frame_bytes": one.frame_bytes,
            }
            for one in growth.places
        ],
    }


def _benchmark(one: BenchmarkResult, place: PathBase) -> Json:
    return {
        "name": one.name,
        "package": one.package,
        "rounds": one.rounds,
        "allocs_per_op": one.allocs_per_op,
        "bytes_per_op": one.bytes_per_op,
        "lines": [_benchmark_part(part, place) for part in one.parts],
    }


def _benchmark_part(part: BenchmarkPart, place: PathBase) -> Json:
    return {
        "fingerprint": part.fingerprint,
        "file": place.show(part.file) if part.file else None,
        "line": part.line,
        "objects_per_op": part.objects,
        "bytes_per_op": part.bytes,
        "callee": part.callee,
        "shared": part.shared,
    }


def _benchmark_change(one: BenchmarkChange, place: PathBase) -> Json:
    return {
        "name": one.name,
        "before": _figures(one.before),
        "after": _figures(one.after),
        "appeared": [
            _benchmark_part(part.after, place)
            for part in one.parts
            if part.before is None and part.after is not None
        ],
        "vanished": [
            _benchmark_part(part.before, place)
            for part in one.parts
            if part.after is None and part.before is not None
        ],
        "changed": [
            {"from": _benchmark_part(part.before, place), "to": _benchmark_part(part.after, place)}
            for part in one.parts
            if part.before is not None and part.after is not None and (part.objects or part.bytes)
        ],
    }


def _figures(one: BenchmarkResult | None) -> Json | None:
    if one is None:
        return None
    return {"allocs_per_op": one.allocs_per_op, "bytes_per_op": one.bytes_per_op}


def _measured_line(one: MeasuredLine, place: PathBase) -> Json:
    return {
        "function": one.function,
        "file": place.show(one.file),
        "line": one.line,
        "callee": one.callee,
        "objects": one.objects,
        "bytes": one.bytes,
    }


def _array(name: str, entries: Iterable[Json]) -> Iterator[str]:
    yield f',\n"{name}": ['
    separator = "\n  "
    for entry in entries:
        yield separator + dumps(entry)
        separator = ",\n  "
    yield "]"


def _gone(gone: Gone) -> Json:
    return {
        "code": gone.code,
        "package": gone.package,
        "function": gone.function,
        "fingerprint": gone.fingerprint,
        "explained_by": gone.explained_by,
    }


def _package(package: CheckedPackage, place: PathBase) -> Json:
    plain = {
        "import_path": package.import_path,
        "status": package.status,
        "error": package.error,
        **({"unparsed": package.unparsed} if package.unparsed else {}),
        **({"impossible": package.impossible} if package.impossible else {}),
        **(
            {"inlined": [_inlined(one, place) for one in package.inlined]}
            if package.inlined
            else {}
        ),
        **(
            {"uncompiled": [_uncompiled(one, place) for one in package.uncompiled]}
            if package.uncompiled
            else {}
        ),
        **({"instantiates": list(package.instantiates)} if package.instantiates else {}),
    }
    if not package.errors:
        return plain
    errors = [
        {
            "text": error.text,
            "file": place.show(error.position.file) if error.position else None,
            "line": error.position.line if error.position else None,
            "column": error.position.column if error.position else None,
        }
        for error in package.errors
    ]
    return {**plain, "errors": errors}


def _inlined(one: InlinedHere, place: PathBase) -> Json:
    """What shards need of each other: how often a function of another package was inlined, and in
    how many of these copies its lines allocate."""
    return {
        "function": one.function,
        "copies": one.copies,
        "allocating": [
            {"file": place.show(seen.file), "line": seen.line, "family": seen.family,
             "copies": seen.copies}
            for seen in one.allocating
        ],
    }  # fmt: skip


def _uncompiled(one: Uncompiled, place: PathBase) -> Json:
    return {"function": one.function, "file": place.show(one.file), "line": one.line}


def finding_json(shown: Shown, place: PathBase) -> Json:
    """A finding as every JSON of ours has it."""
    finding, span = shown.finding, shown.finding.span
    added: dict[str, object] = {}
    if finding.as_written is not finding.allocates:
        added["as_written"] = finding.as_written
    if finding.exceeds is not None:
        added["exceeds"] = finding.exceeds
    if finding.stays_in_tests:
        added["stays_in_tests"] = finding.stays_in_tests
    if shown.state is not None:
        added["baseline_state"] = shown.state
    if shown.explained_by is not None:
        added["explained_by"] = shown.explained_by
    if shown.configurations:
        added["configurations"] = list(shown.configurations)
    if shown.cold:
        added["cold"] = True
    if shown.quiet is not None:
        added["quiet"] = shown.quiet
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
        "subject": finding.subject,
        "callee": finding.callee,
        "path": finding.execution.path,
        "loop_depth": finding.execution.loop_depth,
        "loop_bound": finding.execution.bound,
        "called": {
            "places": finding.execution.called,
            "in_loops": finding.execution.called_in_loops,
        },
        "fate": finding.fate.kind if finding.fate else None,
        "passed_to": finding.fate.to if finding.fate else None,
        "rank": shown.rank,
        "measured": shown.measured.as_json() if shown.measured else None,
        **added,
    }


def _frame(frame: StackFrame, place: PathBase) -> Json:
    return {"function": frame.function, "file": place.show(frame.file), "line": frame.line}


def _step(step: Step, place: PathBase) -> Json:
    at = step.position
    return {
        "text": step.text,
        "file": place.show(at.file) if at else None,
        "line": at.line if at else None,
        "column": at.column if at else None,
    }
