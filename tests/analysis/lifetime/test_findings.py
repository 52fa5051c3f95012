"""What is reported and what is not: the fixtures' comments say it, both ways."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.analysis.lifetime.needed import may_use_imported, needs_liveness
from golsp_mem.analysis.lifetime.proving.fixes import keep_edits
from golsp_mem.analysis.lifetime.proving.trial import Trial
from golsp_mem.analysis.lifetime.run import Lifetimes, lifetimes
from golsp_mem.compiler.text.liveness import Liveness
from golsp_mem.model import Allocates, Code, Finding
from golsp_mem.source.edits import applied
from golsp_mem.source.syntax import GoFile
from tests.analysis.lifetime.workshop import FIXTURES, Workshop, reported, wanted
from tests.toolchains import WHOLE, missing

CASES = [
    ("1.22", "finalizer"),
    ("1.27", "finalizer"),
    ("1.24", "cleanup"),
    ("1.27", "cleanup"),
    ("1.22", "file"),
    ("1.25", "file"),
    ("1.27", "file"),
    ("1.22", "quiet"),
    ("1.25", "quiet"),
    ("1.27", "quiet"),
    ("1.24", "ineffective"),
    ("1.27", "ineffective"),
    ("1.24", "holders"),
    ("1.27", "holders"),
    ("1.22", "k1"),
    ("1.27", "k1"),
    ("1.22", "k2"),
    ("1.27", "k2"),
]


@pytest.mark.parametrize(("release", "case"), CASES)
def test_reports_what_the_source_says(release: str, case: str) -> None:
    directory = FIXTURES / case
    findings = Workshop.open(release, directory).findings()
    assert reported(findings) == wanted(directory)


def _only(findings: list[Finding], function: str) -> Finding:
    (found,) = [one for one in findings if one.function.endswith(f".{function}")]
    return found


def test_a_finding_shows_its_evidence() -> None:
    shop = Workshop.open("1.27", FIXTURES / "cleanup")
    found = _only(shop.findings(), "main")
    assert found.code is Code.KEEPALIVE_MISSING
    assert found.subject == "d"
    assert found.type == "*example.com/keepalive/cleanup.device"
    assert found.message == (
        "d is not kept during readSlowly: it may be collected and its cleanup may release fd, "
        "taken from it, before the call returns"
    )
    assert [(step.text, step.position and step.position.line) for step in found.reason] == [
        ("the cleanup of *device is set here", 23),
        ("fd is taken from d here", 44),
        (
            "d is last needed at line 44; from then on it does not keep its block alive",
            44,
        ),
        (
            (
                "the compiler, asked by a trial, does not keep d until here; with "
                "runtime.KeepAlive(d) behind it one value more is live"
            ),
            45,
        ),
    ]


def test_a_name_of_the_compiler_is_no_proof_of_death() -> None:
    # Go 1.22 keeps the file of Later in a slot called ~r0.
    assert Workshop.open("1.22", FIXTURES / "quiet").findings() == []


def _unheard(*files: GoFile) -> Lifetimes:
    """What is told of texts on which no compiler says a word."""

    async def nothing(_: Mapping[Path, bytes]) -> Liveness:
        return Liveness(())

    async def no_errors(_: Mapping[Path, bytes]) -> tuple[str, ...]:
        return ()

    trial = Trial(Liveness(()), nothing, no_errors)
    return asyncio.run(lifetimes("example.com/p", files, (), trial))


def test_says_nothing_without_the_compilers_text_and_counts_it() -> None:
    found = _unheard(*Workshop.open("1.27", FIXTURES / "file").files())
    told = [one.message for one in found.findings if one.allocates is Allocates.ALWAYS]
    # What a return loses needs no trial.
    assert [one for one in told if "is lost when this returns" not in one] == []
    assert found.undecided > 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'package p\nimport "fmt"\nfunc f(b []byte) { fmt.Println(len(b)) }\n', False),
        (b"runtime.GC()", False),
        (b"runtime.KeepAlive(x)", True),
        (b"d := net.Dialer{KeepAlive: 30 * time.Second}", False),
        (b"runtime.SetFinalizer(x, nil)", True),
        (b"runtime.AddCleanup(x, f, 1)", True),
        (b"n := f.Fd()", True),
        (b"uintptr(unsafe.Pointer(p))", True),
        (b"unsafe.Pointer(uintptr(1))", False),
        (b"", False),
    ],
)
def test_asks_for_a_compile_only_where_it_can_matter(text: bytes, expected: bool) -> None:
    assert needs_liveness(b"package p\n" + text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"unix.Read(fd, b)", True),
        (b"defer f(unix.Close)", True),
        (b"syscall.RawSyscall(unix.SYS_IOCTL, fd, 0, 0)", True),
        (b"unix.FOO(fd)", True),
        (b"C.FOO(fd)", True),
        (b"os.NewFile(fd, name)", True),
        (b"os.OpenFile(name, unix.O_RDWR|unix.O_NONBLOCK, 0)", False),
        (b"signal.Notify(c, syscall.SIGTERM)", False),
    ],
)
def test_constants_use_no_raw_resource(text: bytes, expected: bool) -> None:
    assert may_use_imported(b"package p\n" + text) is expected


def test_runtime_under_another_name_needs_liveness() -> None:
    assert needs_liveness(b'import rt "runtime"\nfunc f() { rt.KeepAlive(x) }')


@pytest.mark.slow
@pytest.mark.parametrize(
    "package",
    ["internal/poll", "syscall"]
    + (["os", "os/exec", "net", "crypto/tls", "unique"] if WHOLE else []),
)
def test_the_standard_library_has_no_false_alarm(package: str) -> None:
    # Its authors know: each of these keeps what it uses.
    goroot = Path(Workshop.open("1.27", FIXTURES / "k1").toolchain.version.goroot)
    findings = Workshop.open("1.27", goroot / "src" / package).findings()
    assert [one for one in findings if one.allocates is Allocates.ALWAYS] == []


BROKEN = [
    b"",
    b"package",
    b'package p\nimport "runtime"\nfunc f() { runtime.KeepAlive( }',
    b'package p\nimport "runtime"\nfunc f( { runtime.SetFinalizer(, func(',
    b"package p\nfunc (d *T) f() { x := d.; return syscall.Read(d.",
    b"\xff\xfe runtime.KeepAlive(\x00)",
]


@pytest.mark.parametrize("text", BROKEN)
def test_broken_text_gives_no_finding(text: bytes) -> None:
    assert _unheard(GoFile.parse("/p/a.go", text)).findings == ()


C_CODE = """package p

