"""``--format sarif`` against the published schema, and what the schema cannot see."""

from __future__ import annotations

import gzip
import json
import os
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.cli.render.sarif.document import render
from golsp_mem.cli.render.sarif.limits import GITHUB, Limits
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.model import Allocates, Code, Position, Severity, StackFrame, Step
from golsp_mem.report.model import Configuration, Report, State
from tests.cli.builders import finding
from tests.cli.rendering import HOSTILE, LINUX, NAMES, broken, report_of, shown
from tests.toolchains import WHOLE

# SARIF 2.1.0-rtm.5, as the npm package @microsoft/jest-sarif 1.0.0-beta.0 (MIT) carries it.
SCHEMA_FILE = Path(__file__).parent / "data" / "sarif-2.1.0-rtm.5.json"


@cache
def validator() -> jsonschema.Draft4Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(
        schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )


def run_of(
    made: Report, told: list[str] | None = None, limits: Limits = GITHUB, valid: bool = True
) -> dict[str, Any]:
    tell = (told if told is not None else []).append
    log = json.loads("".join(render(made, SourceTexts(), tell, limits=limits)))
    if valid:
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
    run = run_of(report_of(shown(one, Severity.WARNING), directory=tmp_path))
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
    # GitHub wants a place for each step.
    assert [step["location"]["physicalLocation"]["region"] for step in steps] == [
        {"startLine": 2, "startColumn": 9}
    ] * 2
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
    [result] = run_of(report_of(shown(finding(allocates=allocates), severity)))["results"]
    assert (result["level"], result["kind"]) == (level, kind)


def test_every_code_is_a_rule_that_explains_itself() -> None:
    rules = run_of(report_of())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(Code)
    for rule in rules:
        # Required by GitHub, and never empty (docs.github.com, "SARIF support").
        for name in ("shortDescription", "fullDescription"):
            assert 20 < len(rule[name]["text"]) <= 1024
            assert rule[name]["text"].endswith((".", ":"))
            assert "`" not in rule[name]["text"]
        assert len(rule["help"]["text"]) > len(rule["fullDescription"]["text"])
        assert len(rule["help"]["markdown"]) > 300
        assert rule["defaultConfiguration"]["level"] in {"note", "warning", "error"}
        properties = rule["properties"]
        assert properties["precision"] in {"very-high", "high", "medium", "low"}
        assert properties["problem.severity"] in {"error", "warning", "recommendation"}
        assert 1 <= len(properties["tags"]) <= 10
    named = {rule["id"]: rule for rule in rules}
    assert named["heap-boxing"]["name"] == "HeapBoxing"
    assert named["heap-boxing"]["defaultConfiguration"]["level"] == "note"
    assert named["keepalive-missing"]["defaultConfiguration"]["level"] == "warning"
    assert "`fmt`" in named["heap-boxing"]["help"]["markdown"]


def test_packages_that_do_not_build_fail_the_invocation() -> None:
    at = Position("/w/bad/bad.go", 3, 5)
    [invocation] = run_of(report_of(failed=(broken(at=at),)))["invocations"]
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
    [result] = run_of(report_of(shown(finding(message=message))))["results"]
    assert result["message"]["text"] == text


def test_places_outside_the_directory_are_absolute() -> None:
    [result] = run_of(report_of(shown(finding("/go/src/a b.go"))))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///go/src/a%20b.go"}


def test_names_that_are_not_utf8() -> None:
    [result] = run_of(report_of(shown(finding(os.fsdecode(b"/w/\xff.go")))))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact["uri"] == "%FF.go"


def test_the_baseline_state_is_told() -> None:
    made = report_of(shown(state=State.UNCHANGED), shown(state=State.NEW), compared=True)
    states = [result["baselineState"] for result in run_of(made)["results"]]
    assert states == ["unchanged", "new"]
    assert "baselineState" not in run_of(report_of(shown()))["results"][0]


def test_what_the_code_is_not_to_blame_for_is_a_note() -> None:
    one = shown(severity=Severity.ERROR, state=State.NEW, explained_by="go1.26.8 -> go1.27.3")
    [result] = run_of(report_of(one, compared=True))["results"]
    assert (result["level"], result["kind"]) == ("note", "fail")
    assert result["message"]["text"] == (
        "x is moved to the heap (always); explained by go1.26.8 -> go1.27.3, not by the code"
    )
    assert result["properties"]["explainedBy"] == "go1.26.8 -> go1.27.3"


