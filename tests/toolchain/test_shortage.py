"""Memory or disk that ran out is told as that, not as code that does not build."""

from __future__ import annotations

import pytest

from golsp_mem.errors import OutOfResources
from golsp_mem.toolchain.processes.shortage import refuse_killed, refuse_shortage, shortage_in

# As Go 1.26 wrote them, with a full or read-only disk, `ulimit -v`, and compilers that were killed.
SHORT = [
    "compile: writing output: write $WORK/b003/_pkg_.a: no space left on device",
    "write /tmp/go-build498472811/b016/importcfg: no space left on device",
    "go: creating work dir: mkdir /tmp/go-build3938642817: read-only file system",
    "failed to initialize build cache at /c: mkdir /c: read-only file system",
    "runtime: out of memory: cannot allocate 4194304-byte block (167313408 in use)",
    "fatal error: out of memory",
    "fatal error: runtime: out of memory",
    "fatal error: runtime: cannot allocate memory",
    "github.com/x/y: /usr/lib/go/pkg/tool/linux_amd64/compile: signal: killed",
    "open /c/ab/abcd-d: too many open files",
    "fork/exec /usr/lib/go/pkg/tool/linux_amd64/asm: cannot allocate memory",
    "fork/exec /usr/bin/gcc: resource temporarily unavailable",
    "fatal error: failed to reserve page summary memory",
    "runtime: failed to create new OS thread (have 9 already; errno=11)",
    "write C:\\T\\x: There is not enough space on the disk.",
    "write /tmp/go-build1/b001/importcfg: file too large",
    "go tool compile: signal: file size limit exceeded (core dumped)",
    "open /w/a.go: input/output error",
    "stat /w: stale NFS file handle",
    "open /w/go.mod: transport endpoint is not connected",
]
OF_CODE = [
    "./a.go:3:5: undefined: no space left on device",
    "/w/a b.go:3:5: syntax error: signal: killed",
    "a.c:1:2: error: #error : no space left on device",
    "./a.go:7: fatal error: out of memory",
    "./bitreader.go:102:6: can inline (*bitReader).finished",
    "package m/killed is not in std",
    "no space left on device and more words",
    "",
]


@pytest.mark.parametrize("line", SHORT)
def test_what_ran_out(line: str) -> None:
    assert shortage_in(["# m", "./a.go:1:2: can inline F", line, "goroutine 1:"]) == line
    with pytest.raises(OutOfResources, match="try again"):
        refuse_shortage(f"# m\n{line}\n", "m cannot be compiled")


def test_what_helps() -> None:
    for line, words in (
        (SHORT[1], "make room there"),
        (SHORT[3], "make it writable"),
        (SHORT[4], "free memory"),
        (SHORT[10], "free memory"),
        (SHORT[9], r"close some or raise the limit \(ulimit -n\)"),
        (SHORT[-5], r"raise the limit \(ulimit -f\)"),
        ("write /memory/x: no space left on device", "make room there"),
    ):
        with pytest.raises(OutOfResources, match=f"; {words} and try again$"):
            refuse_shortage(line, "m")


@pytest.mark.parametrize("line", OF_CODE)
def test_what_the_code_is_to_blame_for(line: str) -> None:
    assert shortage_in([line]) is None


def test_a_child_that_somebody_killed() -> None:
    with pytest.raises(OutOfResources, match=r"^go list: signal: killed; free memory"):
        refuse_killed(-9, "go list")
    for status in (0, 1, 2, 137, -2, -15):
        refuse_killed(status, "go list")
