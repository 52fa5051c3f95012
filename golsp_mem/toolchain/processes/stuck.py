"""Files that the go command waits for, for ever: named pipes and devices called ``x.go``.

It opens each source file of a package to read its build constraints and imports, unless the name
alone says that it is for another system (go/build, goodOSArchFile), each ``go.mod``, the profile of
a command and the file of `go env -w`. Nobody writes to a pipe in a repository.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from golsp_mem.errors import BuildFailed
from golsp_mem.files import read_regular
from golsp_mem.toolchain.module import module_root

# A long compile pays for a look at the module's names; for more of them where there is a pipe.
_PATIENCE_SECONDS = 5.0
_ONE_NAME = frozenset({"go.mod", "go.sum", "go.work", "go.work.sum", "default.pgo"})
# go/build, fileListForExt: their build constraints are read.
_SOURCES = frozenset(
    [
        ".go",
        ".c",
        ".cc",
        ".cpp",
        ".cxx",
        ".m",
        ".h",
        ".hh",
        ".hpp",
        ".hxx",
        ".f",
        ".F",
        ".for",
        ".f90",
        ".s",
        ".S",
        ".sx",
        ".swig",
        ".swigcxx",
    ]
)

# Go 1.27, internal/syslist; older releases know fewer.
_SYSTEMS = frozenset(
    [
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "hurd",
        "illumos",
        "ios",
        "js",
        "linux",
        "nacl",
        "netbsd",
        "openbsd",
        "plan9",
        "solaris",
        "wasip1",
        "windows",
        "zos",
    ]
)
_MACHINES = frozenset(
    [
        "386",
        "amd64",
        "amd64p32",
        "arm",
        "armbe",
        "arm64",
        "arm64be",
        "loong64",
        "mips",
        "mipsle",
        "mips64",
        "mips64le",
        "mips64p32",
        "mips64p32le",
        "ppc",
        "ppc64",
        "ppc64le",
        "riscv",
        "riscv64",
        "s390",
        "s390x",
        "sparc",
        "sparc64",
        "wasm",
    ]
)
# A system's files are another's, too (go/build, matchTag).
_ALSO = {"android": "linux", "illumos": "solaris", "ios": "darwin"}
_SKIPPED = frozenset({"vendor", "testdata", "node_modules"})


@contextlib.asynccontextmanager
async def unless_stuck(directory: Path, goos: str, goarch: str) -> AsyncIterator[None]:
    """Ends what goes on in the block when it takes long and a file is waited for.

    Raises BuildFailed then. Left empty, the target is not known.
    """
    inside = asyncio.current_task()
    assert inside is not None
    found: list[Path] = []

    async def watch() -> None:
        patience, there = _PATIENCE_SECONDS, [directory]
        while there:
            await asyncio.sleep(patience)
            patience *= 2
            there = await asyncio.to_thread(list, waiting_files(directory, goos, goarch))
            found.extend(filter(_is_waited_for, there))
            if found:
                inside.cancel()
                return

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not found or inside.uncancel() > 0:
            raise
        raise BuildFailed(
            f"{found[0]} is a pipe or a device: the go command waits for it for ever; remove it"
        ) from None
    finally:
        watching.cancel()


def waiting_files(directory: Path, goos: str, goarch: str) -> Iterator[Path]:
    """The files that the go command would wait for if it opened them, in no order: those below the
    directory's module and the ones that it names by their directory."""
    root = module_root(directory)
    work = next((up / "go.work" for up in (root, *root.parents) if (up / "go.work").exists()), None)
    config = os.environ.get("XDG_CONFIG_HOME") or Path(os.environ.get("HOME", ""), ".config")
    own = os.environ.get("GOENV") or Path(config, "go", "env")
    for file in (root / "vendor" / "modules.txt", Path(own), *([work] if work else [])):
        if _waits(file):
            yield file
    roots = {root, *_named_by(root / "go.mod"), *(_named_by(work) if work else ())}
    for place in roots:
        if not any(above in roots for above in place.parents):
            yield from _below(place, goos, goarch)


def _named_by(file: Path) -> Iterator[Path]:
    """What a go.mod replaces, or a go.work uses, by a path."""
    with contextlib.suppress(OSError):
        for line in read_regular(file).decode("utf-8", "replace").splitlines():
            for word in line.partition("//")[0].replace('"', " ").replace("`", " ").split():
                if word in (".", "..") or word.startswith(("./", "../", "/")):
                    yield Path(os.path.normpath(file.parent / word))


def _below(root: Path, goos: str, goarch: str) -> Iterator[Path]:
    for place, children, names in os.walk(root):
        children[:] = [
            child for child in children if child not in _SKIPPED and child[0] not in "._"
        ]
        for name in names:
            if name in _ONE_NAME or (
                name[0] not in "._" and _is_source(name) and _is_for(name, goos, goarch)
            ):
                path = Path(place, name)
                if _waits(path):
                    yield path


def _waits(file: Path) -> bool:
    with contextlib.suppress(OSError):
        status = file.stat()
        if stat.S_ISCHR(status.st_mode):
            return not file.samefile(os.devnull)
        return stat.S_ISFIFO(status.st_mode)
    return False


def _is_waited_for(file: Path) -> bool:
    """Whether somebody is at it now. A pipe that nobody reads cannot be opened for writing at once;
    who waits for it reads nothing, and is ended."""
    if not file.is_fifo():
        return True
    try:
        os.close(os.open(file, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)))
    except OSError as error:
        return error.errno != errno.ENXIO
    return True


def _is_source(name: str) -> bool:
    return os.path.splitext(name)[1] in _SOURCES  # noqa: PTH122 - thousands of names


def _is_for(name: str, goos: str, goarch: str) -> bool:
    words = name.partition(".")[0].removesuffix("_test").split("_")[1:]
    if words and words[-1] in _MACHINES and words.pop() != goarch:
        return False
    if words and words[-1] in _SYSTEMS:
        return words[-1] in (goos, _ALSO.get(goos))
    return True
