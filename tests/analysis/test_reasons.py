"""Each allocation carries the reason that belongs to it, not merely one of the same line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, Code, Finding, PackageAnalysis
from tests.toolchains import go_binary

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "reasons"

# Written out by hand from the source: (line's text, code) -> what the compiler says of it.
BY_HAND = [
    ("func two(", Code.HEAP_LITERAL, "&item{...} escapes to heap"),
    ("func two(", Code.HEAP_MAKE_SLICE, "make([]int, n) escapes to heap"),
    ("func nested(", Code.HEAP_LITERAL, "&item{...} escapes to heap"),
    ("func nested(", Code.HEAP_LITERAL, "&item{} escapes to heap"),
    ("func mixed(", Code.HEAP_CONCAT, "a + b escapes to heap"),
    ("func mixed(", Code.HEAP_BOXING, "a + b escapes to heap"),
    ("func mixed(", Code.HEAP_CONVERSION, "string(c) escapes to heap"),
    ("func mixed(", Code.HEAP_BOXING, "string(c) escapes to heap"),
    ("func mixed(", Code.HEAP_LITERAL, "&item{...} escapes to heap"),
    ("func mixed(", Code.HEAP_BOXING, "n escapes to heap"),
    ("func closures(", Code.HEAP_VARIABLE, "moved to heap: n"),
    ("func closures(", Code.HEAP_CLOSURE, "func literal escapes to heap"),
    ("func maps(", Code.HEAP_LITERAL, "map[string]int{...} escapes to heap"),
    ("func maps(", Code.HEAP_MAKE_MAP, "make(map[int]bool) escapes to heap"),
    ("return fmt.Errorf(", Code.HEAP_BOXING, "n escapes to heap"),
    ("return fmt.Errorf(", Code.HEAP_BOXING, "s escapes to heap"),
    ("return fmt.Errorf(", Code.HEAP_BOXING, "n + 1 escapes to heap"),
    ('n, s := 1, "one"', Code.HEAP_VARIABLE, "moved to heap: n"),
    ('n, s := 1, "one"', Code.HEAP_VARIABLE, "moved to heap: s"),
    ("func returned(", Code.HEAP_BOXING, "n escapes to heap"),
    ("func stored(", Code.HEAP_BOXING, "n escapes to heap"),
    ("func passed(", Code.HEAP_BOXING, "n escapes to heap"),
    ('return map[string]any{"a"', Code.HEAP_LITERAL, "map[string]int{...} escapes to heap"),
    ('return map[string]any{"a"', Code.HEAP_BOXING, "[]int{...} escapes to heap"),
]
# What -m never speaks of.
SILENT = {Code.HEAP_MAKE_CHAN, Code.HEAP_GOROUTINE, Code.HEAP_DEFER, Code.HEAP_MAP_INSERT}


def analysed(directory: Path, pattern: str, cache: Path, release: str) -> PackageAnalysis:
    engine = Engine(Settings(go_path=str(go_binary(release))), directory, cache=cache)
    (package,) = asyncio.run(engine.check([pattern])).packages
    return package


@pytest.mark.parametrize("release", ["1.22", "1.25", "1.27"])
def test_crowded_lines(release: str, tmp_path: Path) -> None:
    package = analysed(FIXTURE, ".", tmp_path, release)
    lines = (FIXTURE / "crowded.go").read_text(encoding="utf-8").splitlines()

    def has(start: str, code: Code, text: str) -> bool:
        return any(
            finding.code is code
            and lines[finding.span.line - 1].strip().startswith(start)
            and finding.why is not None
            and finding.why.text == text
            for finding in package.findings
        )

    assert [row for row in BY_HAND if not has(*row)] == []


@pytest.mark.parametrize("release", ["1.22", "1.25", "1.27"])
def test_each_boxed_value_has_the_size_of_its_own_type(release: str, tmp_path: Path) -> None:
    """The constant beside them is stored by the linker; the call's result is boxed last."""
    package = analysed(FIXTURE, ".", tmp_path, release)
    boxed = {
        finding.why.subject: finding.runtime_call
        for finding in package.findings
        if finding.function.endswith(".refused")
        and finding.allocates is not Allocates.NEVER
        and finding.why is not None
    }
    assert boxed == {
        "n": "runtime.convT64",
        "fmt.Sprint(... argument...)": "runtime.convTstring",
    }


@pytest.mark.parametrize("release", ["1.22", "1.25", "1.27"])
def test_a_reason_lies_in_its_expression(release: str, tmp_path: Path) -> None:
    """The compiler's column is inside the finding's span: the reason is of that expression."""
    package = analysed(FIXTURE, ".", tmp_path, release)
    placed = [one for one in package.findings if one.why is not None and one.callee is None]
    assert len(placed) > 15
    outside = [
        one for one in placed
        if one.why and not one.span.contains(one.why.position.line, one.why.position.column)
    ]  # fmt: skip
    assert outside == []


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ["encoding/json", "text/template"])
def test_nearly_all_certain_findings_have_a_reason(pattern: str, tmp_path: Path) -> None:
    package = analysed(tmp_path, pattern, tmp_path / "cache", "1.26")

    def speaks(one: Finding) -> bool:
        heap = one.code.startswith("heap-") and one.code not in SILENT
        return heap and one.allocates is Allocates.ALWAYS and not one.bookkeeping

    certain = [one for one in package.findings if speaks(one)]
    assert len(certain) > 30
    assert sum(one.why is not None for one in certain) >= 0.98 * len(certain)
