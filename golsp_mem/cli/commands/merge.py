"""``golsp-mem merge``: the results of several machines as one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from enum import Enum
from pathlib import Path

import click
from attrs import frozen

from golsp_mem.cli.exit_codes import CLEAN, FOUND
from golsp_mem.cli.options import (
    absolute_directory,
    allow_unbuilt_base_option,
    fail_on_option,
    output_option,
)
from golsp_mem.cli.output import encoded, read_named, refuse_unwritable, write
from golsp_mem.cli.render.formats import Form, checked_format, rendered
from golsp_mem.cli.render.wording import plural
from golsp_mem.cli.stderr import tell, tell_failed, tell_uncompared, warn
from golsp_mem.config import NEVER
from golsp_mem.errors import BuildFailed, ConfigError, UsageError
from golsp_mem.model import Severity
from golsp_mem.report.json.parts import refuse_incomplete
from golsp_mem.report.json.reader import decoded, is_report, report_from
from golsp_mem.report.model import Part


class InputKind(Enum):
    """What a file holds, in words."""

    REPORT = "a result of check --format json"
    BASELINE = "a baseline"
    LOG = "a SARIF log"


@frozen
class Input:
    """One file, decoded. ``name`` is as it was written on the command line."""

    name: str
    text: str
    raw: object
    kind: InputKind


@click.command("merge")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--format", "format_", metavar="FORMAT", help="Of JSON results: another format.")
@output_option
@fail_on_option("Exit with 1 when a finding of JSON results is at or above this severity.", NEVER)
@click.option(
    "-C",
    "directory",
    metavar="DIR",
    default=".",
    help="Work in DIR; file names, those in the results too, are relative to it.",
)
@click.option(
    "--allow-missing-shards", "fewer", is_flag=True, help="Join what is there of a run's shards."
)
@allow_unbuilt_base_option
def command(
    files: tuple[str, ...],
    format_: str | None,
    output: str | None,
    fail_on: str,
    directory: str,
    fewer: bool,
    unbuilt_base: bool,
) -> int:
    """Join JSON results, baselines or SARIF logs of check, all FILEs of one kind.

    Results of shards (check --shard) become what one run had written; results for different
    targets become one that names the targets of each finding.

    Exit status: 0 joined; 1 a finding is at or above --fail-on; 2 wrong usage, files that do not
    belong together, or a shard that is missing; 3 a package did not build.
    """
    root = absolute_directory(directory)
    inputs = [_read(root / name, name) for name in files]
    kind = _only_kind(inputs)
    if kind is not InputKind.REPORT and (format_ is not None or fail_on != NEVER):
        option = "--format" if format_ is not None else "--fail-on"
        raise UsageError(f"{option} needs JSON results, {inputs[0].name} is {kind.value}")
    target = root / output if output else None
    refuse_unwritable(target, output)
    if kind is InputKind.BASELINE:
        return _merge_baselines(inputs, target, fewer)
    if kind is InputKind.LOG:
        return _merge_logs(inputs, target, fewer)
    threshold = None if fail_on == NEVER else Severity(fail_on)
    form = Form(checked_format(format_ or "json"), target, fail_on=threshold, tell=warn)
    return _merge_reports(inputs, root, form, fewer=fewer, unbuilt_base=unbuilt_base)


def _read(path: Path, name: str) -> Input:
    try:
        # Windows' shells begin files with a byte order mark.
        text = read_named(path).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{name}: not UTF-8 text") from error
    raw = decoded(text, name)
    return Input(name, text, raw, _kind(raw, name))


def _kind(raw: object, name: str) -> InputKind:
    from golsp_mem.cli.render.sarif.log import is_log  # noqa: PLC0415

    if is_report(raw):
        return InputKind.REPORT
    if is_log(raw):
        return InputKind.LOG
    if isinstance(raw, dict) and "accepted" in raw:
        return InputKind.BASELINE
    known = ", ".join(kind.value for kind in InputKind)
    raise ConfigError(f"{name}: none of these: {known}")


def _only_kind(inputs: Sequence[Input]) -> InputKind:
    first = inputs[0]
    for other in inputs[1:]:
        if other.kind is not first.kind:
            raise UsageError(
                f"{first.name} is {first.kind.value}, {other.name} is {other.kind.value}; "
                "merge files of one kind"
            )
    return first.kind


def _merge_reports(
    inputs: Sequence[Input], root: Path, form: Form, *, fewer: bool, unbuilt_base: bool
) -> int:
    from golsp_mem.report.merge import joined  # noqa: PLC0415
    from golsp_mem.report.ranking import ranked  # noqa: PLC0415

    reports = [report_from(one.raw, one.name, root) for one in inputs]
    groups: dict[Hashable, list[tuple[str, Part | None]]] = {}
    for one, made in zip(inputs, reports, strict=True):
        groups.setdefault(made.configurations, []).append((one.name, made.part))
    _refuse_incomplete(groups, fewer)
    report = ranked(joined(reports))
    write(rendered(report, form), form.output)
    tell_failed(report)
    unknown = tell_uncompared(report.uncompared, report.base, accepted=unbuilt_base)
    if report.failed or unknown:
        return BuildFailed.exit_status
    return FOUND if form.fail_on is not None and report.reaches(form.fail_on) else CLEAN


def _refuse_incomplete(
    groups: Mapping[Hashable, Sequence[tuple[str, Part | None]]], fewer: bool
) -> None:
    """Each group is what was made for one configuration. Raises ConfigError."""
    for group in groups.values():
        for missing in refuse_incomplete(group, allow_missing=fewer):
            warn(missing)


def _merge_baselines(inputs: Sequence[Input], target: Path | None, fewer: bool) -> int:
    from golsp_mem.report.comparing.baseline import (  # noqa: PLC0415
        baseline_text,
        merged_baselines,
        parse_baseline,
    )

    baselines = [parse_baseline(one.text, one.name) for one in inputs]
    named = [(one.name, made.part) for one, made in zip(inputs, baselines, strict=True)]
    _refuse_incomplete({None: named}, fewer)
    write(encoded([baseline_text(merged_baselines(baselines))]), target)
    return CLEAN


def _merge_logs(inputs: Sequence[Input], target: Path | None, fewer: bool) -> int:
    from golsp_mem.cli.render.sarif.limits import GITHUB  # noqa: PLC0415
    from golsp_mem.cli.render.sarif.log import (  # noqa: PLC0415
        joined_logs,
        log_text,
        parts_of,
        succeeded,
    )

    logs = [(one.name, one.raw) for one in inputs]
    _refuse_incomplete(parts_of(logs), fewer)
    runs = joined_logs(logs)
    write(encoded(log_text(runs)), target)
    most = max((len(run.results) for run in runs), default=0)
    if most > GITHUB.results:
        tell(
            f"sarif: a run of {plural(most, 'result')}, GitHub takes {GITHUB.results}; "
            "merge JSON results with --format sarif, which leaves out the least important"
        )
    return CLEAN if succeeded(runs) else BuildFailed.exit_status
