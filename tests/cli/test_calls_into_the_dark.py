"""What calls lead to that is no Go code with a body, or does not build: one line, the rest told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import check, write_module
from tests.toolchains import go_binary

CODE = """package m

import _ "unsafe"

func asm(n int) int

//go:linkname nanotime runtime.nanotime
func nanotime() int64

//go:linkname missing example.com/elsewhere.Missing
func missing(n int) *int

//golsp-mem:noalloc
func Sums(n int) int { return asm(n) }

//golsp-mem:noalloc
func Clock() int64 { return nanotime() }

//golsp-mem:noalloc
func Elsewhere(n int) *int { return missing(n) }

//golsp-mem:noalloc
func Even(n int) bool { return n == 0 || Odd(n-1) }

func Odd(n int) bool { return n != 0 && Even(n-1) }
"""
ASSEMBLY = """#include "textflag.h"

TEXT \u00b7asm(SB), NOSPLIT, $0-16
	MOVQ n+0(FP), AX
	ADDQ AX, AX
	MOVQ AX, ret+8(FP)
	RET
"""
C_CODE = """package c

// static int twice(int n) { return 2 * n; }
import "C"

//golsp-mem:noalloc
func Twice(n int) int { return int(C.twice(C.int(n))) }
"""
BROKEN = """package bad

func Broken() int { return "" }
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write_module(tmp_path_factory.mktemp("dark") / "m", m_go=CODE, bad__bad_go=BROKEN)
    (made / "asm_amd64.s").write_text(ASSEMBLY, encoding="utf-8")
    if shutil.which("gcc"):
        write_module(made, c__c_go=C_CODE)
    return made


def test_promises_tell_what_nobody_can_follow(module: Path) -> None:
    done = check("--select", "contract-*", "--format", "json", "./...", cwd=module)
    assert done.status == 3
    [line] = done.stderr.splitlines()
    assert "example.com/m/bad" in line
    told: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    kinds = {one["function"]: one["message"].partition(": 1 call")[2] for one in told}
    # Assembly has a body, so has what another name stands for; a round trip ends.
    expected = {"Elsewhere": " cannot be followed: in Elsewhere (no body, m.go:20)"}
    if shutil.which("gcc"):
        expected["Twice"] = (
            " cannot be followed: in _Cfunc_twice (C code, _cgo_gotypes.go:"
            + kinds["Twice"].rpartition(":")[2]
        )
    assert kinds == expected
    assert {one["code"] for one in told} == {"contract-unknown"}


def test_a_tree_beside_what_does_not_build(module: Path) -> None:
    done = check("--function", "Elsewhere", "./...", cwd=module)
    assert done.status == 3
    assert "no body of example.com/elsewhere.Missing: cannot be followed (m.go:20)" in done.stdout
    [line] = done.stderr.splitlines()
    assert line.startswith("golsp-mem: example.com/m/bad does not build: bad/bad.go:3:28: ")
    missing = check("--function", "Broken", "./...", cwd=module)
    assert (missing.status, missing.stdout) == (3, "")
    [line] = missing.stderr.splitlines()
    assert "no such function was compiled" in line
    assert "example.com/m/bad does not build" in line
    assert check("--function", "Even", ".", cwd=module).status == 0


def test_no_go_and_one_that_is_too_old(module: Path, tmp_path: Path) -> None:
    none = check("--function", "Even", "--go", "/nonexistent/go", ".", cwd=module)
    assert (none.status, none.stdout, len(none.stderr.splitlines())) == (4, "", 1)
    newer = write_module(tmp_path / "newer", m_go="package m\n\nfunc F() {}\n")
    (newer / "go.mod").write_text("module example.com/m\n\ngo 1.27\n")
    old = str(go_binary("1.22"))
    for arguments in (("--function", "F"), ("--select", "heap-call")):
        done = check(*arguments, "--go", old, ".", cwd=newer)
        assert done.status in (3, 4)
        [line] = done.stderr.splitlines()
        assert "1.27" in line
        assert "Traceback" not in done.stderr


NO_CODE = """package m

import _ "unsafe"

//golsp-mem:noalloc
func Unused[X any](x X) *X { return &x }

//golsp-mem:noalloc strict
func (t *T[X]) Get() *X { return &t.x }

type T[X any] struct{ x X }

//golsp-mem:noalloc
func Used[X any](x X) X { return x }

var _ = Used(1)

//golsp-mem:noalloc
func plain() {}

//golsp-mem:noalloc
func _() *int { return new(int) }

//golsp-mem:noalloc strict
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64
"""


def test_promises_of_which_there_is_no_code(tmp_path: Path) -> None:
    done = check("--format", "json", cwd=write_module(tmp_path, m_go=NO_CODE, none_s=""))
    found = json.loads(done.stdout)["findings"]
    assert [(one["code"], one["line"], one["severity"]) for one in found] == [
        ("contract-unknown", 6, "information"),
        ("contract-unknown", 9, "error"),
        ("contract-unknown", 22, "information"),
        ("contract-unknown", 27, "error"),
    ]
    assert "no body in Go" in found[3]["message"]
    assert "nothing here instantiates it" in found[0]["message"]
