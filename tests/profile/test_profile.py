"""``golsp-mem profile`` and ``check --profile`` on a module that is really run."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from golsp_mem.compiler.pprof import profile_pb2
from golsp_mem.compiler.pprof.reader import read_profile
from golsp_mem.errors import ConfigError
from golsp_mem.report.json.reader import read_report
from tests import program
from tests.program import Done
from tests.toolchains import go_binary

MODULE = Path(__file__).parent / "module"
GO = go_binary("1.27")
_PRINTED = re.compile(r"^(Benchmark\S+)\s.*?(\d+) B/op\s+(\d+) allocs/op", re.MULTILINE)


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("bm")
    shutil.copytree(MODULE, directory, dirs_exist_ok=True)
    (directory / "go.mod").write_text("module example.com/bm\n\ngo 1.24\n")
    return directory


def golsp_mem(directory: Path, *arguments: str, status: int = 0) -> Done:
    env = {**os.environ, "GOLSP_MEM_CACHE": str(directory / "store"), "GOMAXPROCS": "2"}
    done = program.run(*arguments, "--go", str(GO), cwd=directory, env=env)
    assert done.status == status, done.stderr
    return done


@pytest.fixture(scope="module")
def measured(module: Path) -> dict[str, Any]:
    done = golsp_mem(module, "profile", "--format", "json", "--save", "heap.pb.gz", "--benchtime",
                     "1000x")  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_lines_sum_to_what_go_prints(module: Path, measured: dict[str, Any]) -> None:
    env = {**os.environ, "GOTOOLCHAIN": "local", "GOMAXPROCS": "2"}
    printed = subprocess.run(
        [str(GO), "test", "-run=^$", "-bench=.", "-benchtime=1000x", "-benchmem",
         "-memprofilerate=1"],
        cwd=module, env=env, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    expected = {name: int(allocs) for name, _, allocs in _PRINTED.findall(printed)}
    assert len(expected) == 9
    found = {one["name"]: one for one in measured["benchmarks"]}
    assert {name: one["allocs_per_op"] for name, one in found.items()} == expected
    for one in found.values():
        assert sum(line["objects_per_op"] for line in one["lines"]) == one["allocs_per_op"]
        assert sum(line["bytes_per_op"] for line in one["lines"]) == one["bytes_per_op"]


def test_each_line_has_what_it_takes(measured: dict[str, Any]) -> None:
    def lines(name: str) -> list[tuple[int, int, str | None]]:
        [one] = [one for one in measured["benchmarks"] if one["name"] == f"Benchmark{name}-2"]
        # What Go's own mean rounds away can be a rest of some bytes, of no object.
        return [
            (line["line"], line["objects_per_op"], line["callee"])
            for line in one["lines"]
            if line["file"] is not None or line["objects_per_op"]
        ]

    text = (MODULE / "bm.go").read_text().splitlines()
    at = {
        line.split("//")[1].strip(): number for number, line in enumerate(text, 1) if "//" in line
    }
    assert lines("Two") == [(at["in New"], 1, None), (at["in Two"], 1, None)]
    assert lines("Small") == [(at["in Small"], 1, None)]
    assert lines("Stop") == [(at["in Concat"], 1, None)]
    assert (at["in Text"], 1, "strings.Repeat") in lines("Text")
    assert measured["unmatched"]["objects"] == 0


def test_a_finding_knows_its_line_of_the_benchmark(measured: dict[str, Any]) -> None:
    known = {one["fingerprint"]: one for one in measured["findings"]}
    for one in measured["benchmarks"]:
        for line in one["lines"]:
            if line["fingerprint"] is not None:
                finding = known[line["fingerprint"]]
                assert (finding["file"], finding["line"]) == (line["file"], line["line"])
                assert finding["measured"]["objects"] >= 1000 * line["objects_per_op"] or (
                    line["shared"] or finding["bytes"] is None or finding["bytes"] < 16
                )


def test_check_ranks_by_a_profile(module: Path, measured: dict[str, Any]) -> None:
    done = golsp_mem(module, "check", "--format", "json", "--profile", "heap.pb.gz")
    report = json.loads(done.stdout)
    assert [one["line"] for one in report["findings"]] == sorted(
        one["line"] for one in report["findings"]
    )
    ranked = sorted(report["findings"], key=lambda one: one["rank"])
    sizes = [one["measured"]["bytes"] if one["measured"] else 0 for one in ranked]
    assert sizes[0] > 0
    assert sizes == sorted(sizes, reverse=True)


def test_a_profile_of_older_code_is_matched_by_its_functions(
    module: Path, tmp_path: Path, measured: dict[str, Any]
) -> None:
    shutil.copytree(module, tmp_path / "m", ignore=shutil.ignore_patterns("store"))
    source = tmp_path / "m" / "bm.go"
    source.write_text(source.read_text().replace("package bm\n", "package bm\n\n// Moved.\n", 1))
    flags = ("check", "--format", "json", "--profile", "heap.pb.gz")
    moved = golsp_mem(tmp_path / "m", *flags)
    assert "older than the code" in moved.stderr
    then = json.loads(golsp_mem(module, *flags).stdout)["findings"]
    now = json.loads(moved.stdout)["findings"]
    assert [one["measured"] for one in now] == [one["measured"] for one in then]


def test_a_page_of_a_profile(module: Path, measured: dict[str, Any]) -> None:
    golsp_mem(module, "report", "-q", "--no-reasons", "--profile", "heap.pb.gz", "-o", "page.html")
    found = re.search(r'<script type="application/json" id="report">(.*?)</script>',
                      (module / "page.html").read_text(), re.DOTALL)  # fmt: skip
    assert found is not None
    data = json.loads(found[1])
    total = sum(one for one in data["columns"]["measured"] if one > 0)
    assert 0 < total <= data["measured"]["bytes"]
    golsp_mem(module, "report", "-q", "--profile", "nowhere", status=2)


def test_text_tells_what_ran(module: Path) -> None:
    flags = ("profile", "--bench", "Small", "--benchtime", "10x")
    told = golsp_mem(module, *flags).stdout
    assert "in Small" in (MODULE / "bm.go").read_text()
    assert "bm.Small" in told
    assert "bm.Concat" not in told
    assert "where nothing was measured not shown (--full shows them)" in told
    assert "bm.Concat" in golsp_mem(module, *flags, "--full").stdout


def test_no_benchmark_is_no_result(module: Path) -> None:
    done = golsp_mem(module, "profile", "-q", "--bench", "Nowhere", status=2)
    assert "no benchmark matches Nowhere" in done.stderr
    assert done.stdout == ""


def test_wrong_profiles_are_one_line(module: Path, tmp_path: Path) -> None:
    subprocess.run(
        [str(GO), "test", "-run=^$", "-bench=Two", "-benchtime=10x",
         f"-mutexprofile={tmp_path}/mutex", f"-memprofile={tmp_path}/heap"],
        cwd=module, check=True, capture_output=True,
    )  # fmt: skip
    data = (tmp_path / "heap").read_bytes()
    (tmp_path / "cut").write_bytes(data[: len(data) // 2])
    (tmp_path / "text").write_text("heap profile: 1: 2 [3: 4] @ heap/1048576\n")
    (tmp_path / "empty").write_bytes(b"")
    message = profile_pb2.Profile.FromString(gzip.decompress(data))
    other = profile_pb2.Profile.FromString(gzip.decompress(data))
    strings = [text.replace("example.com/bm", "example.com/other") for text in other.string_table]
    del other.string_table[:]
    other.string_table.extend(strings)
    (tmp_path / "other").write_bytes(gzip.compress(other.SerializeToString()))
    for location in message.location:
        del location.line[:]
    (tmp_path / "bare").write_bytes(message.SerializeToString())
    for name, words in {
        "mutex": "neither a heap nor a CPU profile",
        "cut": "cut off",
        "text": "without debug=1",
        "empty": "empty",
        "other": "another program",
        "bare": "no names of functions",
        "nowhere": "No such file",
    }.items():
        done = golsp_mem(module, "check", "-q", "--profile", str(tmp_path / name), status=2)
        [line] = done.stderr.splitlines()
        assert words in line, name
        assert done.stdout == ""


BROKEN = {
    "panics": ('func BenchmarkBad(b *testing.B) { panic("no luck") }', "no luck", 4),
    "fails": ('func BenchmarkBad(b *testing.B) { b.Fatal("no luck") }', "BenchmarkBad", 4),
    "never ends": ("func BenchmarkBad(b *testing.B) { for { time.Sleep(1e9) } }", "did not end", 4),
    "does not build": ("func BenchmarkBad(b *testing.B) { nope() }", "undefined: nope", 3),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_benchmark_that_gives_nothing_is_one_line(name: str, tmp_path: Path) -> None:
    code, words, status = BROKEN[name]
    (tmp_path / "go.mod").write_text("module example.com/bad\n\ngo 1.24\n")
    (tmp_path / "a.go").write_text("package bad\n\nfunc F() *int { return new(int) }\n")
    (tmp_path / "a_test.go").write_text(
        f'package bad\n\nimport (\n"testing"\n"time"\n)\n\nvar _ = time.Now\n\n{code}\n'
    )
    time = ("--timeout", "8") if name == "never ends" else ()
    done = golsp_mem(tmp_path, "profile", "-q", "--format", "json", *time, status=status)
    line = done.stderr.splitlines()[-1]
    assert words in line
    assert "goroutine" not in done.stderr
    assert json.loads(done.stdout)["benchmarks"] == []


def test_any_bytes_are_a_profile_or_one_line() -> None:
    for data in (b"\x0a", b"\x1f\x8b\x08", b"\x00" * 40, b"heap", gzip.compress(b"\xff" * 9)):
        with pytest.raises(ConfigError) as raised:
            read_profile(data, "x")
        assert "\n" not in str(raised.value)


GROWING = """package main