/*
#include <stdlib.h>
typedef void *memory_t;
static int use(void *p, int n) { return n; }
static int look(memory_t p, int n) { return n; }
*/
import "C"

import (
	"runtime"
	"unsafe"
)

type buffer struct{ p unsafe.Pointer }

func New(n int) *buffer {
	b := &buffer{C.malloc(C.size_t(n))}
	runtime.SetFinalizer(b, func(b *buffer) { C.free(b.p) })
	return b
}

func (b *buffer) Lost() int {
	return int(C.look(C.memory_t(b.p), 3))
}

type stream struct{ b *buffer }

func (s *stream) Read(p []byte) (int, error) {
	return int(C.look(C.memory_t(s.b.p), 3)), nil
}

func (b *buffer) Kept() int {
	n := C.use(b.p, 3)
	runtime.KeepAlive(b)
	return int(n)
}
"""
# What stands behind the interface nobody knows, and to keep `c.inner.b` does not build.
BESIDE_C = """package p

import "io"

type counter struct{ inner io.Reader }

func (c *counter) Read(p []byte) (int, error) { return c.inner.Read(p) }
"""


@pytest.mark.parametrize("release", ["1.22", "1.27"])
def test_calls_of_c_are_judged_by_their_line(release: str, tmp_path: Path) -> None:
    # cgo moves the columns, and its own variables leave a doubt that the trial decides.
    if shutil.which("gcc") is None:
        missing("gcc")
    (tmp_path / "go.mod").write_text("module example.com/p\n\ngo 1.22\n")
    (tmp_path / "p.go").write_text(C_CODE)
    (tmp_path / "q.go").write_text(BESIDE_C)
    findings = Workshop.open(release, tmp_path).findings()
    assert [(one.function, one.code) for one in findings] == [
        ("example.com/p.(*buffer).Lost", Code.KEEPALIVE_MISSING),
        ("example.com/p.(*stream).Read", Code.KEEPALIVE_MISSING),
    ]
    assert all("during C.look" in one.message for one in findings)


@given(st.data())
def test_no_text_makes_it_raise(data: st.DataObject) -> None:
    source = (FIXTURES / "file" / "file.go").read_bytes()
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(len(source), start + 40)))
    text = source[:start] + data.draw(st.binary(max_size=8)) + source[end:]
    file = GoFile.parse("/p/file.go", text)
    for one in _unheard(file).findings:
        assert one.span.line <= file.tree.lines
        for edit in keep_edits(file, one):
            assert len(applied(file, edit.edits)) > len(text)


AFTER_CLOSE = """package p

import (
	"os"
	"syscall"
)

