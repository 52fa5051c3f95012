"""Edits on trial: what the real compiler makes of them decides each claim."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.proof.claims import (
    All,
    AllocationGone,
    AllocationSmaller,
    Claim,
    FindingGone,
    FrameShrank,
    NothingWorse,
    Outcome,
    ValueLive,
    VariableOnStack,
    Verdict,
)
from golsp_mem.analysis.proof.judge import Judge
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, Code, Finding, Position
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.plans.compile import Wanted
from golsp_mem.toolchain.plans.planner import Planned, Planner, Texts
from tests.toolchains import go_binary

CODE = """package p

import (
	"os"
	"syscall"
)

var kept any

func join(words []string) string {
	line := ""
	for _, word := range words {
		line += word
	}
	return line
}

func block() *[64]int {
	return new([64]int)
}

func large() byte {
	var buffer [4096]byte
	kept = 1
	return at(buffer[:])
}

//go:noinline
func at(b []byte) byte { return b[len(b)-1] }

func grow(n int) []int {
	list := []int{}
	for i := 0; i < n; i++ {
		list = append(list, i)
	}
	return list
}

func write(b []byte) {
	f, _ := os.Create("x")
	fd := int(f.Fd())
	syscall.Write(fd, b)
}
"""
INNER = """package p

import "testing"

func big(t *testing.T) byte {
	x := make([]byte, 100000)
	t.Log(len(x))
	return x[3]
}
"""
OUTER = """package p_test

import "testing"

func outer(t *testing.T) int {
	x := make([]byte, 100000)
	return len(x) + int(x[1])
}

