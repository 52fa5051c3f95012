"""Reports laid together: shards of one run, and one run for several targets."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.errors import ConfigError
from golsp_mem.model import Allocates, BuildError, PackageStatus, Severity, Span, Uncompiled
from golsp_mem.report.json.writer import render
from golsp_mem.report.merge import joined, joined_configurations, joined_shards
from golsp_mem.report.model import CheckedPackage, Left, Quiet, Report, Shown, State
from tests.report.builders import LINUX, NETGO, WINDOWS, gone, report, shown

# Shards of one run.


@st.composite
def runs_and_shards(draw: st.DrawFn) -> tuple[Report, list[Report]]:
    """One run, and a split of it that knows nothing of the order."""
    total = draw(st.integers(1, 4))
    names = draw(st.lists(st.text("abc/.", min_size=1, max_size=3), unique=True, max_size=6))
    parts: list[list[str]] = [[] for _ in range(total)]
    for name in names:
        parts[draw(st.integers(0, total - 1))].append(name)
    found = {
        name: [shown(name, line) for line in draw(st.lists(st.integers(1, 3), max_size=3))]
        for name in names
    }
    errors = {name: f"{name}: no" for name in names if draw(st.booleans())}
    missed = {name: (gone(name, "g1"), gone(name, "g2")) for name in names if draw(st.booleans())}

    def run(chosen: list[str], seconds: float, left: Left) -> Report:
        return report(
            *(one for name in chosen for one in found[name]),
            packages=tuple(chosen),
            errors={name: errors[name] for name in chosen if name in errors},
            seconds=seconds,
            compared=True,
            gone=tuple(one for name in sorted(chosen) for one in missed.get(name, ())),
            left=left,
        )

    shards = [run(part, 0.25, Left(number, 1)) for number, part in enumerate(parts)]
    # A shard without packages leaves nothing out, unless it is all that there is.
    shards = [one if one.packages else evolve(one, left=Left()) for one in shards]
    left = Left()
    for one in shards:
        left = left.plus(one.left)
    return run(names, 0.25 * total, left), shards


@given(runs_and_shards(), st.randoms())
def test_shards_make_the_run(run_and_shards: tuple[Report, list[Report]], order: object) -> None:
    run, shards = run_and_shards
    order.shuffle(shards)  # type: ignore[attr-defined]
    assert "".join(render(joined(shards))) == "".join(render(run))


def test_the_order_inside_a_package_is_that_of_the_shard() -> None:
    # Names outside of the directory sort elsewhere on another machine; a shard has it right.
    found = (
        shown("a", span=Span("/z/a.go", 1, 1, 1, 1)),
        shown("a", span=Span("/w/a.go", 1, 1, 1, 1)),
    )
    made = joined_shards([evolve(report(shown("b"))), evolve(report(*found), shown=found)])
    assert made.shown == (*found, shown("b"))


def test_a_package_that_two_shards_have_counts_once() -> None:
    one, two = shown("a"), shown("b")
    made = joined_shards([report(one, left=Left(2, 1)), report(one, two, left=Left(3, 3))])
    assert made.shown == (one, two)
    assert [package.import_path for package in made.packages] == ["a", "b"]


def test_the_same_result_twice_is_that_result() -> None:
    once = report(shown("a"), shown("b"), left=Left(2, 1))
    assert joined_shards([once, once]) == evolve(once, seconds=2 * once.seconds)


@pytest.mark.parametrize(
    "other",
    [
        report(shown("a", line=2)),
        report(packages=("a",)),
        report(shown("a"), errors={"a": "no"}),
        report(shown("a"), gone=(gone("a"),)),
    ],
)
def test_a_package_that_differs_is_an_error_that_names_it(other: Report) -> None:
    with pytest.raises(ConfigError, match=r"^a is in two results that differ"):
        joined_shards([report(shown("a"), shown("b")), other])


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (report(configurations=(WINDOWS,)), "go1.26.8 linux/amd64 and go1.26.8 windows/amd64$"),
        (report(configurations=(NETGO,)), "go1.26.8 linux/amd64 and go1.26.8 linux/amd64:netgo$"),
        (report(configurations=(evolve(LINUX, go="go1.27.3"),)), "go1.26.8 .* and go1.27.3 "),
        (report(configurations=(evolve(LINUX, tests=True),)), "and go1.26.8 .* with tests$"),
        (report(everything=True), "some of these results were made with --all"),
        (report(compared=True), "compared with different bases: none and a baseline$"),
        (report(compared=True, base="main"), "different bases: none and main$"),
    ],
)
def test_shards_of_different_runs_are_refused_with_what_differs(other: Report, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        joined_shards([report(), other])


# One run for several configurations.


def test_what_all_configurations_have_is_told_once_without_their_names() -> None:
    made = joined([report(shown()), report(shown(), configurations=(WINDOWS,))])
    assert made.shown == (shown(),)
    assert made.configurations == (LINUX, WINDOWS)
    assert made.seconds == 2.5


def test_what_some_configurations_have_names_them() -> None:
    made = joined(
        [
            report(shown(line=1), shown(line=3)),
            report(shown(line=2), shown(line=3), configurations=(WINDOWS,)),
            report(shown(line=2), shown(line=3), configurations=(NETGO,)),
        ]
    )
    assert [(one.finding.span.line, one.configurations) for one in made.shown] == [
        (1, ("linux/amd64",)),
        (2, ("windows/amd64", "linux/amd64:netgo")),
        (3, ()),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        shown(fingerprint="other"),
        shown(line=2, fingerprint="f1"),
        shown(message="new(U)"),
        shown(bytes=8),
        shown(size_class=8),
        shown(allocates=Allocates.CONDITIONAL),
        shown(condition="n > 8"),
        evolve(shown(), severity=Severity.ERROR),
        evolve(shown(), state=State.NEW),
        evolve(shown(), explained_by="go1.26.8 -> go1.27.3"),
        evolve(shown(), quiet=Quiet.GENERATED),
    ],
)
def test_what_reads_differently_stays_apart(changed: Shown) -> None:
    made = joined([report(shown()), report(changed, configurations=(WINDOWS,))])
    assert len(made.shown) == 2
    assert {one.configurations for one in made.shown} == {("linux/amd64",), ("windows/amd64",)}


def test_code_that_one_configuration_has_was_looked_at() -> None:
    said = [Uncompiled("a.F[...]", "/w/a.go", 1), Uncompiled("a.G[...]", "/w/a.go", 2)]
    packages = [
        CheckedPackage("a", PackageStatus.OK, uncompiled=tuple(said)),
        CheckedPackage("a", PackageStatus.OK, uncompiled=(said[1],)),
    ]
    reports = [evolve(report(), packages=(one,)) for one in packages]
    assert (
        joined([reports[0], evolve(reports[1], configurations=(WINDOWS,))]).uncompiled == said[1:]
    )


def test_equal_findings_are_joined_first_with_first() -> None:
    made = joined([report(shown(), shown()), report(shown(), configurations=(WINDOWS,))])
    assert [one.configurations for one in made.shown] == [(), ("linux/amd64",)]


def test_joined_results_can_be_joined_again() -> None:
    three = [
        report(shown(line=1), shown(line=2)),
        report(shown(line=1), configurations=(WINDOWS,)),
        report(shown(line=1), shown(line=2), configurations=(NETGO,)),
    ]
    assert joined([joined(three[:2]), three[2]]) == joined(three)


def test_shards_for_several_targets_are_joined_in_both_ways() -> None:
    made = joined(
        [
            report(shown("b")),
            report(shown("a"), configurations=(WINDOWS,)),
            report(shown("a")),
            report(packages=("b",), configurations=(WINDOWS,)),
        ]
    )
    assert [package.import_path for package in made.packages] == ["a", "b"]
    assert [(one.finding.package, one.configurations) for one in made.shown] == [
        ("a", ()),
        ("b", ("linux/amd64",)),
    ]


def test_a_package_that_fails_for_one_target_is_failed_and_says_for_which() -> None:
    made = joined([report(shown("a")), report(errors={"a": "no"}, configurations=(WINDOWS,))])
    assert made.packages == (
        CheckedPackage("a", PackageStatus.FAILED, (BuildError("no [windows/amd64]"),)),
    )
    assert made.shown == (evolve(shown("a"), configurations=("linux/amd64",)),)


def test_a_package_that_fails_for_all_in_the_same_way_says_it_once() -> None:
    made = joined([report(errors={"a": "no"}, configurations=(one,)) for one in (LINUX, WINDOWS)])
    assert made.packages == (CheckedPackage("a", PackageStatus.FAILED, (BuildError("no"),)),)


def test_packages_of_one_target_only_are_there() -> None:
    made = joined([report(packages=("b",)), report(shown("a"), configurations=(WINDOWS,))])
    assert [package.import_path for package in made.packages] == ["a", "b"]
    assert [one.configurations for one in made.shown] == [("windows/amd64",)]


def test_what_is_gone_or_left_out_for_several_targets_counts_once() -> None:
    made = joined(
        [
            report(compared=True, gone=(gone("b"), gone("a"), gone("a")), left=Left(2, 1)),
            report(compared=True, gone=(gone("a"),), left=Left(1, 3), configurations=(WINDOWS,)),
        ]
    )
    assert made.gone == (gone("a"), gone("a"), gone("b"))
    assert made.left == Left(2, 3)


def test_two_releases_for_one_target_cannot_be_told_apart() -> None:
    newer = evolve(LINUX, go="go1.27.3")
    with pytest.raises(ConfigError, match=r"by linux/amd64: go1.26.8 .*, go1.27.3 linux/amd64$"):
        joined_configurations([report(), report(configurations=(newer,))])


def test_one_report_is_itself() -> None:
    assert joined([report(shown())]) == report(shown())
