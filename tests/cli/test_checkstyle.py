"""``--format checkstyle``: read back with an XML parser."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from golsp_mem.cli.render.ci.checkstyle import render
from golsp_mem.cli.render.ci.xmls import safe
from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.model import Position, Severity
from golsp_mem.report.model import Report, State
from tests.cli.builders import finding
from tests.cli.rendering import HOSTILE, NAMES, broken, report_of, shown


def root_of(made: Report) -> ET.Element:
    root = ET.fromstring("".join(render(made, SourceTexts())).encode())
    assert root.tag == "checkstyle"
    for file in root:
        assert (file.tag, list(file.attrib)) == ("file", ["name"])
        for error in file:
            assert error.tag == "error"
            assert {"line", "severity", "message", "source"} <= set(error.attrib)
            assert int(error.attrib["line"]) >= 1
            assert int(error.attrib.get("column", 1)) >= 1
    return root


def test_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "a.go"
    file.write_text('s := "日" + t\n', encoding="utf-8")
    # The plus is the byte 12, the character 10.
    one = shown(finding(str(file), (1, 12, 1, 13), bytes=8), Severity.WARNING)
    [element] = root_of(report_of(one, directory=tmp_path))
    assert element.attrib["name"] == "a.go"
    assert element[0].attrib == {
        "line": "1",
        "column": "10",
        "severity": "warning",
        "message": "x is moved to the heap (always, 8 B)",
        "source": "golsp-mem.heap-variable",
    }


def test_one_element_a_file() -> None:
    a, b = finding("/w/a.go"), finding("/w/b.go")
    again = finding("/w/a.go", package="example.com/m_test")
    root = root_of(report_of(shown(a), shown(b), shown(again)))
    assert [(file.attrib["name"], len(file)) for file in root] == [("a.go", 2), ("b.go", 1)]


def test_known_findings_are_left_out() -> None:
    assert len(root_of(report_of(shown(state=State.UNCHANGED), compared=True))) == 0


@pytest.mark.parametrize(
    ("severity", "fields", "expected"),
    [
        (Severity.HINT, {}, "info"),
        (Severity.INFORMATION, {}, "info"),
        (Severity.WARNING, {}, "warning"),
        (Severity.ERROR, {}, "error"),
        (Severity.ERROR, {"explained_by": "go1.26.8 -> go1.27.3"}, "info"),
    ],
)
def test_severities(severity: Severity, fields: dict[str, str], expected: str) -> None:
    [file] = root_of(report_of(shown(None, severity, **fields)))
    assert file[0].attrib["severity"] == expected


def test_packages_that_do_not_build_are_errors() -> None:
    failed = (broken(at=Position("/w/bad/bad.go", 3, 5)), broken("no Go files"))
    placed, unplaced = root_of(report_of(failed=failed))
    assert placed.attrib["name"] == "bad/bad.go"
    assert placed[0].attrib["severity"] == "error"
    assert placed[0].attrib["message"] == "example.com/m/bad does not build: undefined: y"
    assert unplaced.attrib["name"] == "go.mod"


@given(NAMES, HOSTILE, HOSTILE)
def test_any_text_is_read_back(name: str, text: str, error: str) -> None:
    one = shown(finding(f"/w/{name}", message=text))
    root = root_of(report_of(one, failed=(broken(error),)))
    failed, found = root
    assert found.attrib["name"] == safe(name)
    assert found[0].attrib["message"] == safe(one_line(f"{text} (always)"))
    told = one_line(f"example.com/m/bad does not build: {error}")
    assert failed[0].attrib["message"] == safe(told)
