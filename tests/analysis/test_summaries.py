"""What is kept of functions says what reading them again says, and only of the same archives."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from golsp_mem.analysis.calls.bodies import Named
from golsp_mem.analysis.calls.summaries import Archive, KeptSummaries, Summaries
from golsp_mem.analysis.calls.through import Through
from golsp_mem.analysis.costs import Bounds
from tests.toolchains import go_binary
from tests.truth.calls.program import archives_of, bodies_of

GO = """package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

var sink any

func Split(s string) { sink = strings.Split(s, ",") }

func Number(n int) string { return strconv.Itoa(n) + strings.Repeat("a", n) }

func Round(n int) error {
	if n == 0 {
		return errors.New(Number(n))
	}
	return Round(n - 1)
}

func Called(f func()) { f() }

//go:noinline
func Ping(n int) { sink = new(int); Pong(n) }

//go:noinline
func Pong(n int) {
	sink = new(string)
	if n > 0 {
		Ping(n - 1)
	}
}

func main() { Split(""); sink = Round(1); Called(nil); Ping(1); sink = fmt.Errorf("%d", 1) }
"""
Archives = dict[str, Archive]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Archives]:
    made = tmp_path_factory.mktemp("summaries")
    (made / "go.mod").write_text("module example.com/m\n\ngo 1.22\n")
    (made / "m.go").write_text(GO)
    return made, archives_of(go_binary("1.26"), made)


def through(program: tuple[Path, Archives], archives: Archives, kept: Path | None) -> Through:
    shared = KeptSummaries(kept) if kept is not None else None
    make = (lambda go: Summaries(archives, go, shared)) if shared is not None else None
    return Through(bodies_of(go_binary("1.26"), program[0], archives, make))


def told(one: Through) -> dict[Named, object]:
    """All that is known of the program's own functions, whatever order it was found out in."""
    return {
        name: (
            one.total(name),
            one.way(name, sure=True),
            one.way(name, sure=False),
            set(one.unknown_calls(one.reach(name))),
        )
        for name in one.bodies.names("example.com/m")
    }


def opened(one: Through) -> set[str]:
    return set(one.bodies._packages)  # type: ignore[attr-defined]


def test_kept_summaries_say_the_same(program: tuple[Path, Archives], tmp_path: Path) -> None:
    archives = program[1]
    plain = told(through(program, archives, None))
    first = through(program, archives, tmp_path)
    assert told(first) == plain
    assert "strings" in opened(first)
    first.keep()
    second = through(program, archives, tmp_path)
    assert told(second) == plain
    assert opened(second) <= {"example.com/m", "runtime"}
    assert any(name.name == "main.Split" for name in plain)


def test_a_glimpse_says_the_same(program: tuple[Path, Archives], tmp_path: Path) -> None:
    archives = program[1]
    whole = through(program, archives, None)

    def seen(one: Through) -> dict[Named, object]:
        # Whether there are other ways is only asked where all is read.
        glimpses = {
            name: one.glimpses.of(name)
            for package in ("fmt", "strings", "example.com/m")
            for name in whole.bodies.names(package)
        }  # fmt: skip
        return {
            name: (seen.total.cost.objects, seen.way and evolve(seen.way, certain=False))
            for name, seen in glimpses.items()
        }

    def said(name: Named) -> object:
        total = whole.total(name)
        always = total.cost.objects.least > 0
        way = (whole.way(name, sure=True) if always else None) or whole.way(name, sure=False)
        return total.cost.objects, way and evolve(way, certain=False)

    first = through(program, archives, tmp_path)
    found = seen(first)
    assert found == {name: said(name) for name in found}
    errorf = Named("fmt", "fmt.Errorf", 1)
    assert not first.glimpses.of(errorf).whole
    # To call oneself is no way out: each of two that call each other surely makes two.
    ping = Named("example.com/m", "main.Ping", 1)
    assert whole.total(ping).cost.objects == Bounds(2, None)
    first.keep()
    second = through(program, archives, tmp_path)
    assert second.glimpses.of(errorf) == first.glimpses.of(errorf)
    assert opened(second) == set()
    # Who asks for more is not answered with a part.
    assert second.total(errorf) == whole.total(errorf)


def test_they_hold_for_the_same_archives_only(
    program: tuple[Path, Archives], tmp_path: Path
) -> None:
    archives = program[1]
    first = through(program, archives, tmp_path)
    plain = told(first)
    first.keep()
    # strings is the same, but something that it was made of is not.
    changed = evolve(archives["internal/bytealg"], build_id="another/content")
    other = through(program, {**archives, "internal/bytealg": changed}, tmp_path)
    assert told(other) == plain
    assert "strings" in opened(other)
    # Nor where a file holds anything else.
    for entry in tmp_path.rglob("*.json"):
        entry.write_bytes(entry.read_bytes()[:40])
    damaged = through(program, archives, tmp_path)
    assert told(damaged) == plain
    assert "strings" in opened(damaged)


def test_a_dependency_without_an_archive(program: tuple[Path, Archives], tmp_path: Path) -> None:
    archives = program[1]
    split = Named("example.com/m", "main.Split", 1)
    known = through(program, archives, tmp_path)
    assert not known.total(split).unknown
    known.keep()
    without = {path: one for path, one in archives.items() if path != "strings"}
    total = through(program, without, tmp_path).total(split)
    assert total.unknown
    assert total.cost.objects.least == 0
    broken = tmp_path / "broken.a"
    broken.write_bytes(b"!<arch>\n" + b"x" * 70)
    damaged = through(program, {**archives, "strings": Archive(str(broken), "other/one")}, tmp_path)
    assert damaged.total(split).unknown
    [line] = damaged.bodies.unread.values()
    assert line.startswith("strings: its archive cannot be read: ")
