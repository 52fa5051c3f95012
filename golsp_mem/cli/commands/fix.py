"""``golsp-mem fix``: write the edits that the compiler has confirmed."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from golsp_mem.cli.exit_codes import CLEAN
from golsp_mem.cli.options import GateFlags, checked_patterns, gate_options
from golsp_mem.cli.output import write_stdout
from golsp_mem.cli.progress import shown_progress
from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.wording import plural
from golsp_mem.cli.running import run
from golsp_mem.cli.stderr import tell, tell_failed
from golsp_mem.errors import BuildFailed, UsageError

if TYPE_CHECKING:
    from golsp_mem.cli.analysing import RunRequest
    from golsp_mem.cli.fixing import FileEdits
    from golsp_mem.report.model import Report


@click.command("fix")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option("--diff", is_flag=True, help="Print one unified diff, write nothing.")
@click.option("--top", metavar="N", type=click.IntRange(min=1), help="Only the first N edits.")
@click.option("--allow-dirty", is_flag=True, help="Write to files with changes git does not have.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary.")
@gate_options
def command(
    flags: GateFlags,
    patterns: tuple[str, ...],
    diff: bool,
    top: int | None,
    allow_dirty: bool,
    quiet: bool,
) -> int:
    """Apply the edits that take allocations away, by default in ./...

    Each was compiled: its package builds, the allocation is gone, no other came instead than its
    title says. Edits that change the meaning in a corner are left to editors, where a person
    chooses.

    Exit status: 0, also where there is nothing to do; 2 wrong usage or configuration; 3 Go code
    that does not build (the rest is fixed); 4 no usable Go, time-out or our own failure.
    """
    from golsp_mem.cli.analysing import RunRequest, outcome_of  # noqa: PLC0415 - brings the engine
    from golsp_mem.cli.fixing import fixes_of, quietly  # noqa: PLC0415

    root = flags.root()
    settings = flags.settings()
    if settings.configurations:
        raise UsageError("fix compiles for one target: name it with --goos and --goarch")
    request = quietly(RunRequest(root, checked_patterns(patterns), settings))
    with shown_progress(quiet) as on_progress:
        outcome = run(outcome_of(request, on_progress))
        if not outcome.report.packages:
            raise UsageError(f"no packages match {' '.join(request.patterns)} in {root}")
        edits = run(fixes_of(request, outcome, top, on_progress))
    tell_failed(outcome.report)
    if diff:
        _print(edits, root, quiet=quiet)
    elif edits.after:
        _write(edits, root, allow_dirty=allow_dirty)
        _tell_gain(request, edits, outcome.report, quiet=quiet)
    if not (edits.after or quiet):
        tell("nothing to fix")
    return BuildFailed.exit_status if outcome.report.failed else CLEAN


def _print(edits: FileEdits, root: Path, *, quiet: bool) -> None:
    from golsp_mem.cli.render.patch import patch  # noqa: PLC0415

    # git applies nothing of a diff with a file behind a symbolic link.
    linked = {path for path in edits.after if path.is_symlink()}
    for path in sorted(linked):
        name = os.path.relpath(path, root)
        tell(
            f"{name} is a symbolic link to {path.readlink()} and left out of the diff: fix the "
            "package that the file belongs to"
        )
    if not quiet:
        for line in _titles(edits, root, linked):
            click.echo(line, err=True)
    after = {path: text for path, text in edits.after.items() if path not in linked}
    write_stdout(patch(edits.before, after, root))


def _write(edits: FileEdits, root: Path, *, allow_dirty: bool) -> None:
    from golsp_mem.cli.applying import replace_files, unsaved_in_git  # noqa: PLC0415

    files = sorted(edits.after)
    dirty = [] if allow_dirty else run(unsaved_in_git(root, files))
    if dirty:
        names = ", ".join(os.path.relpath(file, root) for file in dirty[:3])
        more = f" and {len(dirty) - 3} more" if len(dirty) > 3 else ""
        raise UsageError(
            f"{names}{more}: changes that git does not have; nothing was written: commit or stash "
            "them, or use --allow-dirty (or --diff)"
        )
    replace_files(edits.before, edits.after, root)
    for line in _titles(edits, root):
        click.echo(line)


def _tell_gain(request: RunRequest, edits: FileEdits, before: Report, *, quiet: bool) -> None:
    from golsp_mem.cli.fixing import gained  # noqa: PLC0415

    with shown_progress(quiet) as on_progress:
        changed = run(gained(request, before, on_progress))
    if not quiet:
        done = f"{plural(len(edits.edits), 'edit')} in {plural(len(edits.after), 'file')}"
        tell(f"{done}; checked again: {', '.join(changed) or 'as many findings as before'}")


def _titles(edits: FileEdits, root: Path, linked: Collection[Path] = ()) -> list[str]:
    lines = []
    for one in edits.edits:
        if any(Path(edit.span.file) in linked for edit in one.edits):
            continue
        span = one.findings[0].span
        name = os.path.relpath(span.file, root)
        lines.append(one_line(f"{name}:{span.line}: {one.title}"))
    return lines
