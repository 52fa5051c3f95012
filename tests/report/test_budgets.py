"""How many places may allocate, and how many bytes, by function and by package."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from golsp_mem.compiler.objects.symbols import folded_name
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, BuildError, Code, FunctionFacts, PackageAnalysis, Severity
from golsp_mem.options import Budget
from golsp_mem.report.policy.budgets import unmet_budgets
from golsp_mem.report.policy.judge import Judged
from tests.cli.builders import package
from tests.report.judging import analysed, found, judge

TEXT = """\
package m

func F() {
	use(new(A))
	use(new(B))
	use(new(C))
}

func (t *T) Method() { use(new(D)) }
"""


@pytest.fixture
def m(tmp_path: Path) -> PackageAnalysis:
    file = tmp_path / "m.go"
    file.write_text(TEXT)
    method = "example.com/m.(*T).Method"
    return analysed(
        [file],
        found(file, "new(A)", bytes=24, size_class=24),
        found(file, "new(B)", bytes=33, size_class=48),
        # Neither a condition's bytes nor unknown ones are taken for sure.
        found(file, "new(C)", bytes=64, size_class=64, allocates=Allocates.CONDITIONAL),
        found(file, "new(D)", function=method),
        found(file, "use(new(A))", Code.STACK_LARGE_FRAME, bytes=9000),
        functions=(
            FunctionFacts("example.com/m.F", str(file), 3, 16),
            FunctionFacts(method, str(file), 9, 16),
        ),
    )


def exceeded(made: Judged) -> list[tuple[int, int, str]]:
    """Line, column and message of what exceeds a budget."""
    return [
        (one.finding.span.line, one.finding.span.column, one.finding.message)
        for one in made.report.for_people
        if one.finding.code is Code.CONTRACT_BUDGET
    ]


def of(package: PackageAnalysis, **budgets: Budget) -> Judged:
    names = {name.replace("__", "/"): budget for name, budget in budgets.items()}
    return judge(package, settings=Settings(budget=names))


F_ALLOCATES = "example.com/m.F allocates in 3 places, its budget is 2"


@pytest.mark.parametrize(
    ("name", "budget", "expected"),
    [
        ("example.com/m.F", Budget(max_allocations=3), []),
        ("example.com/m.F", Budget(max_allocations=2), [(3, 6, F_ALLOCATES)]),
        ("example.com/m.F", Budget(max_bytes=72), []),
        (
            "example.com/m.F",
            Budget(max_bytes=71),
            [(3, 6, "example.com/m.F takes 72 B where each line runs once, its budget is 71 B")],
        ),
        (
            "example.com/m.F",
            Budget(2, 0),
            [
                (3, 6, F_ALLOCATES),
                (3, 6, "example.com/m.F takes 72 B where each line runs once, its budget is 0 B"),
            ],
        ),
        ("example.com/m.F", Budget(), []),
        (
            "example.com/m.(*T).Method",
            Budget(0, 0),
            [(9, 13, "example.com/m.(*T).Method allocates in 1 place, its budget is 0")],
        ),
        ("example.com/m", Budget(max_allocations=4), []),
        (
            "example.com/m",
            Budget(max_allocations=3),
            [(1, 1, "example.com/m allocates in 4 places, its budget is 3")],
        ),
        ("example.com/m/...", Budget(max_allocations=4), []),
        *(
            (
                name,
                Budget(max_allocations=0),
                [(1, 1, "example.com/m allocates in 4 places, its budget is 0")],
            )
            for name in ("example.com/m/...", "example.com/...")
        ),
        ("example.com/m/sub/...", Budget(0), []),
        ("example.com/m/sub", Budget(0), []),
        ("example.com/mm/...", Budget(0), []),
        ("example.com", Budget(0), []),
    ],
)
def test_budgets(
    m: PackageAnalysis, name: str, budget: Budget, expected: list[tuple[int, int, str]]
) -> None:
    assert exceeded(judge(m, settings=Settings(budget={name: budget}))) == expected


def test_one_budget_for_each_package_below(m: PackageAnalysis) -> None:
    sub = evolve(
        m,
        import_path="example.com/m/sub",
        findings=tuple(evolve(one, package="example.com/m/sub") for one in m.findings[:1]),
    )
    made = judge(m, sub, settings=Settings(budget={"example.com/m/...": Budget(1)}))
    assert [message for *_, message in exceeded(made)] == [
        "example.com/m allocates in 4 places, its budget is 1"
    ]


def test_an_exceeded_budget_is_an_error_that_names_the_largest(m: PackageAnalysis) -> None:
    made = of(m, **{"example.com/m.F": Budget(0)}).report
    [one] = [one for one in made.shown if one.finding.code is Code.CONTRACT_BUDGET]
    assert made.reaches(Severity.ERROR)
    assert (one.finding.package, one.finding.function) == ("example.com/m", "example.com/m.F")
    assert [step.text.split()[0] for step in one.finding.reason] == ["new(C)", "new(B)", "new(A)"]


def test_the_identity_of_an_exceeded_budget_is_not_its_numbers(m: PackageAnalysis) -> None:
    def marks(*budgets: Budget) -> list[str]:
        return [
            one.finding.fingerprint
            for budget in budgets
            for one in of(m, **{"example.com/m.F": budget}).report.shown
            if one.finding.code is Code.CONTRACT_BUDGET
        ]

    first, second, other = marks(Budget(0), Budget(1), Budget(max_bytes=0))
    assert first == second != other


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("", 3),
        (" //golsp-mem:ignore heap-new why", 2),
        (" //golsp-mem:ignore heap-defer why", 3),
    ],
)
def test_what_is_ignored_costs_nothing(tmp_path: Path, comment: str, expected: int) -> None:
    file = tmp_path / "m.go"
    file.write_text(TEXT.replace("new(A))\n", f"new(A)){comment}\n"))
    of_file = analysed(
        [file],
        *(found(file, f"new({name})") for name in "ABC"),
        found(file, "use(new(C))", bookkeeping=True),
        functions=(FunctionFacts("example.com/m.F", str(file), 3, 16),),
    )
    [(_, _, message)] = exceeded(of(of_file, **{"example.com/m.F": Budget(0)}))
    assert message == f"example.com/m.F allocates in {expected} places, its budget is 0"


def test_a_budget_can_be_ignored_where_it_is_told_of(tmp_path: Path) -> None:
    file = tmp_path / "m.go"
    text = TEXT.replace("func F", "//golsp-mem:ignore contract-budget why\nfunc F", 1)
    file.write_text(text)
    of_file = analysed(
        [file],
        found(file, "new(A)"),
        functions=(FunctionFacts("example.com/m.F", str(file), 4, 16),),
    )
    made = of(of_file, **{"example.com/m.F": Budget(0)})
    assert [one.finding.code for one in made.report.for_people] == [Code.HEAP_NEW]


@pytest.mark.parametrize(
    ("path", "symbol", "names"),
    [
        ("example.com/m/cmd", "main.F", ["main.F", "example.com/m/cmd.F"]),
        (
            "gopkg.in/yaml.v3",
            "gopkg.in/yaml%2ev3.F",
            ["gopkg.in/yaml.v3.F", "gopkg.in/yaml%2ev3.F"],
        ),
        (
            "gopkg.in/yaml.v3",
            "gopkg.in/yaml%2ev3.(*G[...]).F",
            ["gopkg.in/yaml.v3.(*G[...]).F"],
        ),
        ("example.com/m", "example.com/m_test.F", ["example.com/m_test.F"]),
        (
            "example.com/m",
            "example.com/m.G[go.shape.int]",
            ["example.com/m.G[...]", "example.com/m.G"],
        ),
        (
            "example.com/m",
            "example.com/m.(*L[go.shape.struct { a/b.X int }]).Add",
            ["example.com/m.(*L[...]).Add", "example.com/m.(*L).Add"],
        ),
    ],
)
def test_names_of_functions(tmp_path: Path, path: str, symbol: str, names: list[str]) -> None:
    file = tmp_path / "m.go"
    file.write_text(TEXT)
    of_file = analysed(
        [file],
        found(file, "new(A)", package=path, function=folded_name(symbol)),
        import_path=path,
        functions=(FunctionFacts(symbol, str(file), 3, 16),),
    )
    for name in names:
        made = judge(of_file, settings=Settings(budget={name: Budget(0)}))
        assert [message for *_, message in exceeded(made)] == [
            f"{name} allocates in 1 place, its budget is 0"
        ]
        assert made.notes == ()


def test_copies_of_a_literal_cost_its_package_once(tmp_path: Path) -> None:
    file = tmp_path / "m.go"
    file.write_text(TEXT)
    copies = (
        found(file, "new(A)", bytes=24, function=f"example.com/m.{name}")
        for name in ("A.F.func1", "B.F.func1", "F.func1")
    )
    package = analysed([file], *copies, found(file, "new(B)", bytes=8))
    made = of(package, **{"example.com/m": Budget(1, 31)})
    assert [message for *_, message in exceeded(made)] == [
        "example.com/m allocates in 2 places, its budget is 1",
        "example.com/m takes 32 B where each line runs once, its budget is 31 B",
    ]
    assert [one.finding.exceeds for one in made.report.shown if one.finding.exceeds] == [1, 1]
    assert made.report.allocations == 2


def test_callers_that_keep_it_off_the_heap_do_not_pay(m: PackageAnalysis) -> None:
    seldom = tuple(
        evolve(one, allocates=Allocates.CONDITIONAL, condition="in 1 of 2 places")
        for one in m.findings
    )
    made = of(evolve(m, findings=seldom), **{"example.com/m.F": Budget(max_bytes=71)})
    assert len(exceeded(made)) == 1


BROKEN = package(path="example.com/bad", errors=(BuildError("no"),))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("example.com/m.F", False),
        ("example.com/m.f", True),
        ("example.com/m.T.Method", True),
        ("example.com/m", False),
        ("example.com/m/...", False),
        # Packages that this run did not look at, or could not.
        ("example.com/other.F", False),
        ("example.com/m.v2/p.F", False),
        ("example.com/bad.F", False),
    ],
)
def test_a_budget_for_no_function_is_noted(m: PackageAnalysis, name: str, told: bool) -> None:
    notes = list(unmet_budgets({name: Budget(0)}, [m, BROKEN]))
    assert notes == ([f"budget of {name}: no such function was compiled"] if told else [])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("example.com/m", False),
        ("example.com/m/nope", True),
        ("example.com/m/nope/...", True),
        ("example.com/m/nope.F", True),
        ("example.com/m/sub", False),
        ("example.com/m/sub.F", False),
        ("example.com/m/sub.v2", False),
        ("example.com/m/sub.v2.T.F", False),
        ("example.com/m/sub.v3.F", False),  # of sub, perhaps
        # Other modules, of which the directories do not tell.
        ("example.com/other/nope.F", False),
    ],
)
def test_a_budget_for_no_package_is_noted(
    m: PackageAnalysis, tmp_path: Path, name: str, told: bool
) -> None:
    (tmp_path / "go.mod").write_text("module example.com/m\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub.v2").mkdir()
    notes = list(unmet_budgets({name: Budget(0)}, [m]))
    assert notes == ([f"budget of {name}: there is no such package"] if told else [])
