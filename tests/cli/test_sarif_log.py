"""SARIF logs of shards, joined: the log of one run, and careful with other tools' runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from attrs import evolve

from golsp_mem.cli.render.sarif.document import render
from golsp_mem.cli.render.sarif.log import joined_logs, log_text, succeeded
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.errors import ConfigError
from golsp_mem.model import Severity
from golsp_mem.report.model import Report
from tests.report.builders import WINDOWS, report, shown

SCHEMA_FILE = Path(__file__).parent / "data" / "sarif-2.1.0-rtm.5.json"


def assert_valid_sarif(log: object) -> None:
    jsonschema.Draft4Validator(json.loads(SCHEMA_FILE.read_text("utf-8"))).validate(log)


def sarif(made: Report) -> str:
    return "".join(render(made, SourceTexts()))


def joined(*texts: str) -> str:
    logs = [(f"{number}.sarif", json.loads(text)) for number, text in enumerate(texts)]
    return "".join(log_text(joined_logs(logs)))


def test_the_logs_of_shards_make_the_log_of_the_run() -> None:
    errors = {"b": "b.go:1: no", "d": "no"}
    loud = evolve(shown("e"), severity=Severity.ERROR)
    run = report(shown("a"), shown("c"), shown("c"), loud, errors=errors)
    first = report(shown("c"), shown("c"), errors={"d": "no"})
    second = report(shown("a"), loud, errors={"b": "b.go:1: no"})
    empty = report()
    made = joined(sarif(first), sarif(empty), sarif(second))
    assert made == sarif(run)
    assert_valid_sarif(json.loads(made))


def test_one_log_stays_as_it_is() -> None:
    text = sarif(report(shown("a"), errors={"b": "no"}))
    assert joined(text) == text


def test_a_package_in_two_logs_counts_once() -> None:
    one, both = report(shown("a"), errors={"b": "no"}), report(shown("a"), errors={"b": "no"})
    assert joined(sarif(one), sarif(both)) == sarif(one)


def test_a_package_that_differs_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"^1\.sarif: a differs from another log"):
        joined(sarif(report(shown("a"))), sarif(report(shown("a", line=2))))


def test_each_configuration_keeps_a_run_of_its_own() -> None:
    linux, windows = report(shown("a")), report(shown("a"), configurations=(WINDOWS,))
    made = json.loads(joined(sarif(linux), sarif(windows), sarif(report(shown("b")))))
    assert_valid_sarif(made)
    assert [(run["properties"]["goos"], len(run["results"])) for run in made["runs"]] == [
        ("linux", 2),
        ("windows", 1),
    ]


def test_notes_on_what_was_left_out_stay() -> None:
    cut = json.loads(sarif(report(shown("a"))))
    note = {"level": "warning", "message": {"text": "5 findings are left out"}}
    cut["runs"][0]["invocations"][0]["toolExecutionNotifications"] = [note]
    made = json.loads(joined(json.dumps(cut), sarif(report(errors={"b": "no"}))))
    notes = made["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert [one["message"]["text"] for one in notes] == ["b: no", "5 findings are left out"]


def test_another_work_tree_is_the_same_run() -> None:
    other = json.loads(sarif(report(shown("b"))))
    other["runs"][0]["originalUriBaseIds"] = {"%SRCROOT%": {"uri": "file:///elsewhere/"}}
    made = joined(sarif(report(shown("a"))), json.dumps(other))
    assert made == sarif(report(shown("a"), shown("b")))


def foreign(**members: object) -> Mapping[str, Any]:
    run = {"tool": {"driver": {"name": "other"}}, "results": [{"message": {"text": "x"}}]}
    return {"version": "2.1.0", "runs": [{**run, **members}]}


def test_runs_of_other_tools_are_kept_as_they_are() -> None:
    # Their results may point into tables of their own run.
    log = foreign(artifacts=[{"location": {"uri": "a"}}])
    runs = joined_logs([("1", log), ("2", json.loads(sarif(report(shown("a"))))), ("3", log)])
    assert len(runs) == 3
    made = json.loads("".join(log_text(runs)))
    assert made["runs"][0] == made["runs"][2] == log["runs"][0]
    assert_valid_sarif(made)


@pytest.mark.parametrize(
    ("member", "success"),
    [
        ({}, True),
        ({"invocations": [{"executionSuccessful": True}]}, True),
        ({"invocations": [{"executionSuccessful": False}]}, False),
        ({"invocations": "odd"}, True),
    ],
)
def test_a_run_failed_where_it_says_so(member: Mapping[str, object], success: bool) -> None:
    assert succeeded(joined_logs([("1", foreign(**member))])) is success


def test_a_run_without_results_has_none() -> None:
    made = json.loads(joined(json.dumps(foreign(results=None))))
    assert made["runs"][0]["results"] == []


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ([], "x: not a SARIF log"),
        ({"version": "2.1.0"}, "x: not a SARIF log"),
        ({"version": "2.1.0", "runs": {}}, "x: not a SARIF log"),
        ({"version": "2.0.0", "runs": []}, "x: a SARIF log of another version than 2.1.0"),
        ({"version": "2.1.0", "runs": [1]}, r"x: runs\[0\] must be an object"),
        (foreign(results=[1]), r"x: runs\[0\]\.results must be a list of objects"),
        (foreign(results={}), r"x: runs\[0\]\.results must be a list of objects"),
    ],
)
def test_what_is_no_log_is_refused(raw: object, says: str) -> None:
    with pytest.raises(ConfigError, match=f"^{says}$"):
        joined_logs([("x", raw)])
