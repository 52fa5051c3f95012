"""Machines of a CI: a home and caches each; nothing is shared but what a test shares."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from attrs import frozen

from tests.cli.runner import environment, run
from tests.files import write_files
from tests.toolchains import go_binary

# A compile without -m does not count: where nobody knows whether `go build` ran, the go command is
# asked and killed as soon as it begins to compile, which may be too late.
# Runs what it is given, and writes down which packages the compiler compiles, and apart from those
# the questions for types (`type_errors_of`, told by -e): what never compiles no cache keeps. To the
# go command it is no other compiler: it passes on the question for the version
# (cmd/go/internal/work, toolID), by which the build cache knows tools.
_COUNTER = """\
#!/bin/sh
case "$*" in
*-V=full*) ;;
*) case "$1 $*" in
  */compile" "*" -e "*) echo "$TOOLEXEC_IMPORTPATH" >> "$COMPILED.asked" ;;
  */compile" "*" -m "*) echo "$TOOLEXEC_IMPORTPATH" >> "$COMPILED" ;;
  esac ;;
esac
exec "$@"
"""

SOURCES = {
    "go.mod": "module example.com/m\n\ngo 1.22\n",
    "shop.go": """\
package m

import (
	"slices"

	"example.com/m/boxes"
	"example.com/m/parts"
)

func Moved(n int) *int {
	t := n
	return &t
}

func Joined(ps []*parts.Part) any {
	slices.SortFunc(ps, func(a, b *parts.Part) int { return a.ID - b.ID })
	return boxes.Of(parts.New(len(ps)))
}
""",
    "shop_test.go": """\
package m

import "testing"

func TestMoved(t *testing.T) {
	if *Moved(1) != 1 {
		t.Fatal("moved " + t.Name() + " wrongly")
	}
}
""",
    # The same last name as another package's file, which generic code brings into this one.
    "parts/box.go": """\
package parts

import "example.com/m/boxes"

type Part struct{ ID, Size int }

func New(id int) *Part { return &Part{ID: id} }

func Boxed(id int) any {
	return boxes.Of(New(id))
}
""",
    "boxes/box.go": """\
package boxes

type Box[T any] struct{ Value *T }

func Of[T any](v T) *Box[T] {
	kept := v
	return &Box[T]{Value: &kept}
}
""",
    "files/files.go": """\
package files

import (
	"runtime"
	"syscall"
)

type File struct{ fd int }

func Open(path string) *File {
	fd, _ := syscall.Open(path, syscall.O_RDONLY, 0)
	f := &File{fd}
	runtime.SetFinalizer(f, func(f *File) { syscall.Close(f.fd) })
	return f
}

func Read(path string) int {
	f := Open(path)
	var buffer [10]byte
	n, _ := syscall.Read(f.fd, buffer[:])
	return n
}
""",
}


def check_out(directory: Path) -> Path:
    """A new checkout, with time stamps of its own, in place of what was there."""
    if directory.exists():
        shutil.rmtree(directory)
    return write_files(directory, SOURCES)


@frozen
class Report:
    """What a check said, and what it compiled: a package once for each time. ``asked``: of which
    package the compiler was asked for types, by text that does not compile."""

    said: str
    compiled: list[str]
    asked: list[str]


@frozen
class Machine:
    """One machine below a directory. None of ``cache_program`` (a command line) and ``analyses``
    (a directory for our own cache): it has what golsp-mem and Go have by default.
    """

    root: Path
    release: str
    flags: str = "-buildvcs=false"
    cache_program: str | None = None
    analyses: Path | None = None

    @property
    def build_cache(self) -> Path:
        return self.root / "go-build"

    def check(self, checkout: Path, *options: str) -> Report:
        """``golsp-mem check`` of a whole module: its JSON without the seconds it took."""
        self.root.mkdir(parents=True, exist_ok=True)
        counter = self.root.parent / "count-compiles"
        counter.write_text(_COUNTER)
        counter.chmod(0o755)
        compiled = self.root / "compiled"
        asked = self.root / "compiled.asked"
        for counted in (compiled, asked):
            counted.write_text("")
        env = environment(
            HOME=str(self.root),
            XDG_CACHE_HOME=str(self.root / "cache"),
            GOCACHE=str(self.build_cache),
            GOPATH=None,
            GOPROXY="off",
            GOCACHEPROG=self.cache_program,
            GOLSP_MEM_CACHE=str(self.analyses) if self.analyses else None,
            COMPILED=str(compiled),
        )
        env["GOFLAGS"] = f"{self.flags} -toolexec={counter}"
        done = run(
            "check", "--go", str(go_binary(self.release)), "--all", "--format", "json",
            "--fail-on", "never", *options, cwd=checkout, env=env,
        )  # fmt: skip
        assert done.status == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["findings"], "the module has findings"
        del report["summary"]["seconds"]
        said = json.dumps(report, indent=1)
        return Report(said, *(one.read_text().split("\n")[:-1] for one in (compiled, asked)))