def test_configurations_are_properties() -> None:
    arm = Configuration("go1.26.8", "linux", "arm64", ("netgo", "purego"))
    one = shown(configurations=(arm.name,))
    run = run_of(report_of(one, shown(), configurations=(LINUX, arm)))
    assert [each["name"] for each in run["properties"]["configurations"]] == [
        "linux/amd64",
        "linux/arm64:netgo+purego",
    ]
    some, all_of_them = run["results"]
    assert some["properties"]["configurations"] == ["linux/arm64:netgo+purego"]
    assert "configurations" not in all_of_them["properties"]


def test_uris_start_at_the_repository_behind_links(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    (root / "sub").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "sub" / "a.go").write_text("package sub\n")
    (tmp_path / "link").symlink_to(root / "sub")
    one = finding(str(tmp_path / "link" / "a.go"))
    run = run_of(report_of(shown(one), directory=tmp_path / "link"))
    [result] = run["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "sub/a.go", "uriBaseId": "%SRCROOT%"}
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == root.as_uri() + "/"


def cut_of(run: dict[str, Any]) -> list[str]:
    [invocation] = run["invocations"]
    return [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]


def test_of_too_many_the_most_important_are_kept_in_order() -> None:
    sizes = [8, 4096, 16, 64, 32]
    findings = [shown(finding(bytes=size, fingerprint=str(size))) for size in sizes]
    loud = shown(finding(fingerprint="loud"), Severity.ERROR)
    told: list[str] = []
    limits = Limits(results=3, locations=9, steps=9, compressed_bytes=10_000)
    run = run_of(report_of(*findings, loud), told, limits)
    kept = [result["partialFingerprints"]["golspMem/v1"] for result in run["results"]]
    assert kept == ["4096", "64", "loud"]
    [line] = told
    assert line.startswith("sarif: the 3 least important findings are left out")
    assert [f"sarif: {text}" for text in cut_of(run)] == told


def test_nothing_is_said_when_nothing_is_cut() -> None:
    told: list[str] = []
    assert cut_of(run_of(report_of(shown()), told)) == []
    assert told == []


@pytest.mark.parametrize(
    ("limit", "kept"), [(1, ["0"]), (2, ["0", "4"]), (3, ["0", "1", "4"]), (5, list("01234"))]
)
def test_long_flows_and_stacks_lose_their_middle(limit: int, kept: list[str]) -> None:
    reason = tuple(Step(str(number)) for number in range(5))
    stack = tuple(StackFrame(str(number), "/w/blocks.go", 3) for number in range(5))
    told: list[str] = []
    # The place of the finding is one of the locations.
    limits = Limits(results=9, locations=limit + 1, steps=limit, compressed_bytes=10**6)
    run = run_of(report_of(shown(finding(reason=reason, stack=stack))), told, limits)
    [result] = run["results"]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == kept
    frames = [frame["location"] for frame in result["stacks"][0]["frames"]]
    names = [frame["logicalLocations"][0]["fullyQualifiedName"] for frame in frames]
    assert names == kept
    assert len(told) == (limit < 5)


@pytest.mark.skipif(not WHOLE, reason="thirty thousand findings: GOLSP_MEM_TEST_RELEASES=all")
def test_github_limits_hold_for_a_large_report() -> None:
    # Text that gzip cannot shrink much: 30 000 findings of about 900 random bytes.
    def noise(number: int) -> str:
        return "".join(sha256(f"{number} {part}".encode()).hexdigest() for part in range(14))

    findings = [
        shown(finding(message=noise(number), bytes=number, fingerprint=str(number)))
        for number in range(30_000)
    ]
    told: list[str] = []
    text = "".join(render(report_of(*findings), SourceTexts(), told.append))
    [line] = told
    assert len(gzip.compress(text.encode(), 6)) < 10_000_000
    results = json.loads(text)["runs"][0]["results"]
    # Not smaller than need be, and the largest objects are in it.
    assert 15_000 < len(results) < 25_000
    assert line.startswith(f"sarif: the {30_000 - len(results)} least important findings")
    sizes = [result["properties"]["bytes"] for result in results]
    assert sizes == list(range(30_000 - len(results), 30_000))


@given(HOSTILE, HOSTILE, NAMES, st.sampled_from(list(Code)), st.integers(1, 9), st.integers(0, 9))
def test_any_text_makes_a_valid_log(
    message: str, function: str, name: str, code: Code, line: int, column: int
) -> None:
    one = finding(
        f"/w/{name}",
        (line, column, line, column + 1),
        message=message,
        function=function,
        code=code,
        reason=(Step(message), Step(function, Position(f"/w/{name}", line, column))),
    )
    [result] = run_of(report_of(shown(one), failed=(broken(message),)))["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert unquote(location["uri"]) == name
    assert not re.search(r"(?<!\{)\{(?:\{\{)*\d", result["message"]["text"])
