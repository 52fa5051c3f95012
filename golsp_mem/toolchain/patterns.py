"""Package patterns: which name files, which name nothing, and what to type then."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import define, field

from golsp_mem.errors import UsageError
from golsp_mem.toolchain.pgo import LEFT_OUT

# cmd/go/internal/load/search.go
_UNMATCHED = re.compile(r'go: warning: "(.*)" matched no packages')
# https://go.dev/ref/mod#go-work-file-use: `use ./a`, or lines in `use ( … )`.
_USE_BLOCK = re.compile(r"^\s*use\s*\(([^)]*)\)", re.MULTILINE)
_USE_LINE = re.compile(r"^\s*use\s+([^\s(][^\n]*)", re.MULTILINE)
_MOST_NAMED = 3
# What stat says of a file that a pattern came by, other than that it is not there.
_BROKEN = re.compile(r"too many levels of symbolic links|permission denied|input/output error")


@define
class Unmatched:
    """Passes compiler text on, and keeps the patterns that go says matched nothing."""

    on_line: Callable[[str], None]
    patterns: list[str] = field(factory=list)
    others: list[str] = field(factory=list)

    def __call__(self, line: str) -> None:
        match = _UNMATCHED.fullmatch(line)
        if line == LEFT_OUT:
            self.others.append(line.partition(": ")[2])
        elif match is None:
            self.on_line(line)
        elif match[1] not in self.patterns:
            self.patterns.append(match[1])

    @property
    def warnings(self) -> tuple[str, ...]:
        return (*self.others, *(f"{one} matched no packages" for one in self.patterns))


def named_files(patterns: Sequence[str], directory: Path) -> list[str]:
    """The patterns that name Go files, by the go command's own rule (`GoFilesPackage`,
    cmd/go/internal/load/pkg.go): an import path may end in ``.go`` too."""
    return [one for one in patterns if one.endswith(".go") and (directory / one).is_file()]


def package_of(files: Sequence[str]) -> str:
    """The pattern for the package that holds the first of some files: ``.`` or ``./sub``."""
    parent = Path(files[0]).parent.as_posix()
    return parent if parent.startswith(("/", ".")) else f"./{parent}"


def unreadable_name(files: Sequence[str]) -> str | None:
    """The error for a file whose name is not UTF-8: go builds it, and tells of it with U+FFFD for
    the bytes, so that nobody can read its comments. None where all names are fine."""
    for file in files:
        if "\ufffd" in file and not os.path.lexists(file):
            return f"{file}:1:1: the file's name is not UTF-8, its comments are not read; rename it"
    return None


def nothing_named(patterns: Sequence[str], directory: Path, said: str | None = None) -> UsageError:
    """The error for patterns that name no package; ``said`` is what go had to say of it."""
    lines = said.splitlines() if said else []
    told = lines[0].rstrip(":") if lines else f"no Go packages match {' '.join(patterns)}"
    passed_over = _no_regular_file(directory) if not lines or "is not in std" in told else None
    if passed_over is not None:
        # The go command takes it for a package of the standard library then.
        return UsageError(
            f"{passed_over} is a device or a socket: the go command passes it over, and no other "
            "Go file is in its directory"
        )
    used = _used_modules(directory) if "go.work" in told else []
    if used:
        return UsageError(f"{told}; name its modules: golsp-mem check {' '.join(used)}")
    if "does not contain main module" in told:
        return UsageError(f"{told}; use -C with the directory of the Go module")
    if _BROKEN.search(told):
        return UsageError(f"{told}; go takes no such pattern until that is mended or removed")
    if "./..." in patterns:
        return UsageError(f"{told} ({directory}); use -C with the directory of another Go module")
    return UsageError(
        f"{told} ({directory}); write ./... for all packages below it, or use -C with the "
        "directory of another Go module"
    )


def _no_regular_file(directory: Path) -> Path | None:
    """A Go file that is none to read, in a directory that has no others."""
    try:
        found = sorted(directory.glob("*.go"))
        if any(file.is_file() for file in found):
            return None
        return next((file for file in found if file.exists() and not file.is_dir()), None)
    except OSError:
        return None


def _used_modules(directory: Path) -> list[str]:
    """Patterns for the modules of the go.work beside or above, as far as they are below."""
    for parent in (directory, *directory.parents):
        file = parent / "go.work"
        if file.is_file():
            break
    else:
        return []
    try:
        with file.open("rb") as stream:
            text = re.sub(r"//[^\n]*", "", stream.read(1 << 20).decode("utf-8", "replace"))
    except OSError:
        return []
    words = [word for block in _USE_BLOCK.findall(text) for word in block.split()]
    words += [line.strip() for line in _USE_LINE.findall(text)]
    places = [parent / word.strip('"`') for word in words]
    below = [place.relative_to(directory).as_posix() for place in places
             if place.is_relative_to(directory)]  # fmt: skip
    return [f"./{place}/..." for place in below[:_MOST_NAMED]]
