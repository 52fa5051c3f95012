"""Two small modules are told as they were, and nobody reads a name of the compiler's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.runner import write_module
from tests.ecosystem import digests, spellings
from tests.ecosystem.__main__ import KEPT, RELEASE
from tests.ecosystem.modules import Module, failed, modules, report
from tests.ecosystem.texts import analysed, spelled
from tests.toolchains import go_binary
from tests.truth.runs import Go

# Where the compiler's names come from: results, loops over functions, instantiations, literals.
SHAPES = """\
package m

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
)

type T struct{ name string }

func (t *T) Name() string { return t.name }

func made(n int) *T { return &T{name: strings.Repeat("x", n)} }

func unnamed(n int) (*T, error) { return made(n), nil }

func Results(n int) (string, error) {
	t, err := unnamed(n)
	if err != nil {
		return "", fmt.Errorf("no %d: %w", n, err)
	}
	return "[" + t.Name() + "]", nil
}

func counted(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

var Sink any

func Ranges(n int) {
	for v := range counted(n) {
		defer func() { Sink = v }()
		Sink = []int{v}
	}
}

func boxed[E any](e E) any {
	type pair struct{ a, b E }
	return &pair{e, e}
}

func Instantiates(s string, n int) []any { return []any{boxed(s), boxed(n), boxed(T{s})} }

func Literals(n int) func() func() int {
	go func(k int) { Sink = &k }(n)
	f := func() func() int { return func() int { n++; return n } }
	Sink = (&T{}).Name
	return f
}

func Recurses(n int) int {
	var walk func(int) int
	walk = func(k int) int {
		var pad [2000]byte
		pad[k%2000] = 1
		return walk(k+1) + int(pad[0])
	}
	return walk(n)
}

func Writes(n int) {
	fmt.Fprintln(os.Stderr, errors.Join(errors.New("x"), fmt.Errorf("%v", n)), boxed(n))
}
"""


@pytest.mark.slow
@pytest.mark.parametrize("module", [one for one in modules() if one.suite], ids=lambda m: m.path)
def test_a_module_is_told_as_before(module: Module) -> None:
    found = report(module, Go.at(go_binary(RELEASE)))
    kept = digests.read(KEPT.read_text(encoding="utf-8"))[f"{module.path}@{module.version}"]
    differing = digests.differences(kept, digests.digests_of(found))
    assert [str(one) for one in differing] == [], "right? python -m tests.ecosystem --update"
    assert list(spellings.in_report(found)) == []
    assert failed(found) == []
    assert len(found["findings"]) > 20


def test_texts_have_no_names_of_the_compiler(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=SHAPES)
    (module / "go.mod").write_text("module example.com/m\n\ngo 1.24\n")
    analysis = analysed(module, ["."], go_binary("1.27"))
    assert len(analysis.findings) > 20
    assert list(spelled(analysis)) == []


@pytest.mark.parametrize(
    "text",
    ["`~r0 = x`", "passed to .autotmp_3", "[go.shape.int]", "m.F.func1.2", "F-range1", "p.T·2",
     "_Ctype_int", "x.M-fm", "F.gowrap1", "#state1", "runtime.convT64"],
)  # fmt: skip
def test_a_name_of_the_compiler_is_seen(text: str) -> None:
    assert spellings.spellings(text)


@pytest.mark.parametrize(
    "text",
    ["**heap** `T` · 48 B · always", "C.int", "m.Box[...].Get", "func literal", "a ~ b",
     "Run-time call: `runtime.newobject`.", "a function literal in F", "f.function1"],
)  # fmt: skip
def test_other_text_is_left_alone(text: str) -> None:
    assert not spellings.spellings(text)


def test_differences_are_told_by_code() -> None:
    def one(**changes: object) -> dict[str, object]:
        return {"package": "m", "code": "heap-new", "file": "a.go", "line": 3, **changes}

    before = digests.digests_of({"findings": [one(), one(line=4), one(code="heap-append")]})
    kept = digests.read(digests.written({"m@v1": before}))
    assert kept == {"m@v1": before}
    assert digests.differences(before, before) == []
    after = digests.digests_of({"findings": [one(), one(code="heap-append", message="other")]})
    assert [str(one) for one in digests.differences(before, after)] == [
        "heap-append: 1, some of which read otherwise in m",
        "heap-new: 2 -> 1 (-1) in m",
    ]
