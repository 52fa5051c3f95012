"""What ``//golsp-mem:noalloc`` promises of calls, against what the functions do when they run."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from golsp_mem.advice.topics import read_topic
from tests.cli.runner import check

# Each function: its promise, and what is told of it. "nothing" holds in a run.
LIBRARY = """package lib

import "strings"

//go:noinline
func Fields(s string) int { return strings.Count(s, " ") + 1 }

//go:noinline
func Copy(s string) string { return strings.Clone(s) }
"""
PROMISES = """package m

import (
	"fmt"
	"io"
	"reflect"
	"sort"
	"strconv"
	"sync"
	"time"

	"example.com/promises/lib"
)

type T struct {
	text, last string
	mu   sync.Mutex
	next *T
	n    int
}

type shape interface{ area() int }
type square struct{ side int }

func (s square) area() int { return s.side * s.side }

var text, number, values = "some text, long enough", "12", []int{3, 1, 2}
var one = &T{text: text}
var sink any
var hidden = func() int { return 1 }
var shapes shape = square{2}

//go:noinline
func (t *T) copied() string { t.last = lib.Copy(t.text); return t.last }

//go:noinline
func must(ok bool) {
	if !ok {
		panic(fmt.Sprintf("not %t", ok))
	}
}

//go:noinline
func even(n int) bool { return n == 0 || odd(n-1) }

//go:noinline
func odd(n int) bool { return n != 0 && even(n-1) }

//go:noinline
func chain(t *T, n int) *T {
	if n == 0 {
		return t
	}
	return &T{next: chain(t, n-1)}
}

func helper[V any](v V, f func(V)) { f(v) }

//golsp-mem:noalloc
func Chain() { one.last = one.copied() } // breaks

//golsp-mem:noalloc local
func Local() { one.last = one.copied() } // local

//golsp-mem:noalloc strict
func Other() { one.n = lib.Fields(text) } // nothing

//golsp-mem:noalloc strict
func Lock() { // nothing
	one.mu.Lock()
	defer one.mu.Unlock()
	one.n++
}

//golsp-mem:noalloc strict
func Panics() { must(one != nil) } // nothing

//golsp-mem:noalloc strict
func Recursion() { even(4) } // nothing

//golsp-mem:noalloc
func Deep() { sink = chain(one, one.n) } // breaks

//golsp-mem:noalloc strict
func Sorts() { sort.Ints(values) } // nothing

//golsp-mem:noalloc
func Parses() { one.n, _ = strconv.Atoi(number) } // breaks

//golsp-mem:noalloc
func Interface() { one.n = shapes.area() } // unknown

//golsp-mem:noalloc strict
func Strict() { one.n = hidden() } // strict

//golsp-mem:noalloc strict
func Direct() { s := shape(square{3}); one.n = s.area() } // nothing

//golsp-mem:noalloc
func Writes() { io.WriteString(io.Discard, text) } // breaks

//golsp-mem:noalloc
func Reflects() { one.n = reflect.ValueOf(one).Elem().NumField() } // nothing

//golsp-mem:noalloc
func Literal() { // breaks
	f := func() string { return one.copied() }
	one.last = f()
}

//golsp-mem:noalloc strict
func Inlined() { helper(one, func(t *T) { t.n++ }) } // nothing

//golsp-mem:noalloc
func Excused() {
	one.last = one.copied() //golsp-mem:ignore heap-call once
} // local

//golsp-mem:noalloc strict
func Waived() {
	one.n = hidden() //golsp-mem:ignore contract-unknown known to be small
} // local

func Statement() {
	one.n++
	//golsp-mem:noalloc
	one.last = one.copied() // breaks
}

func taken() { sink = new(int) }

func taking(b bool) {
	if b {
		sink = new(int)
	}
}

func (s *square) copied() *square { c := *s; return &c }

func generic[V any](v V) *V { return &v }

//golsp-mem:noalloc
func Same() {
	taken() // breaks
}

//golsp-mem:noalloc strict
func Nested() {
	func() { taken() }() // breaks
}

//golsp-mem:noalloc
func Method() {
	sink = shapes
	sink = (&square{3}).copied() // breaks
}

//golsp-mem:noalloc
func Generic() {
	sink = generic(number) // breaks
}

//golsp-mem:noalloc
func Gone() {
	taking(false) // nothing
}

//golsp-mem:noalloc strict
func Sleeps() {
	time.Sleep(1) // nothing
}

//golsp-mem:noalloc local
func Alone() {
	taken() // local
}

