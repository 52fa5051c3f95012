"""The gate from the outside: real Go, real git, the statuses that stop a merge or let it pass."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import BROKEN, GOOD, Done, check, run, write_module
from tests.toolchain.repositories import commit, git, init, worktrees

PROMISED = """\
package m

type T struct{ a, b, c int }

var Sink any

//golsp-mem:noalloc the hot path
func Hot() *T { return &T{} }
"""
ON_A_CONDITION = """\
package m

var Sink any

//golsp-mem:noalloc the hot path
func Hot(n int) { Sink = n }
"""


def document(done: Done) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def fresh(done: Done) -> list[tuple[str, str]]:
    """Code and function of what people are told of."""
    return [
        (one["code"], one["function"].rpartition(".")[2])
        for one in document(done)["findings"]
        if one.get("baseline_state") != "unchanged" and "quiet" not in one
    ]


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return write_module(tmp_path / "m", m_go=GOOD)


# ---- formats


def test_several_formats_of_one_run(module: Path) -> None:
    done = check(
        "--format", "json=out.json", "--format", "sarif=out.sarif", "--format", "junit=out.xml",
        "--format", "text", cwd=module,
    )  # fmt: skip
    assert done.status == 0, done.stderr
    assert "2 findings in 1 package" in done.stdout
    codes = [one["code"] for one in json.loads((module / "out.json").read_text())["findings"]]
    assert codes == ["heap-variable", "heap-concat"]
    [log] = json.loads((module / "out.sarif").read_text())["runs"]
    assert [one["ruleId"] for one in log["results"]] == codes
    assert (module / "out.xml").read_text().startswith("<?xml")


def test_a_format_to_a_file_leaves_stdout_empty(module: Path) -> None:
    done = check("--format", "text=out.txt", cwd=module)
    assert (done.status, done.stdout) == (0, "")
    assert "2 findings in 1 package" in (module / "out.txt").read_text()
    done = check("--format", "json=a.json", "--format", "text", "--output", "b.txt", cwd=module)
    assert (done.status, done.stdout) == (0, "")
    assert (module / "a.json").exists()
    assert "2 findings" in (module / "b.txt").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "json="], "name a file, as in sarif=out.sarif"),
        (["--format", "xml=out.xml"], "'xml' is not one of"),
        (["--format", "json", "--format", "text"], "two formats go to one place"),
        (["--format", "json=o", "--format", "sarif=o"], "two formats go to one place"),
        (["--format", "json=o", "--format", "sarif=p", "--output", "q"], "for one format"),
        (["--format", "json", "--format", "text", "--output", "q"], "for one format"),
        (["--format", "json=no/such/o"], "no such directory"),
        (["--severity", "heap-new"], "write CODE=LEVEL"),
        (["--severity", "heap-new=loud"], "'loud' is not one of"),
        (["--severity", "heap-nwe=hint"], "did you mean heap-new?"),
        (["--exclude", "!"], "exclude: "),
        (["--configuration", "linux"], "write OS/ARCH"),
        (["--configuration", "linux/amd64", "--configuration", "linux/amd64"], "named twice"),
        (["--shard", "3/2"], "3/2"),
        (["--noalloc-exempt", "cold"], "'cold' is not one of panic, error"),
        (["--config", "none.toml"], "No such file"),
        (["--new-from-rev", "HEAD", "--baseline", "b"], "compare with one"),
        (["--new-from-rev", "HEAD", "--new-from-merge-base", "main"], "compare with one"),
        (["--new-from-rev", "HEAD", "--write-baseline", "b"], "compare with one"),
        (["--new-from-rev", "HEAD"], "git"),
    ],
)
def test_wrong_usage(module: Path, arguments: list[str], says: str) -> None:
    done = check(*arguments, cwd=module)
    assert (done.status, done.stdout) == (2, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


# ---- promises, severities, files left out


@pytest.mark.parametrize(
    ("text", "arguments", "status", "label"),
    [
        (PROMISED, [], 1, "error[contract-noalloc]"),
        (PROMISED, ["--fail-on", "error"], 1, "error[contract-noalloc]"),
        (PROMISED, ["--severity", "contract-*=hint"], 0, "hint[contract-noalloc]"),
        (PROMISED, ["--severity", "contract-noalloc=off"], 0, "hint[heap-literal]"),
        (ON_A_CONDITION, [], 1, "warning[contract-noalloc]"),
        (ON_A_CONDITION, ["--fail-on", "error"], 0, "warning[contract-noalloc]"),
    ],
)
def test_a_broken_promise_fails_the_run(
    tmp_path: Path, text: str, arguments: list[str], status: int, label: str
) -> None:
    done = check(*arguments, cwd=write_module(tmp_path, m_go=text))
    assert (done.status, done.stderr) == (status, "")
    assert label in done.stdout
    assert "1 finding in 1 package" in done.stdout


# Inlined where its result does not outlive the call, the constructor allocates nothing.
CALLER = """
func Caller() int { return Hot().a }
"""


def test_a_caller_that_needs_no_heap_changes_no_promise_and_no_identity(tmp_path: Path) -> None:
    module = write_module(tmp_path, m_go=PROMISED)
    [alone, _] = document(check("--format", "json", cwd=module))["findings"]
    assert check("--write-baseline", "base.json", "--fail-on", "never", cwd=module).status == 0
    (module / "m.go").write_text(PROMISED + CALLER)
    done = check("--format", "json", cwd=module)
    [called, _] = document(done)["findings"]
    assert done.status == 1
    assert (called["allocates"], called["as_written"]) == ("conditional", "always")
    assert called["severity"] == alone["severity"] == "error"
    assert called["fingerprint"] == alone["fingerprint"]
    known = ("--baseline", "base.json", "--fail-on", "hint")
    assert check(*known, cwd=module).status == 0


def test_a_broken_promise_brings_its_flow(tmp_path: Path) -> None:
    done = check("--format", "json", cwd=write_module(tmp_path, m_go=PROMISED))
    [breach, plain] = document(done)["findings"]
    assert breach["code"] == "contract-noalloc"
    assert any("return &T{}" in step["text"] for step in breach["reason"])
    assert (plain["quiet"], plain["reason"]) == ("retold", [])


def test_cold_paths_can_be_exempt(tmp_path: Path) -> None:
    text = PROMISED.replace("return &T{}", 'panic("no " + string(rune(len(Names))))')
    module = write_module(tmp_path, m_go=text + "\nvar Names []string\n")
    assert check(cwd=module).status == 1
    assert check("--noalloc-exempt", "panic", cwd=module).status == 0


def test_comments_and_budgets_of_a_file_of_settings(tmp_path: Path) -> None:
    module = write_module(tmp_path, m_go=GOOD.replace("a + b", "a + b //golsp-mem:ignore heap-*"))
    (module / "ci.toml").write_text('[budget."example.com/m"]\nmax-allocations = 0\n')
    assert check("--require-reason", "--fail-on", "error", cwd=module).status == 0
    done = check("--config", "ci.toml", "--require-reason", cwd=module)
    assert done.status == 1
    assert "m.go:1:1: error[contract-budget]: example.com/m allocates in 1 place" in done.stdout
    assert "warning[directive-unexplained]" in done.stdout
    assert "1 finding suppressed by comments" in done.stdout


def test_excluded_files(module: Path) -> None:
    (module / "gen").mkdir()
    (module / "gen" / "g.go").write_text(GOOD.replace("package m", "package gen"))
    done = check("--exclude", "gen/", cwd=module)
    assert "gen/g.go" not in done.stdout
    assert "2 findings in excluded files" in done.stdout
    # Relative to the directory that is worked in.
    done = check("--exclude", "/g.go", "-C", "gen", cwd=module)
    assert "No findings in 1 package" in done.stdout


def test_statistics_lists_no_findings(module: Path) -> None:
    done = check("--statistics", cwd=module)
    assert done.status == 0
    assert "m.go" not in done.stdout
    assert "  heap-concat    1  1 conditional\n" in done.stdout


# ---- several configurations, several machines


def test_several_configurations_in_one_report(module: Path) -> None:
    (module / "only_windows.go").write_text(
        "package m\n\nfunc Only(a, b string) string { return a + b }\n"
    )
    arguments = ("--configuration", "linux/amd64", "--configuration", "windows/amd64")
    done = check("--format", "json", *arguments, cwd=module)
    assert done.status == 0, done.stderr
    made = document(done)
    assert [(one["goos"], one["goarch"]) for one in made["configurations"]] == [
        ("linux", "amd64"),
        ("windows", "amd64"),
    ]
    named = {(one["file"], tuple(one.get("configurations", ()))) for one in made["findings"]}
    assert named == {("m.go", ()), ("only_windows.go", ("windows/amd64",))}
    assert "(go1.26.6 linux/amd64, go1.26.6 windows/amd64)" in check(*arguments, cwd=module).stdout


def test_shards_merged_are_one_run(tmp_path: Path) -> None:
    module = write_module(
        tmp_path,
        a__a_go=GOOD.replace("package m", "package a"),
        b__b_go=PROMISED.replace("package m", "package b"),
        c__c_go=BROKEN.replace("package bad", "package c"),
    )
    whole = document(check("--format", "json", cwd=module))
    parts = [
        check("--format", f"json=part{number}.json", "--shard", f"{number}/2", cwd=module)
        for number in (1, 2)
    ]
    # Each machine tells of what it looked at, the join of all.
    assert 3 in {part.status for part in parts}
    merged = run("merge", "part2.json", "part1.json", "--fail-on", "warning", cwd=module)
    assert merged.status == 3
    made = document(merged)
    for one in (whole, made):
        one["summary"].pop("seconds")
    assert made == whole


# ---- only what is new


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    top = init(tmp_path.resolve() / "repo")
    write_module(top, m_go=GOOD)
    commit(top, {})
    return top


NEW = ("--fail-on", "hint", "--format", "json", "--new-from-rev", "HEAD")


def test_nothing_is_new_in_an_untouched_tree(repo: Path) -> None:
    done = check(*NEW, cwd=repo)
    assert (done.status, fresh(done)) == (0, [])
    made = document(done)
    assert (made["base"], made["gone"]) == ("HEAD", [])
    assert len(made["findings"]) == 2


def test_what_is_not_committed_counts(repo: Path) -> None:
    source = repo / "m.go"
    source.write_text(source.read_text() + "\nfunc New(n int) []int { return make([]int, n) }\n")
    (repo / "more.go").write_text("package m\n\nfunc More() *T { return new(T) }\n")
    done = check(*NEW, cwd=repo)
    assert (done.status, fresh(done)) == (1, [("heap-make-slice", "New"), ("heap-new", "More")])
    text = check("--new-from-rev", "HEAD", cwd=repo)
    assert text.status == 0
    assert "2 new findings in 1 package" in text.stdout
    assert "2 known findings of HEAD not shown" in text.stdout


def test_moved_and_renamed_code_is_not_new(repo: Path) -> None:
    text = (repo / "m.go").read_text()
    joined = "func Joined(a, b string) string {\n\treturn a + b\n}\n"
    assert joined in text
    (repo / "m.go").write_text(text.replace(joined, "").replace("Moved", "Renamed"))
    (repo / "sub").mkdir()
    (repo / "sub" / "s.go").write_text(f"package sub\n\n\n\n{joined}")
    done = check(*NEW, cwd=repo)
    assert (done.status, fresh(done)) == (0, [])


def test_what_is_gone_is_told_and_what_got_better_is_not_new(repo: Path) -> None:
    source = repo / "m.go"
    source.write_text(source.read_text().replace("return a + b", "return a"))
    done = check(*NEW, cwd=repo)
    assert done.status == 0
    assert [one["function"] for one in document(done)["gone"]] == ["example.com/m.Joined"]
    source.write_text(source.read_text().replace("d, e int", "d int"))
    assert check(*NEW, cwd=repo).status == 0
    source.write_text(source.read_text().replace("d int", "d, e, f, g int"))
    assert fresh(check(*NEW, cwd=repo)) == [("heap-variable", "Moved")]


def test_a_budget_is_new_when_it_is_exceeded_by_more(repo: Path) -> None:
    (repo / "ci.toml").write_text('[budget."example.com/m"]\nmax-allocations = 1\n')
    new = (*NEW, "--config", "ci.toml")
    done = check(*new, cwd=repo)
    assert (done.status, fresh(done)) == (0, [])
    assert "contract-budget" in done.stdout
    source = repo / "m.go"
    source.write_text(source.read_text().replace("return a + b", "return a"))
    assert check(*new, cwd=repo).status == 0
    (repo / "more.go").write_text("package m\n\nfunc G() (*T, any) { return new(T), new(T) }\n")
    codes = [code for code, _ in fresh(check(*new, cwd=repo))]
    assert codes == ["contract-budget", "heap-new", "heap-new"]


def test_a_branch_is_compared_with_where_it_began(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "-b", "topic")
    commit(repo, {"topic.go": "package m\n\nfunc Topic() *T { return new(T) }\n"})
    git(repo, "checkout", "--quiet", "main")
    commit(repo, {"m.go": GOOD.replace("return a + b", "return a")})
    git(repo, "checkout", "--quiet", "topic")
    arguments = ("--fail-on", "hint", "--format", "json")
    done = check(*arguments, "--new-from-merge-base", "main", cwd=repo)
    # What main has got rid of since is not the branch's affair.
    assert (done.status, fresh(done)) == (1, [("heap-new", "Topic")])
    done = check(*arguments, "--new-from-rev", "main", cwd=repo)
    assert sorted(fresh(done)) == [("heap-concat", "Joined"), ("heap-new", "Topic")]


def test_a_broken_promise_is_new_the_allocation_is_not(repo: Path) -> None:
    text = GOOD.replace("//go:noinline", "//golsp-mem:noalloc\n//go:noinline")
    (repo / "m.go").write_text(text)
    done = check(*NEW, cwd=repo)
    assert (done.status, fresh(done)) == (1, [("contract-noalloc", "Moved")])
    assert document(done)["gone"] == []


def test_a_package_that_did_not_build(repo: Path) -> None:
    commit(repo, {"bad/bad.go": BROKEN})
    (repo / "bad" / "bad.go").write_text("package bad\n\nfunc F() *int { return new(int) }\n")
    (repo / "other").mkdir()
    (repo / "other" / "o.go").write_text("package other\n\nfunc F() *int { return new(int) }\n")
    done = check(*NEW, cwd=repo)
    assert (done.status, fresh(done)) == (3, [("heap-new", "F")])
    assert {one["package"] for one in document(done)["findings"]
            if one["baseline_state"] == "new"} == {"example.com/m/other"}  # fmt: skip
    assert "bad does not build at HEAD and was not compared: bad/bad.go:3:23" in done.stderr
    assert check(*NEW, "--allow-unbuilt-base", cwd=repo).status == 1


def test_excluded_files_are_excluded_on_both_sides(repo: Path) -> None:
    commit(repo, {"gen/g.go": "package gen\n\nfunc F() *int { return new(int) }\n"})
    git(repo, "mv", "gen/g.go", "m_gen.go")
    (repo / "m_gen.go").write_text("package m\n\nfunc F() *int { return new(int) }\n")
    # Had the excluded one been looked at, this would be the same, moved.
    done = check(*NEW, "--exclude", "gen/", cwd=repo)
    assert fresh(done) == [("heap-new", "F")]


@pytest.mark.parametrize("status", [0, 1, 3])
def test_the_work_tree_is_gone_afterwards(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    for name in ("XDG_CACHE_HOME", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setattr(tempfile, "tempdir", None)
    if status == 1:
        (repo / "new.go").write_text("package m\n\nfunc F() *int { return new(int) }\n")
    if status == 3:
        (repo / "bad").mkdir()
        (repo / "bad" / "bad.go").write_text(BROKEN)
    before = git(repo, "status", "--porcelain")
    assert check(*NEW, cwd=repo).status == status
    assert worktrees(repo) == [repo]
    assert git(repo, "status", "--porcelain") == before
    left = [path for path in tmp_path.glob("*/**/m.go") if repo not in path.parents]
    assert left == []


@pytest.mark.parametrize("option", ["--new-from-rev", "--new-from-merge-base"])
@pytest.mark.parametrize("name", ["no-such", "--output=evil", "-h", "", "HEAD:m.go"])
def test_a_revision_that_is_none(repo: Path, option: str, name: str) -> None:
    done = check(f"{option}={name}", cwd=repo)
    assert (done.status, done.stdout) == (2, "")
    assert repr(name) in done.stderr or name in done.stderr
    assert not (repo / "evil").exists()


# ---- another Go

# Between 1.24 and 1.27, Go has learnt to collect appended elements on the stack first, and to box
# constants without an allocation.
DIFFERENT = """\
package m

