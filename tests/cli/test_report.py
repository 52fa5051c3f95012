"""What is shown, what counts, and what a baseline accepts."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from golsp_mem.cli.baseline import Accepted, read_baseline, write_baseline
from golsp_mem.cli.report import build_report
from golsp_mem.config import Settings
from golsp_mem.errors import ConfigError, UsageError
from golsp_mem.model import Allocates, Code, Finding, Severity
from tests.cli.builders import analysis, broken, finding, package

HERE = Path("/w")


def accepted(*marks: str, where: str = "example.com/m") -> tuple[Accepted, ...]:
    return tuple(Accepted(where, "m.F", "heap-variable", mark) for mark in marks)


def test_codes_that_are_off_and_verdicts_never_are_left_out() -> None:
    settings = Settings(severity={Code.HEAP_VARIABLE: Severity.ERROR})
    made = analysis(
        package(
            finding(),
            finding(code=Code.HEAP_BOXING),
            finding(at=(9, 1, 9, 2), allocates=Allocates.NEVER),
        )
    )
    shown = build_report(made, settings, HERE).shown
    assert [(s.finding.code, s.severity) for s in shown] == [(Code.HEAP_VARIABLE, Severity.ERROR)]
    everything = build_report(made, settings, HERE, with_never=True).shown
    assert [s.finding.allocates for s in everything] == [Allocates.ALWAYS, Allocates.NEVER]


def test_the_order_is_package_file_line_column_code() -> None:
    def at(path: str, file: str, line: int, column: int, code: Code) -> Finding:
        return evolve(finding(file, (line, column, line, column + 1), code), package=path)

    wanted = [
        at("a", "/w/z.go", 9, 9, Code.HEAP_NEW),
        at("b", "/w/a.go", 2, 1, Code.HEAP_BOXING),
        at("b", "/w/a.go", 2, 1, Code.HEAP_CONCAT),
        at("b", "/w/a.go", 2, 10, Code.HEAP_APPEND),
        at("b", "/w/a.go", 10, 1, Code.HEAP_APPEND),
        at("b", "/w/b.go", 1, 1, Code.HEAP_APPEND),
    ]
    made = analysis(package(*reversed(wanted)))
    assert [s.finding for s in build_report(made, Settings(), HERE).shown] == wanted


@pytest.mark.parametrize(
    ("severity", "threshold", "reached"),
    [
        (Severity.HINT, Severity.HINT, True),
        (Severity.HINT, Severity.INFORMATION, False),
        (Severity.INFORMATION, Severity.WARNING, False),
        (Severity.WARNING, Severity.WARNING, True),
        (Severity.ERROR, Severity.WARNING, True),
        (Severity.WARNING, Severity.ERROR, False),
    ],
)
def test_thresholds(severity: Severity, threshold: Severity, reached: bool) -> None:
    settings = Settings(severity={Code.HEAP_VARIABLE: severity})
    made = build_report(analysis(package(finding())), settings, HERE)
    assert made.reaches(threshold) is reached


def test_a_verdict_never_does_not_fail_a_run() -> None:
    made = analysis(package(finding(allocates=Allocates.NEVER)))
    shown = build_report(made, Settings(), HERE, with_never=True)
    assert len(shown.shown) == 1
    assert not shown.reaches(Severity.HINT)


def test_a_baseline_accepts_as_many_as_it_counts() -> None:
    made = analysis(package(*(finding(at=(line, 1, line, 2)) for line in (1, 2, 3))))
    shown = build_report(made, Settings(), HERE, baseline=accepted("f1", "f1")).shown
    assert [s.known for s in shown] == [True, True, False]


def test_only_new_findings_fail_a_run() -> None:
    made = analysis(package(finding(fingerprint="old"), finding(fingerprint="new")))
    known = build_report(made, Settings(), HERE, baseline=accepted("old", "new"))
    assert not known.reaches(Severity.HINT)
    fresh = build_report(made, Settings(), HERE, baseline=accepted("old"))
    assert fresh.reaches(Severity.HINT)


def test_gone_entries_are_counted_where_this_run_looked() -> None:
    made = analysis(package(finding()), broken())
    baseline = (
        *accepted("f1", "gone"),
        *accepted("elsewhere", where="example.com/m/other"),
        *accepted("unbuilt", where="example.com/m/bad"),
    )
    assert build_report(made, Settings(), HERE, baseline=baseline).gone == 1


def test_a_baseline_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    findings = [
        finding(fingerprint="b"),
        finding(fingerprint="a", function="m.Ü"),
        finding(fingerprint="c", allocates=Allocates.NEVER),
    ]
    assert write_baseline(path, findings) == 2
    assert sorted(entry.fingerprint for entry in read_baseline(path)) == ["a", "b"]
    first = path.read_bytes()
    write_baseline(path, list(reversed(findings)))
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a baseline"),
        ('{"schema": 2, "accepted": []}', "not a baseline"),
        ('{"schema": 1, "accepted": [{"fingerprint": 1}]}', "entry 1 needs"),
        ('{"schema": 1, "accepted": ["f"]}', "entry 1 needs"),
    ],
)
def test_a_file_that_is_no_baseline(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=says):
        read_baseline(path)


def test_a_missing_baseline_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--write-baseline makes one"):
        read_baseline(tmp_path / "none.json")


def test_a_baseline_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        write_baseline(tmp_path / "no" / "b.json", [])
