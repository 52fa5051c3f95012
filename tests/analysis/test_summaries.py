"""What is kept of functions says what reading them again says, and only of the same archives."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from golsp_mem.analysis.calls.bodies import Named
from golsp_mem.analysis.calls.summaries import Archive, KeptSummaries, Summaries
from golsp_mem.analysis.calls.through import Through
from tests.toolchains import go_binary
from tests.truth.calls.program import archives_of, bodies_of

GO = """package main

import (
	"errors"
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

func main() { Split(""); sink = Round(1); Called(nil) }
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
