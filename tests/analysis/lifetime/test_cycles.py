"""Finalizers of objects that reach themselves: what is told beside what runs."""

from __future__ import annotations

from pathlib import Path

from golsp_mem.analysis.lifetime.run import given_back
from golsp_mem.source.syntax import GoFile
from tests.analysis.lifetime.workshop import Workshop

HEAD = """package main

import (
	"fmt"
	"runtime"
	"time"
)

type inner struct{ p *object }

type object struct {
	own  *object
	any  any
	in   inner
	list []*object
	hook func()
}

func (o *object) method() { println(o.list) }

var ran = map[string]bool{}

func main() {
	own()
	boxed()
	inside()
	listed()
	bound()
	literal()
	two()
	far()
	pointed()
	appended()
	emptied()
	valued()
	downward()
	for range [10]int{} {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println(ran)
}
"""
WAYS = {
    "own": "o.own = o",
    "boxed": "o.any = o",
    "inside": "o.in.p = o",
    "listed": "o.list = make([]*object, 1)\n\to.list[0] = o",
    "bound": "o.hook = o.method",
    "literal": "o.hook = func() { println(o) }",
    "two": "p := new(object)\n\to.own = p\n\tp.own = o",
    "pointed": "o.own = &object{own: o}",
    "appended": "p := &object{own: o}\n\to.list = append(o.list, p)",
    "emptied": "p := &object{own: o}\n\to.own = p\n\tp.own = nil",
    "valued": "o.in = inner{o}",
    "downward": "p := &object{}\n\to.list = append(o.list, p)",
    "far": "o.own = new(object)\n\to.own.own = o",
}


def test_what_is_told_of_cycles_is_what_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.22\n")
    functions = [
        f"\nfunc {name}() {{\n\to := new(object)\n\t{stored}\n"
        f'\truntime.SetFinalizer(o, func(*object) {{ ran["{name}"] = true }})\n}}\n'
        for name, stored in WAYS.items()
    ]
    (tmp_path / "main.go").write_text(HEAD + "".join(functions))
    shop = Workshop.open("1.27", tmp_path)
    ran = shop.run()
    told = {one.function.rpartition(".")[2] for one in shop.findings()}
    assert told == {name for name in WAYS if f"{name}:true" not in ran}
    assert len(told) == 7


def test_memory_that_was_given_back_is_told_without_a_compile(tmp_path: Path) -> None:
    """Nothing else in the package gives cause to ask the compiler."""
    path = tmp_path / "p.go"
    path.write_text(
        'package p\n\nimport "syscall"\n\nfunc Head(fd, n int) byte {\n'
        "\tb, _ := syscall.Mmap(fd, 0, n, syscall.PROT_READ, syscall.MAP_SHARED)\n"
        "\tsyscall.Munmap(b)\n\treturn b[0]\n}\n\n"
        "func Tail(fd, n int) byte {\n"
        "\tb, _ := syscall.Mmap(fd, 0, n, syscall.PROT_READ, syscall.MAP_SHARED)\n"
        "\tlast := b[n-1]\n\tsyscall.Munmap(b)\n\treturn last\n}\n"
    )
    found = given_back("p", [GoFile.parse(str(path), path.read_bytes())])
    assert [(one.span.line, one.message) for one in found] == [
        (8, "b is used after syscall.Munmap(b) has released it")
    ]
