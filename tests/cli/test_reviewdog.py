"""The formats that reviewdog reads, read by reviewdog."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from golsp_mem.cli.render.ci import checkstyle, rdjsonl
from golsp_mem.cli.render.sarif import document as sarif
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.model import Severity
from golsp_mem.report.model import Report
from tests.cli.builders import finding
from tests.cli.rendering import broken, report_of, shown
from tests.cli.reviewdog import reviewdog_binary

pytestmark = pytest.mark.slow

HOSTILE = 'a "b" <c> \x1b[1m 日本 \u202e %s &amp; @octocat'
SHOWN = r'a "b" <c> \x1b[1m 日本 \u202e %s &amp; @octocat (always)'


@pytest.fixture
def report(tmp_path: Path) -> Report:
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    for name in ("a.go", "日 本.go"):
        (tmp_path / name).write_text('package m\nvar s = "日本" + t\n', encoding="utf-8")
    plus = finding(str(tmp_path / "a.go"), (2, 18, 2, 19), bytes=8)
    odd = finding(str(tmp_path / "日 本.go"), (2, 9, 2, 17), message=HOSTILE)
    return report_of(
        shown(plus, Severity.ERROR),
        shown(odd, Severity.WARNING),
        directory=tmp_path,
        failed=(broken("no Go files"),),
    )


def read(made: Report, chunks: Iterable[str], format_: str, reporter: str = "rdjson") -> str:
    done = subprocess.run(
        [reviewdog_binary(), f"-f={format_}", f"-reporter={reporter}", "-filter-mode=nofilter",
         "-diff=git diff"],
        cwd=made.directory,
        input="".join(chunks),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def diagnostics(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["diagnostics"]
    return found


def test_rdjsonl_is_read_whole(report: Report) -> None:
    lines = list(rdjsonl.render(report, SourceTexts()))
    assert diagnostics(read(report, lines, "rdjsonl")) == [json.loads(line) for line in lines]
    assert read(report, lines, "rdjsonl", "local").splitlines() == [
        "go.mod:1: error[build-error]: example.com/m/bad does not build: no Go files",
        "a.go:2:18: error[heap-variable]: x is moved to the heap (always, 8 B)",
        f"日 本.go:2:9: warning[heap-variable]: {SHOWN}",
    ]


def test_a_name_that_is_not_utf8_is_read(tmp_path: Path, report: Report) -> None:
    odd = finding(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.go"))
    made = report_of(shown(odd), directory=tmp_path)
    [one] = diagnostics(read(made, rdjsonl.render(made, SourceTexts()), "rdjsonl"))
    assert one["location"]["path"] == "\ufffd.go"


def test_checkstyle(report: Report) -> None:
    found = diagnostics(read(report, checkstyle.render(report, SourceTexts()), "checkstyle"))
    assert [
        (one["location"]["path"], one["message"], one["severity"], one["code"]["value"])
        for one in found
    ] == [
        ("go.mod", "example.com/m/bad does not build: no Go files", "ERROR",
         "golsp-mem.build-error"),
        ("a.go", "x is moved to the heap (always, 8 B)", "ERROR", "golsp-mem.heap-variable"),
        ("日 本.go", SHOWN, "WARNING", "golsp-mem.heap-variable"),
    ]  # fmt: skip


def test_sarif(report: Report) -> None:
    found = diagnostics(read(report, sarif.render(report, SourceTexts()), "sarif"))
    # reviewdog passes columns on as they are: here they are characters.
    assert [
        (one["location"], one["message"], one["severity"], one["code"]["value"]) for one in found
    ] == [
        (
            {
                "path": "a.go",
                "range": {"start": {"line": 2, "column": 14}, "end": {"line": 2, "column": 15}},
            },
            "x is moved to the heap (always, 8 B)",
            "ERROR",
            "heap-variable",
        ),
        (
            {
                "path": "日 本.go",
                "range": {"start": {"line": 2, "column": 9}, "end": {"line": 2, "column": 13}},
            },
            SHOWN,
            "WARNING",
            "heap-variable",
        ),
    ]