func TestOuter(t *testing.T) { t.Log(outer(t)) }
"""


class Shop:
    """A module on disk, its engine and the findings that its package has with its tests."""

    def __init__(self, directory: Path, release: str = "1.26") -> None:
        (directory / "go.mod").write_text("module example.org/p\n\ngo 1.22\n")
        for name, text in (("p.go", CODE), ("in_test.go", INNER), ("out_test.go", OUTER)):
            (directory / name).write_text(text)
        time.sleep(0.05)  # older than what is asked about it
        self.directory = directory
        settings = Settings(go_path=str(go_binary(release)), large_frame_bytes=1024)
        self.engine = Engine(settings, directory)
        analysis = asyncio.run(self.engine.check(["."], tests=True))
        self.findings = analysis.findings

    def finding(self, code: Code, function: str) -> Finding:
        return next(
            one
            for one in self.findings
            if one.code is code and one.function.endswith(function)
            and one.allocates is not Allocates.NEVER
        )  # fmt: skip

    def judge(self, name: str, old: str, new: str, claim: Claim) -> Verdict:
        text = (self.directory / name).read_text()
        assert old in text

        async def run() -> Verdict:
            judge = await self.engine.judge()
            return await judge.judge(
                {self.directory / name: text.replace(old, new).encode()}, claim
            )

        return asyncio.run(run())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("judge"))


CONCAT = ("line += word", "_ = word")
BOXED = ("kept = 1", "_ = 1")


def test_an_allocation_is_gone(shop: Shop) -> None:
    claim = AllocationGone(shop.finding(Code.HEAP_CONCAT, "join"))
    assert shop.judge("p.go", *CONCAT, claim).is_confirmed
    assert shop.judge("p.go", "line += word", "line = line + word", claim).outcome is (
        Outcome.REFUTED
    )


def test_another_allocation_instead_is_not_gone(shop: Shop) -> None:
    claim = AllocationGone(shop.finding(Code.HEAP_CONCAT, "join"))
    verdict = shop.judge("p.go", "line += word", "kept = []string{line, word}", claim)
    assert verdict.outcome is Outcome.REFUTED
    assert "instead" in verdict.reason


def test_a_renamed_variable_changes_nothing(shop: Shop) -> None:
    finding = shop.finding(Code.HEAP_APPEND, "grow")
    text = CODE[CODE.index("func grow") : CODE.index("func write")]
    claim = AllocationGone(finding)
    assert not shop.judge("p.go", text, text.replace("list", "items"), claim).is_confirmed


def test_an_allocation_is_smaller(shop: Shop) -> None:
    claim = AllocationSmaller(shop.finding(Code.HEAP_NEW, "block"))
    assert shop.judge("p.go", "[64]int", "[8]int", claim).is_confirmed
    assert not shop.judge("p.go", "[64]int", "[65]int", claim).is_confirmed
    assert not shop.judge("p.go", *BOXED, claim).is_confirmed
    assert shop.judge("p.go", "return new([64]int)", "return nil", claim).is_confirmed
    two = "kept = new([8]int)\n\treturn new([8]int)"
    assert not shop.judge("p.go", "return new([64]int)", two, claim).is_confirmed


def test_a_frame_shrank(shop: Shop) -> None:
    claim = FrameShrank("example.org/p.large")
    assert shop.judge("p.go", "[4096]byte", "[64]byte", claim).is_confirmed
    refuted = shop.judge("p.go", "[4096]byte", "[8192]byte", claim)
    assert refuted.outcome is Outcome.REFUTED
    assert "instead of" in refuted.reason
    finding = shop.finding(Code.STACK_LARGE_FRAME, "large")
    assert shop.judge("p.go", "[4096]byte", "[64]byte", FindingGone(finding)).is_confirmed
    assert not shop.judge("p.go", "[4096]byte", "[4095]byte", FindingGone(finding)).is_confirmed


def test_nothing_got_worse(shop: Shop) -> None:
    assert shop.judge("p.go", *CONCAT, NothingWorse()).is_confirmed
    worse = shop.judge("p.go", "[4096]byte", "[8192]byte", NothingWorse())
    assert "grows" in worse.reason
    assert shop.judge(
        "p.go",
        "[4096]byte",
        "[8192]byte",
        NothingWorse(may_grow=frozenset({"example.org/p.large"})),
    ).is_confirmed
    both = All((AllocationGone(shop.finding(Code.HEAP_CONCAT, "join")), NothingWorse()))
    assert shop.judge("p.go", *CONCAT, both).is_confirmed
    assert not shop.judge("p.go", "line += word", "kept = n3(word)", both).is_confirmed


def test_a_value_is_live(shop: Shop) -> None:
    line = CODE[: CODE.index("syscall.Write(")].count("\n") + 1
    call = Position(str(shop.directory / "p.go"), line, CODE.splitlines()[line - 1].index("(") + 1)
    kept = CODE.replace('"os"\n', '"os"\n\t"runtime"\n')
    after = Position(call.file, line + 1, call.column)
    claim = ValueLive("f", call, after)
    helps = kept.replace("(fd, b)\n", "(fd, b)\n\truntime.KeepAlive(f)\n")
    assert shop.judge("p.go", CODE, helps, claim).is_confirmed
    early = kept.replace("\tsyscall.W", "\truntime.KeepAlive(f)\n\tsyscall.W")
    moved = ValueLive("f", call, Position(call.file, line + 2, call.column))
    assert shop.judge("p.go", CODE, early, moved).outcome is Outcome.REFUTED


@pytest.mark.parametrize("name", ["in_test.go", "out_test.go"])
def test_edits_of_tests_are_compiled(shop: Shop, name: str) -> None:
    """What held before was the absence of a finding, in files that nobody had compiled."""
    function = "example.org/p.big" if name == "in_test.go" else "example.org/p_test.outer"
    claim = VariableOnStack(function, "x")
    make = "x := make([]byte, 100000)"
    array = "var block [100000]byte\n\tx := block[:]"
    assert shop.judge(name, make, array, claim).is_confirmed
    if name == "in_test.go":
        assert not shop.judge(name, make, "var x [100000]byte\n\tkept = &x", claim).is_confirmed
    broken = shop.judge(name, make, f"{make}\n\tnobody(x)", claim)
    assert broken.outcome is Outcome.NOT_COMPILED
    assert "nobody" in broken.reason


def test_what_does_not_build_is_not_judged(shop: Shop) -> None:
    finding = shop.finding(Code.HEAP_CONCAT, "join")
    verdict = shop.judge("p.go", "line += word", "line += word + nothing", FindingGone(finding))
    assert verdict.outcome is Outcome.NOT_COMPILED
    assert "undefined: nothing" in verdict.reason


def test_an_edit_of_the_imports_is_judged_too(shop: Shop) -> None:
    claim = AllocationGone(shop.finding(Code.HEAP_CONCAT, "join"))
    edited = CODE.replace('"os"\n', '"os"\n\t"strings"\n')
    edited = edited.replace("line += word", "line = strings.TrimSpace(word)")
    assert shop.judge("p.go", CODE, edited, claim).is_confirmed


def test_a_question_that_was_answered_costs_no_compile(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = AllocationGone(shop.finding(Code.HEAP_CONCAT, "join"))
    first = shop.judge("p.go", *CONCAT, claim)
    # Another list of the same packages changes nothing of it.
    asyncio.run(shop.engine.check(["."], tests=True))
    monkeypatch.setattr(Planner, "compiling", None)
    assert shop.judge("p.go", *CONCAT, claim) == first


def test_what_a_save_compiled_is_the_unedited_side(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One compile, of the edited text."""
    claim = AllocationGone(shop.finding(Code.HEAP_CONCAT, "join"))
    compiled: list[int] = []
    compiling = Planner.compiling

    def counted(
        self: Planner,
        planned: Planned,
        one: ListedPackage,
        wanted: Wanted,
        texts: Texts,
        *rest: Any,
    ):  # type: ignore[no-untyped-def]
        compiled.append(len(texts))
        return compiling(self, planned, one, wanted, texts, *rest)

    async def run() -> Verdict:
        engine = Engine(shop.engine.settings, shop.directory)
        judge = await engine.judge()
        await (await engine.planner()).planned(tests=False)
        assert await engine.saved(tests=False) is not None
        monkeypatch.setattr(Planner, "compiling", counted)
        edited = CODE.replace(*CONCAT).encode()
        return await judge.judge({shop.directory / "p.go": edited}, claim)

    assert asyncio.run(run()).is_confirmed
    assert compiled == [1]


def test_who_does_not_wait_stops_the_compiler(shop: Shop) -> None:
    text = (CODE + "\nvar another = 1\n").encode()

    async def run() -> None:
        judge: Judge = await shop.engine.judge()
        asked = asyncio.create_task(
            judge.judge({shop.directory / "p.go": text}, NothingWorse(frames=False))
        )
        await asyncio.sleep(0.02)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        again = await judge.judge({shop.directory / "p.go": text}, NothingWorse(frames=False))
        assert again.is_confirmed

    asyncio.run(run())
