"""``--format github``: lines that GitHub Actions reads as they are meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.cli.render.github import command, render
from golsp_mem.cli.render.sources import Sources
from golsp_mem.model import Position, Severity
from tests.cli.builders import broken, finding, report


@pytest.mark.parametrize(
    ("properties", "message", "line"),
    [
        ({"file": "a.go", "line": 1}, "m", "::notice file=a.go,line=1::m\n"),
        ({"file": "a.go", "col": None}, "m", "::notice file=a.go::m\n"),
        ({"file": "a,b:c%.go"}, "m", "::notice file=a%2Cb%3Ac%25.go::m\n"),
        ({"file": "a\r\nb"}, "m", "::notice file=a%0D%0Ab::m\n"),
        (
            {"title": "t"},
            "100%\r\n::error::x, y: z",
            "::notice title=t::100%25%0D%0A::error::x, y: z\n",
        ),
    ],
)
def test_escaping(properties: dict[str, str | int | None], message: str, line: str) -> None:
    assert command("notice", properties, message) == line


@given(st.text(), st.text())
def test_one_command_is_one_line(value: str, message: str) -> None:
    line = command("notice", {"file": value}, message)
    assert line.endswith("\n")
    assert "\n" not in line[:-1]
    assert "\r" not in line
    name, written, escaped = line[2:-1].split("::", 1)[0], *line[2:-1].split("::", 1)
    assert name.startswith("notice file=")
    back = escaped.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert back == message
    assert "," not in written


def test_a_finding_within_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a.go"
    file.write_text('s := "日" + t\n', encoding="utf-8")
    made = report(
        finding(str(file), (1, 6, 1, 15), bytes=8),
        directory=tmp_path,
        severity=Severity.WARNING,
    )
    [line] = render(made, Sources(), None)
    assert line == (
        "::warning file=a.go,line=1,endLine=1,col=6,endColumn=13,title=heap-variable::"
        "x is moved to the heap (always, 8 B)\n"
    )


def test_a_finding_over_lines_has_no_columns() -> None:
    [line] = render(report(finding(at=(3, 2, 5, 1))), Sources(), None)
    assert line.startswith("::notice file=blocks.go,line=3,endLine=5,title=heap-variable::")


def test_known_findings_are_not_annotated() -> None:
    assert list(render(report(finding(), known=True), Sources(), None)) == []


def test_packages_that_do_not_build_are_errors() -> None:
    at = Position("/w/bad/bad.go", 3, 5)
    [line] = render(report(failed=(broken(at=at),)), Sources(), None)
    expected = (
        "::error file=bad/bad.go,line=3,title=example.com/m/bad does not build::undefined: y\n"
    )
    assert line == expected


def test_files_are_named_from_the_checkout(tmp_path: Path) -> None:
    below = tmp_path / "sub"
    below.mkdir()
    made = report(finding(str(below / "a.go")), directory=below)
    [line] = render(made, Sources(), str(tmp_path))
    assert line.startswith("::notice file=sub/a.go,")
    [line] = render(made, Sources(), "/elsewhere")
    assert line.startswith("::notice file=a.go,")
