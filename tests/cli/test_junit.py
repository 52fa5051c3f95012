"""``--format junit``: read back with an XML parser, in the order that Jenkins' schema wants."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from golsp_mem.cli.render.ci.junit import render
from golsp_mem.cli.render.ci.xmls import safe
from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.model import Allocates, BuildError, PackageStatus, Position, Severity, Step
from golsp_mem.report.model import CheckedPackage, Report, State
from tests.cli.builders import finding
from tests.cli.rendering import HOSTILE, NAMES, broken, report_of, shown

# What junit-10.xsd of Jenkins' xunit plugin allows: attributes by element, and children.
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors", "disabled"},
    "testsuite": {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp",
                  "hostname", "id", "package", "file", "log", "url", "version"},
    "testcase": {"name", "time", "classname", "group", "assertions", "status", "class", "file",
                 "line", "log", "url"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
}  # fmt: skip
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped"},
}


def root_of(made: Report, fail_on: Severity | None = Severity.HINT) -> ET.Element:
    root = ET.fromstring("".join(render(made, SourceTexts(), fail_on)).encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    for suite in root:
        counted = {name: len(suite.findall(f"testcase/{name}")) for name in ("failure", "error")}
        assert int(suite.attrib["tests"]) == len(suite) > 0
        assert int(suite.attrib["failures"]) == counted["failure"]
        assert int(suite.attrib["errors"]) == counted["error"]
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
        assert all(case.attrib["classname"] and case.attrib["name"] for case in suite)
    for total in ("tests", "failures", "errors"):
        assert int(root.attrib[total]) == sum(int(suite.attrib[total]) for suite in root)
    return root


def test_a_finding_is_a_test_that_fails() -> None:
    one = finding(bytes=8, reason=(Step("flow: ~r0 = &x:", Position("/w/blocks.go", 4, 9)),))
    [suite] = root_of(report_of(shown(one, Severity.WARNING)))
    assert suite.attrib["name"] == "example.com/m"
    [case] = suite
    assert case.attrib == {
        "classname": "example.com/m",
        "name": "heap-variable blocks.go:3:2",
    }
    [failure] = case
    assert failure.attrib == {
        "message": "x is moved to the heap (always, 8 B)",
        "type": "heap-variable",
    }
    assert failure.text == (
        "blocks.go:3:2: warning[heap-variable]: x is moved to the heap (always, 8 B)\n"
        "in m.F\n"
        "1. flow: ~r0 = &x:"
    )


def test_a_package_without_new_findings_passes() -> None:
    for made in (report_of(), report_of(shown(state=State.UNCHANGED), compared=True)):
        [suite] = root_of(made)
        [case] = suite
        assert (case.attrib["name"], len(case)) == ("no new findings", 0)


def test_what_does_not_count_is_skipped() -> None:
    explained = shown(state=State.NEW, explained_by="go1.26.8 -> go1.27.3")
    never = shown(finding(allocates=Allocates.NEVER))
    [suite] = root_of(report_of(explained, never))
    assert [case[0].tag for case in suite] == ["skipped", "skipped"]
    assert "go1.26.8 -> go1.27.3" in suite[0][0].attrib["message"]


@pytest.mark.parametrize(
    ("fail_on", "tags"),
    [
        (Severity.HINT, ["failure", "failure", "failure"]),
        (Severity.WARNING, ["skipped", "failure", "failure"]),
        (Severity.ERROR, ["skipped", "skipped", "failure"]),
        (None, ["skipped", "skipped", "skipped"]),
    ],
)
def test_tests_fail_where_the_check_does(fail_on: Severity | None, tags: list[str]) -> None:
    levels = (Severity.HINT, Severity.WARNING, Severity.ERROR)
    [suite] = root_of(report_of(*(shown(None, level) for level in levels)), fail_on)
    assert [case[0].tag for case in suite] == tags


def test_a_package_that_does_not_build_is_one_error() -> None:
    errors = (
        BuildError("undefined: y", Position("/w/bad/bad.go", 3, 5)),
        BuildError("too many errors"),
    )
    bad = CheckedPackage("example.com/m/bad", PackageStatus.FAILED, errors)
    good, suite = root_of(report_of(failed=(bad,)))
    assert good.attrib["errors"] == "0"
    [case] = suite
    [error] = case
    assert (case.attrib["name"], error.tag) == ("build", "error")
    assert error.attrib["message"] == "undefined: y"
    assert error.text == "bad/bad.go:3: undefined: y\ntoo many errors"


def test_findings_of_a_package_that_is_not_listed_are_not_lost() -> None:
    made = report_of(shown(finding(package="example.com/other")), failed=(broken(),))
    unlisted = Report(made.configurations, made.directory, (broken(),), made.shown)
    assert [suite.attrib["name"] for suite in root_of(unlisted)] == [
        "example.com/m/bad",
        "example.com/other",
    ]


@given(NAMES, HOSTILE, HOSTILE, HOSTILE)
def test_any_text_is_read_back(name: str, text: str, function: str, error: str) -> None:
    one = shown(finding(f"/w/{name}", message=text, function=function))
    good, bad = root_of(report_of(one, failed=(broken(error),)))
    told = safe(one_line(f"{text} (always)"))
    assert good[0].attrib["name"] == f"heap-variable {safe(name)}:3:2"
    assert good[0][0].attrib["message"] == told
    lines = (good[0][0].text or "").split("\n")
    assert lines[0] == f"{safe(name)}:3:2: hint[heap-variable]: {told}"
    assert lines[1:] == ([f"in {safe(function)}"] if function else [])
    assert bad[0][0].attrib["message"] == safe(one_line(error))
