"""Two reports side by side: new, gone, moved, changed, and what that costs a call."""

from __future__ import annotations

import pytest
from attrs import evolve

from golsp_mem.model import Allocates, Code, Severity
from golsp_mem.report.comparing.compare import (
    CallCost,
    Comparison,
    against_report,
    compare,
    costs,
    difference,
)
from golsp_mem.report.model import Configuration, Quiet, Report, Shown, State
from tests.report.builders import LINUX, NETGO, WINDOWS, report, shown

NEWER = evolve(LINUX, go="go1.27.3")
TESTED = evolve(LINUX, tests=True)
ALWAYS, CONDITIONAL, NEVER = Allocates.ALWAYS, Allocates.CONDITIONAL, Allocates.NEVER


def one(
    function: str = "F", subject: str = "new(T)", package: str = "m", **changes: object
) -> Shown:
    """A finding whose fingerprint is its identity, as the engine's are."""
    values = {
        "package": package,
        "function": f"{package}.{function}",
        "subject": subject,
        "allocates": ALWAYS,
        "code": Code.HEAP_NEW,
        **changes,
    }
    parts = ("package", "function", "code", "subject", "type", "callee", "allocates")
    mark = "/".join(str(values.get(name)) for name in parts)
    return shown(**{"fingerprint": mark, **values})


def quiet(found: Shown, why: Quiet) -> Shown:
    return evolve(found, quiet=why)


def said(made: Comparison) -> dict[str, list[str]]:
    """What a comparison lists, by the functions it speaks of."""
    lists = {
        "new": [one.finding.function for one in made.new],
        "gone": [one.finding.function for one in made.gone],
        "moved": [f"{p.before.finding.function} -> {p.after.finding.function}" for p in made.moved],
        "changed": [
            f"{p.after.finding.function} {'worse' if p.worse else 'better'}" for p in made.changed
        ],
    }
    return {name: listed for name, listed in lists.items() if listed}


