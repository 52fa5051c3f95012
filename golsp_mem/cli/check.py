"""``golsp-mem check``: analyse packages and report what allocates."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from attrs import frozen

from golsp_mem.cli.baseline import Accepted, read_baseline, write_baseline
from golsp_mem.cli.options import (
    absolute_directory,
    read_settings,
    select_codes,
    toolchain_options,
)
from golsp_mem.cli.output import write_file, write_stdout
from golsp_mem.cli.progress import shown_progress
from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.sources import Sources
from golsp_mem.cli.render.style import Style, wants_colour
from golsp_mem.cli.render.wording import plural
from golsp_mem.cli.report import Report, build_report
from golsp_mem.cli.running import run
from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed, UsageError
from golsp_mem.model import Analysis, Severity

FORMATS = ("text", "json", "sarif", "github")
NEVER = "never"

# Exit statuses of the contract; 2 and 4 come with the exceptions.
CLEAN = 0
FOUND = 1

# A pipe has no width: long enough for ordinary lines, short enough for a log viewer.
PIPE_WIDTH = 160


@frozen
class Request:
    """What the command line asks for; paths are absolute."""

    directory: Path
    patterns: tuple[str, ...]
    settings: Settings
    format: str
    output: Path | None
    fail_on: Severity | None
    reasons: bool
    with_never: bool
    colour: str
    quiet: bool
    baseline: Path | None
    new_baseline: Path | None


@click.command("check")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", metavar="FILE", help="Write the report to FILE instead of stdout.")
@click.option(
    "--fail-on",
    type=click.Choice([*(level.value for level in Severity), NEVER]),
    default=Severity.WARNING.value,
    show_default=True,
    help="Exit with 1 when a finding is at or above this severity.",
)
@click.option("--select", multiple=True, metavar="CODE", help="Only these codes (heap-*, …).")
@click.option("--ignore", multiple=True, metavar="CODE", help="Not these codes.")
@click.option("--tests", is_flag=True, help="Analyse _test.go files too.")
@click.option("--reasons", is_flag=True, help="Add the escape flow of each finding (slower).")
@click.option("--all", "with_never", is_flag=True, help="List what does not allocate, too.")
@click.option("--baseline", metavar="FILE", help="Report and count only findings not in FILE.")
@click.option(
    "--write-baseline",
    metavar="FILE",
    help="Accept the findings of this run; alone, they do not count for --fail-on.",
)
@click.option("--color", "colour", type=click.Choice(["auto", "always", "never"]), default="auto")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no warnings, no summary.")
@toolchain_options
def command(
    patterns: tuple[str, ...],
    format_: str,
    output: str | None,
    fail_on: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    tests: bool,
    reasons: bool,
    with_never: bool,
    baseline: str | None,
    write_baseline: str | None,
    colour: str,
    quiet: bool,
    directory: str,
    timeout: float | None,
    go_path: str | None,
    goos: str | None,
    goarch: str | None,
    tags: tuple[str, ...],
) -> int:
    """Report what really allocates in Go packages, by default in ./...

    Exit status: 0 nothing at or above --fail-on; 1 something is; 2 wrong usage or
    configuration; 3 Go code that does not build (the rest is still reported); 4 no usable
    Go, time-out or a failure of golsp-mem itself.
    """
    root = absolute_directory(directory)
    settings = read_settings(
        root,
        tags=tags,
        goos=goos,
        goarch=goarch,
        go_path=go_path,
        timeout=timeout,
        tests=tests or None,
    )
    request = Request(
        directory=root,
        patterns=checked_patterns(patterns),
        settings=select_codes(settings, select, ignore),
        format=format_,
        output=root / output if output else None,
        fail_on=None if fail_on == NEVER else Severity(fail_on),
        reasons=reasons,
        with_never=with_never,
        colour=colour,
        quiet=quiet,
        baseline=root / baseline if baseline else None,
        new_baseline=root / write_baseline if write_baseline else None,
    )
    return check(request)


def checked_patterns(patterns: Sequence[str]) -> tuple[str, ...]:
    """The patterns, ``./...`` for none. Raises UsageError for what Go would take as a flag."""
    for pattern in patterns:
        if pattern.startswith("-") or not pattern or "\0" in pattern:
            raise UsageError(f"{pattern!r} is not a package pattern; write ./... or an import path")
    return tuple(patterns) or ("./...",)


def check(request: Request) -> int:
    """Analyse, write the report and the baseline, and return the exit status."""
    for file in (request.output, request.new_baseline):
        if file is not None and not file.parent.is_dir():
            raise UsageError(f"cannot write {file}: no such directory")
    accepted = read_baseline(request.baseline) if request.baseline else None
    analysis = _analyse(request)
    if not analysis.packages:
        raise UsageError(f"no packages match {' '.join(request.patterns)} in {request.directory}")
    report = _report(request, analysis, accepted)
    if not request.quiet:
        for warning in (*analysis.warnings, *_unread(analysis)):
            click.echo(f"golsp-mem: warning: {one_line(warning)}", err=True)
    _write(request, report)
    if report.failed:
        return _tell_failures(request, report)
    if request.fail_on is not None and report.reaches(request.fail_on):
        return FOUND
    return CLEAN


def _analyse(request: Request) -> Analysis:
    # The engine brings tree-sitter along: not before the command line is known to be right.
    from golsp_mem.analysis.engine import Engine  # noqa: PLC0415

    engine = Engine(request.settings, request.directory)
    with shown_progress(request.quiet) as on_progress:
        return run(
            engine.check(
                request.patterns,
                tests=request.settings.tests,
                reasons=request.reasons,
                on_progress=on_progress,
            )
        )


def _unread(analysis: Analysis) -> Iterator[str]:
    lines = sum(package.unparsed for package in analysis.packages)
    if lines:
        told = plural(lines, "line")
        yield f"{told} of compiler output fit no known form; reasons may be missing"


def _report(request: Request, analysis: Analysis, accepted: tuple[Accepted, ...] | None) -> Report:
    def build(baseline: tuple[Accepted, ...] | None) -> Report:
        return build_report(
            analysis,
            request.settings,
            request.directory,
            with_never=request.with_never,
            # Programs compare with profiles and want all; people want what they can act on.
            with_bookkeeping=request.with_never or request.format == "json",
            baseline=baseline,
        )

    report = build(accepted)
    if request.new_baseline is None or report.failed:
        return report
    count = write_baseline(request.new_baseline, (shown.finding for shown in report.shown))
    if not request.quiet:
        written = f"{request.new_baseline}: {plural(count, 'accepted finding')}"
        click.echo(f"golsp-mem: wrote {one_line(written)}", err=True)
    return report if accepted is not None else build(read_baseline(request.new_baseline))


def _write(request: Request, report: Report) -> None:
    encoding = "utf-8"
    if request.output is None and request.format == "text":
        encoding = sys.stdout.encoding or encoding
    chunks = (chunk.encode(encoding, "backslashreplace") for chunk in _rendered(request, report))
    if request.output is None:
        write_stdout(chunks)
    else:
        write_file(request.output, chunks)


def _rendered(request: Request, report: Report) -> Iterator[str]:
    # One format is wanted: the others need not load.
    sources = Sources()
    if request.format == "json":
        from golsp_mem.cli.render import contract  # noqa: PLC0415

        return contract.render(report)
    if request.format == "sarif":
        from golsp_mem.cli.render import sarif  # noqa: PLC0415

        return sarif.render(report, sources)
    if request.format == "github":
        from golsp_mem.cli.render import github  # noqa: PLC0415

        return github.render(report, sources, os.environ.get("GITHUB_WORKSPACE"))
    from golsp_mem.cli.render import text  # noqa: PLC0415

    terminal = request.output is None and sys.stdout.isatty()
    to_file = request.output is not None and request.colour == "auto"
    options = text.TextOptions(
        style=Style(not to_file and wants_colour(request.colour, sys.stdout)),
        width=shutil.get_terminal_size((PIPE_WIDTH, 24)).columns if terminal else PIPE_WIDTH,
        summary=not request.quiet,
    )
    return text.render(report, sources, options)


def _tell_failures(request: Request, report: Report) -> int:
    """The packages that do not build, for people; the text report has named them already."""
    if request.new_baseline is not None:
        broken = plural(len(report.failed), "package")
        click.echo(f"golsp-mem: baseline not written: {broken} would be missing from it", err=True)
    if request.format != "text" or request.output is not None:
        for package in report.failed:
            text = f"{package.import_path} does not build: {package.error or 'no message'}"
            click.echo(f"golsp-mem: {one_line(text)}", err=True)
    return BuildFailed.exit_status