import (
	"os"
	"runtime/pprof"
	"time"
)

//go:noinline
func decode(depth int) byte {
	var buffer [3000]byte
	buffer[depth] = 1
	if depth == 0 {
		return buffer[0]
	}
	return decode(depth-1) + buffer[depth]
}

func serve(done chan byte) { done <- decode(12) }

func main() {
	file, _ := os.Create(os.Args[1])
	_ = pprof.StartCPUProfile(file)
	for end := time.Now().Add(700 * time.Millisecond); time.Now().Before(end); {
		done := make(chan byte)
		go serve(done)
		<-done
	}
	pprof.StopCPUProfile()
	_ = file.Close()
}
"""


def test_a_cpu_profile_tells_where_stacks_grow(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/grow\n\ngo 1.24\n")
    (tmp_path / "main.go").write_text(GROWING)
    env = {**os.environ, "GOTOOLCHAIN": "local"}
    subprocess.run([str(GO), "run", ".", "cpu"], cwd=tmp_path, env=env, check=True)
    flags = ("check", "--profile", "cpu", "--fail-on", "never")
    text = golsp_mem(tmp_path, *flags, "--format", "json").stdout
    grown = json.loads(text)["stack_growth"]
    kept = read_report(text, "cpu.json", tmp_path).stack_growth
    assert kept is not None
    assert len(kept.places) == len(grown["places"])
    assert kept.share == grown["growing_nanoseconds"] / grown["nanoseconds"]
    assert 0 < grown["growing_nanoseconds"] <= grown["nanoseconds"]
    first = grown["places"][0]
    assert (first["function"], first["entry"]) == ("main.decode", "main.serve")
    assert (first["file"], first["line"]) == ("main.go", 10)
    assert first["frame_bytes"] >= 3000
    assert sum(one["nanoseconds"] for one in grown["places"]) == grown["growing_nanoseconds"]
    told = golsp_mem(tmp_path, *flags).stdout
    assert "of the CPU time is growing goroutine stacks" in told
    assert "in main.decode (frame of 3" in told
