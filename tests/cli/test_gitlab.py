"""``--format gitlab``: a Code Quality report that GitLab takes whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.cli.render.ci.gitlab import render
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.model import Allocates, Code, Position, Severity
from golsp_mem.report.model import Report, State
from tests.cli.builders import finding
from tests.cli.rendering import HOSTILE, NAMES, broken, report_of, shown

# The table of docs.gitlab.com/ci/testing/code_quality, section Code Quality report format:
# every field is required, and nothing else is read.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def entries_of(made: Report, workspace: str | None = None) -> list[dict[str, Any]]:
    text = "".join(render(made, SourceTexts(), workspace))
    entries: list[dict[str, Any]] = json.loads(text.encode())
    jsonschema.validate(entries, SCHEMA)
    return entries


def test_a_finding() -> None:
    one = shown(finding(at=(3, 2, 5, 1), bytes=40, size_class=48), Severity.WARNING)
    assert entries_of(report_of(one)) == [
        {
            "description": "x is moved to the heap (always, 40 B -> size class 48 B)",
            "check_name": "heap-variable",
            "fingerprint": "f1",
            "severity": "major",
            "location": {"path": "blocks.go", "lines": {"begin": 3, "end": 5}},
        }
    ]


def test_no_findings_are_an_empty_array() -> None:
    assert entries_of(report_of()) == []
    assert entries_of(report_of(shown(state=State.UNCHANGED), compared=True)) == []


@pytest.mark.parametrize(
    ("severity", "fields", "expected"),
    [
        (Severity.HINT, {}, "info"),
        (Severity.INFORMATION, {}, "minor"),
        (Severity.WARNING, {}, "major"),
        (Severity.ERROR, {}, "critical"),
        (Severity.ERROR, {"explained_by": "go1.26.8 -> go1.27.3"}, "info"),
    ],
)
def test_severities(severity: Severity, fields: dict[str, str], expected: str) -> None:
    [entry] = entries_of(report_of(shown(None, severity, **fields)))
    assert entry["severity"] == expected


def test_a_verdict_never_is_information() -> None:
    one = shown(finding(allocates=Allocates.NEVER), Severity.ERROR)
    assert entries_of(report_of(one))[0]["severity"] == "info"


def test_packages_that_do_not_build_block() -> None:
    at = Position("/w/bad/bad.go", 3, 5)
    made = report_of(failed=(broken(at=at), broken("no Go files", path="example.com/m/empty")))
    one, other = entries_of(made)
    assert one["description"] == "example.com/m/bad does not build: undefined: y"
    assert (one["severity"], one["check_name"]) == ("blocker", "build-error")
    assert one["location"] == {"path": "bad/bad.go", "lines": {"begin": 3}}
    # GitLab drops what has no file.
    assert other["location"] == {"path": "go.mod", "lines": {"begin": 1}}


def test_paths_start_at_the_repository(tmp_path: Path) -> None:
    below = tmp_path / "sub"
    below.mkdir()
    made = report_of(shown(finding(str(below / "a.go"))), directory=below)
    assert entries_of(made, str(tmp_path))[0]["location"]["path"] == "sub/a.go"
    (tmp_path / ".git").mkdir()
    assert entries_of(made)[0]["location"]["path"] == "sub/a.go"


def test_a_name_that_is_not_utf8_is_still_json_for_strict_readers() -> None:
    [entry] = entries_of(report_of(shown(finding(os.fsdecode(b"/w/\xff.go")))))
    assert entry["location"]["path"] == "\ufffd.go"


@given(
    st.lists(
        st.tuples(NAMES, HOSTILE, st.sampled_from(["f1", "f2", ""]), st.sampled_from(list(Code))),
        max_size=12,
    ),
    st.lists(HOSTILE, max_size=3),
)
def test_nothing_is_dropped(findings: list[tuple[str, str, str, Code]], errors: list[str]) -> None:
    made = report_of(
        *(
            shown(finding(f"/w/{name}", message=text, fingerprint=fingerprint, code=code))
            for name, text, fingerprint, code in findings
        ),
        failed=tuple(broken(text) for text in errors),
    )
    entries = entries_of(made)
    assert len(entries) == len(findings) + len(errors)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    read = [entry for entry in entries if entry["check_name"] != "build-error"]
    assert [entry["location"]["path"] for entry in read] == [name for name, *_ in findings]


def test_fingerprints_do_not_change_with_lines() -> None:
    def fingerprints(line: int) -> list[str]:
        twins = (shown(finding(at=(line + number, 1, line + number, 2))) for number in range(3))
        return [entry["fingerprint"] for entry in entries_of(report_of(*twins))]

    assert fingerprints(3) == fingerprints(30)