CASES: list[tuple[str, list[Shown], list[Shown], dict[str, list[str]], list[State]]] = [
    ("nothing", [], [], {}, []),
    ("the same", [one()], [one()], {}, [State.UNCHANGED]),
    ("on another line", [one(line=3)], [one(line=90)], {}, [State.UNCHANGED]),
    ("new", [], [one()], {"new": ["m.F"]}, [State.NEW]),
    ("gone", [one()], [], {"gone": ["m.F"]}, []),
    (
        "another subject",
        [one(subject="new(T)")],
        [one(subject="new(U)")],
        {"new": ["m.F"], "gone": ["m.F"]},
        [State.NEW],
    ),
    (
        "a renamed function",
        [one("F")],
        [one("G")],
        {"moved": ["m.F -> m.G"]},
        [State.UNCHANGED],
    ),
    (
        "another package and file",
        [one("F")],
        [one("F", package="n")],
        {"moved": ["m.F -> n.F"]},
        [State.UNCHANGED],
    ),
    (
        "what looks alike in another function of another package",
        [one("F", "new(int)")],
        [one("Hot", "new(int)", package="n")],
        {"new": ["n.Hot"], "gone": ["m.F"]},
        [State.NEW],
    ),
    # A package takes its own types and functions along.
    (
        "a renamed package",
        [one("F", type="*m.T", callee="m.make", package="x/m")],
        [one("F", type="*n.T", callee="n.make", package="x/n")],
        {"moved": ["x/m.F -> x/n.F"]},
        [State.UNCHANGED],
    ),
    (
        "another package's type of the same name",
        [one("F", type="*om.T")],
        [one("G", type="*m.T")],
        {"new": ["m.G"], "gone": ["m.F"]},
        [State.NEW],
    ),
    (
        "a closure that captures a renamed type",
        [one("F", code=Code.HEAP_CLOSURE, type="struct { F uintptr; t *m.T }", size_class=16)],
        [one("G", code=Code.HEAP_CLOSURE, type="struct { F uintptr; t *m.U }", size_class=16)],
        {"moved": ["m.F -> m.G"]},
        [State.UNCHANGED],
    ),
    # Who else inlines a function does not change what it does.
    (
        "a caller that keeps it off the heap",
        [one(fingerprint="f")],
        [one(fingerprint="f", allocates=CONDITIONAL, as_written=ALWAYS)],
        {},
        [State.UNCHANGED],
    ),
    (
        "a caller less that keeps it off the heap",
        [one(fingerprint="f", allocates=CONDITIONAL, as_written=ALWAYS)],
        [one(fingerprint="f")],
        {},
        [State.UNCHANGED],
    ),
    (
        "worse in a literal with another number",
        [one("F.func1", size_class=48)],
        [one("F.func2", size_class=64, type="T")],
        {"changed": ["m.F.func2 worse"]},
        [State.NEW],
    ),
    (
        "a budget exceeded as before",
        [one(code=Code.CONTRACT_BUDGET, subject="max-bytes", exceeds=8)],
        [one(code=Code.CONTRACT_BUDGET, subject="max-bytes", exceeds=8)],
        {},
        [State.UNCHANGED],
    ),
    (
        "a budget exceeded by more",
        [one(code=Code.CONTRACT_BUDGET, subject="max-bytes", exceeds=8)],
        [one(code=Code.CONTRACT_BUDGET, subject="max-bytes", exceeds=9)],
        {"changed": ["m.F worse"]},
        [State.NEW],
    ),
    (
        "a budget exceeded by less",
        [one(code=Code.CONTRACT_BUDGET, subject="max-bytes", exceeds=8)],
        [one(code=Code.CONTRACT_BUDGET, subject="max-bytes", exceeds=7)],
        {"changed": ["m.F better"]},
        [State.UNCHANGED],
    ),
    (
        "moved once, copied once",
        [one("F")],
        [one("G"), one("H", line=2)],
        {"moved": ["m.F -> m.G"], "new": ["m.H"]},
        [State.UNCHANGED, State.NEW],
    ),
    (
        "copied",
        [one("F")],
        [one("F"), one("G", line=2)],
        {"new": ["m.G"]},
        [State.UNCHANGED, State.NEW],
    ),
    (
        "moved and worse",
        [one("F", allocates=CONDITIONAL)],
        [one("G")],
        {"new": ["m.G"], "gone": ["m.F"]},
        [State.NEW],
    ),
    (
        "moved and larger",
        [one("F", size_class=48)],
        [one("G", size_class=64)],
        {"new": ["m.G"], "gone": ["m.F"]},
        [State.NEW],
    ),
    (
        "surer than before",
        [one(allocates=CONDITIONAL)],
        [one()],
        {"changed": ["m.F worse"]},
        [State.NEW],
    ),
    (
        "less sure than before",
        [one()],
        [one(allocates=CONDITIONAL)],
        {"changed": ["m.F better"]},
        [State.UNCHANGED],
    ),
    (
        "larger",
        [one(size_class=48)],
        [one(size_class=64)],
        {"changed": ["m.F worse"]},
        [State.NEW],
    ),
    (
        "smaller",
        [one(bytes=48)],
        [one(bytes=40)],
        {"changed": ["m.F better"]},
        [State.UNCHANGED],
    ),
    (
        "less sure and larger",
        [one(size_class=48)],
        [one(allocates=CONDITIONAL, size_class=96)],
        {"changed": ["m.F better"]},
        [State.UNCHANGED],
    ),
    # The size class decides: 41 bytes take what 48 do.
    (
        "as large for the allocator",
        [one(bytes=41, size_class=48)],
        [one(bytes=48, size_class=48)],
        {},
        [State.UNCHANGED],
    ),
    (
        "another type at home",
        [one(subject="x", type="T", code=Code.HEAP_VARIABLE)],
        [one(subject="x", type="U", code=Code.HEAP_VARIABLE)],
        {"changed": ["m.F better"]},
        [State.UNCHANGED],
    ),
    # Another allocator of the runtime is another release, not another cause.
    (
        "another allocator",
        [one("F", runtime_call="runtime.newobject")],
        [one("G", runtime_call="runtime.mallocgcSmallNoScanSC2")],
        {"moved": ["m.F -> m.G"]},
        [State.UNCHANGED],
    ),
    # What breaks a promise is told of there, and was an allocation before.
    (
        "promised now",
        [one()],
        [one(code=Code.CONTRACT_NOALLOC), quiet(one(), Quiet.RETOLD)],
        {"new": ["m.F"]},
        [State.NEW, State.UNCHANGED],
    ),
    (
        "promised no more",
        [one(code=Code.CONTRACT_NOALLOC), quiet(one(), Quiet.RETOLD)],
        [one()],
        {"gone": ["m.F"]},
        [State.UNCHANGED],
    ),
    (
        "promised and renamed",
        [one("F", code=Code.CONTRACT_NOALLOC), quiet(one("F"), Quiet.RETOLD)],
        [one("G", code=Code.CONTRACT_NOALLOC), quiet(one("G"), Quiet.RETOLD)],
        {"moved": ["m.F -> m.G"]},
        [State.UNCHANGED, State.UNCHANGED],
    ),
    # Generated files: neither new nor gone, and no origin of what is written by hand.
    ("generated now", [one()], [quiet(one(), Quiet.GENERATED)], {}, [State.UNCHANGED]),
    ("not generated now", [quiet(one(), Quiet.GENERATED)], [one()], {}, [State.UNCHANGED]),
    ("new in a generated file", [], [quiet(one(), Quiet.GENERATED)], {}, [State.NEW]),
    ("gone from a generated file", [quiet(one(), Quiet.GENERATED)], [], {}, []),
    (
        "gone from a generated file, new by hand",
        [quiet(one("F"), Quiet.GENERATED)],
        [one("G")],
        {"new": ["m.G"]},
        [State.NEW],
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "expected", "states"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_two_reports(
    before: list[Shown], after: list[Shown], expected: dict[str, list[str]], states: list[State]
) -> None:
    base, head = report(*before, packages=("m", "n")), report(*after, packages=("m", "n"))
    made = compare(base, head)
    assert said(made) == expected
    told = against_report(head, base, "main")
    assert [found.state for found in told.shown] == states
    assert (told.compared, told.base) == (True, "main")
    assert [gone.function for gone in told.gone] == expected.get("gone", [])
    # What counts is what is new to people.
    spoken = [found for found in told.for_people if found.state is State.NEW]
    assert told.reaches(Severity.HINT) is bool(spoken)


def test_what_is_unchanged_is_counted_for_people() -> None:
    base = report(one("F"), one("G"), quiet(one("H"), Quiet.GENERATED))
    assert compare(base, base).unchanged == 2


def test_of_equal_findings_the_first_ones_are_known() -> None:
    first, second = one(line=1, fingerprint="f"), one(line=2, fingerprint="f")
    told = against_report(report(first, second), report(first), "main")
    assert [found.state for found in told.shown] == [State.UNCHANGED, State.NEW]


def test_of_a_package_that_does_not_build_in_the_base_nothing_is_new() -> None:
    base = report(one("G"), errors={"bad": "undefined: x"})
    head = report(one("F", package="bad"), one("F", package="absent"), one("G"))
    told = against_report(head, base, "main")
    states = {found.finding.package: found.state for found in told.shown}
    assert states == {"bad": State.UNCHANGED, "absent": State.NEW, "m": State.UNCHANGED}
    made = compare(base, head)
    assert made.unbuilt == ("bad",)
    assert said(made) == {"new": ["absent.F"]}
    assert costs(made) == []


def test_what_moves_out_of_a_package_that_did_not_build_is_as_new_as_it_looks() -> None:
    base = report(errors={"bad": "undefined: x"})
    [found] = against_report(report(one(), packages=("bad",)), base, "main").shown
    assert found.state is State.NEW


def test_of_a_package_that_does_not_build_now_nothing_is_gone() -> None:
    base = report(one("F", package="bad", size_class=8), one("G"))
    head = report(errors={"bad": "undefined: x"}, packages=("m",))
    told = against_report(head, base, "main")
    assert [gone.function for gone in told.gone] == ["m.G"]
    made = compare(base, head)
    assert said(made) == {"gone": ["m.G"]}
    assert made.unbuilt == ("bad",)
    assert costs(made) == []


def test_of_a_package_that_builds_for_some_targets_only_the_new_is_new() -> None:
    base = report(one("F", package="half"))
    head = evolve(
        report(one("F", package="half"), one("G", "new(U)", package="half")),
        packages=report(errors={"half": "undefined: x"}).packages,
    )
    told = against_report(head, base, "main")
    assert [found.state for found in told.shown] == [State.UNCHANGED, State.NEW]


# ---- bytes per call


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [one(size_class=48)], [CallCost("m.F", 48)]),
        ([one(size_class=48)], [], [CallCost("m.F", -48)]),
        ([one(size_class=48)], [one(size_class=48)], []),
        ([one(size_class=48)], [one(size_class=64)], [CallCost("m.F", 16)]),
        ([one(bytes=48)], [one("G", bytes=48)], [CallCost("m.F", -48), CallCost("m.G", 48)]),
        ([one(size_class=48)], [one(allocates=CONDITIONAL, size_class=48)],
         [CallCost("m.F", -48)]),
        ([], [one(allocates=CONDITIONAL, size_class=48)], []),
        ([], [one()], []),
        ([], [one(code=Code.STACK_LARGE_FRAME, bytes=9000)], []),
        ([], [one("F", size_class=8), one("G", size_class=96, line=2)],
         [CallCost("m.G", 96), CallCost("m.F", 8)]),
        # A promise changes nothing about what is taken.
        ([one(size_class=48)],
         [one(size_class=48, code=Code.CONTRACT_NOALLOC), quiet(one(size_class=48), Quiet.RETOLD)],
         []),
        ([], [one(code=Code.CONTRACT_NOALLOC, size_class=48),
              quiet(one(size_class=48), Quiet.RETOLD)], [CallCost("m.F", 48)]),
        # A literal's copy in another function is the same place.
        ([], [one("F.func1", size_class=48),
              quiet(one("G.F.func1", size_class=48), Quiet.RETOLD)], [CallCost("m.F.func1", 48)]),
        ([], [quiet(one("A.F.func1", size_class=48), Quiet.RETOLD),
              one("F.func1", size_class=48)], [CallCost("m.F.func1", 48)]),
        ([one("F.func1", size_class=48)], [one("F.func2", size_class=48)], []),
        ([one(size_class=48)],
         [one(allocates=CONDITIONAL, as_written=ALWAYS, size_class=48)], []),
        ([], [quiet(one(size_class=48), Quiet.GENERATED)], []),
        ([], [quiet(one(size_class=48), Quiet.BOOKKEEPING)], []),
    ],
)  # fmt: skip
def test_bytes_per_call(before: list[Shown], after: list[Shown], expected: list[CallCost]) -> None:
    made = compare(report(*before, packages=("m",)), report(*after, packages=("m",)))
    assert costs(made) == expected


