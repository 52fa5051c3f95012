"""``--format sarif`` against the published schema, and what the schema cannot see."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.cli.render.sarif import render
from golsp_mem.cli.render.sources import Sources
from golsp_mem.cli.report import Report
from golsp_mem.model import Allocates, Code, Position, Severity, StackFrame, Step
from tests.cli.builders import broken, finding, report

# SARIF 2.1.0-rtm.5, as the npm package @microsoft/jest-sarif 1.0.0-beta.0 (MIT) carries it.
SCHEMA_FILE = Path(__file__).parent / "data" / "sarif-2.1.0-rtm.5.json"


@cache
def validator() -> jsonschema.Draft4Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(
        schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )


def run_of(made: Report) -> dict[str, Any]:
    log = json.loads("".join(render(made, Sources())))
    validator().validate(log)
    [run] = log["runs"]
    return run  # type: ignore[no-any-return]


def test_a_full_finding(tmp_path: Path) -> None:
    file = tmp_path / "a b" / "é.go"
    file.parent.mkdir()
    file.write_text('package m\nvar s = "日本" + t\n', encoding="utf-8")
    one = finding(
        str(file),
        (2, 9, 2, 21),
        code=Code.HEAP_CONCAT,
        bytes=40,
        size_class=48,
        stack=(StackFrame("p.Callee", "/go/p/p.go", 7), StackFrame("m.F", str(file), 2)),
        reason=(Step("flow: x", Position(str(file), 2, 9)), Step("no place")),
    )
    run = run_of(report(one, directory=tmp_path, severity=Severity.WARNING))
    [result] = run["results"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == tmp_path.as_uri() + "/"
    assert result["ruleId"] == "heap-concat"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "heap-concat"
    assert (result["level"], result["kind"]) == ("warning", "fail")
    assert result["message"]["text"] == ("x is moved to the heap (always, 40 B -> size class 48 B)")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "a%20b/%C3%A9.go", "uriBaseId": "%SRCROOT%"},
                # 12 bytes are 8 characters: the two in quotes take three bytes each.
                "region": {"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 17},
            }
        }
    ]
    frames = result["stacks"][0]["frames"]
    assert frames[0]["location"]["logicalLocations"] == [{"fullyQualifiedName": "p.Callee"}]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == ["flow: x", "no place"]
    assert result["partialFingerprints"] == {"golspMem/v1": "f1"}
    assert result["properties"]["sizeClass"] == 48


@pytest.mark.parametrize(
    ("severity", "allocates", "level", "kind"),
    [
        (Severity.HINT, Allocates.ALWAYS, "note", "fail"),
        (Severity.INFORMATION, Allocates.CONDITIONAL, "note", "fail"),
        (Severity.WARNING, Allocates.ALWAYS, "warning", "fail"),
        (Severity.ERROR, Allocates.ALWAYS, "error", "fail"),
        (Severity.ERROR, Allocates.NEVER, "none", "informational"),
    ],
)
def test_levels(severity: Severity, allocates: Allocates, level: str, kind: str) -> None:
    [result] = run_of(report(finding(allocates=allocates), severity=severity))["results"]
    assert (result["level"], result["kind"]) == (level, kind)


def test_every_code_is_a_described_rule() -> None:
    rules = run_of(report())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(Code)
    assert all(rule["shortDescription"]["text"].endswith(".") for rule in rules)


def test_packages_that_do_not_build_fail_the_invocation() -> None:
    at = Position("/w/bad/bad.go", 3, 5)
    [invocation] = run_of(report(failed=(broken(at=at),)))["invocations"]
    assert invocation["executionSuccessful"] is False
    [notification] = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "example.com/m/bad: undefined: y"
    place = notification["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "bad/bad.go"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("interface{} holds it", "interface{{}} holds it (always)"),
        ("{0}", "{{0}} (always)"),
        ("handlers[name](w)", "handlers\\[name](w) (always)"),
        ("[]byte(s)", "[]byte(s) (always)"),
        ("a\x1b[1m", "a\\x1b[1m (always)"),
    ],
)
def test_text_of_the_program_makes_no_placeholder_and_no_link(message: str, text: str) -> None:
    [result] = run_of(report(finding(message=message)))["results"]
    assert result["message"]["text"] == text


def test_places_outside_the_directory_are_absolute() -> None:
    [result] = run_of(report(finding("/go/src/a b.go")))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///go/src/a%20b.go"}


def test_names_that_are_not_utf8() -> None:
    [result] = run_of(report(finding(os.fsdecode(b"/w/\xff.go"))))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact["uri"] == "%FF.go"


def test_the_baseline_state_is_told() -> None:
    assert run_of(report(finding(), known=True))["results"][0]["baselineState"] == "unchanged"
    assert run_of(report(finding(), known=False))["results"][0]["baselineState"] == "new"


@given(st.text(), st.text(), st.sampled_from(list(Code)), st.integers(1, 9), st.integers(0, 9))
def test_any_text_makes_a_valid_log(
    message: str, function: str, code: Code, line: int, column: int
) -> None:
    one = finding(
        at=(line, column, line, column + 1), message=message, function=function, code=code
    )
    assert len(run_of(report(one))["results"]) == 1
