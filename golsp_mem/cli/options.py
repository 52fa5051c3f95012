"""From flags to settings: ``golsp-mem.toml`` below, flags above."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from attrs import evolve, fields, frozen

from golsp_mem.config import COLD_KINDS, NEVER, Settings, resolve
from golsp_mem.errors import UsageError
from golsp_mem.model import Severity
from golsp_mem.options import Options, Target, read_file, read_options
from golsp_mem.toolchain.processes.programs import find_program

F = TypeVar("F", bound=Callable[..., Any])

# FILE:LINE or FILE:LINE:COLUMN, as compilers and editors write places.
PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?")


def format_option(*names: str) -> Callable[[F], F]:
    """``--format``, the first name by default; the command gets it as ``format_``."""
    return click.option(
        "--format", "format_", type=click.Choice(names), default=names[0], show_default=True
    )


def fail_on_option(help_: str, default: str | None = None) -> Callable[[F], F]:
    """``--fail-on``: a severity, or never."""
    return click.option(
        "--fail-on",
        type=click.Choice([*(level.value for level in Severity), NEVER]),
        default=default,
        show_default=default is not None,
        help=help_,
    )


allow_unbuilt_base_option = click.option(
    "--allow-unbuilt-base",
    "unbuilt_base",
    is_flag=True,
    help="Pass although packages could not be compared: the base does not build.",
)
output_option = click.option(
    "-o", "--output", metavar="FILE", help="Write to FILE instead of stdout."
)
colour_option = click.option(
    "--color", "colour", type=click.Choice(["auto", "always", "never"]), default="auto"
)


@frozen
class ToolchainFlags:
    """The flags of the commands that run Go, as written."""

    directory: str
    timeout: float | None
    go_path: str | None
    goarch: str | None
    goos: str | None
    tags: tuple[str, ...]
    pgo: str | None

    def root(self) -> Path:
        """The directory to work in. Raises UsageError."""
        return absolute_directory(self.directory)

    def written(self) -> Options:
        """These flags as settings. Raises UsageError."""
        return Options(
            tags=_words(self.tags),
            goos=self.goos,
            goarch=self.goarch,
            go_path=_program(self.root(), self.go_path),
            timeout_seconds=self.timeout,
            pgo=self.pgo,
            root=str(self.root()),
        )

    def settings_at(self, directory: Path) -> Settings:
        """What the file at or above a directory says, and what these flags say instead.

        Raises ConfigError or UsageError.
        """
        return resolve(read_file(directory), self.written())


def toolchain_options(command: Callable[..., int]) -> Callable[..., int]:
    """Adds the flags of `ToolchainFlags`; the command gets them as its argument ``flags``."""
    return _toolchain_options(_gathering(ToolchainFlags, command))


def _gathering(kind: type[ToolchainFlags], command: Callable[..., int]) -> Callable[..., int]:
    names = [attribute.name for attribute in fields(kind)]

    @functools.wraps(command)
    def gathered(**arguments: Any) -> int:
        flags = kind(**{name: arguments.pop(name) for name in names})
        return command(flags=flags, **arguments)

    return gathered


def _toolchain_options(command: F) -> F:
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
        click.option(
            "--pgo",
            metavar="off|auto|FILE",
            help="Profile-guided optimisation, as go build has it.  [default: auto]",
        ),
        click.option(
            "--tags", "--build-tags", multiple=True, metavar="TAG", help="A build tag (repeatable)."
        ),
    ):
        command = option(command)
    return command


@frozen
class GateFlags(ToolchainFlags):
    """The flags of the commands that judge findings, as written."""

    config: str | None
    configuration: tuple[str, ...]
    tests: bool
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    severity: tuple[str, ...]
    exclude: tuple[str, ...]
    generated: bool
    require_reason: bool
    noalloc_exempt: tuple[str, ...]

    def settings(self, fail_on: str | None = None, baseline: str | None = None) -> Settings:
        """What the configuration file says, and what these flags say instead.

        Raises ConfigError or UsageError.
        """
        root = self.root()
        written = self.written()
        if self.configuration and (written.goos or written.goarch):
            raise UsageError("--configuration names OS and ARCH: leave --goos and --goarch out")
        flags = evolve(
            written,
            severity=dict(map(_severity, self.severity)) or None,
            select=_words(self.select),
            ignore=_words(self.ignore),
            exclude=self.exclude or None,
            generated=self.generated or None,
            require_reason=self.require_reason or None,
            noalloc_exempt=_words(self.noalloc_exempt),
            configurations=tuple(map(_target, self.configuration)) or None,
            tests=self.tests or None,
            fail_on=fail_on,
            baseline=baseline,
            root=str(root),
        )
        if self.config is None:
            return resolve(read_file(root), flags)
        return resolve(read_options(root / self.config), flags)


def gate_options(command: Callable[..., int]) -> Callable[..., int]:
    """Adds the flags of `GateFlags`; the command gets them as its argument ``flags``."""
    made = _gathering(GateFlags, command)
    for option in (
        click.option("--config", metavar="FILE", help="Use FILE, not the nearest golsp-mem.toml."),
        click.option(
            "--noalloc-exempt",
            multiple=True,
            metavar="KIND",
            help=f"Cold paths that contracts overlook: {', '.join(COLD_KINDS)}.",
        ),
        click.option(
            "--require-reason", is_flag=True, help="Report suppressions that give no reason."
        ),
        click.option("--generated", is_flag=True, help="Report generated files like others."),
        click.option(
            "--exclude",
            multiple=True,
            metavar="GLOB",
            help="Not these files; patterns as in .gitignore.",
        ),
        click.option(
            "--severity",
            multiple=True,
            metavar="CODE=LEVEL",
            help="How loud a code or family (heap-*) is: hint, …, error, off.",
        ),
        click.option("--ignore", multiple=True, metavar="CODE", help="Not these codes."),
        click.option(
            "--select", multiple=True, metavar="CODE", help="Only these codes (heap-*, …)."
        ),
        click.option("--tests", is_flag=True, help="Analyse _test.go files too."),
        click.option(
            "--configuration",
            multiple=True,
            metavar="OS/ARCH[:TAG+TAG]",
            help="Check for this target; repeatable, all in one report.",
        ),
    ):
        made = option(made)
    return _toolchain_options(made)


def _words(written: Sequence[str]) -> tuple[str, ...] | None:
    return tuple(name.strip() for value in written for name in value.split(",")) or None


def _severity(written: str) -> tuple[str, str]:
    code, equals, level = written.partition("=")
    if not equals:
        raise UsageError(f"--severity {written}: write CODE=LEVEL, as in heap-boxing=warning")
    return code.strip(), level.strip()


def _target(written: str) -> Target:
    place, _, tags = written.partition(":")
    goos, slash, goarch = place.partition("/")
    if not (slash and goos and goarch):
        raise UsageError(f"--configuration {written}: write OS/ARCH, as in linux/arm64:netgo")
    return Target(goos, goarch, tuple(filter(None, tags.split("+"))) or None)


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


def checked_patterns(patterns: Sequence[str]) -> tuple[str, ...]:
    """The patterns, ``./...`` for none. Raises UsageError for what Go would take as a flag."""
    for pattern in patterns:
        if pattern.startswith("-") or not pattern or "\0" in pattern:
            raise UsageError(f"{pattern!r} is not a package pattern; write ./... or an import path")
    return tuple(patterns) or ("./...",)


def _program(directory: Path, written: str | None) -> str | None:
    """A program named by path is relative to the directory; a bare name is looked up on PATH."""
    if written is None:
        return None
    if Path(written).name != written:
        return str(directory / written)
    return find_program(written, directory) or written