# ---- what was compiled differently


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [LINUX], None),
        ([LINUX], [LINUX], None),
        ([LINUX, WINDOWS], [WINDOWS, LINUX], None),
        ([LINUX], [NEWER], "go1.26.8 -> go1.27.3"),
        ([LINUX], [WINDOWS], "linux/amd64 -> windows/amd64"),
        ([LINUX], [NETGO], "linux/amd64 -> linux/amd64:netgo"),
        ([LINUX], [TESTED], "without tests -> with tests"),
        (
            [evolve(TESTED, go="go1.26.0")],
            [WINDOWS],
            "go1.26.0 -> go1.26.8, linux/amd64 -> windows/amd64, with tests -> without tests",
        ),
        ([LINUX, WINDOWS], [NEWER, evolve(WINDOWS, go="go1.27.3")], "go1.26.8 -> go1.27.3"),
        ([LINUX], [LINUX, WINDOWS],
         "go1.26.8 linux/amd64 -> go1.26.8 linux/amd64, go1.26.8 windows/amd64"),
        ([WINDOWS, LINUX], [LINUX, NETGO], "windows/amd64 -> linux/amd64:netgo"),
    ],
)  # fmt: skip
def test_differences_in_words(
    old: list[Configuration], new: list[Configuration], expected: str | None
) -> None:
    assert difference(old, new) == expected


def made_with(*configurations: Configuration) -> Report:
    return report(configurations=configurations)


def test_a_comparison_tells_what_was_compiled_differently() -> None:
    assert compare(made_with(LINUX), made_with(NEWER)).environment == "go1.26.8 -> go1.27.3"
    assert compare(made_with(LINUX), made_with(LINUX)).environment is None


def test_a_revision_alone_explains_nothing() -> None:
    # Without the text of both sides nobody knows whether the code is the cause.
    head = report(one(), configurations=(NEWER,))
    told = against_report(head, report(packages=("m",)), "main")
    assert [found.explained_by for found in told.shown] == [None]
    assert told.reaches(Severity.HINT)
