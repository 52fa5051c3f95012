"""``golsp-mem diff``: revisions and saved results, as text, JSON and Markdown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from golsp_mem.cli.render.terminal import diffs
from golsp_mem.cli.render.terminal.diffs import Sides
from golsp_mem.cli.render.terminal.style import Style
from golsp_mem.model import Code
from golsp_mem.report.comparing.compare import compare
from tests.ci.steps import git
from tests.cli.builders import finding
from tests.cli.rendering import HOSTILE, report_of, shown
from tests.cli.runner import Done, run, write_module
from tests.toolchains import go_binary

BEFORE = """\
package m

type T struct{ a, b, c, d, e int }

func Keep(o T) *T { return &o }

func Gone() chan int { return make(chan int) }

func Old(n int) []int { return make([]int, n) }
"""
AFTER = """\
package m

type T struct{ a, b, c, d, e, f, g int }

func Keep(o T) *T { return &o }

func New() *[100]int { return new([100]int) }

func Renamed(n int) []int { return make([]int, n) }
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository: BEFORE is committed, AFTER is in the work tree."""
    directory = write_module(tmp_path_factory.mktemp("diff") / "m", a_go=BEFORE)
    git(directory, "init", "--quiet")
    git(directory, "add", "-A")
    git(directory, "commit", "--quiet", "-m", "before")
    (directory / "a.go").write_text(AFTER)
    return directory


def diff(*arguments: str, cwd: Path) -> Done:
    return run("diff", "--go", str(go_binary("1.26")), *arguments, cwd=cwd)


def test_what_a_person_reads(project: Path) -> None:
    done = diff("HEAD", cwd=project)
    assert (done.status, done.stderr) == (0, "")
    first, *rest = done.stdout.splitlines()
    assert first == (
        "+1 \u22121 heap allocations, 1 moved, 1 changed, +896 B per call of example.com/m.New, "
        "1 other function with other bytes per call  (HEAD -> work tree)"
    )
    marks = [(line[0], line.split(":")[0]) for line in rest if line[0] not in " B"]
    assert marks == [("+", "+ a.go"), ("\u2212", "\u2212 a.go"), (">", "> a.go"), ("~", "~ a.go")]
    assert "    from a.go:9 example.com/m.Old" in rest
    assert "  +16 B per call of example.com/m.Keep" in rest


def test_what_programs_read(project: Path) -> None:
    made = json.loads(diff("HEAD", "--format", "json", cwd=project).stdout)
    assert [one["function"] for one in made["new"]] == ["example.com/m.New"]
    assert [one["function"] for one in made["gone"]] == ["example.com/m.Gone"]
    [moved] = made["moved"]
    assert moved["before"]["function"] == "example.com/m.Old"
    assert moved["after"]["function"] == "example.com/m.Renamed"
    [changed] = made["changed"]
    assert (changed["before"]["bytes"], changed["after"]["bytes"]) == (40, 56)
    assert {one["function"]: one["bytes"] for one in made["bytes_per_call"]} == {
        "example.com/m.New": 896,
        "example.com/m.Keep": 16,
    }
    assert made["environment"] is None


def test_two_revisions_and_saved_results_say_the_same(project: Path, tmp_path: Path) -> None:
    go = str(go_binary("1.26"))
    saved = tmp_path / "now.json"
    run("check", "--go", go, "--format", f"json={saved}", cwd=project)
    whole = json.loads(diff("HEAD", "--format", "json", cwd=project).stdout)
    made = json.loads(diff("HEAD", str(saved), "--format", "json", cwd=project).stdout)
    assert made["summary"] == whole["summary"]
    none = diff("HEAD", "HEAD", "./...", cwd=project)
    assert none.stdout.startswith("no difference in allocations")


def test_a_pattern_may_follow_the_first_revision(project: Path) -> None:
    assert diff("HEAD", ".", cwd=project).stdout == diff("HEAD", cwd=project).stdout


def test_what_never_allocates_fails_nothing(tmp_path: Path) -> None:
    for name, body in (("a", ""), ("b", '\tSink = "a constant"\n')):
        text = f"package m\n\nvar Sink any\n\nfunc F() {{\n{body}}}\n"
        module = write_module(tmp_path / "m", a_go=text)
        go = ("--go", str(go_binary("1.26")))
        run("check", *go, "--all", f"--format=json=../{name}.json", cwd=module)
    done = diff("../a.json", "../b.json", "--fail-on=hint", cwd=tmp_path / "m")
    assert "[heap-boxing]" in done.stdout
    assert done.status == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["--fail-on", "hint"], 1), (["--fail-on", "warning"], 0), ([], 0)],
)
def test_exit_status(project: Path, arguments: list[str], status: int) -> None:
    assert diff("HEAD", *arguments, cwd=project).status == status


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-such-branch"], "is not a commit"),
        (["--", "-x"], "is not a git revision"),
        (["none.json"], "check --format json=none.json makes one"),
        (["go.mod"], "not JSON"),
        (["HEAD", "-o", "no/such/out"], "no such directory"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage(project: Path, arguments: list[str], says: str) -> None:
    done = diff(*arguments, cwd=project)
    assert (done.status, done.stdout) == (2, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@given(HOSTILE, HOSTILE, HOSTILE)
def test_text_of_the_workspace_stays_text(function: str, message: str, name: str) -> None:
    one = finding(function=function, message=message, code=Code.HEAP_NEW, bytes=8)
    made = compare(report_of(), report_of(shown(one)))
    sides = Sides(name, "work tree")
    plain = "".join(diffs.text(made, sides, Style(enabled=False)))
    # The headline, the finding, the title of the costs, one cost.
    assert plain.count("\n") == 4
    assert "\x1b" not in plain
    comment = "".join(diffs.comment(made, sides))
    tokens = MarkdownIt("commonmark").enable("table").parse(comment)
    inside = [child for token in tokens for child in token.children or ()]
    html = "".join(one.content for one in (*tokens, *inside) if one.type.startswith("html"))
    assert set(re.findall(r"<[^>]*>", html)) <= {
        "<details>", "<summary>", "</summary>", "</details>",
    }  # fmt: skip
    assert [one.type for one in inside if one.type in ("link_open", "image")] == []
    # Two tables: what is new, and bytes per call; a title and a row each.
    assert [one.type for one in tokens].count("tr_open") == 4
    assert json.loads("".join(diffs.json(made, sides)))["base"]["name"] == name
