"""What calls do where they stand: each kind of call in code that is parsed as it is written."""

from __future__ import annotations

import pytest

from golsp_mem.advice.hover_calls import call_told
from golsp_mem.compiler.stackfacts import stack_platform
from golsp_mem.source.syntax import GoFile

HEAD = """package p

import (
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
)

"""


@pytest.mark.parametrize(
    ("body", "at", "says"),
    [
        (
            # Conversions and builtins are no calls.
            "f, _ := os.Open(n)\n\tx := f.Fd()\n\tsyscall.Read(int(x), b)\n\truntime.KeepAlive(f)",
            "KeepAlive",
            "without this it may be collected during `syscall.Read`.",
        ),
        (
            "f, _ := os.Open(n)\n\tfd := f.Fd()\n\tsyscall.Read(fd, b)\n\truntime.KeepAlive(f)",
            "KeepAlive",
            "without this it may be collected during `syscall.Read`",
        ),
        ("b := make([]byte, 9)\n\tprintln(b[0])\n\truntime.KeepAlive(b)", "runtime.K",
         "its last use is in line 12, and no call stands between"),
        ("runtime.KeepAlive(&global)", "KeepAlive", "Keeps what `&global` points to reachable"),
        ("x := new(int)\n\truntime.SetFinalizer(x, done)", "SetFinalizer",
         "`done` runs once, in a goroutine of the runtime, some time after `x`"),
        ("x := new(int)\n\truntime.SetFinalizer(x, nil)", "SetFinalizer", "Takes the finalizer"),
        ("x := new(int)\n\truntime.AddCleanup(x, func(int) {}, 3)", "AddCleanup",
         "The function literal runs with `3` some time after `x`"),
        ("debug.SetMaxStack(100_000_000)", "SetMaxStack", "the limit that holds is **64 MiB**"),
        ("debug.SetMaxStack(4 << 30)", "SetMaxStack", "**1 GiB**"),
        ("debug.SetMaxStack(m)", "SetMaxStack", "only the run time knows"),
        ("go done(3)", "go", "Starts `done` on a stack of its own"),
        ("go func() {}()", "go", "Starts the function literal on a stack"),
        ("f(m - 1)", "f(m", "`f` calls itself here"),
    ],
)  # fmt: skip
def test_told(body: str, at: str, says: str) -> None:
    text = f"{HEAD}func f(m int) {{\n\t{body}\n}}\n"
    found = told(text, at, after="func f(m int) {")
    assert found is not None
    assert says in found.markdown


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("func f() { runtime := other{}; runtime.KeepAlive(1) }", "KeepAlive"),
        ("func f() { g() }\nfunc g() { f() }", "g()"),
        ("func (t T) f() { u.f() }", "f()"),
        ("func f() { f := func() {}; f() }", "f()"),
        ("func f() { println(1) }", "println"),
    ],
)
def test_nothing_is_said_of_other_calls(text: str, at: str) -> None:
    assert told(f"{HEAD}{text}\n", at, after="{") is None


def test_a_method_calls_itself_on_its_receiver() -> None:
    found = told(f"{HEAD}func (t *T) f() {{ t.f() }}\n", "f()", after="{ ")
    assert found is not None
    assert found.calls_itself == "(*T).f"


def told(text: str, at: str, after: str):  # type: ignore[no-untyped-def]
    raw = text.encode()
    offset = text.index(at, text.index(after) + len(after))
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    file = GoFile.parse("/p.go", raw)
    return call_told(file, line, column, (file,), stack_platform("linux", "amd64"))
