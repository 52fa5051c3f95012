"""Calls that allocate elsewhere: as findings, as a tree, in explanations and budgets."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import check, environment, run, write_module
from tests.toolchains import go_binary

CODE = """package m

import (
	"fmt"
	"io"
	"net/url"
	"strings"

	"example.com/m/sub"
)

var Kept any

func Fields(lines []string) (n int) {
	for _, line := range lines {
		n += len(strings.Split(line, ","))
		n += len(strings.Split(line, ";"))
	}
	return n
}

func Lists(s string) { Kept, _ = url.Parse(s) }

func Checked(n int) int { return sub.Sum(n) }

func Fails(n int) int {
	if n < 0 {
		panic(fmt.Sprint(n, n))
	}
	return n
}

func Count(s string) int { return strings.Count(s, "a") }

func Write(w io.Writer) { w.Write(nil) }

func Round(n int) int {
	if n == 0 {
		return len(strings.Repeat("ab", n))
	}
	return Back(n - 1)
}

func Back(n int) int { return Round(n) + Count("aa") }

func made(f func()) *[8]int { f(); return new([8]int) }

func Keeps(f func()) {
	Kept = made(f)
}

func Drops(f func()) int {
	return made(f)[0]
}
"""
SUB = """package sub

import "strings"

//go:noinline
func Sum(n int) int { return len(strings.Repeat("ab", n)) }
"""
BENCHMARK = """package m

import "testing"

func BenchmarkAll(b *testing.B) {
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		Fields([]string{"a,b", "c"})
	}
}
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("calls") / "m"
    return write_module(made, m_go=CODE, sub__sub_go=SUB, m_test_go=BENCHMARK)


def found(module: Path, *arguments: str) -> list[dict[str, Any]]:
    done = check("--format", "json", *arguments, "./...", cwd=module)
    assert done.status in (0, 1), done.stderr
    listed: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return listed


def test_nothing_is_listed_unless_it_is_chosen(module: Path) -> None:
    for choice in ((), ("--select", "heap-*")):
        codes = {one["code"] for one in found(module, *choice)}
        assert "heap-boxing" in codes
        assert "heap-call" not in codes


def test_calls_of_other_packages_are_findings(module: Path) -> None:
    calls = {(one["line"], one["callee"]): one for one in found(module, "--select", "heap-call")}
    assert {key[1] for key in calls} == {
        "strings.Split", "strings.Repeat", "net/url.Parse"
    }  # fmt: skip
    first = calls[16, "strings.Split"]
    assert first["message"].startswith("strings.Split allocates 1 slice (strings/strings.go:")
    assert (first["allocates"], first["condition"]) == (
        "conditional", "on some of the ways through strings.Split"
    )  # fmt: skip
    assert (first["path"], first["loop_depth"], first["severity"]) == ("loop", 1, "hint")
    pushed = calls[22, "net/url.Parse"]
    assert pushed["allocates"] == "always"
    assert pushed["message"].startswith("url.Parse allocates at least 1 object")
    # A package of the run speaks for itself; what only a panic needs counts nothing.
    assert not {line for line, _ in calls} & {24, 28, 33}
    assert check("--fail-on", "hint", "--select", "heap-call", "./...", cwd=module).status == 1


MANY = (
    'package many\n\nimport "strings"\n\nvar sink []*[8]int\nvar words [][]string\n\n'
    + "".join(f"func F{n}() {{ sink = append(sink, new([8]int)) }}\n" for n in range(12))
    + """
func All(lines []string) {
	for _, line := range lines {
		words = append(words, strings.Fields(line))
		words = append(words, strings.Fields(line + "x"))
	}
	words = append(words, strings.SplitN("a,b", ",", 2))
}

func Use() { All(nil) }
"""
)


def test_calls_among_the_first_are_listed_unasked(tmp_path: Path) -> None:
    made = write_module(tmp_path / "many", many_go=MANY)
    done = check("--top", "3", ".", cwd=made)
    told = [line for line in done.stdout.splitlines() if "[heap-call]" in line]
    [line] = told
    # The first stands for both; the call outside the loop is not among the first.
    assert "strings.Fields allocates" in line
    assert line.endswith("; 1 more call of it in loops (--select heap-call)")
    assert "strings.SplitN allocates" not in check(".", cwd=made).stdout
    # No gate looks at them, and what programs read does not depend on an order.
    assert {one["code"] for one in found(made)} == {"heap-append", "heap-new", "heap-concat"}


def test_a_comment_about_calls_is_unused_only_where_calls_are_looked_at(tmp_path: Path) -> None:
    text = """package m

import "strings"

func F(s string) int {
	n := len(strings.Split(s, ",")) //golsp-mem:ignore heap-call seldom
	return n + strings.Count(s, "a") //golsp-mem:ignore heap-call none
}
"""
    made = write_module(tmp_path / "m", m_go=text)
    assert found(made) == []
    assert "directive-unused" not in check(".", cwd=made).stdout
    asked = found(made, "--select", "heap-call,directive-unused")
    assert [(one["code"], one["line"]) for one in asked] == [("directive-unused", 7)]