//golsp-mem:noalloc strict
func Folded() { // nothing
	f := func() *int { return new(int) }
	g := func() []int { return []int{*f(), *f()} }
	one.n = len(g()) + *func() *int { return new(int) }()
}

//golsp-mem:noalloc
func Handed() {
	one.n = given(func() *int { return new(int) }) // breaks
}

//go:noinline
func given(f func() *int) int { return *f() }
"""
NAMES = [
    "Chain",
    "Local",
    "Other",
    "Sleeps",
    "Lock",
    "Panics",
    "Recursion",
    "Deep",
    "Sorts",
    "Parses",
    "Interface",
    "Strict",
    "Direct",
    "Writes",
    "Reflects",
    "Literal",
    "Inlined",
    "Excused",
    "Waived",
    "Statement",
    "Same",
    "Nested",
    "Method",
    "Generic",
    "Gone",
    "Alone",
    "Folded",
    "Handed",
]


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("promises")
    (made / "go.mod").write_text("module example.com/promises\n\ngo 1.22\n")
    (made / "lib").mkdir()
    (made / "lib" / "lib.go").write_text(LIBRARY)
    (made / "m.go").write_text(PROMISES)
    (made / "m_test.go").write_text(
        'package m\n\nimport (\n\t"fmt"\n\t"testing"\n)\n\nfunc TestRun(t *testing.T) {\n'
        + "".join(f'\tfmt.Println("{n}", testing.AllocsPerRun(9, {n}))\n' for n in NAMES)
        + "}\n"
    )
    return made


@pytest.fixture(scope="module")
def told(module: Path) -> dict[str, set[tuple[str, str]]]:
    """Codes and severities by the function that they are told of."""
    done = check("--format", "json", "./...", cwd=module)
    found: dict[str, set[tuple[str, str]]] = {}
    lines = PROMISES.splitlines()
    for one in json.loads(done.stdout)["findings"]:
        if one["code"].startswith(("contract", "directive")):
            above = [line for line in lines[: one["line"]] if line.startswith("func ")]
            name = above[-1].removeprefix("func ").partition("(")[0]
            found.setdefault(name, set()).add((one["code"], one["severity"]))
    return found


def claimed() -> dict[str, str]:
    found, name = {}, ""
    for line in PROMISES.splitlines():
        if line.startswith("func ") and "(" in line:
            name = line.removeprefix("func ").partition("(")[0]
        if " // " in line and name in NAMES:
            found[name] = line.rpartition(" // ")[2]
    return found


def test_each_promise_is_judged(told: dict[str, set[tuple[str, str]]]) -> None:
    said = {}
    for name in NAMES:
        codes = {code for code, _ in told.get(name, set())}
        said[name] = (
            "breaks" if "contract-noalloc" in codes
            else "strict" if ("contract-unknown", "error") in told.get(name, set())
            else "unknown" if "contract-unknown" in codes else "nothing"
        )  # fmt: skip
    expected = {name: what.replace("local", "nothing") for name, what in claimed().items()}
    assert said == expected


def test_what_holds_allocates_nothing_when_it_runs(module: Path) -> None:
    run = subprocess.run(
        ["go", "test", "-run", "TestRun", "-v", "."], cwd=module, capture_output=True, text=True,
        env={**os.environ, "GOTOOLCHAIN": "local"},
    )  # fmt: skip
    counts = dict(line.split() for line in run.stdout.splitlines() if line.split()[0] in NAMES)
    assert set(counts) == set(NAMES)
    ran = {name: counts[name] for name, what in claimed().items() if what == "nothing"}
    assert set(ran.values()) == {"0"}
    assert [
        float(counts[name]) > 0 for name in ("Same", "Nested", "Method", "Generic", "Handed")
    ] == [True] * 5
    assert counts["Chain"] == "1"
    assert float(counts["Deep"]) > 0


def test_the_page_names_what_does_not_count() -> None:
    _, _, rest = read_topic("contract-noalloc").text.partition("**What does not count**")
    assert "`time.Sleep`" in rest
    assert "`select`" in rest


def test_the_message_names_the_chain(module: Path) -> None:
    done = check("--format", "json", ".", cwd=module)
    [chain] = [
        one for one in json.loads(done.stdout)["findings"]
        if (one["code"] == "contract-noalloc" and one["function"].endswith("m.Chain"))
        or one["function"].endswith("promises.Chain")
    ]  # fmt: skip
    assert "Chain → (*T).copied → lib.Copy → strings.Clone" in chain["message"]
    assert "allocates, " in chain["message"]
    assert chain["severity"] == "warning", "a copy of nothing is no object"
    assert next(step["text"] for step in chain["reason"]).endswith("calls promises.(*T).copied")
