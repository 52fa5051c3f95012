"""From flags to settings: ``golsp-mem.toml`` below, flags above."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from attrs import evolve

from golsp_mem.config import DEFAULT_SEVERITY, Options, Settings, codes_named, read_file, resolve
from golsp_mem.errors import UsageError
from golsp_mem.model import Code

F = TypeVar("F", bound=Callable[..., Any])


def toolchain_options(command: F) -> F:
    """The flags that every command which runs Go takes."""
    for option in (
        click.option(
            "-C",
            "directory",
            metavar="DIR",
            default=".",
            help="Work in DIR; other file arguments are relative to it, as with go -C.",
        ),
        click.option("--timeout", metavar="SECONDS", type=float, help="Give up after SECONDS."),
        click.option("--go", "go_path", metavar="PATH", help="The go command to use."),
        click.option("--goarch", metavar="ARCH", help="Compile for this architecture."),
        click.option("--goos", metavar="OS", help="Compile for this operating system."),
        click.option("--tags", multiple=True, metavar="TAG", help="A build tag (repeatable)."),
    ):
        command = option(command)
    return command


def absolute_directory(written: str) -> Path:
    """The directory to work in, symbolic links kept. Raises UsageError if it is none.

    Relative to PWD where the shell keeps it true: the name the user came by, which is what
    Go prints too.
    """
    here = os.environ.get("PWD", "")
    try:
        base = here if here and Path(here).samefile(Path.cwd()) else str(Path.cwd())
    except OSError as error:
        raise UsageError(f"the working directory cannot be read: {error.strerror}") from error
    path = Path(os.path.normpath(os.path.join(base, written)))  # noqa: PTH118 - keeps links
    if not path.is_dir():
        raise UsageError(f"-C {written}: not a directory")
    return path


def read_settings(
    directory: Path,
    *,
    tags: Sequence[str] = (),
    goos: str | None = None,
    goarch: str | None = None,
    go_path: str | None = None,
    timeout: float | None = None,
    tests: bool | None = None,
) -> Settings:
    """What the file at or above ``directory`` says, and what flags say instead.

    Raises ConfigError or UsageError.
    """
    flags = Options(
        tags=tuple(tag for written in tags for tag in written.split(",")) or None,
        goos=goos,
        goarch=goarch,
        go_path=_program(directory, go_path),
        timeout_seconds=timeout,
        tests=tests,
    )
    return resolve(read_file(directory), flags)


def select_codes(settings: Settings, select: Sequence[str], ignore: Sequence[str]) -> Settings:
    """Settings with only the selected codes (all if none is named), less the ignored ones.

    Names are codes or families (``heap-*``), commas separate several. A selected code that
    the file has switched off comes back with its default severity. Raises ConfigError.
    """
    chosen = _codes(select) if select else set(settings.severity)
    chosen -= _codes(ignore)
    severity = {
        code: settings.severity.get(code, DEFAULT_SEVERITY[code]) for code in Code if code in chosen
    }
    return evolve(settings, severity=severity)


def _codes(written: Sequence[str]) -> set[Code]:
    names = (name.strip() for value in written for name in value.split(","))
    return {code for name in names for code in codes_named(name)}


def _program(directory: Path, written: str | None) -> str | None:
    """A program named by path is relative to the directory; a bare name is looked up on PATH."""
    if written is None:
        return None
    if Path(written).name != written:
        return str(directory / written)
    return shutil.which(written) or written
