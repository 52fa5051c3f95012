"""The ``go`` command: which one, and what it is asked.

One ``go list -export -gcflags=-m`` gives both witnesses: the ``-m`` text on stderr, replayed
on a build-cache hit, and the archives' paths in its JSON. Nothing here needs the network.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from attrs import field, frozen

from golsp_mem.compiler.facts import NEWEST_MINOR, OLDEST_MINOR, minor_of
from golsp_mem.config import Settings
from golsp_mem.errors import (
    AnalysisTimeout,
    GoFailed,
    GoNotFound,
    GoTooOld,
    NotInModule,
    UsageError,
)
from golsp_mem.model import GoVersion
from golsp_mem.toolchain.patterns import nothing_named, unreadable_name
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.programs import candidates, refused_programs, search_path
from golsp_mem.toolchain.processes.shortage import refuse_killed, refuse_shortage
from golsp_mem.toolchain.processes.stuck import unless_stuck
from golsp_mem.toolchain.recipe import FIELDS, Recipe, recipe_of
from golsp_mem.toolchain.revisions.git import outside_hooks
from golsp_mem.toolchain.target import beyond_defaults, check_target, flags_that_do_not_hold
from golsp_mem.toolchain.trimmed import trims_paths

_FIELDS = (
    "ImportPath,Dir,Export,BuildID,ForTest,Standard,DepOnly,Name,GoFiles,CgoFiles,TestGoFiles,"
    "XTestGoFiles,Error,DepsErrors,"
) + ",".join(FIELDS)

_REQUIRED = ("GOVERSION", "GOOS", "GOARCH", "GOROOT", "GOFLAGS")
# What the go command sets for the programs that it starts (cmd/go/internal/envcmd, MkEnv), and
# where it keeps things. A release answers "" for names that it does not know.
_VARIABLES = (
    "GOTOOLDIR", "GOTMPDIR", "GOMODCACHE", "GOENV", "GOEXPERIMENT", "GODEBUG", "GOFIPS140",
    "CGO_ENABLED",
    "GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM",
)  # fmt: skip

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
    def is_variant_of_itself(self) -> bool:
        """``p [p.test]``: the package compiled together with its own _test.go files."""
        return self.for_test is not None and self.import_path.startswith(f"{self.for_test} [")


@frozen
class Toolchain:
    """A usable Go: ``why`` says why this one, ``environment`` what its children get.

    ``trimpath``: GOFLAGS has -trimpath, so compiled code and text name no directories.
    ``variables`` are those of ``go env`` that a compile depends on, by name.
    """

    version: GoVersion
    why: str
    environment: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    trimpath: bool = False
    variables: Mapping[str, str] = field(factory=dict, repr=False)

    @property
    def binary(self) -> str:
        return self.version.binary

    @property
    def minor(self) -> int:
        return minor_of(self.version.version) or NEWEST_MINOR


def environment(settings: Settings, directory: Path) -> dict[str, str]:
    """The environment of every ``go``: the user's own, kept from fetching toolchains and from
    programs of the workspace around ``directory``."""
    # Inside a git hook, git's variables would bind go's own look at the repository to it.
    env = outside_hooks(os.environ)
    env["PATH"] = search_path(env, directory)
    env["GOTOOLCHAIN"] = "local"
    if settings.go_path:
        # Of another Go: this one has its own beside it.
        env.pop("GOROOT", None)
    if settings.goos:
        env["GOOS"] = settings.goos
    if settings.goarch:
        env["GOARCH"] = settings.goarch
    return env


async def find_go(settings: Settings, directory: Path) -> Toolchain:
    """The Go to use in ``directory``.

    Raises GoNotFound when there is none or the one that was named does not run, GoTooOld when
    all are older than 1.22, UsageError for a target whose object code cannot be read.
    """
    env = environment(settings, directory)
    refused: list[str] = []
    for path, why in candidates(settings, directory):
        try:
            version, variables = await _ask_version(path, directory, env)
        except GoFailed as error:
            if settings.go_path:
                raise GoNotFound(str(error)) from error
            refused.append(str(error))
            continue
        check_target(version.goarch)
        minor = minor_of(version.version)
        if minor is not None and minor < OLDEST_MINOR:
            refused.append(f"{path} is {version.version}")
            continue
        warnings = list(refused)
        if minor is None or minor > NEWEST_MINOR:
            warnings.append(
                f"{version.version} is newer than this golsp-mem knows (Go 1.{OLDEST_MINOR} to "
                f"1.{NEWEST_MINOR}); update golsp-mem if something looks wrong"
            )
        warnings += flags_that_do_not_hold(variables["GOFLAGS"])
        if variables.get("GOTMPDIR"):
            # Where `go env -w` wants its temporary files, which process.start has to know.
            env["GOTMPDIR"] = variables["GOTMPDIR"]
        return Toolchain(
            version, why, env, tuple(warnings), trims_paths(variables["GOFLAGS"]), variables
        )
    if refused:
        if any(" is go1." in reason for reason in refused):
            raise GoTooOld(
                f"Go 1.{OLDEST_MINOR} or newer is needed: {'; '.join(refused)}; install a newer Go "
                "or run: pip install 'golsp-mem[go]'"
            )
        raise GoNotFound(f"no usable Go: {'; '.join(refused)}")
    planted = refused_programs("go", directory)
    if planted:
        raise GoNotFound(
            f"{planted[0]} lies in the workspace and is not run; install Go from "
            "https://go.dev/dl, or name this one with --go (setting goPath)"
        )
    raise GoNotFound(
        "no Go found on PATH; install it from https://go.dev/dl or run: pip install 'golsp-mem[go]'"
    )


async def _ask_version(
    path: str, directory: Path, env: Mapping[str, str]
) -> tuple[GoVersion, dict[str, str]]:
    """The release, and the variables that hold in the directory."""
    asked = [path, "env", "-json", *_REQUIRED, *_VARIABLES]
    async with unless_stuck(directory, "", ""):
        done = await process.run(asked, cwd=directory, env=env, timeout=60)
    if done.status != 0:
        raise GoFailed(f"{path} env failed: {_first_line(done.stderr)}")
    try:
        answer = json.loads(done.stdout)
        variables = {str(name): str(value) for name, value in answer.items()}
        version, goos, goarch, goroot, _ = (variables[name] for name in _REQUIRED)
    except (ValueError, KeyError, AttributeError) as error:
        raise GoFailed(f"{path} is not a Go command: its answer to `env -json` is odd") from error
    return GoVersion(
        version, goos, goarch, goroot, path, beyond_defaults(goarch, variables)
    ), variables


def _first_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else "no message"


def check_patterns(patterns: Sequence[str]) -> None:
    """Raises UsageError for a pattern that ``go`` could take for a flag."""
    for pattern in patterns:
        if pattern.startswith("-") or not pattern or "\0" in pattern:
            raise UsageError(f"{pattern!r} is not a package pattern; write ./... or an import path")


async def list_packages(
    toolchain: Toolchain,
    patterns: Sequence[str],
    *,
    directory: Path,
    settings: Settings,
    gcflags: str,
    tests: bool,
    overlay: Path | None = None,
    on_line: Callable[[str], None],
) -> list[ListedPackage]:
    """Compile what the patterns name; every line of compiler text goes to ``on_line``.

    Dependencies are listed too (``dep_only``), for their archives. Raises UsageError for bad
    patterns, GoFailed when the command itself fails, OutOfResources, AnalysisTimeout.
    """
    check_patterns(patterns)
    # The commit would be part of each command's package, and every new one compile it again.
    argv = [toolchain.binary, "list", "-e", "-export", "-deps", f"-json={_FIELDS}",
            "-buildvcs=false"]  # fmt: skip
    if gcflags:
        argv.append(f"-gcflags={gcflags}")
    if tests:
        argv.append("-test")
    if settings.tags:
        argv.append(f"-tags={','.join(settings.tags)}")
    if settings.pgo:
        argv.append(f"-pgo={settings.pgo}")
    if overlay:
        argv.append(f"-overlay={overlay}")
    argv += ["--", *patterns]
    last = ""

    async def drain(lines: AsyncIterator[str]) -> None:
        nonlocal last
        async for line in lines:
            if line.strip():
                last = line
            on_line(line)

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
    refuse_killed(status, "go list")
    packages = _decode(stdout)
    for package in packages:
        refuse_shortage(package.error or "", f"{package.import_path} cannot be compiled")
    if status != 0 and not packages:
        refuse_shortage(last, "go list failed")
        _refuse(directory, last or f"exit status {status}")
    return packages


async def compiled_files(
    toolchain: Toolchain, package: str, *, directory: Path, settings: Settings, tests: bool
) -> dict[str, tuple[str, ...]]:
    """What is passed to the compiler for the package and its test variants, by import path:
    absolute files, of cgo the rewritten ones in the build cache. Raises GoFailed,
    AnalysisTimeout."""
    check_patterns([package])
    argv = [toolchain.binary, "list", "-e", "-export", "-compiled",
            "-json=ImportPath,Dir,CompiledGoFiles"]  # fmt: skip
    if tests:
        argv.append("-test")
    if settings.tags:
        argv.append(f"-tags={','.join(settings.tags)}")
    async with unless_stuck(directory, toolchain.version.goos, toolchain.version.goarch):
        done = await process.run(
            [*argv, "--", package],
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
    """What `list_packages` would list for the patterns, without compiling and without
    dependencies, each package once; ``_test.go`` files weigh with ``tests``.

    Packages that do not build are listed, too. Raises UsageError for patterns that name no
    package or one without an import path, GoFailed, AnalysisTimeout.
    """
    check_patterns(patterns)
    argv = [toolchain.binary, "list", "-e", f"-json={_WEIGHED_FIELDS}"]
    if settings.tags:
        argv.append(f"-tags={','.join(settings.tags)}")
    async with unless_stuck(directory, toolchain.version.goos, toolchain.version.goarch):
        done = await process.run(
            [*argv, "--", *patterns],
            cwd=directory, env=toolchain.environment, timeout=settings.timeout_seconds,
        )  # fmt: skip
    packages = _decode(done.stdout)
    if done.status != 0 and not packages:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        _refuse(directory, lines[-1] if lines else f"exit status {done.status}")
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


def _refuse(directory: Path, said: str) -> NoReturn:
    if "go.mod file not found" in said:
        raise NotInModule(str(directory))
    if said.startswith("named files must"):
        raise UsageError(f"{said}; name packages, as in ./... or ./sub")
    raise GoFailed(f"go list failed: {said}")


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
    files = tuple(os.path.join(directory, name) for name in names)  # noqa: PTH118 - hot
    return ListedPackage(
        import_path=str(raw.get("ImportPath", "")),
        name=str(raw.get("Name", "")),
        directory=directory,
        export=str(raw["Export"]) if raw.get("Export") else None,
        build_id=str(raw["BuildID"]) if raw.get("BuildID") else None,
        for_test=str(raw["ForTest"]) if raw.get("ForTest") else None,
        standard=bool(raw.get("Standard")),
        dep_only=bool(raw.get("DepOnly")),
        files=files,
        error=text or unreadable_name(files),
        go_mod=_go_mod(raw.get("Module")),
        recipe=None if raw.get("DepOnly") else recipe_of(raw),
    )


def _go_mod(module: object) -> str | None:
    found = module.get("GoMod") if isinstance(module, Mapping) else None
    return str(found) if found else None


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def read_builtins(goroot: str) -> str:
    """The text of builtinlist.go, by whose order object files name runtime functions.

    Raises GoFailed when the toolchain came without its sources.
    """
    path = Path(goroot) / "src" / "cmd" / "internal" / "goobj" / "builtinlist.go"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise GoFailed(
            f"{path} cannot be read, and object files name symbols by it; "
            "install Go with its sources (golang-src, or https://go.dev/dl)"
        ) from error