func Closed(f *os.File, b []byte) (int, error) {
	fd := int(f.Fd())
	f.Close()
	return syscall.Read(fd, b)
}

func MayBeClosed(f *os.File, b []byte, early bool) (int, error) {
	fd := int(f.Fd())
	if early {
		f.Close()
	}
	n, err := syscall.Read(fd, b)
	f.Close()
	return n, err
}
"""


def test_modules_of_old_languages_are_tried_too(tmp_path: Path) -> None:
    # Before Go 1.18 there is no `any` to write.
    (tmp_path / "go.mod").write_text("module example.com/p\n\ngo 1.12\n")
    text = AFTER_CLOSE.replace("\tf.Close()\n\treturn", "\treturn", 1)
    (tmp_path / "p.go").write_text(text)
    (found,) = Workshop.open("1.27", tmp_path).findings()
    assert found.message.startswith("f is not kept during syscall.Read")


def test_a_use_after_close_is_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/p\n\ngo 1.22\n")
    (tmp_path / "p.go").write_text(AFTER_CLOSE)
    (found,) = Workshop.open("1.27", tmp_path).findings()
    assert found.message == "fd is used after f.Close() has released it"
    assert found.span.line == 11
    # No KeepAlive brings back what was released.
    assert keep_edits(GoFile.parse(str(tmp_path / "p.go"), AFTER_CLOSE.encode()), found) == ()


MISTAKES = """package p

import (
	"runtime"
	"syscall"
)

type node struct {
	fd   int
	next *node
	done func()
}

func (n *node) Close() error { return syscall.Close(n.fd) }

func twice() *node {
	n := &node{}
	runtime.SetFinalizer(n, (*node).Close)
	runtime.SetFinalizer(n, (*node).Close) // want keepalive-ineffective
	return n
}

func setAnew() *node {
	n := &node{}
	runtime.SetFinalizer(n, (*node).Close)
	runtime.SetFinalizer(n, nil)
	runtime.SetFinalizer(n, (*node).Close)
	return n
}

func itself() *node {
	n := &node{}
	n.done = func() { n.fd = -1 }
	runtime.SetFinalizer(n, (*node).Close) // want keepalive-ineffective
	return n
}

func ring() *node {
	a := &node{}
	b := &node{}
	a.next = b
	b.next = a
	runtime.SetFinalizer(a, (*node).Close) // want keepalive-ineffective
	return a
}

func list() *node {
	a, b := &node{}, &node{}
	a.next = b
	a.fd = a.fd + 1
	runtime.SetFinalizer(a, (*node).Close)
	return a
}

type file struct{ fd int }

func (f *file) Close() error { return syscall.Close(f.fd) }

func released(fd int) *file {
	f := &file{fd}
	runtime.AddCleanup(f, func(fd int) { syscall.Close(fd) }, f.fd) // want keepalive-ineffective
	return f
}

type kept struct {
	fd   int
	stop runtime.Cleanup
}

func (k *kept) Close() error {
	k.stop.Stop()
	return syscall.Close(k.fd)
}

func stopped(fd int) *kept {
	k := &kept{fd: fd}
	k.stop = runtime.AddCleanup(k, func(fd int) { syscall.Close(fd) }, k.fd)
	return k
}
"""


def test_finalizers_and_cleanups_that_cannot_work(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/p\n\ngo 1.24\n")
    (tmp_path / "p.go").write_text(MISTAKES)
    assert reported(Workshop.open("1.27", tmp_path).findings()) == wanted(tmp_path)


def test_functions_that_hand_an_owner_to_each_other(tmp_path: Path) -> None:
    """Whether it is lent was asked without end."""
    (tmp_path / "go.mod").write_text("module example.com/rec\n\ngo 1.22\n")
    (tmp_path / "main.go").write_text(
        'package rec\n\nimport (\n\t"os"\n\t"syscall"\n)\n\n'
        "type page struct{ file *os.File }\n\n"
        "func (p *page) each(visit func(*page)) {\n\tvisit(p)\n\tp.next(visit)\n}\n\n"
        "func (p *page) next(visit func(*page)) {\n\tvisit(p)\n\tp.each(visit)\n}\n\n"
        "func Read(path string, visit func(*page)) int {\n"
        "\tf, err := os.Open(path)\n\tif err != nil {\n\t\treturn 0\n\t}\n"
        "\tp := &page{file: f}\n\tfd := int(f.Fd())\n\tp.each(visit)\n"
        "\tn, _ := syscall.Read(fd, make([]byte, 8))\n\treturn n\n}\n"
    )
    found = Workshop.open("1.27", tmp_path).findings()
    assert {one.function for one in found} <= {"example.com/rec.Read"}