func Collected(n int) []int {
	var s []int
	for i := range n {
		s = append(s, i)
	}
	return s
}

func Boxed() any { return [2]int{1, 2} }

func Joined(a, b string) string { return a + b }
"""
CHANGE = "go1.24.11 -> go1.27.3"


@pytest.fixture
def accepted(tmp_path: Path) -> Path:
    module = write_module(tmp_path / "m", m_go=DIFFERENT)
    done = check("--write-baseline", "base.json", cwd=module, release="1.24")
    assert done.status == 0, done.stderr
    return module


AGAINST = ("--baseline", "base.json", "--fail-on", "hint", "--format", "json")


def explained(done: Done) -> set[tuple[str, str | None]]:
    """The functions with something new, and what explains it."""
    return {
        (one["function"].rpartition(".")[2], one.get("explained_by"))
        for one in document(done)["findings"]
        if one["baseline_state"] == "new"
    }


def test_another_go_release_is_told_apart_and_does_not_fail(accepted: Path) -> None:
    made_with = json.loads((accepted / "base.json").read_text())["made_with"]
    assert [one["go"] for one in made_with] == ["go1.24.11"]
    done = check(*AGAINST, cwd=accepted, release="1.27")
    assert done.status == 0, done.stdout
    assert explained(done) == {("Collected", CHANGE)}
    gone = {(one["function"], one["explained_by"]) for one in document(done)["gone"]}
    assert ("example.com/m.Boxed", CHANGE) in gone
    assert {why for _, why in gone} == {CHANGE}
    known = [o for o in document(done)["findings"] if o["baseline_state"] == "unchanged"]
    assert [(one["function"], one["line"]) for one in known] == [
        ("example.com/m.Collected", 6),  # the same append, whatever the compiler calls for it
        ("example.com/m.Joined", 13),
    ]
    text = check(*AGAINST[:-2], cwd=accepted, release="1.27").stdout.splitlines()
    assert text[0] == f"New with {CHANGE}, not because of the code  1 finding"
    assert text[2].split(": ")[0] == "m.go:8:2"
    assert text[4].startswith("No new findings in 1 package, ")
    assert text[5:] == [
        "  1 finding new, but not because of the code",
        "  2 known findings of the baseline not shown",
        f"  1 finding of the baseline no longer there with {CHANGE}, not because of the code",
    ]


def test_another_go_release_excuses_no_changed_function(accepted: Path) -> None:
    source = accepted / "m.go"
    source.write_text(source.read_text().replace("return s\n", "return append(s, n)\n"))
    done = check(*AGAINST, cwd=accepted, release="1.27")
    assert (done.status, explained(done)) == (1, {("Collected", None)})
