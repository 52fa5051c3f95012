"""Calls in loops, followed without a look at what else the package calls."""

from __future__ import annotations

import asyncio
from pathlib import Path

from attrs import evolve

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import HeapCalls, Settings
from golsp_mem.model import Allocates, Called
from tests.cli.runner import write_module
from tests.toolchains import go_binary

CODE = """package m

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

type node struct{ next []*node }

func Joined(words []string) (n int) {
	for _, one := range words {
		if one == "" {
			// Nothing that returns is behind it.
			die(strings.ToUpper(one))
		}
		if len(one) > 9 {
			fmt.Fprintln(os.Stderr, strings.Title(one))
			leave()
		}
		n += len(strings.Repeat(one, 2)) + own(one)
	}
	return n
}

//go:noinline
func die(text string) { panic(text) }

//go:noinline
func leave() { os.Exit(2) }

//go:noinline
func own(text string) int { return len(strings.Split(text, ",")) }

func (one *node) Walk(depth int) {
	for _, other := range one.next {
		other.Walk(depth + 1)
		println(strconv.Quote("a"))
	}
}

//go:noinline
func round(n int) int {
	if n > 0 {
		return back(n)
	}
	return n
}

//go:noinline
func back(n int) int { return round(n - 1) }

//go:noinline
func forever(n int) int { return forever(n+1) + 1 }

func Turns(n int) (all []string) {
	for i := range n {
		all = append(all, strconv.Itoa(round(i)*1000))
		if n > 99 {
			all = append(all, strings.ToLower(all[0]))
			forever(n)
		}
	}
	return all
}
"""


def outside(directory: Path, settings: Settings) -> set[tuple[int, str | None, Allocates, bool]]:
    engine = Engine(settings, directory)
    [package] = asyncio.run(engine.check(["."])).packages

    def counts(one: Called) -> bool:
        return one.outside and one.allocates is not Allocates.NEVER

    return {
        (one.span.line, one.callee, one.allocates, one.execution.path.is_cold)
        for one in package.calls
        if counts(one)
    }


def test_they_are_what_all_calls_are(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=CODE)
    settings = Settings(go_path=str(go_binary("1.26")))
    ranked = outside(module, evolve(settings, heap_calls=HeapCalls.RANKED))
    every = outside(module, evolve(settings, heap_calls=HeapCalls.ALL))
    looped = {name for _, name, _, _ in ranked}
    assert looped >= {"strings.Repeat", "strconv.Quote", "strconv.Itoa"}
    assert "strings.ToUpper" not in looped
    own = next(n for n, text in enumerate(CODE.splitlines(), 1) if "func own(" in text)
    # What runs seldom is never among the first: where Joined leaves, its program ends.
    assert {name for _, name, _, cold in every if cold} == {"fmt.Fprintln", "strings.Title"}
    assert ranked == {one for one in every if one[0] != own and not one[3]}


def test_a_package_with_a_dot_in_its_path_calls_itself(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=CODE)
    (module / "go.mod").write_text("module example.com/m.v3\n\ngo 1.22\n")
    settings = Settings(go_path=str(go_binary("1.26")), heap_calls=HeapCalls.ALL)
    callees = {name for _, name, _, _ in outside(module, settings)}
    assert "strings.Split" in callees
    assert not [name for name in callees if name and name.startswith("example.com")]
