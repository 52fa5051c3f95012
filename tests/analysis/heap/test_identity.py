"""A finding stays itself, and says the same of the build, whatever tests and names do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, Analysis, Code
from tests.files import write_files
from tests.toolchains import go_binary

LIB = """package lib

import "fmt"

type T struct{ X, Y int64 }

func New(n int64) *T { return &T{X: n} }

func Show(count int, name string) string {
	box := &T{X: int64(count)}
	keep = box
	return fmt.Sprint(count, name+"!", func() int { return count }())
}

func Held(count int) *int { return &count }

var keep *T
"""
MAIN = """package main

import "example.org/m/lib"

func main() { println(lib.New(3).X) }
"""
TEST = """package lib

import "testing"

func TestNew(t *testing.T) {
	if New(3).X != 3 {
		t.Fatal()
	}
}
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("identity")
    write_files(
        directory,
        {
            "go.mod": "module example.org/m\n\ngo 1.24\n",
            "lib/lib.go": LIB,
            "lib/lib_test.go": TEST,
            "main.go": MAIN,
        },
    )
    return directory


def analysed(directory: Path, *patterns: str, tests: bool = False) -> Analysis:
    settings = Settings(go_path=str(go_binary("1.26")))
    engine = Engine(settings, directory, cache=directory / "cache")
    return asyncio.run(engine.check(patterns, tests=tests))


def new_of(analysis: Analysis) -> tuple[Allocates, Allocates, str | None]:
    (found,) = [
        one
        for one in analysis.findings
        if one.code is Code.HEAP_LITERAL and one.function == "example.org/m/lib.New"
    ]
    return found.allocates, found.as_written, found.condition


def test_another_package_that_keeps_it_on_the_stack_is_named(module: Path) -> None:
    always = (Allocates.ALWAYS, Allocates.ALWAYS, None)
    assert new_of(analysed(module, "./lib")) == always
    allocates, as_written, condition = new_of(analysed(module, "./..."))
    assert (allocates, as_written) == (Allocates.CONDITIONAL, Allocates.ALWAYS)
    assert condition == "not where example.org/m inlines lib.New and keeps it on the stack"


def test_tests_that_inline_it_change_nothing(module: Path) -> None:
    analysis = analysed(module, "./lib", tests=True)
    assert new_of(analysis) == (Allocates.ALWAYS, Allocates.ALWAYS, None)
    assert [one.stays_in_tests for one in analysis.findings if one.function.endswith(".New")] == [1]


def test_a_local_variable_may_have_another_name(module: Path, tmp_path: Path) -> None:
    before = {one.fingerprint: one.message for one in analysed(module, "./lib").findings}
    renamed = LIB.replace("count", "total").replace("box", "held").replace("name", "text")
    write_files(tmp_path, {"go.mod": "module example.org/m\n\ngo 1.24\n", "lib/lib.go": renamed})
    after = {one.fingerprint: one.message for one in analysed(tmp_path, "./lib").findings}
    assert before.keys() == after.keys()
    assert len(before) > 6
    assert before != after
