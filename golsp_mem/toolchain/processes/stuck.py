"""Files that the go command waits for, for ever: named pipes and devices called ``x.go``.

It opens each source file of a package to read its build constraints and imports, unless the name
alone says that it is for another system (go/build, goodOSArchFile), and each ``go.mod``. Nobody
writes to a pipe in a repository.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

from golsp_mem.errors import BuildFailed
from golsp_mem.toolchain.module import module_root

# A long compile pays for one look at the module's names.
_PATIENCE_SECONDS = 5.0
_MODULE_FILES = frozenset({"go.mod", "go.sum", "go.work", "go.work.sum"})
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
    """Ends what goes on in the block when it takes long and there is a file to wait for.

    Raises BuildFailed then. Left empty, the target is not known.
    """
    inside = asyncio.current_task()
    assert inside is not None
    found: list[Path] = []

    async def watch() -> None:
        await asyncio.sleep(_PATIENCE_SECONDS)
        look = partial(next, waiting_files(directory, goos, goarch), None)
        file = await asyncio.to_thread(look)
        if file is not None:
            found.append(file)
            inside.cancel()

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
    """The files below the directory's module that the go command would wait for, in no order."""
    root = module_root(directory)
    for file in (root / "vendor" / "modules.txt", *(up / "go.work" for up in root.parents)):
        if _is_waited_for(file):
            yield file
    for place, children, names in os.walk(root):
        children[:] = [
            child for child in children if child not in _SKIPPED and child[0] not in "._"
        ]
        for name in names:
            if name in _MODULE_FILES or (
                name[0] not in "._" and _is_source(name) and _is_for(name, goos, goarch)
            ):
                path = Path(place, name)
                if _is_waited_for(path):
                    yield path


def _is_waited_for(file: Path) -> bool:
    with contextlib.suppress(OSError):
        mode = file.stat().st_mode
        return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
    return False


def _is_source(name: str) -> bool:
    return os.path.splitext(name)[1] in _SOURCES  # noqa: PTH122 - thousands of names


def _is_for(name: str, goos: str, goarch: str) -> bool:
    words = name.partition(".")[0].removesuffix("_test").split("_")[1:]
    if words and words[-1] in _MACHINES and words.pop() != goarch:
        return False
    if words and words[-1] in _SYSTEMS:
        return words[-1] in (goos, _ALSO.get(goos))
    return True
