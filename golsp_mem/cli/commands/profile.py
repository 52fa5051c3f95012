"""``golsp-mem profile``: run benchmarks or tests, and show what allocates in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from golsp_mem.cli.choosing import Choice, choice_options
from golsp_mem.cli.exit_codes import CLEAN
from golsp_mem.cli.options import (
    GateFlags,
    checked_patterns,
    colour_option,
    format_option,
    gate_options,
    output_option,
)
from golsp_mem.cli.output import encoded, refuse_unwritable, write, write_file
from golsp_mem.cli.progress import shown_progress
from golsp_mem.cli.render.formats import Form, rendered
from golsp_mem.cli.running import run
from golsp_mem.cli.stderr import tell, tell_failed, warn
from golsp_mem.errors import BuildFailed, GolspMemError, UsageError
from golsp_mem.report.model import Report
from golsp_mem.report.selection import that_ran


@click.command("profile")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option("--bench", metavar="RE", default=".", help="Benchmarks to run.  [default: all]")
@click.option("--run", "run_", metavar="RE", help="Run tests that match instead of benchmarks.")
@click.option("--benchtime", metavar="T", help="As go test takes it: 1s, 100x.")
@click.option("--against", metavar="REV", help="Run the same benchmarks at REV and compare.")
@click.option("--save", metavar="FILE", help="Keep the profile, for pprof and --profile.")
@format_option("text", "json")
@output_option
@colour_option
@click.option("-q", "--quiet", is_flag=True, help="No progress, no warnings, no summary.")
@choice_options
@gate_options
def command(
    flags: GateFlags,
    choice: Choice,
    patterns: tuple[str, ...],
    bench: str,
    run_: str | None,
    benchtime: str | None,
    against: str | None,
    save: str | None,
    format_: str,
    output: str | None,
    colour: str,
    quiet: bool,
) -> int:
    """Run the benchmarks of Go packages, by default ./..., and say which line allocates what.

    Each benchmark's allocs/op and B/op, as Go prints them, are split into lines; the findings are
    ranked by what was measured, and text leaves out those of which nothing was. Tests and
    benchmarks run: use it on code that you would run.

    Exit status: 0 measured; 2 wrong usage or configuration; 3 code or tests that do not build
    (the rest is reported); 4 a benchmark that fails or does not end, no usable Go.
    """
    from golsp_mem.cli.analysing import RunRequest  # noqa: PLC0415
    from golsp_mem.cli.profiling import profiled, profiled_at  # noqa: PLC0415
    from golsp_mem.report.measured.profiling import BenchmarkPlan  # noqa: PLC0415

    root = flags.root()
    choice.check()
    targets = [root / name if name else None for name in (output, save)]
    for target in targets:
        refuse_unwritable(target)
    if against is not None and run_ is not None:
        raise UsageError("--against compares benchmarks; leave --run out")
    wanted = RunRequest(root, checked_patterns(patterns), flags.settings())
    plan = BenchmarkPlan(bench, run_, benchtime)
    before: Report | None = None
    failed: tuple[GolspMemError, ...] = ()
    with shown_progress(quiet) as on_progress:
        if against is not None:
            then = run(profiled_at(wanted, against, plan, on_progress))
            before, failed = then.profiled.report, then.profiled.failed
        done = run(profiled(wanted, plan, on_progress))
    report = choice.on_paths(done.profiled.report)
    if format_ == "text" and not choice.full:
        report = that_ran(report)
    report = choice.first(report)
    form = Form(
        format_, targets[0], colour=colour, quiet=quiet, sort=choice.sort or "rank", by=choice.by,
        full=choice.full,
    )  # fmt: skip
    write(_compared(before, report, form) if before else _chunks(report, form), targets[0])
    if targets[1] is not None and done.profiled.profiles:
        _save(targets[1], done.profiled.profiles)
    if not quiet:
        for note in done.outcome.notes:
            warn(note)
    tell_failed(report)
    return _status(report, against, failed, done.profiled.failed)


def _status(
    report: Report,
    against: str | None,
    before: Sequence[GolspMemError],
    now: Sequence[GolspMemError],
) -> int:
    """Tells what gave nothing, at the revision and now; how the command ends."""
    for error in before:
        tell(f"at {against}: {error}")
    for error in now:
        tell(str(error))
    if report.failed:
        return BuildFailed.exit_status
    failed = (*now, *before)
    return failed[0].exit_status if failed else CLEAN


def _chunks(report: Report, form: Form) -> Iterator[bytes]:
    if form.name == "text":
        from golsp_mem.cli.render.formats import style_of  # noqa: PLC0415
        from golsp_mem.cli.render.terminal import benchmarks  # noqa: PLC0415

        yield from encoded(benchmarks.render(report, style_of(form)), form.encoding)
    yield from rendered(report, form)


def _compared(before: Report, after: Report, form: Form) -> Iterator[bytes]:
    from golsp_mem.cli.render.formats import style_of  # noqa: PLC0415
    from golsp_mem.cli.render.terminal import benchmarks  # noqa: PLC0415
    from golsp_mem.report.json import before_after  # noqa: PLC0415
    from golsp_mem.report.json import writer as json_writer  # noqa: PLC0415

    found = before_after.changes(before, after)
    if form.name == "json":
        return encoded(json_writer.render(after, compared=found))
    return encoded(benchmarks.render_changes(found, style_of(form)), form.encoding)


def _save(target: Path, profiles: Sequence[bytes]) -> None:
    from golsp_mem.compiler.pprof.merge import merged  # noqa: PLC0415

    write_file(target, [merged(profiles)])
