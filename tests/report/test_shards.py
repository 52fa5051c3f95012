"""``--shard I/N``: every package once, the same everywhere, about the same work for each."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.config import Settings
from golsp_mem.errors import UsageError
from golsp_mem.report.shards import Shard, parse_shard, shard_of
from golsp_mem.toolchain.go import find_go
from golsp_mem.toolchain.go_list import Weight, list_sources
from tests.toolchains import go_binary


@pytest.mark.parametrize(
    ("written", "shard"), [("1/1", Shard(1, 1)), ("2/5", Shard(2, 5)), ("007/7", Shard(7, 7))]
)
def test_a_shard_is_written_i_of_n(written: str, shard: Shard) -> None:
    assert parse_shard(written) == shard


@pytest.mark.parametrize(
    "written",
    ["", "3", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "1 / 3", "a/b", "１/３", "1/3\n", "1" * 5000],
)
def test_anything_else_is_refused_in_one_line(written: str) -> None:
    with pytest.raises(UsageError, match=r"^--shard "):
        parse_shard(written)


@frozen
class Package:
    import_path: str
    cost: int


packages = st.lists(st.builds(Package, st.text(max_size=4), st.integers(0, 10_000)), max_size=40)


@given(packages, st.integers(1, 12), st.randoms())
def test_every_package_is_in_one_shard_whatever_the_order(
    found: list[Package], total: int, order: random.Random
) -> None:
    shards = [shard_of(found, Shard(number, total)) for number in range(1, total + 1)]
    everything = sorted(path for shard in shards for path in shard)
    assert everything == sorted({one.import_path for one in found})
    order.shuffle(found)
    again = [shard_of(found, Shard(number, total)) for number in range(1, total + 1)]
    assert again == shards


@given(packages, st.integers(1, 12))
def test_no_shard_has_more_than_another_and_one_package(found: list[Package], total: int) -> None:
    costs: dict[str, int] = {}
    for one in found:
        costs[one.import_path] = costs.get(one.import_path, 0) + max(one.cost, 1)
    loads = [
        sum(costs[path] for path in shard_of(found, Shard(number, total)))
        for number in range(1, total + 1)
    ]
    assert max(loads) - min(loads) <= max(costs.values(), default=0)


def test_dear_packages_are_kept_apart() -> None:
    found = [Package("a", 70), Package("b", 60), Package("c", 50), Package("d", 40)]
    assert shard_of(found, Shard(1, 2)) == ["a", "d"]
    assert shard_of(found, Shard(2, 2)) == ["b", "c"]


def test_more_shards_than_packages_leaves_some_empty() -> None:
    found = [Package("a", 1), Package("b", 1)]
    assert [shard_of(found, Shard(number, 4)) for number in (1, 2, 3, 4)] == [["a"], ["b"], [], []]


def test_the_split_does_not_depend_on_the_machine() -> None:
    # A hash seed, a locale or a file system's order must not change what a shard is.
    found = [Package(f"example.com/m/{name}", 10 * ord(name)) for name in "zyxabcé"]
    assert shard_of(found, Shard(1, 3)) == ["example.com/m/a", "example.com/m/é"]


def module(tmp_path: Path) -> Path:
    for name, text in {
        "go.mod": "module example.com/m\n\ngo 1.22\n",
        "a.go": "package m\n",
        "a_test.go": "package m\n\n// more\n",
        "a_x_test.go": "package m_test\n",
        "broken/b.go": "package broken\n\nfunc F() int { return nope }\n",
        "onlytest/x_test.go": "package onlytest\n",
        "windows/w.go": "//go:build windows\n\npackage windows\n",
        "tagged/t.go": "//go:build extra\n\npackage tagged\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def listed(
    directory: Path, *patterns: str, tests: bool = False, **settings: object
) -> list[Weight]:
    chosen = Settings(go_path=str(go_binary("1.26")), **settings)  # type: ignore[arg-type]

    async def ask() -> list[Weight]:
        toolchain = await find_go(chosen, directory)
        return await list_sources(
            toolchain, patterns, directory=directory, settings=chosen, tests=tests
        )

    return asyncio.run(ask())


def test_packages_cost_the_bytes_of_their_go_files(tmp_path: Path) -> None:
    found = listed(module(tmp_path), "./...", "example.com/m")
    assert found == [
        Weight("example.com/m", 10),
        Weight("example.com/m/broken", 45),
        Weight("example.com/m/onlytest", 0),
    ]


def test_test_files_cost_where_they_are_checked(tmp_path: Path) -> None:
    found = listed(module(tmp_path), "./...", tests=True)
    assert [one.cost for one in found] == [10 + 19 + 15, 45, 17]


def test_other_targets_and_tags_have_other_packages(tmp_path: Path) -> None:
    found = listed(module(tmp_path), "./...", goos="windows", tags=("extra",))
    paths = [one.import_path.removeprefix("example.com/m/") for one in found]
    assert paths == ["example.com/m", "broken", "onlytest", "tagged", "windows"]


def test_a_package_that_is_named_is_kept_though_nothing_of_it_is_built(tmp_path: Path) -> None:
    assert listed(module(tmp_path), "./windows") == [Weight("example.com/m/windows", 0)]


@pytest.mark.parametrize(
    ("patterns", "says"),
    [
        (("./nope",), "directory not found"),
        (("./nope/...",), "no Go packages match|no such file"),
        (("example.com/other",), "no required module provides package"),
        (("a.go",), "a.go: --shard needs packages with import paths"),
        (("-x",), "is not a package pattern"),
    ],
)
def test_what_cannot_be_split_is_refused(
    tmp_path: Path, patterns: tuple[str, ...], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        listed(module(tmp_path), *patterns)


def test_outside_of_a_module_there_is_nothing_to_split(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Go module"):
        listed(tmp_path, "./...")
