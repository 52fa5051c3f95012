"""What a finding says is what stands in the source: nobody wrote the compiler's words."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, Analysis, Finding
from tests.files import write_files
from tests.toolchains import go_binary

SOURCE = """package p

import (
	"bufio"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
)

var (
	sink  any
	sinkF func() int
	sinkB []byte
	sinkI []int
)

type pair struct{ a, b int }

func (p pair) Get() int { return p.a }

type getter interface{ Get() int }

func readers(s string) { sink = bufio.NewReaderSize(strings.NewReader(s), 64) }

func bound(n int) { var g getter = pair{n, n}; sinkF = g.Get }

func converted(p pair) { g := getter(p); sink = g }

func failed(n int) { panic(fmt.Sprintf("bad %d", n)) }

func masked(n int) { sink = n*2 & 0xfff }

func local(n int) { type inner pair; sink = inner{n, n} }

func nameless(b []byte) { sink = struct{ s string }{string(b)} }

func bytes(s string) { sinkB = []byte(s) }

func nested(n int) {
	f := func() func() int { return func() int { return n } }
	sinkF = f()
}

func both(s string) string { b := []byte(s); b = append(b, 'x'); return string(b) }

func failing(name string) error { return &os.PathError{Op: "open", Path: name} }

func large() { type big struct{ a [3000]byte }; sink = &big{} }

var lists [][]byte

func listed(s string) { lists = append(lists, joined(nil, s)) }

func joined(b []byte, s string) []byte { return append(append(b, s...), ';') }

func seq(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

func collected(n int) { sinkI = slices.Collect(seq(n)) }

func tabled() int { m := make(map[int]int, 100); return len(m) }

func mapped() { sink = make(map[int]int, 100) }
"""


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    directory = tmp_path_factory.mktemp("words")
    write_files(directory, {"go.mod": "module example.org/p\n\ngo 1.24\n", "p.go": SOURCE})
    engine = Engine(Settings(go_path=str(go_binary("1.26"))), directory, cache=directory / "cache")
    return asyncio.run(engine.check(["."]))


def of(analysis: Analysis, function: str) -> list[Finding]:
    found = [one for one in analysis.findings if one.allocates is not Allocates.NEVER]
    return [one for one in found if one.function == f"example.org/p.{function}"]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("readers", ["bufio.NewReaderSize, inlined here, allocates: new(bufio.Reader)",
                     "bufio.NewReaderSize, inlined here, allocates: make([]byte,",
                     "strings.NewReader, inlined here, allocates: &strings.Reader{...}"]),
        ("bound", ["pair{n, n} is copied", "g.Get is allocated"]),
        ("converted", ["getter(p) is copied"]),
        ("failed", ['fmt.Sprintf("bad %d", n) is copied', "n is copied"]),
        ("masked", ["n*2 & 0xfff is copied"]),
        ("local", ["inner{n, n} is copied"]),
        ("nameless", ["struct{ s string }{string(b)} is copied", "string(b) is allocated"]),
        ("bytes", ["[]byte(s) is allocated"]),
        ("both", ["[]byte(s) is allocated", "string(b) is allocated", "append may grow"]),
        ("failing", ["&os.PathError{...} is allocated"]),
        ("large", ["&big{} is allocated"]),
        ("tabled", ["the table of make(map[int]int, 100) is allocated"]),
        ("mapped", ["make(map[int]int, 100) is allocated on the heap, and its table"]),
    ],
)  # fmt: skip
def test_words_of_the_source(analysis: Analysis, function: str, said: list[str]) -> None:
    messages = [one.message for one in of(analysis, function)]
    assert len(messages) == len(said)
    for words in said:
        assert sum(message.startswith(words) for message in messages) == 1, (words, messages)


def test_a_reader_is_what_its_type_says(analysis: Analysis) -> None:
    types = {one.type: one.message for one in of(analysis, "readers")}
    assert "new(bufio.Reader)" in types["bufio.Reader"]
    assert "&strings.Reader" in types["strings.Reader"]


def test_two_conversions_of_a_line_are_told_apart(analysis: Analysis) -> None:
    calls = {one.message.split()[0]: one.runtime_call for one in of(analysis, "both")}
    assert calls["[]byte(s)"] == "runtime.stringtoslicebyte"
    assert calls["string(b)"] == "runtime.slicebytetostring"


def test_what_is_told_always_is_not_told_never(analysis: Analysis) -> None:
    assert [one for one in analysis.findings if one.function.endswith(".large")] == of(
        analysis, "large"
    )


def test_an_append_is_not_that_of_its_argument(analysis: Analysis) -> None:
    (own,) = [one for one in of(analysis, "listed") if one.type == "[]uint8"]
    line = SOURCE.splitlines()[own.span.line - 1]
    assert line[own.span.column - 1 :].startswith("append(lists")


_COMPILERS = re.compile(
    r"~[rbp]\d|\.autotmp_|#\w|go\.shape|·\d|-range\d|\.func\d|\.\.\. argument|\(\[\]byte\)\("
)


def test_no_word_is_the_compilers(analysis: Analysis) -> None:
    types = [one.type for one in analysis.findings if not (one.type or "").startswith("struct { F")]
    said = [one.message for one in analysis.findings if one.allocates is not Allocates.NEVER]
    said += [text for one in analysis.findings if (text := one.condition)]
    assert [text for text in (*said, *types) if text and _COMPILERS.search(text)] == []
    assert "struct { s string }" in types
    assert "p.inner" in types


@pytest.mark.parametrize("release", ["1.22", "1.27"])
def test_a_literal_that_is_always_inlined_is_no_copy(release: str, tmp_path: Path) -> None:
    source = SOURCE if release != "1.22" else SOURCE.partition("func seq(")[0]
    if release == "1.22":
        source = source.replace('\t"iter"\n', "").replace('\t"slices"\n', "")
    write_files(tmp_path, {"go.mod": "module example.org/p\n\ngo 1.22\n", "p.go": source})
    if release != "1.22":
        write_files(tmp_path, {"go.mod": "module example.org/p\n\ngo 1.24\n"})
    engine = Engine(Settings(go_path=str(go_binary(release))), tmp_path, cache=tmp_path / "cache")
    found = asyncio.run(engine.check(["."])).findings
    closures = [one for one in found if "nested" in one.function]
    assert [(one.allocates, one.condition) for one in closures if one.why] == [
        (Allocates.ALWAYS, None)
    ]
