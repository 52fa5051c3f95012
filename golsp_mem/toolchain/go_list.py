"""What ``go list`` says of packages, compiling them or not.

One ``go list -export -gcflags=-m`` gives both witnesses: the ``-m`` text on stderr, replayed
on a build-cache hit, and the archives' paths in its JSON. Nothing here needs the network.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import NoReturn

from attrs import define, evolve, field, frozen

from golsp_mem.config import Settings
from golsp_mem.errors import (
    AnalysisTimeout,
    BrokenModule,
    GoFailed,
    NotInModule,
    UsageError,
    WrongTarget,
)
from golsp_mem.toolchain import pgo
from golsp_mem.toolchain.compiling import VERBOSE, Compiling, OnCompiled
from golsp_mem.toolchain.go import Toolchain, compile_flags, tag_flags
from golsp_mem.toolchain.patterns import nothing_named, unreadable_name
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.plain import digest_of
from golsp_mem.toolchain.processes.shortage import refuse_killed, refuse_shortage
from golsp_mem.toolchain.processes.stuck import unless_stuck
from golsp_mem.toolchain.recipe import FIELDS, Recipe, recipe_of

_FIELDS = (
    "ImportPath,Dir,Export,BuildID,ForTest,Standard,DepOnly,Name,GoFiles,CgoFiles,TestGoFiles,"
    "XTestGoFiles,Error,DepsErrors,"
) + ",".join(FIELDS)

_WEIGHED_FIELDS = "ImportPath,Dir,Name,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Error"


@frozen
class ListedPackage:
    """One package of ``go list``. ``files`` are absolute; ``error`` is None if it built.

    ``export`` is the archive, ``build_id`` the hash of its compile's inputs and that of its own
    content (``ACTION/CONTENT``, cmd/go/internal/work/buildid.go): the same wherever the same
    was compiled. ``go_mod`` is its module's, ``recipe`` how it is compiled (None for
    dependencies).
    """

    import_path: str
    name: str
    directory: str
    export: str | None
    build_id: str | None
    for_test: str | None
    standard: bool
    dep_only: bool
    files: tuple[str, ...]
    error: str | None
    go_mod: str | None = None
    recipe: Recipe | None = None

    @cached_property
    def compiled(self) -> tuple[str, ...]:
        """The files of this very compile, absolute; empty for dependencies."""
        names = self.recipe.files if self.recipe else ()
        return tuple(os.path.join(self.directory, name) for name in names)  # noqa: PTH118 - hot

    def names_nothing(self, patterns: Sequence[str]) -> bool:
        """Whether go made it up for a pattern that names no package. A directory that no import
        path can have (no UTF-8) is one, and does not build."""
        if not self.error or self.files or self.directory:
            return False
        wild = any("..." in pattern for pattern in patterns)
        return not (wild and self.error.startswith("malformed import path"))

    @property
    def uses_cgo(self) -> bool:
        """Whether cgo writes files that are compiled in place of its own."""
        return self.recipe is not None and self.recipe.uses_cgo

    @property
    def is_variant_of_itself(self) -> bool:
        """``p [p.test]``: the package compiled together with its own _test.go files."""
        return self.for_test is not None and self.import_path.startswith(f"{self.for_test} [")


def check_patterns(patterns: Sequence[str]) -> None:
    """Raises UsageError for a pattern that ``go`` could take for a flag."""
    for pattern in patterns:
        if pattern.startswith("-") or not pattern or "\0" in pattern:
            raise UsageError(f"{pattern!r} is not a package pattern; write ./... or an import path")


class NotBuiltYetError(GoFailed):
    """The build cache lacks what was to come from it."""


@define(eq=False)
class Listing:
    """What one ``go list`` said: ``answer`` its JSON, ``lines`` all compiler text; ``seconds`` is
    what it took. ``argv`` says the same of the same code once more; empty where there is more to
    it than that."""

    # asyncio prints finished tasks with their results when it restores signal handlers.
    answer: bytes = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    seconds: float = 0.0
    argv: tuple[str, ...] = ()
    # Of what ``argv`` said itself.
    _said: Sequence[str] = field(default=(), repr=False)

    @cached_property
    def packages(self) -> list[ListedPackage]:
        """All packages. Raises GoFailed for JSON that ends early, OutOfResources."""
        packages = _decode(self.answer)
        for package in packages:
            refuse_shortage(package.error or "", f"{package.import_path} cannot be compiled")
        return packages

    def forget(self) -> None:
        """Let the text go: the packages are all that is wanted of it from now on."""
        self.answer, self.lines, self._said = b"", (), ()

    @cached_property
    def dependencies(self) -> list[ListedPackage]:
        """The packages as who imports them sees them."""
        return [one if one.dep_only else evolve(one, dep_only=True) for one in self.packages]

    @cached_property
    def digest(self) -> str:
        """What `digest_of` says of what ``argv`` said."""
        return digest_of(self.answer, "\n".join(self._said))


async def listing(
    toolchain: Toolchain,
    patterns: Sequence[str],
    *,
    directory: Path,
    settings: Settings,
    gcflags: str,
    tests: bool,
    overlay: Path | None = None,
    on_line: Callable[[str], None] = lambda _: None,
    on_compiled: OnCompiled | None = None,
    unless: Callable[[str], bool] | None = None,
) -> Listing:
    """Compile what the patterns name; every line of compiler text goes to ``on_line``, too.

    Dependencies are listed too (``dep_only``), for their archives. ``on_compiled`` is told how far
    a compile of many packages has come. Raises UsageError for bad
    patterns, GoFailed when the command itself fails, OutOfResources, AnalysisTimeout, and
    NotBuiltYetError as soon as a package would be compiled that is not to be (``unless``).
    """
    check_patterns(patterns)
    started = time.monotonic()
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        on_line(line)

    # The commit would be part of each command's package, and every new one compile it again.
    argv = [toolchain.binary, "list", "-e", "-export", "-deps", f"-json={_FIELDS}",
            "-buildvcs=false"]  # fmt: skip
    argv += compile_flags(settings, gcflags, overlay)
    if tests:
        argv.append("-test")
    profiled = pgo.may_apply(settings, patterns, directory)
    argv += pgo.flags(settings) if not profiled else await _profile_flags(
        toolchain, patterns, directory, settings, gcflags, tests=tests, overlay=overlay,
        on_line=take,
    )  # fmt: skip
    argv += ["--", *patterns]
    answer, status = await _compiled(
        argv, toolchain, directory, settings, take, on_compiled, unless or (lambda _: False)
    )
    seconds, said = time.monotonic() - started, tuple(lines)
    again = (
        (*argv[:2], VERBOSE, *argv[2:]) if overlay is None and not profiled and status == 0 else ()
    )
    listed = Listing(answer, said, seconds, again, said)
    if status != 0 and not listed.packages:
        last = _last_said(lines)
        refuse_shortage("\n".join(lines), "go list failed")
        refuse(directory, last or f"exit status {status}")
    return listed


async def _compiled(
    argv: Sequence[str],
    toolchain: Toolchain,
    directory: Path,
    settings: Settings,
    take: Callable[[str], None],
    on_compiled: OnCompiled | None,
    unless: Callable[[str], bool],
) -> tuple[bytes, int]:
    """What a ``go list`` that compiles wrote to stdout, and its exit status."""
    stale = partial(_stale, argv[2:], toolchain, directory)
    compiling = Compiling(lambda: asyncio.ensure_future(stale()), on_compiled or _untold)

    async def drain(lines: AsyncIterator[str]) -> None:
        async for line in lines:
            if not compiling.take(line):
                take(line)
            elif unless(line):
                raise NotBuiltYetError(line)

    argv = [*argv[:2], VERBOSE, *argv[2:]]
    try:
        async with (
            asyncio.timeout(settings.timeout_seconds),
            unless_stuck(directory, toolchain.version.goos, toolchain.version.goarch),
            process.start(argv, cwd=directory, env=toolchain.environment) as child,
        ):
            stdout, _ = await asyncio.gather(child.stdout(), drain(child.stderr_lines()))
            status = await child.status()
    except TimeoutError as error:
        raise AnalysisTimeout(
            f"go list took longer than {settings.timeout_seconds:g} s; raise --timeout "
            "(setting timeoutSeconds) or name fewer packages"
        ) from error
    finally:
        await compiling.close()
    refuse_killed(status, "go list")
    return stdout, status


async def _stale(
    arguments: Sequence[str], toolchain: Toolchain, directory: Path
) -> tuple[str, ...]:
    """The packages that a ``go list`` with these arguments has to compile. Raises GoFailed."""
    asked = [one for one in arguments if one != "-export" and not one.startswith("-json")]
    argv = [toolchain.binary, "list", "-f={{if .Stale}}{{.ImportPath}}{{end}}", *asked]
    done = await process.run(argv, cwd=directory, env=toolchain.environment, timeout=60)
    return tuple(done.stdout.decode("utf-8", "replace").splitlines())


def _untold(_begun: int, _all: int | None) -> None:
    """For who does not ask."""


async def _profile_flags(
    toolchain: Toolchain,
    patterns: Sequence[str],
    directory: Path,
    settings: Settings,
    gcflags: str,
    *,
    tests: bool,
    overlay: Path | None,
    on_line: Callable[[str], None],
) -> list[str]:
    """The flag for a profile that may apply, when what it applies to has been built with it."""
    async with unless_stuck(directory, toolchain.version.goos, toolchain.version.goarch):
        built = await pgo.build(
            toolchain, patterns, directory=directory, settings=settings, gcflags=gcflags,
            tests=tests, overlay=overlay,
        )  # fmt: skip
    if built:
        return pgo.flags(settings)
    # What is half built is compiled with the profile or without, whoever came first.
    on_line(pgo.LEFT_OUT)
    return [f"-pgo={pgo.OFF}"]


async def compiled_files(
    toolchain: Toolchain, *packages: str, directory: Path, settings: Settings, tests: bool
) -> dict[str, tuple[str, ...]]:
    """What is passed to the compiler for packages and their test variants, by import path:
    absolute files, of cgo the rewritten ones in the build cache. Raises GoFailed,
    AnalysisTimeout."""
    check_patterns(packages)
    argv = [toolchain.binary, "list", "-e", "-export", "-compiled",
            "-json=ImportPath,Dir,CompiledGoFiles"]  # fmt: skip
    if tests:
        argv.append("-test")
    argv += tag_flags(settings)
    async with unless_stuck(directory, toolchain.version.goos, toolchain.version.goarch):
        done = await process.run(
            [*argv, "--", *packages],
            cwd=directory, env=toolchain.environment, timeout=settings.timeout_seconds,
        )  # fmt: skip
    found = {}
    for raw in _objects(done.stdout):
        directory_of = str(raw.get("Dir", ""))
        names = [str(name) for name in _sequence(raw.get("CompiledGoFiles"))]
        files = [os.path.join(directory_of, name) for name in names]  # noqa: PTH118 - hot
        found[str(raw.get("ImportPath", ""))] = tuple(files)
    return found


@frozen
class Weight:
    """A package and what it costs to check: the bytes of its Go files."""

    import_path: str
    cost: int


async def list_sources(
    toolchain: Toolchain,
    patterns: Sequence[str],
    *,
    directory: Path,
    settings: Settings,
    tests: bool,
) -> list[Weight]:
    """What `listing` would list for the patterns, without compiling and without
    dependencies, each package once; ``_test.go`` files weigh with ``tests``.

    Packages that do not build are listed, too. Raises UsageError for patterns that name no
    package or one without an import path, GoFailed, AnalysisTimeout.
    """
    check_patterns(patterns)
    argv = [toolchain.binary, "list", "-e", f"-json={_WEIGHED_FIELDS}"]
    argv += tag_flags(settings)
    async with unless_stuck(directory, toolchain.version.goos, toolchain.version.goarch):
        done = await process.run(
            [*argv, "--", *patterns],
            cwd=directory, env=toolchain.environment, timeout=settings.timeout_seconds,
        )  # fmt: skip
    packages = _decode(done.stdout)
    if done.status != 0 and not packages:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        refuse(directory, lines[-1] if lines else f"exit status {done.status}")
    weights: dict[str, Weight] = {}
    for package in packages:
        path = package.import_path
        if package.names_nothing(patterns):
            raise nothing_named(patterns, directory, package.error)
        # Files named one by one, and what lies in no module: other machines cannot ask for it.
        if path == "command-line-arguments" or path.startswith("_/"):
            raise UsageError(
                f"{' '.join(patterns)}: --shard needs packages with import paths: name the package"
            )
        files = [file for file in package.files if tests or not file.endswith("_test.go")]
        weights[path] = Weight(path, sum(map(_size, files)))
    if not weights:
        raise nothing_named(patterns, directory)
    return list(weights.values())


async def main_modules(toolchain: Toolchain, directory: Path) -> tuple[str, ...]:
    """The paths of the main modules around a directory; none where go cannot say."""
    argv = [toolchain.binary, "list", "-m"]
    done = await process.run(argv, cwd=directory, env=toolchain.environment, timeout=60)
    if done.status != 0:
        return ()
    return tuple(done.stdout.decode("utf-8", "replace").split())


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - thousands of files
    except OSError:
        return 0


def _last_said(lines: Sequence[str]) -> str:
    """What the go command said last, with the first of the indented lines that explain it."""
    said = [line for line in lines if line.strip()]
    head = next((at for at in reversed(range(len(said))) if not said[at][0].isspace()), None)
    if head is None:
        return said[-1].strip() if said else ""
    return " ".join(line.strip() for line in said[head : head + 2])


# What lies below the command's directory is named like the findings.
_PLACE_ABOVE = re.compile(r"(?<!\S)\.\.[/\\][^\s:]+(?=:\d)")


def opened(said: str, directory: str | os.PathLike[str]) -> str:
    """What the go command said, with places above its directory as paths that can be opened."""
    return _PLACE_ABOVE.sub(lambda found: os.path.normpath(Path(directory, found[0])), said)


def refuse(directory: Path, said: str) -> NoReturn:
    """Raise what it means that the go command looked at nothing and ``said`` so."""
    said = opened(said, directory)
    if "go.mod file not found" in said:
        raise NotInModule(str(directory))
    if said.startswith("named files must"):
        raise UsageError(f"{said}; name packages, as in ./... or ./sub")
    # Go itself is well: it was asked for what there is not (cmd/go/internal/work, modload).
    asked = said.removeprefix("go: ")
    if asked.startswith("unsupported GOOS/GOARCH pair "):
        raise WrongTarget(f"{asked}; `go tool dist list` names those there are")
    if asked.startswith("-tags "):
        raise WrongTarget(asked)
    if _BROKEN_MODULE.match(asked):
        raise BrokenModule(f"go list failed: {said}")
    raise GoFailed(f"go list failed: {said}")


# cmd/go/internal/modload (init.go, vendor.go). A go line that asks for a newer Go is none.
_BROKEN_MODULE = re.compile(
    r"(?:\S*[/\\])?go\.(?:mod|work):\d+: |error reading go\.|errors parsing go\.|updates to go\."
    r"|inconsistent vendoring |cannot load module .* listed in go\.work"
)


def _decode(text: bytes) -> list[ListedPackage]:
    return [_package(raw) for raw in _objects(text)]


def _objects(text: bytes) -> Iterator[Mapping[str, object]]:
    decoder = json.JSONDecoder()
    rest = text.decode("utf-8", "replace")
    position = 0
    while True:
        while position < len(rest) and rest[position].isspace():
            position += 1
        if position >= len(rest):
            return
        try:
            raw, position = decoder.raw_decode(rest, position)
        except ValueError as error:
            raise GoFailed("go list wrote JSON that ends early (was it killed?)") from error
        yield raw


def _package(raw: Mapping[str, object]) -> ListedPackage:
    directory = str(raw.get("Dir", ""))
    names: list[str] = []
    for key in ("GoFiles", "CgoFiles", "TestGoFiles", "XTestGoFiles"):
        value = raw.get(key)
        if isinstance(value, list):
            names += [str(name) for name in value]
    errors = [raw["Error"]] if raw.get("Error") else list(_sequence(raw.get("DepsErrors")))
    text = None
    if errors and not raw.get("Export"):
        first = errors[0]
        if isinstance(first, Mapping):
            place = f"{first.get('Pos')}: " if first.get("Pos") else ""
            text = place + str(first.get("Err", "")).strip()
    # Interned: a server remembers the same dependencies for hundreds of packages.
    files = tuple(sys.intern(os.path.join(directory, name)) for name in names)  # noqa: PTH118 - hot
    return ListedPackage(
        import_path=_text(raw, "ImportPath") or "",
        name=_text(raw, "Name") or "",
        directory=sys.intern(directory),
        export=_text(raw, "Export"),
        build_id=_text(raw, "BuildID"),
        for_test=_text(raw, "ForTest"),
        standard=bool(raw.get("Standard")),
        dep_only=bool(raw.get("DepOnly")),
        files=files,
        error=text or unreadable_name(files),
        go_mod=_go_mod(raw.get("Module")),
        recipe=None if raw.get("DepOnly") else recipe_of(raw),
    )


def _text(raw: Mapping[str, object], field: str) -> str | None:
    found = raw.get(field)
    return sys.intern(str(found)) if found else None


def _go_mod(module: object) -> str | None:
    return _text(module, "GoMod") if isinstance(module, Mapping) else None


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
