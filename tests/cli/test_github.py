"""``--format github``: lines that GitHub Actions reads as they are meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.cli.render.ci.github import command, render
from golsp_mem.cli.render.printable import one_line, printable
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.model import Allocates, Position, Severity
from golsp_mem.report.model import Report, State
from tests.cli.builders import finding
from tests.cli.rendering import HOSTILE, NAMES, broken, report_of, shown


def lines_of(made: Report, workspace: str | None = None) -> list[str]:
    return list(render(made, SourceTexts(), workspace))


def message_of(escaped: str) -> str:
    """As actions/runner reads it (ActionCommand.cs)."""
    return escaped.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def property_of(escaped: str) -> str:
    return message_of(escaped.replace("%3A", ":").replace("%2C", ","))


def seen(name: str) -> str:
    """A name as a log may show it: line ends are the format's own affair."""
    return "".join(one if one in "\r\n" else printable(one) for one in name)


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


@given(HOSTILE, HOSTILE)
def test_one_command_is_one_line(value: str, message: str) -> None:
    line = command("notice", {"file": value}, message)
    assert line.endswith("\n")
    assert "\n" not in line[:-1]
    assert "\r" not in line
    properties, escaped = line[len("::notice ") : -1].split("::", 1)
    assert "," not in properties
    assert property_of(properties.removeprefix("file=")) == seen(value)
    assert message_of(escaped) == message


def test_a_finding_within_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a.go"
    file.write_text('s := "日" + t\n', encoding="utf-8")
    one = shown(finding(str(file), (1, 6, 1, 15), bytes=8), Severity.WARNING)
    [line] = lines_of(report_of(one, directory=tmp_path))
    assert line == (
        "::warning file=a.go,line=1,endLine=1,col=6,endColumn=13,title=heap-variable::"
        "x is moved to the heap (always, 8 B)\n"
    )


def test_a_finding_over_lines_has_no_columns() -> None:
    [line] = lines_of(report_of(shown(finding(at=(3, 2, 5, 1)))))
    assert line.startswith("::notice file=blocks.go,line=3,endLine=5,title=heap-variable::")


def test_known_findings_are_not_annotated() -> None:
    assert lines_of(report_of(shown(state=State.UNCHANGED), compared=True)) == []


def test_what_the_code_is_not_to_blame_for_is_a_notice() -> None:
    one = shown(severity=Severity.ERROR, state=State.NEW, explained_by="go1.26.8 -> go1.27.3")
    [line] = lines_of(report_of(one, compared=True))
    assert line.startswith("::notice ")
    assert line.endswith("(always); explained by go1.26.8 -> go1.27.3, not by the code\n")


def test_a_verdict_never_is_a_notice() -> None:
    one = shown(finding(allocates=Allocates.NEVER), Severity.ERROR)
    assert lines_of(report_of(one))[0].startswith("::notice ")


def test_some_configurations_are_named() -> None:
    one = shown(configurations=("linux/arm64", "windows/amd64:netgo"))
    assert lines_of(report_of(one))[0].endswith(" [linux/arm64, windows/amd64:netgo]\n")


def test_packages_that_do_not_build_are_errors() -> None:
    at = Position("/w/bad/bad.go", 3, 5)
    [line] = lines_of(report_of(failed=(broken(at=at),)))
    expected = (
        "::error file=bad/bad.go,line=3,title=example.com/m/bad does not build::undefined: y\n"
    )
    assert line == expected


def test_files_are_named_from_the_checkout(tmp_path: Path) -> None:
    below = tmp_path / "sub"
    below.mkdir()
    made = report_of(shown(finding(str(below / "a.go"))), directory=below)
    [line] = lines_of(made, str(tmp_path))
    assert line.startswith("::notice file=sub/a.go,")
    [line] = lines_of(made, "/elsewhere")
    assert line.startswith("::notice file=a.go,")


def test_no_more_than_github_shows_and_the_rest_in_one_line() -> None:
    hints = [shown(finding(message=f"hint {number}")) for number in range(11)]
    warnings = [
        shown(finding(message=f"warning {number}", bytes=number), Severity.WARNING)
        for number in range(1, 38)
    ]
    failed = tuple(broken(path=f"example.com/m/bad{number}") for number in range(12))
    lines = lines_of(report_of(*hints, *warnings, failed=failed))
    annotations = [line for line in lines if line.startswith("::")]
    kinds = [line[2:].split(" ", 1)[0] for line in annotations]
    assert kinds == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert [line for line in lines if not line.startswith("::")] == [
        (
            "golsp-mem: 2 more errors not annotated, as GitHub shows 10 a step; "
            "the job summary lists all\n"
        ),
        (
            "golsp-mem: 27 more warnings not annotated, as GitHub shows 10 a step; "
            "the job summary lists all\n"
        ),
        (
            "golsp-mem: 1 more notice not annotated, as GitHub shows 10 a step; "
            "the job summary lists all\n"
        ),
    ]
    # The largest ones, largest first.
    told = [int(m[1]) for line in annotations if (m := re.search(r"::warning (\d+) ", line))]
    assert told == list(range(37, 27, -1))


@given(NAMES, HOSTILE, st.sampled_from(list(Severity)))
def test_findings_are_read_as_they_are_meant(name: str, text: str, severity: Severity) -> None:
    one = shown(finding(f"/w/{name}", message=text), severity)
    [line] = lines_of(report_of(one, failed=()))
    head, message = line[2:].split("::", 1)
    command_name, properties = head.split(" ", 1)
    assert command_name in {"notice", "warning", "error"}
    read = dict(pair.split("=", 1) for pair in properties.split(","))
    assert property_of(read["file"]) == seen(name)
    assert read["title"] == "heap-variable"
    assert message_of(message.removesuffix("\n")) == one_line(f"{text} (always)")
