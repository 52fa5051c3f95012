"""``golsp-mem diff``: what two revisions, or two saved results, allocate differently."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import frozen

from golsp_mem.cli.exit_codes import CLEAN, FOUND
from golsp_mem.cli.options import (
    GateFlags,
    allow_unbuilt_base_option,
    checked_patterns,
    colour_option,
    fail_on_option,
    format_option,
    gate_options,
    output_option,
)
from golsp_mem.cli.output import encoded, read_text, refuse_unwritable, write
from golsp_mem.cli.progress import shown_progress
from golsp_mem.cli.render.terminal.style import Style, wants_colour
from golsp_mem.cli.running import run
from golsp_mem.cli.stderr import tell_failed, tell_uncompared
from golsp_mem.config import NEVER
from golsp_mem.errors import BuildFailed, UsageError
from golsp_mem.model import Severity

if TYPE_CHECKING:
    from golsp_mem.analysis.engine import OnProgress
    from golsp_mem.cli.analysing import RunRequest
    from golsp_mem.cli.render.terminal.diffs import Sides
    from golsp_mem.report.comparing.compare import Comparison
    from golsp_mem.report.model import Report

WORK_TREE = "work tree"


@frozen
class _Side:
    """A saved result (``file``), a revision, or the directory as it is (both None)."""

    name: str
    file: Path | None = None
    revision: str | None = None


@click.command("diff")
@click.argument("base", metavar="A")
@click.argument("head", metavar="[B]", required=False)
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@format_option("text", "json", "markdown")
@output_option
@fail_on_option("Exit with 1 when something new or worse is at or above this severity.", NEVER)
@allow_unbuilt_base_option
@colour_option
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@gate_options
def command(
    flags: GateFlags,
    base: str,
    head: str | None,
    patterns: tuple[str, ...],
    format_: str,
    output: str | None,
    fail_on: str,
    unbuilt_base: bool,
    colour: str,
    quiet: bool,
) -> int:
    """Show which allocations are new, gone, moved or changed from A to B.

    A and B are git revisions or files of `check --format json`; without B, the work tree as
    it is. Patterns, by default ./..., say which packages of revisions are looked at.

    Exit status: 0; 1 with --fail-on; 2 wrong usage or configuration; 3 packages that could not be
    compared, as they do not build on one side; 4 no usable Go or git.
    """
    from golsp_mem.cli.analysing import RunRequest  # noqa: PLC0415 - brings the engine along
    from golsp_mem.cli.render.terminal.diffs import Sides  # noqa: PLC0415
    from golsp_mem.report.comparing.compare import compare, uncompared_of  # noqa: PLC0415

    root = flags.root()
    if head is not None and _is_pattern(head, root):
        patterns, head = (head, *patterns), None
    target = root / output if output else None
    refuse_unwritable(target, output)
    sides = [_side(base, root), _side(head, root) if head is not None else _Side(WORK_TREE)]
    wanted = RunRequest(root, checked_patterns(patterns), flags.settings())
    with shown_progress(quiet) as on_progress:
        # One after the other: both revisions then stand at the same place and share what is
        # compiled.
        reports = [run(_report(side, wanted, on_progress)) for side in sides]
    _refuse_unrelated(sides, reports)
    comparison = compare(*reports)
    names = Sides(*(side.name for side in sides))
    encoding = sys.stdout.encoding or "utf-8" if format_ == "text" and not target else "utf-8"
    style = Style(target is None and wants_colour(colour, sys.stdout))
    write(encoded(_rendered(comparison, names, format_, style), encoding), target)
    tell_failed(comparison.head)
    uncompared = uncompared_of(comparison.base, comparison.head)
    unknown = tell_uncompared(uncompared, sides[0].name, accepted=unbuilt_base)
    if comparison.head.failed or unknown:
        return BuildFailed.exit_status
    return FOUND if fail_on != NEVER and _reaches(comparison, Severity(fail_on)) else CLEAN


def _refuse_unrelated(sides: Sequence[_Side], reports: Sequence[Report]) -> None:
    """Raises UsageError for saved results that say nothing of each other."""
    for side, report in zip(sides, reports, strict=True):
        if side.file is not None and report.part is not None:
            raise UsageError(
                f"{side.name} is shard {report.part.number} of {report.part.total}; "
                "golsp-mem merge all of them first"
            )
    base, head = ({one.import_path for one in report.packages} for report in reports)
    if base and head and not base & head and any(side.file is not None for side in sides):
        raise UsageError(
            f"{sides[0].name} and {sides[1].name} have no package in common: name two results of "
            "one module"
        )


def _is_pattern(written: str, root: Path) -> bool:
    """Whether the second word names packages: neither a revision nor a file looks so."""
    looks = written == "." or written.startswith(("./", "../")) or written.endswith("/...")
    return looks and not (root / written).is_file()


def _side(written: str, root: Path) -> _Side:
    file = root / written
    if file.is_file():
        return _Side(written, file=file)
    if written.endswith(".json"):
        raise UsageError(f"{written}: no such file; check --format json={written} makes one")
    return _Side(written, revision=written)


async def _report(side: _Side, wanted: RunRequest, on_progress: OnProgress | None) -> Report:
    from golsp_mem.cli.analysing import outcome_at, outcome_of  # noqa: PLC0415
    from golsp_mem.report.json.reader import read_report  # noqa: PLC0415

    if side.file is not None:
        try:
            return read_report(read_text(side.file), side.name, wanted.directory)
        except OSError as error:
            raise UsageError(f"cannot read {side.name}: {error.strerror or error}") from error
    if side.revision is not None:
        return (await outcome_at(wanted, side.revision, on_progress)).report
    return (await outcome_of(wanted, on_progress)).report


def _rendered(comparison: Comparison, names: Sides, format_: str, style: Style) -> Iterator[str]:
    from golsp_mem.cli.render.terminal import diffs  # noqa: PLC0415

    if format_ == "json":
        return diffs.json(comparison, names)
    if format_ == "markdown":
        return diffs.comment(comparison, names)
    return diffs.text(comparison, names, style)


def _reaches(comparison: Comparison, threshold: Severity) -> bool:
    worse = [pair.after for pair in comparison.changed if pair.worse]
    return any(
        one.counts and one.severity.rank >= threshold.rank for one in (*comparison.new, *worse)
    )
