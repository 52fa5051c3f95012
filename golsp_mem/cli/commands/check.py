"""``golsp-mem check``: analyse packages and report what allocates."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import evolve, field, frozen

from golsp_mem.cli.choosing import Choice, choice_options
from golsp_mem.cli.exit_codes import CLEAN, FOUND
from golsp_mem.cli.options import (
    GateFlags,
    allow_unbuilt_base_option,
    checked_patterns,
    colour_option,
    fail_on_option,
    gate_options,
)
from golsp_mem.cli.output import (
    append_file,
    encoded,
    read_text,
    refuse_unwritable,
    write,
    write_file,
)
from golsp_mem.cli.profiles import (
    measured,
    named_profiles,
    with_first_calls,
    with_measured_calls,
)
from golsp_mem.cli.progress import shown_progress
from golsp_mem.cli.render.formats import FORMATS, Form, checked_format, rendered, workspace
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.wording import plural
from golsp_mem.cli.running import run
from golsp_mem.cli.stderr import hush, tell, tell_decisions, tell_failed, tell_uncompared, warn
from golsp_mem.config import Settings
from golsp_mem.decisions import listened_to
from golsp_mem.errors import BuildFailed, ConfigError, UsageError
from golsp_mem.model import Code
from golsp_mem.report.shards import parse_shard
from golsp_mem.toolchain.patterns import named_files, package_of

if TYPE_CHECKING:
    from golsp_mem.cli.analysing import RunOutcome, RunRequest
    from golsp_mem.cli.kept import Built
    from golsp_mem.report.comparing.baseline import Baseline
    from golsp_mem.report.model import Report

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"


@frozen
class CheckArguments:
    """What the command line asks for; paths are absolute."""

    directory: Path
    patterns: tuple[str, ...]
    settings: Settings
    forms: tuple[Form, ...]
    reasons: bool
    with_never: bool
    quiet: bool
    new_baseline: Path | None
    base: str | None
    fork: bool
    unbuilt_base: bool
    shard: str | None
    choice: Choice = field(factory=Choice)
    function: str | None = None
    # Under which name the answer is kept, and the settings file that was named.
    key: str | None = None
    config: Path | None = None

    @property
    def tells_failures(self) -> bool:
        """Whether packages that do not build must be told apart from the reports: text on
        stdout names them."""
        return all(form.name != "text" or form.output is not None for form in self.forms)


@click.command("check")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"One of {', '.join(FORMATS)}; repeatable, each to a file of its own.  [default: text]",
)
@click.option("--output", metavar="FILE", help="Write the report to FILE instead of stdout.")
@fail_on_option("Exit with 1 when a finding is at or above this severity.  [default: warning]")
@click.option("--reasons", is_flag=True, help="Add the escape flow of each finding (slower).")
@click.option("--all", "with_never", is_flag=True, help="List what does not allocate, too.")
@click.option("--baseline", metavar="FILE", help="Report and count only findings not in FILE.")
@click.option(
    "--write-baseline",
    metavar="FILE",
    help="Accept the findings of this run; alone, they do not count for --fail-on.",
)
@click.option("--new-from-rev", metavar="REV", help="Report and count only what REV did not have.")
@click.option(
    "--new-from-merge-base",
    metavar="BRANCH",
    help="Report and count only what is new since BRANCH and HEAD parted.",
)
@allow_unbuilt_base_option
@click.option("--shard", metavar="I/N", help="Check the I-th of N parts; merge joins results.")
@click.option(
    "--function",
    metavar="NAME",
    help="Show what a call of this function allocates, as a tree of its calls.",
)
@click.option("--statistics", is_flag=True, help="Only counts by code, no findings.")
@colour_option
@click.option("-q", "--quiet", is_flag=True, help="No progress, no warnings, no summary.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Tell on stderr why each allocation is shown or not."
)
@choice_options
@gate_options
def command(
    flags: GateFlags,
    choice: Choice,
    patterns: tuple[str, ...],
    formats: tuple[str, ...],
    output: str | None,
    fail_on: str | None,
    reasons: bool,
    with_never: bool,
    baseline: str | None,
    write_baseline: str | None,
    new_from_rev: str | None,
    new_from_merge_base: str | None,
    unbuilt_base: bool,
    shard: str | None,
    function: str | None,
    statistics: bool,
    colour: str,
    quiet: bool,
    verbose: bool,
) -> int:
    """Report what really allocates in Go packages, by default in ./...

    Exit status: 0 nothing at or above --fail-on; 1 something is; 2 wrong usage or
    configuration; 3 Go code that does not build, here or in what is compared with (the rest
    is still reported); 4 no usable Go, time-out or a failure of golsp-mem itself.
    """
    if verbose:
        tell_decisions()
    root = flags.root()
    settings = flags.settings(fail_on, baseline)
    choice.check()
    bases = [base for base in (new_from_rev, new_from_merge_base) if base is not None]
    if len(bases) > 1 or (bases and (baseline or write_baseline)):
        raise UsageError("compare with one: --baseline, --new-from-rev or --new-from-merge-base")
    if bases:
        # A revision was asked for: the file's baseline would compare twice.
        settings = evolve(settings, baseline=None)
    form = Form("text", colour=colour, quiet=quiet, statistics=statistics,
                sort=choice.sort, by=choice.by, full=choice.full,
                fail_on=settings.fail_on, tell=hush if quiet else warn)  # fmt: skip
    request = CheckArguments(
        directory=root,
        patterns=checked_patterns(patterns),
        settings=settings,
        forms=_forms(form, formats, root, output),
        reasons=reasons,
        with_never=with_never,
        quiet=quiet,
        new_baseline=root / write_baseline if write_baseline else None,
        base=bases[0] if bases else None,
        fork=new_from_merge_base is not None,
        unbuilt_base=unbuilt_base,
        shard=shard,
        choice=choice,
        function=function,
        key=click.get_current_context().obj,
        config=root / flags.config if flags.config is not None else None,
    )
    return check(request)


def _forms(form: Form, formats: Sequence[str], root: Path, output: str | None) -> tuple[Form, ...]:
    forms = []
    for written in formats or ("text",):
        name, equals, file = written.partition("=")
        if equals and not file:
            raise UsageError(f"--format {written}: name a file, as in sarif=out.sarif")
        target = root / file if file else None
        forms.append(evolve(form, name=checked_format(name), output=target))
    if output is not None:
        plain = [number for number, one in enumerate(forms) if one.output is None]
        if len(plain) != 1:
            raise UsageError("--output is for one format; write --format NAME=FILE for each")
        forms[plain[0]] = evolve(forms[plain[0]], output=root / output)
    targets = [one.output for one in forms]
    if len(set(targets)) < len(targets):
        raise UsageError("two formats go to one place; write --format NAME=FILE for each")
    return tuple(forms)


def check(request: CheckArguments) -> int:
    """Analyse, write the reports and the baseline, and return the exit status."""
    if request.function is not None:
        # Brings all that reads Go and object files; the run that finds nothing changed needs none.
        from golsp_mem.cli.call_tree import show_tree  # noqa: PLC0415

        return show_tree(
            request.function, request.patterns, request.settings, request.directory, request.forms
        )
    outputs = [form.output for form in request.forms]
    if request.new_baseline is not None and request.new_baseline in outputs:
        raise UsageError(f"{request.new_baseline}: the baseline and a report go to one file")
    for file in (*outputs, request.new_baseline):
        refuse_unwritable(file)
    _refuse_files(request)
    text = _baseline_text(request)
    choice = request.choice
    profiles = named_profiles(
        choice.profile, request.settings, request.directory, choice.sample_index
    )
    chosen = with_measured_calls(request.settings, profiles)
    if _is_for_people(request):
        chosen = with_first_calls(chosen)
    request = evolve(request, settings=chosen)
    built = None
    if _is_plain(request, profiles):
        built, found = _built(request)
    else:
        found = _analysed(request, text)
    outcome = measured(found, profiles, request.settings)
    report = outcome.report
    if not report.packages and request.shard is None:
        raise UsageError(f"no packages match {' '.join(request.patterns)} in {request.directory}")
    report = request.choice.on_paths(_compared(request, outcome, text))
    told = request.choice.first(report)
    for note in outcome.notes:
        request.forms[0].tell(note)
    if built is not None and not report.failed:
        return _kept(request, outcome, told, built, _status(request, report))
    for form in request.forms:
        write(rendered(told, form), form.output)
    if any(form.name == "github" for form in request.forms):
        _summarise(report)
    if report.failed:
        return _tell_failures(request, report)
    if tell_uncompared(report.uncompared, report.base, accepted=request.unbuilt_base):
        return BuildFailed.exit_status
    return _status(request, report)


def _status(request: CheckArguments, report: Report) -> int:
    threshold = request.settings.fail_on
    return FOUND if threshold is not None and report.reaches(threshold) else CLEAN


def _is_plain(request: CheckArguments, profiles: Sequence[object]) -> bool:
    """Whether the same code, settings and program write the same once more."""
    from golsp_mem.cli.kept import FORMATS as KEPT  # noqa: PLC0415

    return (
        not (profiles or request.reasons or request.settings.configurations)
        and not (request.choice.profile or request.settings.profile)
        and not _is_compared(request)
        and not listened_to()
        and all(form.name in KEPT for form in request.forms)
    )


def _built(request: CheckArguments) -> tuple[Built, RunOutcome]:
    """The packages, compiled, and what they are."""
    from golsp_mem.cli.analysing import RunRequest, outcome_of  # noqa: PLC0415
    from golsp_mem.cli.kept import Asked, build  # noqa: PLC0415

    asked = Asked(
        request.directory, request.patterns, request.settings, request.key, request.config
    )
    wanted: RunRequest = RunRequest(
        request.directory, request.patterns, request.settings, with_never=request.with_never
    )

    async def made() -> tuple[Built, RunOutcome]:
        built = await build(asked, on_progress)
        return built, await outcome_of(wanted, on_progress, built)

    with shown_progress(request.quiet) as on_progress:
        return run(made())


def _kept(
    request: CheckArguments, outcome: RunOutcome, told: Report, built: Built, status: int
) -> int:
    """Write a report, and keep what was written for the next time."""
    from golsp_mem.cli.kept import Answer, place_of  # noqa: PLC0415

    outputs = []
    for form in request.forms:
        outputs.append(b"".join(rendered(told, form)))
        write(outputs[-1:], form.output)
    timed = [form.name == "json" or not form.quiet or form.statistics for form in request.forms]
    places = [
        place_of(form.name, output, told.seconds) if has_time else None
        for form, output, has_time in zip(request.forms, outputs, timed, strict=True)
    ]
    if all(place or not has_time for place, has_time in zip(places, timed, strict=True)):
        files = [None if form.output is None else str(form.output) for form in request.forms]
        forms = zip([form.name for form in request.forms], files, places, strict=True)
        notes = () if request.quiet else outcome.notes
        built.keep(Answer(status, notes, tuple(outputs), tuple(forms)))
    return status


def _is_for_people(request: CheckArguments) -> bool:
    """Whether a person reads of all packages as they are: what programs read, is compared or laid
    together must not depend on an order."""
    several = len(request.settings.configurations) > 1
    return not (several or _is_compared(request)) and all(
        form.name == "text" for form in request.forms
    )


def _is_compared(request: CheckArguments) -> bool:
    """Whether the findings are laid beside others. An empty name of a revision is one, too: a
    variable of CI that is not set must not turn the gate off."""
    others = (request.base, request.shard, request.new_baseline, request.settings.baseline)
    return any(one is not None for one in others)


def _refuse_files(request: CheckArguments) -> None:
    """Raises UsageError where findings must be known by their packages and files were named."""
    files = named_files(request.patterns, request.directory)
    if not files:
        return
    if _is_compared(request):
        raise UsageError(
            f"{files[0]}: what is compared or split is known by its package; name the package: "
            f"golsp-mem check {package_of(files)}"
        )


def _baseline_text(request: CheckArguments) -> str | None:
    """The accepted findings as written; read first, so that a wrong name costs no build."""
    path = request.settings.baseline
    if path is None:
        return None
    from golsp_mem.report.comparing.baseline import parse_baseline  # noqa: PLC0415

    try:
        if Path(path).exists() and not Path(path).is_file():
            raise ConfigError(f"baseline {path}: not a regular file")
        text = read_text(Path(path))
    except OSError as error:
        hint = "--write-baseline makes one"
        raise ConfigError(f"baseline {path}: {error.strerror or error} ({hint})") from error
    parse_baseline(text, path)
    return text


def _analysed(request: CheckArguments, accepted: str | None) -> RunOutcome:
    # The engine brings tree-sitter along: not before the command line is known to be right.
    from golsp_mem.cli.analysing import RunRequest, compared_outcomes, outcome_of  # noqa: PLC0415
    from golsp_mem.report.comparing.compare import against_report  # noqa: PLC0415

    shard = parse_shard(request.shard) if request.shard is not None else None
    wanted: RunRequest = RunRequest(
        request.directory, request.patterns, request.settings, request.reasons,
        request.with_never, shard, accepted,
    )  # fmt: skip
    with shown_progress(request.quiet) as on_progress:
        if request.base is None:
            return run(outcome_of(wanted, on_progress))
        then, now = run(
            compared_outcomes(wanted, request.base, fork=request.fork, on_progress=on_progress)
        )
    return evolve(now, report=against_report(now.report, then.report, request.base))


def _compared(request: CheckArguments, outcome: RunOutcome, accepted: str | None) -> Report:
    """The report against the baseline that is read, and the one that is written."""
    from golsp_mem.analysis.dependencies import SourceCache  # noqa: PLC0415
    from golsp_mem.report.comparing.against_baseline import against_baseline  # noqa: PLC0415
    from golsp_mem.report.comparing.baseline import (  # noqa: PLC0415
        baseline_of,
        baseline_text,
        parse_baseline,
    )

    report = outcome.report

    def known(baseline: Baseline) -> Report:
        sources = SourceCache(opened=report.files)
        return against_baseline(report, baseline, request.settings, sources, outcome.examined)

    compared = report
    if accepted is not None:
        baseline = parse_baseline(accepted, str(request.settings.baseline))
        for note in run(_checked_baseline(baseline, request, report)):
            request.forms[0].tell(note)
        compared = known(baseline)
    if request.new_baseline is None or report.failed:
        return compared
    made = baseline_of(report, SourceCache(opened=report.files), outcome.examined.files)
    write_file(request.new_baseline, [baseline_text(made).encode()])
    if not request.quiet:
        tell(f"wrote {request.new_baseline}: {plural(len(made.accepted), 'accepted finding')}")
    return compared if accepted is not None else known(made)


async def _checked_baseline(
    baseline: Baseline, request: CheckArguments, report: Report
) -> list[str]:
    """Lines on entries that mean nothing here. Raises ConfigError for a baseline of another
    module: all would be new."""
    from golsp_mem.cli.analysing import modules_of  # noqa: PLC0415

    name = request.settings.baseline
    strange = sorted({one.code for one in baseline.accepted} - set(map(str, Code)))
    notes = []
    if strange:
        notes.append(
            f"baseline {name}: {', '.join(strange[:3])}: codes that this golsp-mem does not know "
            "(take a newer one, or make it again with --write-baseline)"
        )
    paths = {one.package for one in baseline.accepted} | set(baseline.sources)
    if paths and paths.isdisjoint(one.import_path for one in report.packages):
        modules = await modules_of(request.settings, request.directory)
        if modules and not any(path == m or path.startswith(f"{m}/")
                               for path in paths for m in modules):  # fmt: skip
            raise ConfigError(
                f"baseline {name} is of other packages ({min(paths)}), none of "
                f"{' or '.join(modules[:3])}; make one here with --write-baseline"
            )
    return notes


def _summarise(report: Report) -> None:
    """The job summary of a GitHub Action, where one runs us."""
    path = os.environ.get(SUMMARY_VARIABLE)
    if not path:
        return
    from golsp_mem.cli.render.ci import step_summary  # noqa: PLC0415

    address = step_summary.blob_address(os.environ)
    append_file(
        Path(path),
        encoded(step_summary.render(report, SourceTexts.of(report), workspace(), address)),
    )


def _tell_failures(request: CheckArguments, report: Report) -> int:
    """The packages that do not build, for people; the text report has named them already."""
    if request.new_baseline is not None:
        broken = plural(len(report.failed), "package")
        tell(f"baseline not written: {broken} would be missing from it")
    if request.tells_failures:
        tell_failed(report)
    files = named_files(request.patterns, request.directory)
    if files:
        tell(
            f"{' '.join(files)}: compiled without the other files of the package; to check it "
            f"whole: golsp-mem check {package_of(files)}"
        )
    return BuildFailed.exit_status
