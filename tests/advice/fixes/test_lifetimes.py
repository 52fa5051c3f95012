"""Edits of lifetimes on a program that runs. More shapes: ``python -m tests.fixes.lifetimes``."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.fixes.lifetimes.repaired import offers, outcomes

PROGRAM = """package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

type handle struct {
	id   int64
	next *handle
}

var released, other atomic.Int64

func captures() {
	h := &handle{id: 1}
	runtime.AddCleanup(h, func(int) { released.Add(h.id) }, 0)
}

func finalizes() {
	h := &handle{id: 10}
	h.next = &handle{next: h}
	runtime.SetFinalizer(h, func(h *handle) { released.Add(h.id) })
}

type late struct{ when int64 }

// What is set later may be another value when the cleanup is set.
func kept() {
	l := &late{}
	runtime.AddCleanup(l, func(int) { other.Add(l.when) }, 0)
	l.when = 7
}

func collected(value int) int {
	for range 5 {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	return value
}

func lock(f *os.File) error {
	return syscall.Fchmod(int(f.Fd()), uint32(collected(0o700)))
}

func try(run func()) {
	defer func() { _ = recover() != nil }()
	run()
}

func main() {
	try(captures)
	try(finalizes)
	try(kept)
	f, err := os.Open(os.Args[0])
	if err != nil {
		panic(err)
	}
	fmt.Printf("lock\\t%v\\n", lock(f))
	fmt.Printf("released\\t%d\\n", released.Load())
}
"""


@pytest.mark.parametrize("release", ["1.27"])
def test_what_failed_works_after_the_edits(tmp_path: Path, release: str) -> None:
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.24\n")
    (tmp_path / "main.go").write_text(PROGRAM)
    assert outcomes(tmp_path, release) == {"lock": "bad file descriptor", "released": "0"}
    offered = asyncio.run(offers(tmp_path, release))
    assert offered.refused == ()
    read = "h.id is read when the cleanup is set"
    cleanup = "a cleanup runs after all finalizers and cannot revive h"
    descriptor = (
        "a descriptor that does not block stays so; of a closed file the error is os.ErrClosed"
    )
    assert [one.label for one in offered.confirmed] == [
        f"Give the cleanup h.id instead of h, so that h can be collected ({read})",
        f"Use runtime.AddCleanup with h.id instead of the finalizer ({read}; {cleanup})",
        f"Use f.SyscallConn, whose Control keeps f open during the call ({descriptor})",
    ]
    for path, text in asyncio.run(offered.texts()).items():
        path.write_bytes(text)
    assert outcomes(tmp_path, release) == {"lock": "<nil>", "released": "11"}


def test_cleanups_want_go_1_24_in_go_mod(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.23\n")
    (tmp_path / "main.go").write_text(
        'package main\n\nimport "runtime"\n\ntype t struct{ n int }\n\nfunc main() {\n'
        "\tv := &t{1}\n\truntime.SetFinalizer(v, func(v *t) { println(v.n) })\n}\n"
    )
    offered = asyncio.run(offers(tmp_path, "1.27"))
    assert (offered.confirmed, offered.refused) == ((), ())


SET_FINALIZER = """package main

import "runtime"

type t struct{ n int }

func main() {
	v := &t{1}
	runtime.SetFinalizer(v, func(v *t) { println(v.n) })
}
"""


@pytest.mark.parametrize(
    ("elsewhere", "count"),
    [
        ("func set(v *t) { v.n = 2 }", 0),
        ("func take(v *t) *int { return &v.n }", 0),
        ("func reset(v *t) { *v = t{} }", 0),
        ('import "runtime"\n\nfunc off(v *t) { runtime.SetFinalizer(v, nil) }', 0),
        ("func read(v *t) int { return v.n }", 1),
    ],
)
def test_files_of_other_systems_count(tmp_path: Path, elsewhere: str, count: int) -> None:
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.24\n")
    (tmp_path / "main.go").write_text(SET_FINALIZER)
    (tmp_path / "main_plan9.go").write_text(f"package main\n\n{elsewhere}\n")
    offered = asyncio.run(offers(tmp_path, "1.27"))
    assert len(offered.confirmed) == count
    assert offered.refused == ()


def test_a_statement_left_out_takes_its_line_along_in_files_of_windows(tmp_path: Path) -> None:
    kept = "\tfd := int(f.Fd())\n\tcollected(0)\n\terr := syscall.Fchmod(fd, 0o700)\n\treturn err\n"
    text = PROGRAM.replace("\treturn syscall.Fchmod(int(f.Fd()), uint32(collected(0o700)))\n", kept)
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.24\n")
    (tmp_path / "main.go").write_bytes(text.replace("\n", "\r\n").encode())
    [after] = asyncio.run(asyncio.run(offers(tmp_path, "1.27")).texts()).values()
    assert b"lock(f *os.File) error {\r\n\tcollected(0)\r\n" in after
