"""Cleanups that keep their own object or release twice: what is told beside what runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from golsp_mem.analysis.heap.identity import numbered
from golsp_mem.model import Finding
from tests.analysis.lifetime.workshop import Workshop

HEAD = """package main

import (
	"fmt"
	"runtime"
	"time"
)

type inner struct{ n int }

type object struct {
	n    int
	in   inner
	far  *inner
	list [8]byte
}

type holder struct{ o *object }

func (o *object) method() { println(o.n) }

func (o object) copied() { println(o.n) }

func around(o *object, done func()) func(int) { return func(int) { done(); println(o.n) } }

func apart(o int, done func()) func(int) { return func(int) { done(); println(o) } }

func trial(name string, set func(done func())) {
	defer func() {
		if recover() != nil {
			fmt.Println(name, "stops")
		}
	}()
	ran := make(chan bool, 1)
	set(func() { ran <- true })
	for range [5]int{} {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println(name, len(ran))
}
"""
# What is done with an object `o` and `done`, which the cleanup calls.
WAYS = {
    "captured": "runtime.AddCleanup(o, func(int) { done(); println(o.n) }, 0)",
    "variable": "f := func(int) { done(); println(o.n) }\n\truntime.AddCleanup(o, f, 0)",
    "structured": "runtime.AddCleanup(o, func(holder) { done() }, holder{o})",
    "pointer": "runtime.AddCleanup(o, func(*holder) { done() }, &holder{o: o})",
    "alias": "p := o\n\truntime.AddCleanup(o, func(any) { done() }, any(p))",
    "interior": "runtime.AddCleanup(o, func(*int) { done() }, &o.in.n)",
    "beyond": "runtime.AddCleanup(o, func(*int) { done() }, &o.far.n)",
    "sliced": "runtime.AddCleanup(o, func([]byte) { done() }, o.list[:])",
    "bound": "runtime.AddCleanup(o, func(func()) { done() }, o.method)",
    "copied": "runtime.AddCleanup(o, func(func()) { done() }, o.copied)",
    "returned": "runtime.AddCleanup(o, around(o, done), 0)",
    "parted": "runtime.AddCleanup(o, apart(o.n, done), 0)",
    "field": "runtime.AddCleanup(o, func(*inner) { done() }, o.far)",
    "number": "n := o.n\n\truntime.AddCleanup(o, func(int) { done(); println(n) }, 0)",
    "shadowed": "runtime.SetFinalizer(o, func(o *object) { done(); println(o.n) })",
    "closed": "runtime.SetFinalizer(o, func(*object) { done(); println(o.n) })",
}
SILENT = {"beyond", "copied", "parted", "field", "number", "shadowed"}

CLOSED_TWICE = """package main

import (
	"runtime"
	"syscall"
)

type handle struct{ fd int }

func (h *handle) Close() { syscall.Close(h.fd) }

func main() {
	h := &handle{1 << 20}
	runtime.AddCleanup(h, CLEANUP, h.fd)
	h.Close()
}
"""


def found(directory: Path, source: str) -> tuple[Workshop, list[Finding]]:
    (directory / "go.mod").write_text("module example.com/m\n\ngo 1.24\n")
    (directory / "main.go").write_text(source)
    shop = Workshop.open("1.27", directory)
    return shop, shop.findings()


def test_what_is_told_of_cleanups_is_what_does_not_run(tmp_path: Path) -> None:
    functions = [
        f"\nfunc {name}(done func()) {{\n\to := &object{{far: &inner{{}}}}\n\t{way}\n}}\n"
        for name, way in WAYS.items()
    ]
    calls = "".join(f'\ttrial("{name}", {name})\n' for name in WAYS)
    shop, findings = found(tmp_path, f"{HEAD}{''.join(functions)}\nfunc main() {{\n{calls}}}\n")
    ran = shop.run()
    told = {one.function.rpartition(".")[2] for one in findings}
    assert told == {name for name in WAYS if f"{name} 1" not in ran}
    assert told == WAYS.keys() - SILENT


ONE_FAULT = """package main

import (
	"os"
	"runtime"
	"syscall"
)

func closed(f *os.File) {
	fd := int(f.Fd())
	f.Close()
	syscall.Write(fd, nil)
	syscall.Fsync(fd)
}

func owners(f *os.File) {
	g, h := os.NewFile(f.Fd(), "g"), os.NewFile(f.Fd(), "h")
	f.Close()
	g.Close()
	h.Close()
}

func apart(f, g *os.File) {
	a, b := int(f.Fd()), int(g.Fd())
	f.Close()
	syscall.Write(a, nil)
	g.Close()
	syscall.Write(b, nil)
}

func again(path string) {
	fd := int(opened(path).Fd())
	syscall.Write(fd, nil)
	runtime.KeepAlive(fd)
}

func opened(path string) *os.File {
	f, _ := os.Open(path)
	return f
}

var kept = func(f *os.File) {
	fd := int(f.Fd())
	f.Close()
	syscall.Write(fd, nil)
}

func main() {}
"""
# The literal comes first in its package, and the same in another file.
OTHER_FILE = """package main

import (
	"os"
	"syscall"
)

var first = func(f *os.File) {
	fd := int(f.Fd())
	f.Close()
	syscall.Write(fd, nil)
}
"""


def test_one_fault_is_told_once_with_all_its_places(tmp_path: Path) -> None:
    (tmp_path / "a.go").write_text(OTHER_FILE)
    _, findings = found(tmp_path, ONE_FAULT)
    literals = [one for one in findings if ".init" in one.function]
    assert [one.function.rpartition(".")[2] for one in literals] == ["func1", "func2"]
    # Each alone is what it is beside the other: a baseline accepts none of them for another.
    assert all(numbered([one]) == [one] for one in literals)
    told = [
        (one.function.rpartition(".")[2], len(one.reason))
        for one in findings
        if not one.function.endswith(".again") and one not in literals
    ]
    assert sorted(told) == [("apart", 1), ("apart", 1), ("closed", 2), ("owners", 4)]
    texts = [step.text for one in findings for step in one.reason]
    assert any("by another file of its descriptor that os.NewFile made" in one for one in texts)
    # The call, written once more, would make another owner.
    assert all("KeepAlive(opened" not in one.message for one in findings)
    assert any(one.message.endswith("in a variable, and that alive") for one in findings)


@pytest.mark.parametrize(
    ("cleanup", "told"),
    [("func(fd int) { syscall.Close(fd) }", 1), ("func(fd int) { println(fd) }", 0)],
)
def test_twice_is_told_only_where_the_cleanup_releases(
    tmp_path: Path, cleanup: str, told: int
) -> None:
    _, findings = found(tmp_path, CLOSED_TWICE.replace("CLEANUP", cleanup))
    assert sum("released twice" in one.message for one in findings) == told


INLINED = """package main

import (
	"fmt"
	"runtime"
)

type block struct{ at *int }

func (b *block) nothing() int { return 1 }

func main() {
	b := &block{new(int)}
	runtime.SetFinalizer(b, func(b *block) { b.at = nil })
	fmt.Println("made")
	at, n := b.at, 0
	for i := 0; i < 9; i++ {
		n += *at
	}
	runtime.KeepAlive(b)
	fmt.Println(BEHIND)
}
"""


@pytest.mark.parametrize(("behind", "told"), [("b", 1), ("b.nothing()", 0)])
def test_what_is_inlined_behind_a_keepalive_keeps_nothing(
    tmp_path: Path, behind: str, told: int
) -> None:
    """Without the KeepAlive, ``at`` could outlive its block in the loop: run with memory that the
    finalizer unmaps, such a program faults."""
    _, findings = found(tmp_path, INLINED.replace("BEHIND", behind))
    assert sum("changes nothing" in one.message for one in findings) == told


def test_a_long_chain_of_functions_ends(tmp_path: Path) -> None:
    """Nothing is told of what is handed on through more functions than are looked into."""
    chain = "".join(
        f"//go:noinline\nfunc f{at}(f *os.File) {{ f{at + 1}(f) }}\n" for at in range(150)
    )
    _, findings = found(
        tmp_path,
        'package main\n\nimport (\n\t"os"\n\t"syscall"\n)\n\nvar kept *os.File\n\n'
        f"{chain}func f150(f *os.File) {{ kept = f }}\n"
        "func main() {\n\tf, _ := os.Open(os.DevNull)\n\tf0(f)\n"
        "\tsyscall.Fsync(int(f.Fd()))\n}\n",
    )
    assert findings == []