def test_many_calls_of_one_function_are_one_group(module: Path) -> None:
    done = check("--select", "heap-call", "--by", "cause", ".", cwd=module)
    [row] = [line for line in done.stdout.splitlines() if "calls of strings.Split" in line]
    assert row.split()[3] == "2"


def test_a_profile_puts_calls_among_the_findings(module: Path, tmp_path: Path) -> None:
    heap = tmp_path / "heap"
    subprocess.run(
        [str(go_binary("1.26")), "test", "-run", "^$", "-bench", ".", "-benchtime", "99x",
         "-memprofilerate", "1", "-memprofile", str(heap), "-o", str(tmp_path / "m.test"), "."],
        cwd=module, env=environment(GOTOOLCHAIN="local"), check=True, capture_output=True,
    )  # fmt: skip
    calls = [one for one in found(module, "--profile", str(heap)) if one["code"] == "heap-call"]
    assert {(one["line"], one["callee"]) for one in calls} == {
        (16, "strings.Split"), (17, "strings.Split")
    }  # fmt: skip
    # Three slices in each round: of two strings, and of one.
    assert calls[0]["measured"]["bytes"] >= 99 * 48
    gate = check("--profile", str(heap), "--fail-on", "hint", "--select", "*", ".", cwd=module)
    plain = check("--fail-on", "hint", ".", cwd=module)
    assert (plain.status, gate.status) == (1, 1)


def test_the_tree_of_a_function(module: Path) -> None:
    done = check("--function", "Fields", "./...", cwd=module)
    assert done.status == 0, done.stderr
    head, *below = done.stdout.splitlines()
    assert head == "example.com/m.Fields: any number of allocations (m.go:14)"
    assert "strings.genSplit: up to 1 allocation" in below[0]
    assert "strings/strings.go" in below[1]
    assert "when the capacity is above 0" in below[1]


@pytest.mark.parametrize(
    ("name", "allocates", "most", "unknown"),
    [
        ("sub.Sum", "conditional", None, 0),
        ("example.com/m.Count", "never", 0, 0),
        ("Write", "unknown", None, 1),
        ("Fails", "never", 0, 0),
        ("Round", "conditional", None, 0),
        ("strings.Clone", "conditional", 1, 0),
    ],
)
def test_the_tree_as_json(
    module: Path, name: str, allocates: str, most: int | None, unknown: int
) -> None:
    done = check("--function", name, "--format", "json", "./...", cwd=module)
    made = json.loads(done.stdout)
    tree = made["tree"]
    told = (tree["allocates"], tree["objects"]["most"], made["unknown_calls"])
    if name == "Fails":
        # The boxing of what is printed stands on the way to the panic.
        assert tree["branches"] == []
    assert told == (allocates, most, unknown), tree["name"]
    assert made["function"].endswith(name.rpartition(".")[2])


def test_a_round_trip_is_cut(module: Path) -> None:
    text = check("--function", "Round", "./...", cwd=module).stdout
    assert "calls itself, see above" in text


def test_a_function_that_is_not_there(module: Path) -> None:
    done = check("--function", "Feilds", "./...", cwd=module)
    assert done.status == 2
    assert "did you mean Fields?" in done.stderr
    assert "Traceback" not in done.stderr
    other = check("--function", "Fields", "--format", "sarif", "./...", cwd=module)
    assert (other.status, other.stdout) == (2, "")


def test_explain_begins_with_the_calls_of_the_line(module: Path) -> None:
    done = run("explain", "m.go:16", cwd=module)
    title, told = [line for line in done.stdout.splitlines() if line][:2]
    assert title.startswith("# heap-call")
    assert told.startswith("A call of `strings.Split` makes up to 1 allocation")
    hidden = run("explain", "m.go:35", cwd=module).stdout
    assert "allocates nothing that is known. 1 call further in cannot be followed" in hidden
    first = CODE.splitlines().index("\tKept = made(f)") + 1
    inlined = [run("explain", f"m.go:{line}", cwd=module).stdout for line in (first, first + 4)]
    assert "A call of `m.made` makes 1 or more allocations · 64 B or more, with what" in inlined[0]
    assert "A call of `m.made` makes up to 1 allocation · up to 64 B, with what" in inlined[1]


def test_budgets_count_through_calls_if_asked(module: Path, tmp_path: Path) -> None:
    copy = write_module(tmp_path / "b", m_go=CODE, sub__sub_go=SUB)
    budget = '[budget."example.com/m.Fields"]\nmax-allocations = 1\n'
    (copy / "golsp-mem.toml").write_text(budget)
    assert check("--select", "contract-*", ".", cwd=copy).status == 0
    (copy / "golsp-mem.toml").write_text(f"{budget}calls = true\n")
    done = check("--select", "contract-*", ".", cwd=copy)
    assert done.status == 1
    assert "example.com/m.Fields allocates in 2 places, its budget is 1" in done.stdout
