"""The order of findings, and what of it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from golsp_mem.advice.topics import read_topic
from golsp_mem.errors import UsageError
from golsp_mem.model import Allocates, Code, Execution, Fate, FateKind, Finding, PathKind, Severity
from golsp_mem.report import groups, selection
from golsp_mem.report.model import Report, Shown
from golsp_mem.report.ranking import ranked, unranked, why
from golsp_mem.source.syntax import GoFile
from tests.cli.builders import finding, report

LOOP = Execution(PathKind.LOOP, 1)
PAIRS = [
    ("it is a mistake", {"code": Code.STACK_LIMIT}, {"execution": LOOP}),
    ("normal work", {}, {"execution": Execution(PathKind.ERROR, 2)}),
    ("normal work", {"execution": Execution(PathKind.ONCE)},
     {"execution": Execution(PathKind.PANIC)}),
    ("called in its package", {"execution": Execution(called=1)}, {"execution": LOOP}),
    ("in a loop, or", {"execution": LOOP}, {"bytes": 4096}),
    ("in a loop, or", {"execution": Execution(called=1, called_in_loops=1)},
     {"execution": Execution(called=9)}),
    ("larger", {"bytes": 64}, {"bytes": 8}),
    ("larger", {}, {"bytes": 8}),
    ("more places", {"execution": Execution(called=3)}, {"execution": Execution(called=2)}),
    ("more loops", {"execution": Execution(PathKind.LOOP, 2)}, {"execution": LOOP}),
    ("whenever it runs", {}, {"allocates": Allocates.CONDITIONAL}),
    ("mended", {"fate": Fate(FateKind.SCRATCH)}, {"fate": Fate(FateKind.RETURNED)}),
    ("in the code", {}, {}),
]  # fmt: skip


def shown(**fields: object) -> Shown:
    made = finding(**fields)  # type: ignore[arg-type]
    loud = made.code is Code.STACK_LIMIT
    return Shown(made, Severity.WARNING if loud else Severity.HINT)


@pytest.mark.parametrize(("because", "first", "second"), PAIRS)
def test_an_order_has_a_reason_in_words(
    because: str, first: dict[str, object], second: dict[str, object]
) -> None:
    one, other = shown(**first), shown(**second)
    assert because in why(one, other)
    pair = (one, other) if because == "in the code" else (other, one)
    made = ranked(Report((), Path(), (), pair))
    assert [entry.rank for entry in made.shown] == ([1, 2] if because == "in the code" else [2, 1])
    assert unranked(made).shown == pair


def _report() -> Report:
    return ranked(
        report(
            finding(execution=Execution(PathKind.ERROR), fingerprint="error"),
            finding(execution=LOOP, fingerprint="loop"),
            finding(fingerprint="normal"),
            finding(code=Code.STACK_RECURSION, fingerprint="stack"),
        )
    )


def _left(made: Report) -> list[str]:
    return [one.finding.fingerprint for one in made.shown]


def test_paths_and_the_first() -> None:
    made = _report()
    hot = selection.on_paths(made, selection.HOT)
    assert _left(hot) == ["loop", "normal", "stack"]
    assert (hot.left.unselected, [one.rank for one in hot.shown]) == (1, [1, 2, 4])
    errors = selection.on_paths(made, selection.parse_paths("error, panic"))
    assert _left(errors) == ["error", "stack"]
    assert _left(selection.first(made, 2)) == ["loop", "normal"]
    assert _left(selection.first(made, 99)) == _left(made)
    with pytest.raises(UsageError, match="'hot' is not one of normal, loop"):
        selection.parse_paths("normal,hot")


CAUSES = """package m

var table any

func F(n, table int) { g(n); g(n); g(table) }

func G(n int) { g(n); g(n) }

func H() { g(table); g(table) }
"""


def test_what_has_one_cause_is_one_row() -> None:
    boxing = {"code": Code.HEAP_BOXING, "fate": Fate(FateKind.PASSED, "p.panicf")}
    every = [
        *(shown(**boxing, subject="tomlHash") for _ in range(3)),
        *(shown(**boxing, subject=f"x{number}") for number in range(2)),
        shown(code=Code.HEAP_APPEND, type="main.T", fate=Fate(FateKind.RETURNED)),
        shown(code=Code.STACK_RECURSION),
    ]
    rows = [(row.title, row.places) for row in groups.by_cause(every, _unread)]
    assert rows == [
        ("boxing for calls of p.panicf", 5),
        ("growth by append of main.T, returned", 1),
    ]


def test_variables_that_are_named_alike_are_no_one_cause() -> None:
    file = GoFile.parse("m.go", CAUSES.encode())

    def boxed(function: str, line: int, column: int, name: str) -> Finding:
        place = (line, column, line, column + len(name))
        return finding(
            "m.go", place, Code.HEAP_BOXING, package="m", function=f"m.{function}", subject=name
        )

    found = [
        boxed("F", 5, 26, "n"), boxed("F", 5, 32, "n"), boxed("F", 5, 38, "table"),
        boxed("G", 7, 19, "n"), boxed("G", 7, 25, "n"),
        boxed("H", 9, 14, "table"), boxed("H", 9, 24, "table"),
        finding(code=Code.STACK_RECURSION, package="m"),
        finding(code=Code.HEAP_NEW, package="m", allocates=Allocates.NEVER),
    ]  # fmt: skip
    assert groups.causes(found, lambda _: file) == [
        *["boxing"] * 5,
        "package variable table is boxed", "package variable table is boxed",
        "a recursion with no bound but the stack limit", "heap-new",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("known", "title"),
    [
        ({"type": "map[int]m.T"}, "growth of map[int]m.T"),
        ({"type": "m.Set"}, "growth of m.Set"),
        ({}, "growth of a map"),
        ({"fate": Fate(FateKind.PASSED, "p.F")}, "growth of a map for calls of p.F"),
    ],
)
def test_a_map_is_named_once(known: dict[str, Any], title: str) -> None:
    one = finding(code=Code.HEAP_MAP_INSERT, **known)
    assert groups.causes([one], _unread) == [title]


def _unread(_path: str) -> None:
    """No source is here."""


def test_types_show_their_waste() -> None:
    every = [shown(type="main.T", bytes=40, size_class=48) for _ in range(2)]
    tiny = shown(type="main.U", bytes=4, size_class=16)
    rows = groups.by_type([*every, shown(), tiny])
    told = [(row.name, row.places, row.bytes, row.waste) for row in rows]
    assert told == [("main.T", 2, 40, 8), ("main.U", 1, 4, 0)]


def test_packages_add_what_always_happens() -> None:
    def of(allocates: Allocates) -> Finding:
        return finding(allocates=allocates, bytes=40, size_class=48, execution=LOOP)

    told = [of(kind) for kind in Allocates]
    # The same block once more: why it is on the heap.
    told.append(evolve(told[0], code=Code.STACK_TOO_LARGE))
    every = [Shown(one, Severity.HINT) for one in told]
    [row] = groups.by_package(every)
    assert (row.always, row.conditional, row.bytes_once, row.in_loops) == (1, 1, 48, 2)


def test_the_page_explains_each_path() -> None:
    text = read_topic("ranking").text
    assert all(f"`{path}`" in text for path in PathKind)
