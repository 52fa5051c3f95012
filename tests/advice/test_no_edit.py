"""Why no edit is safe: said for what no row has an edit for, and for nothing else."""

from __future__ import annotations

import pytest

from golsp_mem.advice.no_edit import no_edit
from golsp_mem.model import Allocates, Code, Fate, FateKind, Finding
from golsp_mem.source.syntax import GoFile

TEXT = b"""package m

import (
	"fmt"
	"log"
)

var depth = 3

func Exported(xs []int, s string, b []byte) (*int, []int, string) {
	v := new(int)
	var out, all []int
	out = append(out, 1)
	for _, x := range xs {
		if x > 1 {
			out = append(out, x)
		}
		all = append(all, x)
		s += "a"
	}
	log.Printf("%d %d", len(out), depth)
	_ = fmt.Sprint(len(all))
	return v, make([]int, 3), s + string(b)
}

func unexported() *bool { return new(bool) }
"""


def finding(code: Code, piece: bytes, fate: FateKind | None) -> Finding:
    file = GoFile.parse("/m/m.go", TEXT)
    start = TEXT.rindex(piece)
    return Finding(
        code=code,
        span=file.tree.span(start, start + len(piece)),
        package="m",
        function="m.Exported",
        message="",
        allocates=Allocates.ALWAYS,
        fate=Fate(fate) if fate is not None else None,
    )


@pytest.mark.parametrize(
    ("code", "piece", "fate", "said"),
    [
        (Code.HEAP_MAKE_CHAN, b"v", None, "goroutines share a channel"),
        (Code.HEAP_APPEND, b"append(out, 1)", None, "who calls this"),
        (Code.HEAP_APPEND, b"append(out, x)", None, "only some rounds append"),
        (Code.HEAP_APPEND, b"append(all, x)", None, None),
        (Code.HEAP_NEW, b"new(int)", FateKind.RETURNED, "other packages may call `Exported`"),
        (Code.HEAP_NEW, b"new(int)", FateKind.STORED, "kept somewhere"),
        (Code.HEAP_NEW, b"new(bool)", FateKind.RETURNED, None),
        (Code.HEAP_MAKE_SLICE, b"make([]int, 3)", FateKind.RETURNED, "whoever gets it"),
        (Code.HEAP_MAKE_SLICE, b"make([]int, 3)", FateKind.SCRATCH, None),
        (Code.HEAP_CONCAT, b's += "a"', None, None),
        (Code.HEAP_CONCAT, b"s + string(b)", None, "a string never changes"),
        (Code.HEAP_CONVERSION, b"string(b)", FateKind.RETURNED, "bytes may change"),
        (Code.HEAP_BOXING, b"len(out)", None, "`Printf` takes values of any type"),
        (Code.HEAP_BOXING, b"depth", None, None),
        (Code.HEAP_BOXING, b"len(all)", None, None),
        (Code.HEAP_DEFER, b"v", None, None),
    ],
)
def test_why(code: Code, piece: bytes, fate: FateKind | None, said: str | None) -> None:
    one = finding(code, piece, fate)
    told = no_edit(one, GoFile.parse("/m/m.go", TEXT))
    assert (told is None) == (said is None)
    assert said is None or (told is not None and said in told and told.startswith("No edit "))
