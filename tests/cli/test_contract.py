"""``--format json``: every field, in the words of the contract."""

from __future__ import annotations

import json
import os
from pathlib import Path

from golsp_mem import __version__
from golsp_mem.model import (
    Allocates,
    Code,
    Execution,
    Fate,
    FateKind,
    PathKind,
    Position,
    Severity,
    StackFrame,
    Step,
)
from golsp_mem.report.json.writer import render
from golsp_mem.report.model import Report, State
from tests.cli.builders import broken, finding, report


def parsed(made: Report) -> dict[str, object]:
    text = "".join(render(made))
    text.encode()  # UTF-8 can hold it
    value: dict[str, object] = json.loads(text)
    return value


def test_every_field() -> None:
    one = finding(
        "/w/sub/b.go",
        (3, 2, 4, 5),
        code=Code.HEAP_BOXING,
        allocates=Allocates.CONDITIONAL,
        condition="the value is 256 or above",
        type="main.T",
        bytes=40,
        size_class=48,
        runtime_call="runtime.newobject",
        stack=(StackFrame("p.Callee", "/go/p/p.go", 7), StackFrame("m.F", "/w/sub/b.go", 3)),
        reason=(Step("flow: x", Position("/w/sub/b.go", 9, 1)), Step("no place")),
        execution=Execution(PathKind.LOOP, 2, 30, called=3, called_in_loops=1),
        fate=Fate(FateKind.PASSED, "fmt.Println"),
    )
    made = report(one, failed=(broken(),), severity=Severity.WARNING)
    target = {"go": "go1.26.8", "goos": "linux", "goarch": "amd64", "tags": [], "tests": False}
    error = {"text": "undefined: y", "file": None, "line": None, "column": None}
    assert parsed(made) == {
        "schema": 1,
        "tool": {"name": "golsp-mem", "version": __version__},
        "go": {"version": "go1.26.8", "goos": "linux", "goarch": "amd64"},
        "configurations": [target],
        "packages": [
            {"import_path": "example.com/m", "status": "ok", "error": None},
            {
                "import_path": "example.com/m/bad",
                "status": "failed",
                "error": "undefined: y",
                "errors": [error],
            },
        ],
        "findings": [
            {
                "code": "heap-boxing",
                "severity": "warning",
                "file": "sub/b.go",
                "line": 3,
                "column": 2,
                "end_line": 4,
                "end_column": 5,
                "package": "example.com/m",
                "function": "m.F",
                "message": "x is moved to the heap",
                "allocates": "conditional",
                "condition": "the value is 256 or above",
                "type": "main.T",
                "bytes": 40,
                "size_class": 48,
                "runtime_call": "runtime.newobject",
                "stack": [
                    {"function": "p.Callee", "file": "/go/p/p.go", "line": 7},
                    {"function": "m.F", "file": "sub/b.go", "line": 3},
                ],
                "reason": [
                    {"text": "flow: x", "file": "sub/b.go", "line": 9, "column": 1},
                    {"text": "no place", "file": None, "line": None, "column": None},
                ],
                "fingerprint": "f1",
                "subject": None,
                "callee": None,
                "path": "loop",
                "loop_depth": 2,
                "loop_bound": 30,
                "called": {"places": 3, "in_loops": 1},
                "fate": "passed",
                "passed_to": "fmt.Println",
                "rank": 0,
                "measured": None,
            }
        ],
        "summary": {
            "findings": 1,
            "allocations": 1,
            "shown": 1,
            "quiet": {},
            "packages": 2,
            "seconds": 1.234,
            "suppressed": 0,
            "excluded": 0,
        },
    }


def test_what_is_not_known_is_null_or_empty() -> None:
    [entry] = parsed(report(finding(function="", fingerprint="")))["findings"]  # type: ignore[misc]
    assert entry["condition"] is entry["type"] is entry["bytes"] is None
    assert entry["size_class"] is entry["runtime_call"] is None
    assert entry["stack"] == entry["reason"] == []
    assert "baseline_state" not in entry


def test_nothing_found_is_an_empty_list() -> None:
    made = parsed(report())
    assert made["findings"] == []
    summary = made["summary"]
    assert isinstance(summary, dict)
    assert (summary["findings"], summary["allocations"], summary["packages"]) == (0, 0, 1)


def test_allocations_count_heap_codes_that_allocate() -> None:
    made = report(
        finding(),
        finding(allocates=Allocates.CONDITIONAL),
        finding(allocates=Allocates.NEVER),
        finding(code=Code.STACK_LIMIT),
    )
    summary = parsed(made)["summary"]
    assert isinstance(summary, dict)
    assert (summary["findings"], summary["allocations"]) == (4, 2)


def test_a_baseline_adds_a_field() -> None:
    [entry] = parsed(report(finding(), state=State.UNCHANGED))["findings"]  # type: ignore[misc]
    assert entry["baseline_state"] == "unchanged"


def test_file_names_that_are_not_utf8_still_make_json() -> None:
    name = os.fsdecode(b"/w/\xff.go")
    [entry] = parsed(report(finding(name, message="日本\udc80")))["findings"]  # type: ignore[misc]
    assert entry["file"] == os.fsdecode(b"\xff.go")


def test_each_finding_is_a_line_for_grep_and_diff() -> None:
    text = "".join(render(report(finding(), finding())))
    assert sum('"code": "heap-variable"' in line for line in text.splitlines()) == 2


def test_a_directory_behind_a_link_is_the_same_place(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    link = tmp_path / "link"
    link.symlink_to(real)
    made = report(finding(str(real / "a.go")), finding(str(link / "b.go")), directory=link)
    files = [entry["file"] for entry in parsed(made)["findings"]]  # type: ignore[attr-defined]
    assert files == ["a.go", "b.go"]


def test_generated_code_keeps_its_name() -> None:
    [entry] = parsed(report(finding("<autogenerated>")))["findings"]  # type: ignore[misc]
    assert entry["file"] == "<autogenerated>"
