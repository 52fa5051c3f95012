"""A report against a baseline: what is known, new or gone, and what explains that."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.config import Settings
from golsp_mem.model import Code, Position, Severity
from golsp_mem.report.comparing.against_baseline import Examined, against_baseline
from golsp_mem.report.comparing.baseline import Accepted, Baseline, baseline_of
from golsp_mem.report.model import Configuration, Report, Shown, State
from tests.report.builders import LINUX, report, shown

NEWER = evolve(LINUX, go="go1.27.3")


def against(made: Report, baseline: Baseline, settings: Settings | None = None) -> Report:
    return against_baseline(made, baseline, settings or Settings(), SourceCache(), Examined())


def accepted(*marks: str, package: str = "m") -> Baseline:
    entries = (Accepted(package, f"{package}.F", "heap-new", mark) for mark in marks)
    return Baseline(tuple(entries), (LINUX,))


@pytest.mark.parametrize(
    ("found", "known", "states"),
    [
        (["a"], ["a"], [State.UNCHANGED]),
        (["a"], [], [State.NEW]),
        (["a"], ["b"], [State.NEW]),
        # Of equals, as many as were accepted, the first ones.
        (["a", "a", "a"], ["a", "a"], [State.UNCHANGED, State.UNCHANGED, State.NEW]),
        (["a", "b"], ["b", "b"], [State.NEW, State.UNCHANGED]),
    ],
)
def test_what_is_known(found: list[str], known: list[str], states: list[State]) -> None:
    findings = [shown(line=line, fingerprint=mark) for line, mark in enumerate(found, 1)]
    made = against(report(*findings), accepted(*known))
    assert [one.state for one in made.shown] == states
    assert made.compared
    assert made.reaches(Severity.HINT) is (State.NEW in states)


@pytest.mark.parametrize(
    ("baseline", "gone"),
    [
        (accepted("f1"), []),
        (accepted("f1", "x"), ["x"]),
        (accepted("f1", "f1"), ["f1"]),
        (accepted("x", "y"), ["x", "y"]),
        # Nobody looked there: not named, not built, switched off.
        (accepted("x", package="elsewhere"), []),
        (accepted("x", package="bad"), []),
        (Baseline((Accepted("m", "m.F", "heap-defer", "x"),)), []),
        (Baseline((Accepted("m", "m.F", "code-of-tomorrow", "x"),)), []),
    ],
)
def test_gone_entries_are_told_where_this_run_looked(baseline: Baseline, gone: list[str]) -> None:
    settings = Settings(severity={Code.HEAP_NEW: Severity.HINT})
    made = against(report(shown(), errors={"bad": "no"}), baseline, settings)
    assert [one.fingerprint for one in made.gone] == gone
    assert {one.explained_by for one in made.gone} <= {None}


# ---- what explains a difference

TEXT = """\
package m

func F() {
	new(T)
}

func G() {
	new(U)
}
"""


class Module:
    """A file as it was when the baseline was made with ``LINUX``, and as it is."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "m.go"
        self.file.write_text(TEXT)
        self.old = self.found("old", "F", "new(T)")
        self.baseline = self.accepting(self.old)

    def found(self, mark: str, function: str, needle: str) -> Shown:
        line = self.file.read_text().split(needle)[0].count("\n") + 1
        span = evolve(shown().finding.span, file=str(self.file), line=line)
        return shown(span=span, fingerprint=mark, function=f"m.{function}")

    def accepting(self, *findings: Shown) -> Baseline:
        return baseline_of(report(*findings), SourceCache(), {"m": [str(self.file)]})

    def against(
        self, *findings: Shown, baseline: Baseline | None = None, go: Configuration = NEWER
    ) -> Report:
        made = report(*findings, configurations=(go,), packages=("m",))
        places = {
            f"m.{name}": Position(str(self.file), line)
            for line, text in enumerate(self.file.read_text().splitlines(), 1)
            if text.startswith("func ")
            for name in [text.removeprefix("func ").partition("(")[0]]
        }
        return against_baseline(
            made, baseline or self.baseline, Settings(), SourceCache(),
            Examined({"m": [str(self.file)]}, places),
        )  # fmt: skip

    def edit(self, old: str, new: str) -> None:
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))


@pytest.fixture
def module(tmp_path: Path) -> Module:
    return Module(tmp_path)


CHANGE = "go1.26.8 -> go1.27.3"


@pytest.mark.parametrize(
    ("old", "new", "explained"),
    [
        ("", "", CHANGE),
        ("\tnew(T)", "\t\tnew(T)", CHANGE),
        ("new(U)", "new(V)", CHANGE),  # another function
        ("new(T)", "new(T); new(X)", None),  # its own
        ("package m\n", "package m\n\nfunc H() {}\n", CHANGE),
    ],
)
def test_another_go_explains_what_is_new_in_unchanged_text(
    module: Module, old: str, new: str, explained: str | None
) -> None:
    if old:
        module.edit(old, new)
    made = module.against(module.found("old", "F", "new(T)"), module.found("more", "F", "new(T)"))
    assert [(one.state, one.explained_by) for one in made.shown] == [
        (State.UNCHANGED, None),
        (State.NEW, explained),
    ]
    assert made.reaches(Severity.HINT) is (explained is None)


def test_a_function_without_entries_is_known_by_its_package_only(module: Module) -> None:
    new = module.found("more", "G", "new(U)")
    [one] = module.against(new).shown
    assert one.explained_by == CHANGE
    module.edit("new(T)", "new(W)")
    [one] = module.against(module.found("more", "G", "new(U)")).shown
    assert one.explained_by is None


@pytest.mark.parametrize(
    ("old", "new", "explained"),
    [
        ("", "", CHANGE),
        ("new(U)", "new(V)", CHANGE),
        ("new(T)", "", None),
        ("func F", "func Renamed", None),
    ],
)
def test_another_go_explains_what_is_gone_from_unchanged_text(
    module: Module, old: str, new: str, explained: str | None
) -> None:
    if old:
        module.edit(old, new)
    [gone] = module.against().gone
    assert (gone.fingerprint, gone.explained_by) == ("old", explained)


def test_the_same_go_explains_nothing(module: Module) -> None:
    made = module.against(module.found("more", "F", "new(T)"), go=LINUX)
    assert [one.explained_by for one in made.shown] == [None]
    assert [one.explained_by for one in made.gone] == [None]
    assert made.reaches(Severity.HINT)


def test_a_baseline_that_does_not_say_what_it_was_made_with_explains_nothing(
    module: Module,
) -> None:
    baseline = evolve(module.baseline, made_with=())
    [one] = module.against(module.found("more", "F", "new(T)"), baseline=baseline).shown
    assert one.explained_by is None


def test_text_that_cannot_be_read_is_not_unchanged(module: Module) -> None:
    found = module.found("more", "F", "new(T)")
    baseline = module.accepting(module.old)
    module.file.unlink()
    made = against_baseline(
        report(found, configurations=(NEWER,)), baseline, Settings(), SourceCache(),
        Examined({"m": [str(module.file)]}, {"m.F": Position(str(module.file), 3)}),
    )  # fmt: skip
    assert [one.explained_by for one in made.shown] == [None]
    assert [one.explained_by for one in made.gone] == [None]
