"""``--format rdjsonl``: Reviewdog Diagnostic Format, one diagnostic a line.

The message ``Diagnostic`` of github.com/reviewdog/reviewdog, proto/rdf/reviewdog.proto: columns
are 1-based UTF-8 bytes and ends are exclusive, as ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from golsp_mem.advice.links import home, href
from golsp_mem.cli.render.printable import printable
from golsp_mem.cli.render.sentence import sentence
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.build_errors import CODE, failures
from golsp_mem.cli.render.terminal.ranking import level
from golsp_mem.model import Position, Severity, Span
from golsp_mem.report.json.jsons import dumps, utf8
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.model import Report, Shown

Json = Mapping[str, object]
Numbers = Mapping[str, int]

_SEVERITIES = {
    Severity.HINT: "INFO",
    Severity.INFORMATION: "INFO",
    Severity.WARNING: "WARNING",
    Severity.ERROR: "ERROR",
}


def render(report: Report, _sources: SourceTexts) -> Iterator[str]:
    """A line for each error of a package that does not build and for each new finding.

    Paths are relative to the directory of the run, where reviewdog is to run too.
    """
    place = PathBase(report.directory)
    for failure in failures(report):
        at = failure.at
        yield _line(
            message=failure.message,
            path=place.show(at.file),
            range_={"start": _position(at)} if at.line > 0 else None,
            severity="ERROR",
            code={"value": CODE},
        )
    for shown in report.fresh:
        yield _finding(shown, place)


def _finding(shown: Shown, place: PathBase) -> str:
    finding = shown.finding
    address = href(finding.code.value)
    return _line(
        message=sentence(shown),
        path=place.show(finding.span.file),
        range_=_range(finding.span),
        severity=_SEVERITIES[level(shown)],
        code={"value": finding.code.value, **({"url": address} if address else {})},
    )


def _line(
    *, message: str, path: str, range_: Mapping[str, Numbers] | None, severity: str, code: Json
) -> str:
    location: dict[str, object] = {"path": utf8(path)}
    if range_ is not None:
        location["range"] = range_
    start = (range_ or {}).get("start", {})
    where = ":".join([printable(path), *map(str, start.values())])
    diagnostic = {
        "message": message,
        "location": location,
        "severity": severity,
        "source": _source(),
        "code": code,
        # What reviewdog prints where it runs locally; else that is the whole line of JSON.
        "original_output": f"{where}: {severity.lower()}[{code['value']}]: {message}",
    }
    return dumps(diagnostic) + "\n"


def _range(span: Span) -> Mapping[str, Numbers]:
    if not span.column:  # without columns at both ends, the range is of whole lines
        return {"start": {"line": span.line}, "end": {"line": span.end_line}}
    end = {"line": span.end_line, "column": span.end_column}
    return {"start": _position(span.start), "end": end}


def _position(at: Position) -> Numbers:
    return {"line": at.line} | ({"column": at.column} if at.column else {})


def _source() -> Json:
    address = home()
    return {"name": "golsp-mem", **({"url": address} if address else {})}
