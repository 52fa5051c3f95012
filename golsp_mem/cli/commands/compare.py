"""``golsp-mem compare``: what another Go release, target, tag or profile changes for one code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import evolve, frozen

from golsp_mem.cli.exit_codes import CLEAN, FOUND
from golsp_mem.cli.options import (
    GateFlags,
    checked_patterns,
    colour_option,
    format_option,
    output_option,
)
from golsp_mem.cli.output import encoded, refuse_unwritable, write
from golsp_mem.cli.progress import shown_progress
from golsp_mem.cli.running import run
from golsp_mem.cli.stderr import tell
from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed, GolspMemError, ToolchainError, UsageError

if TYPE_CHECKING:
    from golsp_mem.analysis.engine import OnProgress
    from golsp_mem.cli.analysing import RunOutcome
    from golsp_mem.cli.render.terminal.releases import ReleasePair


@frozen
class Configuration:
    """One way to compile; each field as it was written, None as without the flag."""

    go: str | None
    goarch: str | None
    tags: str | None
    pgo: str | None

    def differs_from(self, other: Configuration) -> str:
        """The name of the first field that differs."""
        for name in ("go", "goarch", "tags", "pgo"):
            if getattr(self, name) != getattr(other, name):
                return name
        return ""


@click.command("compare")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option(
    "--go", "releases", multiple=True, metavar="GO",
    help="A release (1.26, go1.26.6), a GOROOT or a go command; repeatable.",
)  # fmt: skip
@click.option(
    "--goarch", "architectures", multiple=True, metavar="ARCH", help="An architecture; repeatable."
)
@click.option(
    "--tags", "tags", multiple=True, metavar="TAG,TAG",
    help="A set of build tags, '' for none; repeatable.",
)  # fmt: skip
@click.option(
    "--pgo", "profiles", multiple=True, type=click.Choice(["off", "auto"]),
    help="Without and with the module's default.pgo; repeatable.",
)  # fmt: skip
@format_option("text", "json", "markdown")
@output_option
@colour_option
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.option("-C", "directory", metavar="DIR", default=".", help="Work in DIR.")
@click.option("--timeout", metavar="SECONDS", type=float, help="Give up on one after SECONDS.")
@click.option("--goos", metavar="OS", help="Compile for this operating system.")
@click.option("--tests", is_flag=True, help="Look at _test.go files too.")
@click.option("--select", multiple=True, metavar="CODE", help="Only these codes (heap-*, …).")
@click.option("--ignore", multiple=True, metavar="CODE", help="Not these codes.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Not these files.")
@click.option("--generated", is_flag=True, help="Look at generated files like others.")
@click.option("--config", metavar="FILE", help="Use FILE, not the nearest golsp-mem.toml.")
def command(
    patterns: tuple[str, ...],
    releases: tuple[str, ...],
    architectures: tuple[str, ...],
    tags: tuple[str, ...],
    profiles: tuple[str, ...],
    format_: str,
    output: str | None,
    colour: str,
    quiet: bool,
    directory: str,
    timeout: float | None,
    goos: str | None,
    tests: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    exclude: tuple[str, ...],
    generated: bool,
    config: str | None,
) -> int:
    """Show which allocations, stack frames and limits another Go release changes.

    Each of --go, --goarch, --tags and --pgo can be given several times; the first that is makes
    the pairs (1.25 and 1.26, then 1.26 and 1.27), the others say for what. Releases are looked up
    on PATH, in ~/sdk, ~/go/bin and the module cache; nothing is fetched.

    Exit status: 0 nothing appeared; 1 something did; 2 wrong usage or configuration; 3 packages
    that one side does not build, so that they were not compared; 4 no usable Go, or one that
    cannot compile this module (the rest is still reported).
    """
    flags = GateFlags(
        directory=directory, timeout=timeout, go_path=None, goarch=None, goos=goos, tags=(),
        pgo=None,
        config=config, configuration=(), tests=tests, select=select, ignore=ignore, severity=(),
        exclude=exclude, generated=generated, require_reason=False, noalloc_exempt=(),
    )  # fmt: skip
    root = flags.root()
    target = root / output if output else None
    refuse_unwritable(target, output)
    variants = [
        Configuration(*one)
        for one in product(
            releases or (None,), architectures or (None,), tags or (None,), profiles or (None,)
        )
    ]
    steps = list(_steps(variants, (releases, architectures, tags, profiles)))
    # The file's baseline accepts nothing here, and its targets would make a report of many.
    settings = evolve(flags.settings(), configurations=(), baseline=None)
    with shown_progress(quiet) as on_progress:
        made = run(_outcomes(variants, root, checked_patterns(patterns), settings, on_progress))
    pairs = [
        _pair(one, other, made[one], made[other])
        for one, other in steps
        if one in made and other in made
    ]
    encoding = sys.stdout.encoding or "utf-8" if format_ == "text" and not target else "utf-8"
    write(encoded(_rendered(pairs, format_, colour, target), encoding), target)
    return _status(pairs, complete=len(pairs) == len(steps))


def _steps(
    variants: Sequence[Configuration], written: Sequence[Sequence[str]]
) -> Iterator[tuple[Configuration, Configuration]]:
    """What is compared with what. Raises UsageError where nothing is."""
    axes = [number for number, values in enumerate(written) if len(values) > 1]
    if not axes:
        raise UsageError(
            "compare needs two of something: --go 1.26 --go 1.27, or two of --goarch, --tags or "
            "--pgo"
        )
    if len(set(variants)) < len(variants):
        raise UsageError("one of --go, --goarch, --tags and --pgo is given twice with one value")
    axis = ("go", "goarch", "tags", "pgo")[axes[0]]
    groups: dict[Configuration, list[Configuration]] = {}
    for variant in variants:
        groups.setdefault(evolve(variant, **{axis: None}), []).append(variant)
    for group in groups.values():
        yield from pairwise(group)


async def _outcomes(
    variants: Sequence[Configuration],
    root: Path,
    patterns: tuple[str, ...],
    settings: Settings,
    on_progress: OnProgress | None,
) -> dict[Configuration, RunOutcome]:
    """What each variant has. A Go that is missing or cannot compile the module is told, and left
    out. Raises its error where fewer than two remain."""
    from golsp_mem.cli.analysing import RunRequest, outcome_of  # noqa: PLC0415 - brings the engine
    from golsp_mem.toolchain.releases import find_release  # noqa: PLC0415

    programs: dict[str, str] = {}
    failures: dict[str, GolspMemError] = {}
    for name in dict.fromkeys(one.go for one in variants if one.go is not None):
        try:
            programs[name] = await find_release(name, root, settings)
        except ToolchainError as error:
            failures[name] = error
    found: dict[Configuration, RunOutcome] = {}
    for variant in variants:
        if variant.go in failures:
            continue
        try:
            wanted = RunRequest(root, patterns, _settings(settings, variant, programs))
            found[variant] = await outcome_of(wanted, on_progress)
        except ToolchainError as error:
            failures[variant.go or "go"] = error
    if len(found) < 2 and failures:
        raise next(iter(failures.values()))
    for name, failure in failures.items():
        tell(f"{name} is not compared: {failure}")
    return found


def _settings(settings: Settings, variant: Configuration, programs: dict[str, str]) -> Settings:
    changed = settings
    if variant.go is not None:
        changed = evolve(changed, go_path=programs[variant.go])
    if variant.goarch is not None:
        changed = evolve(changed, goarch=variant.goarch)
    if variant.tags is not None:
        changed = evolve(changed, tags=tuple(filter(None, variant.tags.split(","))))
    return evolve(changed, pgo=variant.pgo)


def _pair(
    one: Configuration, other: Configuration, before: RunOutcome, after: RunOutcome
) -> ReleasePair:
    from golsp_mem.cli.render.terminal.releases import ReleasePair, Side  # noqa: PLC0415
    from golsp_mem.report.comparing.between import between  # noqa: PLC0415

    axis = one.differs_from(other)
    now = after.report.configuration
    names = []
    for variant, outcome in ((one, before), (other, after)):
        configuration = outcome.report.configuration
        names.append({
            "go": configuration.go,
            "goarch": configuration.goarch,
            "tags": f"tags {variant.tags}" if variant.tags else "no tags",
            "pgo": f"-pgo={variant.pgo}",
        }[axis])  # fmt: skip
    common = {"go": now.go, "goarch": now.name, "tags": "", "pgo": ""}
    if axis == "goarch":
        common["goarch"] = now.goos
    if axis == "go":
        common["go"] = ""
    if other.pgo is not None and axis != "pgo":
        common["pgo"] = f"-pgo={other.pgo}"
    return ReleasePair(
        Side(names[0], one.pgo),
        Side(names[1], other.pgo),
        ", ".join(filter(None, common.values())),
        between(before.report, after.report, before.examined.frames, after.examined.frames),
    )


def _rendered(
    pairs: Sequence[ReleasePair], format_: str, colour: str, target: Path | None
) -> Iterator[str]:
    from golsp_mem.cli.render.terminal import releases  # noqa: PLC0415
    from golsp_mem.cli.render.terminal.style import Style, wants_colour  # noqa: PLC0415

    if format_ == "json":
        return releases.json(pairs)
    if format_ == "markdown":
        return releases.comment(pairs)
    return releases.text(pairs, Style(target is None and wants_colour(colour, sys.stdout)))


def _status(pairs: Sequence[ReleasePair], *, complete: bool) -> int:
    uncompared = {path: error for pair in pairs for path, error in pair.between.uncompared.items()}
    for path, error in uncompared.items():
        tell(f"{path} does not build on one side and was not compared: {error}")
    if not complete:
        return ToolchainError.exit_status
    if uncompared:
        return BuildFailed.exit_status
    return FOUND if any(pair.between.appeared for pair in pairs) else CLEAN
