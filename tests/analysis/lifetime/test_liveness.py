"""The -live text of every release, and whatever else somebody feeds the parser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.compiler.text.liveness import (
    LiveFact,
    LiveKind,
    Liveness,
    StackObject,
    parse,
    parse_line,
    variable_of,
)
from golsp_mem.model import Position
from tests.data.live.record import record
from tests.toolchains import go_binary

DATA = Path(__file__).parents[2] / "data" / "live"
RELEASES = ("1.22", "1.24", "1.25", "1.26", "1.27")
LINES = [
    (
        "./a.go:23:6: live at entry to before: b d",
        LiveFact(LiveKind.ENTRY, Position("./a.go", 23, 6), "before", ("b", "d")),
    ),
    (
        "./a.go:33:18: live at entry to (*device).read: d",
        LiveFact(LiveKind.ENTRY, Position("./a.go", 33, 18), "(*device).read", ("d",)),
    ),
    (
        "./a.go:28:24: live at call to read: d",
        LiveFact(LiveKind.CALL, Position("./a.go", 28, 24), "read", ("d",)),
    ),
    (
        "C:\\x y\\a.go:28:24: live at call to (*FD).Write: &d .autotmp_40 err.data ~r0",
        LiveFact(
            LiveKind.CALL,
            Position("C:\\x y\\a.go", 28, 24),
            "(*FD).Write",
            ("&d", ".autotmp_40", "err.data", "~r0"),
        ),
    ),
    (
        "./a.go:3:9: live at call to AddCleanup[go.shape.struct { main.fd int },go.shape.int]: d",
        LiveFact(
            LiveKind.CALL,
            Position("./a.go", 3, 9),
            "AddCleanup[go.shape.struct { main.fd int },go.shape.int]",
            ("d",),
        ),
    ),
    (
        "./a.go:54:1: live at indirect call: é",
        LiveFact(LiveKind.INDIRECT, Position("./a.go", 54, 1), None, ("é",)),
    ),
    (
        "./a.go:7: live at call to f: x",
        LiveFact(LiveKind.CALL, Position("./a.go", 7, 0), "f", ("x",)),
    ),
    (
        "./a.go:51:2: stack object .autotmp_31 struct { F uintptr; X0 *os.File }",
        StackObject(Position("./a.go", 51, 2), ".autotmp_31", "struct { F uintptr; X0 *os.File }"),
    ),
    ("./a.go:13:11: path does not escape", None),
    ("# example.com/a", None),
    ("", None),
]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_reads_each_form(line: str, expected: LiveFact | StackObject | None) -> None:
    assert parse_line(line) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("d", "d"),
        ("&d", "d"),
        ("err.data", "err"),
        ("s.ptr", "s"),
        (".autotmp_3", None),
        (".this", None),
        ("~r0", None),
        ("&", None),
        ("", None),
    ],
)
def test_knows_the_names_that_the_compiler_made(name: str, expected: str | None) -> None:
    assert variable_of(name) == expected


@pytest.mark.parametrize("release", RELEASES)
def test_understands_every_recorded_line(release: str) -> None:
    lines = (DATA / f"go{release}" / "live.txt").read_text(encoding="utf-8").splitlines()
    parsed = parse(lines)
    said = [line for line in lines if ": live at " in line or ": stack object " in line]
    assert parsed.unparsed == 0
    assert len(parsed.facts) + len(parsed.objects) == len(said) > 20
    at = {fact.position.line: fact for fact in parsed.facts if fact.target == "read"}
    live = Liveness.of(parsed, str)
    assert at[18].variables == {"d"}, "KeepAlive keeps d during the read"
    assert live.on_line("./sample.go", 14) == (), "without it nothing is live there"
    assert live.at(Position("./sample.go", 18, 24)) == (at[18],)
    assert at[54].made, "the deferred call's closure has a made-up name"
    assert at[37].variables == {"d", "b"}, "moved to the heap: &d"


def test_generic_code_has_no_lines_of_its_own() -> None:
    lines = (DATA / "go1.27" / "live.txt").read_text(encoding="utf-8").splitlines()
    assert any("can inline generic[" in line for line in lines)
    assert not [fact for fact in parse(lines).facts if fact.position.line in range(58, 62)]


def test_counts_what_it_does_not_understand() -> None:
    lines = ["./a.go:1:2: live at sunset: d", "./a.go:1:2: stack object x", "what is this?", ""]
    assert parse(lines).unparsed == 3


@pytest.mark.parametrize("release", ["1.22", "1.27"])
def test_one_compile_tells_both_and_a_cache_hit_repeats_it(release: str, tmp_path: Path) -> None:
    module = Path(shutil.copytree(DATA / "sample", tmp_path / "sample"))
    go = go_binary(release)
    first, again = (record(go, module, "-m -live") for _ in range(2))
    alone = parse(record(go, module, "-live").splitlines())
    assert first == again
    assert ": moved to heap: d" in first
    assert set(parse(first.splitlines()).facts) == set(alone.facts) != set()


@given(st.text())
def test_never_raises(text: str) -> None:
    parsed = parse(text.splitlines())
    assert parsed.unparsed >= 0


@given(
    st.from_regex(
        r"\A.{0,9}:[0-9٣]{0,12}:?[0-9]{0,5}: (live at (call to|entry to|indirect call)?|stack "
        r"object).{0,30}\Z"
    )
)
def test_never_raises_on_what_looks_right(line: str) -> None:
    found = parse_line(line)
    parsed = parse([line])
    counted = len(parsed.facts) + len(parsed.objects) + parsed.unparsed
    assert counted <= 1
    assert (found is not None) == (len(parsed.facts) + len(parsed.objects) == 1)
    if isinstance(found, LiveFact):
        assert found.names
        assert len(found.variables) + len(found.made) <= len(found.names)
