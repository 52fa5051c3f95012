"""``--format rdjsonl``; test_reviewdog.py has it read by reviewdog itself."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.cli.render.ci.rdjsonl import render
from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.model import Code, Position, Severity
from golsp_mem.report.model import Report, State
from tests.cli.builders import finding
from tests.cli.rendering import HOSTILE, NAMES, broken, report_of, shown


def diagnostics_of(made: Report) -> list[dict[str, Any]]:
    text = "".join(render(made, SourceTexts()))
    lines = text.encode().decode().split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


def test_a_finding() -> None:
    one = shown(finding(at=(3, 2, 4, 9), bytes=40, size_class=48), Severity.WARNING)
    [diagnostic] = diagnostics_of(report_of(one))
    assert diagnostic == {
        "message": "x is moved to the heap (always, 40 B -> size class 48 B)",
        "location": {
            "path": "blocks.go",
            "range": {"start": {"line": 3, "column": 2}, "end": {"line": 4, "column": 9}},
        },
        "severity": "WARNING",
        "source": {"name": "golsp-mem"},
        "code": {"value": "heap-variable"},
        "original_output": "blocks.go:3:2: warning[heap-variable]: "
        "x is moved to the heap (always, 40 B -> size class 48 B)",
    }


def test_without_columns_the_range_is_of_lines() -> None:
    [diagnostic] = diagnostics_of(report_of(shown(finding(at=(3, 0, 3, 0)))))
    assert diagnostic["location"]["range"] == {"start": {"line": 3}, "end": {"line": 3}}


@pytest.mark.parametrize(
    ("severity", "fields", "expected"),
    [
        (Severity.HINT, {}, "INFO"),
        (Severity.INFORMATION, {}, "INFO"),
        (Severity.WARNING, {}, "WARNING"),
        (Severity.ERROR, {}, "ERROR"),
        (Severity.ERROR, {"explained_by": "go1.26.8 -> go1.27.3"}, "INFO"),
    ],
)
def test_severities(severity: Severity, fields: dict[str, str], expected: str) -> None:
    [diagnostic] = diagnostics_of(report_of(shown(None, severity, **fields)))
    assert diagnostic["severity"] == expected


def test_packages_that_do_not_build_are_errors_and_known_findings_nothing() -> None:
    made = report_of(
        shown(state=State.UNCHANGED),
        failed=(broken(at=Position("/w/bad/bad.go", 3, 5)), broken("no Go files")),
        compared=True,
    )
    placed, unplaced = diagnostics_of(made)
    assert placed["severity"] == unplaced["severity"] == "ERROR"
    assert placed["message"] == "example.com/m/bad does not build: undefined: y"
    assert placed["location"] == {
        "path": "bad/bad.go",
        "range": {"start": {"line": 3, "column": 5}},
    }
    assert unplaced["location"]["path"] == "go.mod"


def test_a_name_that_is_not_utf8_is_still_json_for_strict_readers() -> None:
    [diagnostic] = diagnostics_of(report_of(shown(finding(os.fsdecode(b"/w/\xff.go")))))
    assert diagnostic["location"]["path"] == "\ufffd.go"


@given(st.lists(st.tuples(NAMES, HOSTILE, st.sampled_from(list(Code))), max_size=4), HOSTILE)
def test_any_text_is_read_back(findings: list[tuple[str, str, Code]], error: str) -> None:
    made = report_of(
        *(
            shown(finding(f"/w/{name}", message=text, code=code, bytes=8))
            for name, text, code in findings
        ),
        failed=(broken(error),),
    )
    failed, *read = diagnostics_of(made)
    assert failed["message"] == one_line(f"example.com/m/bad does not build: {error}")
    assert [one["location"]["path"] for one in read] == [name for name, *_ in findings]
    assert [one["code"]["value"] for one in read] == [code for *_, code in findings]
