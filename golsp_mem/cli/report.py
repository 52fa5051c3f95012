"""``golsp-mem report``: analyse packages and write what they allocate as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from golsp_mem.cli.check import checked_patterns
from golsp_mem.cli.options import absolute_directory, read_settings, toolchain_options
from golsp_mem.cli.output import write_file
from golsp_mem.cli.progress import shown_progress
from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.wording import plural
from golsp_mem.cli.running import run
from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed, UsageError
from golsp_mem.gate.report import Configuration, Report
from golsp_mem.model import Analysis

DEFAULT_PAGE = "golsp-mem.html"


@click.command("report")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default=DEFAULT_PAGE,
    show_default=True,
    help="The page to write.",
)
@click.option(
    "--reasons/--no-reasons",
    default=True,
    show_default=True,
    help="Draw the escape flow of each finding (slower).",
)
@click.option("--tests", is_flag=True, help="Analyse _test.go files too.")
@click.option("--all", "everything", is_flag=True, help="Show what does not allocate, too.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no warnings, no summary.")
@toolchain_options
def command(
    patterns: tuple[str, ...],
    output: str,
    reasons: bool,
    tests: bool,
    everything: bool,
    quiet: bool,
    directory: str,
    timeout: float | None,
    go_path: str | None,
    goos: str | None,
    goarch: str | None,
    tags: tuple[str, ...],
) -> int:
    """Write what Go packages allocate, by default ./..., as one HTML page.

    The page needs no network: it holds a map of bytes and sites, the source with its
    allocating lines marked, and why each value escapes.

    Exit status: 0 the page is written; 2 wrong usage or configuration; 3 Go code that does
    not build (the page has the rest); 4 no usable Go, time-out or a failure of golsp-mem itself.
    """
    root = absolute_directory(directory)
    settings = read_settings(
        root, tags=tags, goos=goos, goarch=goarch, go_path=go_path, timeout=timeout,
        tests=tests or None,
    )  # fmt: skip
    page = root / output
    _refuse_unwritable(page)
    analysis = _analysed(root, checked_patterns(patterns), settings, reasons=reasons, quiet=quiet)
    report = _judged(analysis, settings, root, everything=everything)
    write_report(report, page)
    if not quiet:
        for warning in analysis.warnings:
            click.echo(f"golsp-mem: warning: {one_line(warning)}", err=True)
        found = plural(len(report.for_people), "finding")
        click.echo(f"golsp-mem: wrote {one_line(str(page))}: {found}", err=True)
    for failed in report.failed:
        text = f"{failed.import_path} does not build: {failed.error or 'no message'}"
        click.echo(f"golsp-mem: {one_line(text)}", err=True)
    return BuildFailed.exit_status if report.failed else 0


def write_report(report: Report, path: Path) -> None:
    """Write the page of a report. Raises UsageError when the file cannot be written."""
    _refuse_unwritable(path)
    write_file(path, _encoded(report))


def _refuse_unwritable(path: Path) -> None:
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: no such directory")


def _encoded(report: Report) -> Iterator[bytes]:
    # The page's data brings the reader of escape flows along: not before there is a report.
    from golsp_mem.cli.render import html  # noqa: PLC0415
    from golsp_mem.cli.render.sources import Sources  # noqa: PLC0415

    for chunk in html.render(report, Sources()):
        yield chunk.encode("utf-8")


def _analysed(
    directory: Path, patterns: tuple[str, ...], settings: Settings, *, reasons: bool, quiet: bool
) -> Analysis:
    # The engine brings tree-sitter along: not before the command line is known to be right.
    from golsp_mem.analysis.engine import Engine  # noqa: PLC0415

    engine = Engine(settings, directory)
    with shown_progress(quiet) as on_progress:
        return run(
            engine.check(patterns, tests=settings.tests, reasons=reasons, on_progress=on_progress)
        )


def _judged(analysis: Analysis, settings: Settings, directory: Path, *, everything: bool) -> Report:
    from golsp_mem.analysis.dependencies import SourceCache  # noqa: PLC0415 - tree-sitter again
    from golsp_mem.gate.judge import judged  # noqa: PLC0415

    go = analysis.go
    configuration = Configuration(go.version, go.goos, go.goarch, settings.tags, settings.tests)
    [one] = judged(
        [(configuration, analysis)], settings, directory, SourceCache(), with_never=everything
    )
    return one.report
