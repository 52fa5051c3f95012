"""``golsp-mem merge``: files in, one result out, and which files it does not take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import evolve

from golsp_mem.cli.render.sarif import document as sarif
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.model import Allocates, Severity
from golsp_mem.report.comparing.baseline import Accepted, Baseline, baseline_text
from golsp_mem.report.json import writer as json_writer
from golsp_mem.report.model import Report
from golsp_mem.report.ranking import ranked
from tests.cli.runner import run
from tests.report.builders import LINUX, WINDOWS, report, shown

LOUD = evolve(shown("b"), severity=Severity.WARNING)
ONE, TWO = report(shown("a")), report(LOUD)
BOTH = ranked(evolve(report(shown("a"), LOUD), seconds=2.5))


def as_json(made: Report) -> str:
    return "".join(json_writer.render(made))


def as_sarif(made: Report) -> str:
    return "".join(sarif.render(made, SourceTexts()))


def write(directory: Path, *texts: str | bytes) -> list[str]:
    """The names of files with these texts."""
    names = [f"{number}.json" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        (directory / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return names


def test_results_of_shards_become_one_in_the_same_format(tmp_path: Path) -> None:
    names = write(tmp_path, as_json(TWO), as_json(ONE))
    done = run("merge", *names, cwd=tmp_path)
    assert (done.status, done.stdout, done.stderr) == (0, as_json(BOTH), "")


def test_the_result_can_go_to_a_file(tmp_path: Path) -> None:
    names = write(tmp_path, as_json(TWO), as_json(ONE))
    (tmp_path / "out").mkdir()
    done = run("merge", "-C", str(tmp_path), *names, "-o", "out/all.json", cwd=tmp_path.parent)
    assert (done.status, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "out" / "all.json").read_text() == as_json(BOTH)


def test_results_for_two_targets_name_them(tmp_path: Path) -> None:
    windows = report(shown("a"), shown("a", line=2), configurations=(WINDOWS,))
    done = run("merge", *write(tmp_path, as_json(ONE), as_json(windows)), cwd=tmp_path)
    made = json.loads(done.stdout)
    assert [one.get("configurations") for one in made["findings"]] == [None, ["windows/amd64"]]
    assert [one["goos"] for one in made["configurations"]] == ["linux", "windows"]


@pytest.mark.parametrize(
    ("threshold", "status"),
    [(None, 0), ("never", 0), ("error", 0), ("warning", 1), ("hint", 1)],
)
def test_the_gate_is_there_for_who_asks(tmp_path: Path, threshold: str | None, status: int) -> None:
    names = write(tmp_path, as_json(ONE), as_json(TWO))
    option = () if threshold is None else ("--fail-on", threshold)
    done = run("merge", *names, *option, cwd=tmp_path)
    assert (done.status, done.stdout) == (status, as_json(BOTH))


def test_what_did_not_build_is_told_and_fails(tmp_path: Path) -> None:
    broken = report(errors={"c": "c.go:1:1: no"})
    done = run("merge", *write(tmp_path, as_json(ONE), as_json(broken)), cwd=tmp_path)
    assert done.status == 3
    assert done.stderr == "golsp-mem: c does not build: c.go:1:1: no\n"
    assert json.loads(done.stdout)["packages"][1]["status"] == "failed"


def test_baselines_become_one(tmp_path: Path) -> None:
    one, two = Accepted("a", "a.F", "heap-new", "1"), Accepted("b", "b.F", "heap-new", "2")
    parts = [Baseline((two,), (LINUX,), {"b": "d2"}), Baseline((one,), (LINUX,), {"a": "d1"})]
    done = run("merge", *write(tmp_path, *map(baseline_text, parts)), cwd=tmp_path)
    whole = Baseline((one, two), (LINUX,), {"a": "d1", "b": "d2"})
    assert (done.status, done.stdout, done.stderr) == (0, baseline_text(whole), "")


def test_sarif_logs_become_one(tmp_path: Path) -> None:
    done = run("merge", *write(tmp_path, as_sarif(TWO), as_sarif(ONE)), cwd=tmp_path)
    assert (done.status, done.stdout, done.stderr) == (0, as_sarif(BOTH), "")


def test_a_sarif_log_of_what_did_not_build_fails(tmp_path: Path) -> None:
    broken = report(errors={"c": "no"})
    done = run("merge", *write(tmp_path, as_sarif(ONE), as_sarif(broken)), cwd=tmp_path)
    assert (done.status, done.stdout) == (3, as_sarif(report(shown("a"), errors={"c": "no"})))


def test_a_log_above_what_github_takes_says_so(tmp_path: Path) -> None:
    found = [json.loads(as_sarif(report(shown(name)))) for name in "ab"]
    for log in found:
        log["runs"][0]["results"] *= 13_000
    done = run("merge", *write(tmp_path, *map(json.dumps, found)), "-o", "x", cwd=tmp_path)
    assert done.status == 0
    assert done.stderr.startswith("golsp-mem: sarif: a run of 26000 results, GitHub takes 25000;")
    assert len(json.loads((tmp_path / "x").read_text())["runs"][0]["results"]) == 26_000


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    done = run("merge", *write(tmp_path, b"\xef\xbb\xbf" + as_json(ONE).encode()), cwd=tmp_path)
    assert (done.status, done.stdout) == (0, as_json(ranked(ONE)))


def test_verdicts_never_stay_what_only_all_shows(tmp_path: Path) -> None:
    never = report(shown("a", allocates=Allocates.NEVER), everything=True)
    done = run("merge", *write(tmp_path, as_json(never)), cwd=tmp_path)
    assert done.stdout == as_json(ranked(never))


GOOD = as_json(ONE)
NONE = "none of these: a result of check --format json, a baseline, a SARIF log"


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ((GOOD, as_sarif(ONE)), "0.json is a result of check --format json, 1.json is a SARIF log"),
        ((baseline_text(Baseline(())), GOOD), "0.json is a baseline, 1.json is a result of check"),
        ((GOOD, "{}"), f"1.json: {NONE}"),
        ((GOOD, "[1]"), f"1.json: {NONE}"),
        ((GOOD, ""), "1.json: not JSON: Expecting value at line 1, column 1"),
        ((GOOD, GOOD[:-40]), "1.json: not JSON: "),
        ((GOOD, b"\xff\xfe{"), "1.json: not UTF-8 text"),
        ((GOOD, "[" * 90_000), "1.json: JSON that is nested too deeply"),
        ((GOOD, GOOD.replace('"schema": 1', '"schema": 2')), "1.json: schema 2 is not 1"),
        ((GOOD, GOOD.replace("new(T)", "new(U)")), "a is in two results that differ"),
        ((GOOD, GOOD.replace("go1.26.8", "go1.27.3")), "cannot be told apart by linux/amd64"),
    ],
)
def test_files_that_do_not_belong_together_are_one_line(
    tmp_path: Path, texts: tuple[str | bytes, ...], says: str
) -> None:
    done = run("merge", *write(tmp_path, *texts), "-o", "out.json", cwd=tmp_path)
    assert (done.status, done.stdout) == (2, "")
    assert says in done.stderr
    assert done.stderr.startswith("golsp-mem: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Missing argument 'FILE...'"),
        (("none.json",), "cannot read none.json: No such file or directory"),
        ((".",), "cannot read .: Is a directory"),
        (("0.json", "--format", "nope"), "nope"),
        (("0.json", "-o", "none/x.json"), "cannot write none/x.json: no such directory"),
        (("0.json", "--fail-on", "loud"), "'loud' is not one of"),
        (("1.json", "--fail-on", "hint"), "--fail-on needs JSON results, 1.json is a baseline"),
        (("2.json", "--format", "json"), "--format needs JSON results, 2.json is a SARIF log"),
    ],
)
def test_a_wrong_call_is_one_line(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    write(tmp_path, GOOD, baseline_text(Baseline(())), as_sarif(ONE))
    done = run("merge", *arguments, cwd=tmp_path)
    assert (done.status, done.stdout) == (2, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
