"""The explanation speaks of the numbers of the code that was asked about."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from golsp_mem.advice.explanations.explain_stack import explain_stack, numbers_of, stack_title
from golsp_mem.analysis.stack.limits import ProgramLimit
from golsp_mem.analysis.stack.reached.maybe import MaybeCall
from golsp_mem.model import GoVersion
from tests.analysis.stack.program import HERE, Program, build

GO = GoVersion("go1.27.3", "linux", "amd64", "/go", "/go/bin/go")


@pytest.fixture(scope="module")
def depth(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return build("1.27", HERE / "programs" / "depth", tmp_path_factory.mktemp("depth"))


def test_a_recursive_function(depth: Program) -> None:
    numbers = depth.numbers("main.ping")
    page = explain_stack(numbers, GO)
    assert page.topic == "stack-growth"
    assert "The cheapest round is `main.ping` → `main.pong` → `main.ping`" in page.markdown
    # One of two functions is counted, as its program does when it dies (test_depth).
    assert "** calls of `main.ping` the stack is full" in page.markdown
    assert "512 MiB" in page.markdown
    assert "On 32-bit the same program has 128 MiB" in page.markdown
    assert page.numbers.max_depth == numbers.max_depth
    assert page.numbers.max_depth_at_most is None
    assert numbers.recursion is not None
    ping = depth.graph.find("main.ping")
    assert ping is not None
    way = MaybeCall(ping, depth.graph.edges(ping)[0][1], "emit", 1)
    cheapest = evolve(numbers.recursion.cheapest, hidden=frozenset({way}))
    unknown = evolve(numbers, recursion=evolve(numbers.recursion, cheapest=cheapest))
    assert numbers_of(unknown).as_json()["max_depth_at_most"] is True
    assert page.numbers.limit_bytes == 512 << 20
    assert stack_title(numbers.function) == "Explain stack growth of main.ping"


def test_the_own_setting(depth: Program) -> None:
    page = explain_stack(depth.numbers("main.middle", limit=ProgramLimit(100_000_000)), GO)
    assert "`SetMaxStack(100000000)` works as **64 MiB**" in page.markdown


def test_growth_is_a_table_of_moves(tmp_path: Path) -> None:
    chain = build("1.27", HERE / "programs" / "chain", tmp_path)
    numbers = chain.numbers("main.level0")
    page = explain_stack(numbers, GO, go_statement=True)
    assert "The `go` statement starts a goroutine with `main.level0`" in page.markdown
    for growth in numbers.growths:
        assert f"`{growth.function}`" in page.markdown
    assert page.numbers.growth_steps == numbers.growth_steps
    assert page.numbers.growth_steps is not None
    assert page.numbers.growth_steps[0] == 2048
    assert "initialisers" not in page.markdown
    assert "initialisers" in explain_stack(chain.numbers("main.main"), GO).markdown


def test_no_growth_is_said(depth: Program) -> None:
    page = explain_stack(depth.numbers("main.small"), GO)
    assert "no growth, nothing is copied" in page.markdown
    assert numbers_of(depth.numbers("main.small")).growth_steps == (2048,)


def test_long_paths_are_shortened(depth: Program) -> None:
    numbers = depth.numbers("main.main")
    page = explain_stack(numbers, GO)
    assert len(numbers.deepest_path) > 12
    assert f"… {len(numbers.deepest_path) - 12} more" in page.markdown
    assert "go through interfaces or function values" in page.markdown
