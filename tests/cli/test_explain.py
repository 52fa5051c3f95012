"""``golsp-mem explain`` on the command line; what the pages say is tested in tests/advice."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from golsp_mem.cli.main import main
from golsp_mem.model import Code
from tests.cli.runner import BROKEN, GOOD, Done, run, write_module
from tests.toolchains import go_binary


def explain(*arguments: str, cwd: Path) -> Done:
    return run("explain", "--go", str(go_binary("1.26")), *arguments, cwd=cwd)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return write_module(tmp_path / "m", m_go=GOOD)


def test_the_list_of_topics(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    text = capsys.readouterr().out
    for name in ("stack-growth", "keepalive", *Code):
        assert f"- `{name}`: " in text


@pytest.mark.parametrize("name", ["stack-growth", "memory-block", *Code])
def test_a_page(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"topic", "markdown", "numbers"}
    assert document["topic"] == name
    assert document["markdown"].startswith("# ")
    assert document["numbers"] == {}


def test_a_pipe_gets_markdown_and_colour_draws_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "stack-growth"]) == 0
    plain = capsys.readouterr().out
    assert main(["explain", "stack-growth", "--format", "markdown"]) == 0
    assert capsys.readouterr().out == plain
    assert plain.startswith("# ")
    assert "\t" not in plain
    assert "\\x09" not in plain
    assert main(["explain", "stack-growth", "--color", "always"]) == 0
    drawn = capsys.readouterr().out
    assert "\x1b[" in drawn
    assert "\n# " not in drawn


def test_a_place_has_the_numbers_of_its_code(module: Path) -> None:
    done = explain("m.go:8", "--format", "json", cwd=module)
    assert done.status == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["topic"] == "stack-growth"
    assert document["numbers"]["allocations"] == 1
    assert document["numbers"]["bytes_per_call"] == 48
    assert document["numbers"]["frame_bytes"] > 0


def test_a_drawn_place_has_no_markup_left(module: Path) -> None:
    done = explain("m.go:8", "--color", "always", cwd=module)
    assert done.status == 0, done.stderr
    assert "m.go:9" in done.stdout
    assert "](" not in done.stdout
    assert "file:" not in done.stdout


@pytest.mark.parametrize("place", ["m.go:9:2", "m.go:9"])
def test_a_place_with_a_finding_is_explained_by_its_code(module: Path, place: str) -> None:
    done = explain(place, "--format", "json", cwd=module)
    assert done.status == 0, done.stderr
    assert json.loads(done.stdout)["topic"] == "heap-variable"


def test_a_place_is_found_from_another_directory(module: Path) -> None:
    done = explain("-C", str(module.parent), "m/m.go:9", "--format", "json", cwd=Path("/"))
    assert done.status == 0, done.stderr
    assert json.loads(done.stdout)["topic"] == "heap-variable"


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ("heap-varible", "did you mean heap-variable"),
        ("nonsense", "no topic 'nonsense'"),
        ("none.go:3", "no such file"),
        ("go.mod:1", "not a Go file"),
        ("m.go:0", "count from 1"),
        ("m.go:9:0", "count from 1"),
        ("m.go:1", "m.go"),
    ],
)
def test_wrong_usage(module: Path, subject: str, says: str) -> None:
    done = explain(subject, cwd=module)
    assert (done.status, done.stdout) == (2, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_code_that_does_not_build(module: Path) -> None:
    (module / "bad").mkdir()
    (module / "bad" / "bad.go").write_text(BROKEN)
    done = explain("bad/bad.go:3", cwd=module)
    assert done.status == 3
    assert "undefinedName" in done.stderr


RECURSE = """package main

import "runtime/debug"

func dive(n int) int {
	var buf [128]byte
	buf[n%128] = 1
	if n == 0 {
		return int(buf[3])
	}
	return dive(n-1) + int(buf[n%128])
}

func work(c chan int) {
	c <- dive(10)
}

