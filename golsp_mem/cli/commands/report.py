"""``golsp-mem report``: analyse packages and write what they allocate as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from golsp_mem.cli.exit_codes import CLEAN
from golsp_mem.cli.options import GateFlags, checked_patterns, gate_options
from golsp_mem.cli.output import encoded, refuse_unwritable, write_file
from golsp_mem.cli.profiles import measured, named_profiles
from golsp_mem.cli.progress import shown_progress
from golsp_mem.cli.render.wording import plural
from golsp_mem.cli.running import run
from golsp_mem.cli.stderr import tell, tell_failed, warn
from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed
from golsp_mem.report.model import Report

if TYPE_CHECKING:
    from golsp_mem.cli.analysing import RunOutcome

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
@click.option(
    "--profile",
    multiple=True,
    metavar="FILE",
    help="A heap profile of pprof: the map shows what it measured (repeatable).",
)
@click.option("--all", "everything", is_flag=True, help="Show what does not allocate, too.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no warnings, no summary.")
@gate_options
def command(
    flags: GateFlags,
    patterns: tuple[str, ...],
    output: str,
    profile: tuple[str, ...],
    reasons: bool,
    everything: bool,
    quiet: bool,
) -> int:
    """Write what Go packages allocate, by default ./..., as one HTML page.

    The page needs no network: it holds a map of bytes and sites, the source with its
    allocating lines marked, and why each value escapes.

    Exit status: 0 the page is written; 2 wrong usage or configuration; 3 Go code that does
    not build (the page has the rest); 4 no usable Go, time-out or a failure of golsp-mem itself.
    """
    root = flags.root()
    page = root / output
    refuse_unwritable(page)
    settings = flags.settings()
    profiles = named_profiles(profile, settings, root)
    outcome = _outcome(
        root, checked_patterns(patterns), settings,
        reasons=reasons, everything=everything, quiet=quiet,
    )  # fmt: skip
    outcome = measured(outcome, profiles, settings)
    report = outcome.report
    _write(report, page)
    if not quiet:
        for note in outcome.notes:
            warn(note)
        tell(f"wrote {page}: {plural(len(report.for_people), 'finding')}")
    tell_failed(report)
    return BuildFailed.exit_status if report.failed else CLEAN


def _write(report: Report, path: Path) -> None:
    # The page's data brings the reader of escape flows along: not before there is a report.
    from golsp_mem.cli.render.page import html  # noqa: PLC0415
    from golsp_mem.cli.render.sources import SourceTexts  # noqa: PLC0415

    write_file(path, encoded(html.render(report, SourceTexts.of(report))))


def _outcome(
    directory: Path,
    patterns: tuple[str, ...],
    settings: Settings,
    *,
    reasons: bool,
    everything: bool,
    quiet: bool,
) -> RunOutcome:
    # The engine brings tree-sitter along: not before the command line is known to be right.
    from golsp_mem.cli.analysing import RunRequest, outcome_of  # noqa: PLC0415

    wanted = RunRequest(directory, patterns, settings, reasons, everything)
    with shown_progress(quiet) as on_progress:
        return run(outcome_of(wanted, on_progress))