func main() {
	debug.SetMaxStack(100_000_000)
	c := make(chan int)
	go work(c)
	<-c
}
"""


def numbers_at(line: int, module: Path) -> dict[str, Any]:
    done = explain(f"m.go:{line}", "--format", "json", cwd=module)
    assert done.status == 0, done.stderr
    numbers: dict[str, Any] = json.loads(done.stdout)["numbers"]
    return numbers


def test_a_recursive_function_has_its_depth_under_the_programs_own_limit(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=RECURSE)
    dive = numbers_at(5, module)
    assert dive["limit_bytes"] == 1 << 26
    assert dive["max_depth"] == pytest.approx((1 << 26) / (dive["frame_bytes"] + 8), rel=0.001)
    # A finding about the stack is no allocation.
    assert (dive["allocations"], dive["bytes_per_call"]) == (0, 0)
    main_ = numbers_at(18, module)
    assert main_["deepest_path_bytes"] > main_["frame_bytes"]
    assert "max_depth" not in main_
    # What the channel takes is the runtime's affair.
    assert main_["bytes_per_call_range"]["most"] is None
    assert "bytes_per_call" not in main_


def test_a_go_statement_has_the_numbers_of_what_it_starts(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=RECURSE)
    done = explain("m.go:21", "--format", "json", cwd=module)
    document = json.loads(done.stdout)
    assert "starts a goroutine with" in document["markdown"]
    steps = document["numbers"]["growth_steps"]
    assert steps[0] == 2048
    assert steps == [2048 << n for n in range(len(steps))]


def test_why_a_function_is_not_inlined(tmp_path: Path) -> None:
    body = "\tfor i, x := range xs {\n\t\ts += i*x + len(xs)*s - x*x*i + s/3 - i%7\n\t}\n" * 4
    text = (
        f"package m\n\nfunc Big(xs []int) (s int) {{\n{body}\treturn s\n}}\n\n"
        "//go:noinline\nfunc Marked() {}\n\nfunc Small(x int) int { return x + 1 }\n"
    )
    module = write_module(tmp_path / "m", m_go=text)
    lines = text.splitlines()

    def said(start: str) -> str:
        line = next(number for number, one in enumerate(lines, 1) if one.startswith(start))
        return explain(f"m.go:{line}", cwd=module).stdout

    assert re.search(r"Not inlined: cost (\d+), budget 80 \(\d+ too many\)\.", said("func Big"))
    assert "Not inlined: the compiler says `marked go:noinline`." in said("func Marked")
    assert re.search(r"Can be inlined: cost \d+\.", said("func Small"))


def test_what_a_function_would_free_if_it_were_inlined(tmp_path: Path) -> None:
    body = "\tfor i, x := range xs {\n\t\ts += i*x + len(xs)*s - x*x*i + s/3 - i%7\n\t}\n" * 4
    text = (
        "package m\n\ntype pair struct{ a, b int }\n\nvar kept *pair\n\n"
        f"func made(xs []int) *pair {{\n\ts := 0\n{body}\treturn &pair{{s, s}}\n}}\n\n"
        "func Reads(xs []int) int {\n\tp := made(xs)\n\treturn p.a + made(xs[1:]).b\n}\n\n"
        "func Keeps(xs []int) { kept = made(xs) }\n"
    )
    module = write_module(tmp_path / "m", m_go=text)
    place = f"m.go:{text[: text.index('func made')].count(chr(10)) + 1}"
    said = explain(place, cwd=module).stdout
    # What Keeps keeps stays on the heap all the same.
    wanted = "`&pair{...}` would not be on the heap: 2 allocations less at 2 calls"
    assert wanted in said


def test_a_module_behind_a_link(module: Path) -> None:
    link = module.parent / "link"
    link.symlink_to(module)
    line = 1 + (module / "m.go").read_text().partition("func ")[0].count("\n")
    here = explain(f"m.go:{line}", cwd=module)
    for place, cwd in ((f"m.go:{line}", link), (f"link/m.go:{line}", module.parent)):
        done = explain(place, cwd=cwd)
        assert (done.status, done.stdout.partition("\n")[0]) == (
            0, here.stdout.partition("\n")[0],
        ), done  # fmt: skip


def test_a_go_file_without_a_line(module: Path) -> None:
    done = explain("m.go", cwd=module)
    assert (done.status, done.stderr) == (2, "golsp-mem: m.go: write FILE:LINE or FILE:LINE:COL\n")
