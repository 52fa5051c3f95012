"""``python -m tests.truth [PACKAGE ...]``: measure, print a table and every disagreement."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from attrs import evolve
from rich.console import Console

from tests.toolchains import go_binary
from tests.truth import corpus, report, runs
from tests.truth.claims import read_claims
from tests.truth.compare import Figures, Share, judge
from tests.truth.report import Row
from tests.truth.runs import Go, Options, RunFailedError, Target

TARGETS = Figures(
    lines=Share(995, 1000),
    bytes=Share(9999, 10000),
    always=Share(99, 100),
    never=Share(999, 1000),
    sizes=Share(1, 1),
)
"""What the project promises over all packages."""


@click.command()
@click.argument("packages", nargs=-1)
@click.option("--go", "binaries", multiple=True, help="A go command; default: Go 1.26 and 1.27.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of the table.")
@click.option("--list", "listing", is_flag=True, help="Also list every disagreement.")
@click.option("--full", is_flag=True, help="Run all tests, not only those of -test.short.")
@click.option("--time-limit", default=300.0, help="Seconds for each run of a package's tests.")
@click.option("--run", "run_pattern", help="-test.run of the packages' tests.")
@click.option("--skip", help="-test.skip of the packages' tests.")
def main(
    packages: tuple[str, ...],
    binaries: tuple[str, ...],
    as_json: bool,
    listing: bool,
    full: bool,
    time_limit: float,
    run_pattern: str | None,
    skip: str | None,
) -> None:
    """Compare golsp-mem with the heap profile and the coverage of PACKAGES' tests.

    A package is a directory, a standard import path, or an import path of a known module
    or with its version (example.org/m@v1.2.3/...). Exit status 1: below the targets.
    """
    options = Options(not full, time_limit, run_pattern, skip)
    found = binaries or tuple(str(go_binary(release)) for release in ("1.26", "1.27"))
    progress = Console(stderr=True)
    rows: list[Row] = []
    for binary in found:
        go = Go.at(Path(binary))
        for target in _targets(packages or corpus.DEFAULT, go, progress):
            with progress.status(f"{go.version} {target.import_path}"):
                rows.append(measure(go, target, options))
    console = Console(width=None if sys.stdout.isatty() else 220)
    if as_json:
        print(json.dumps(report.as_json(rows), indent=1))
    else:
        report.print_table(rows, console)
        if listing:
            report.print_disagreements(rows, console)
        for miss in report.misses(rows, TARGETS):
            console.print(f"below target: {miss}")
    failed = any(row.judgement is None for row in rows)
    raise SystemExit(int(failed or bool(report.misses(rows, TARGETS))))


def _targets(names: tuple[str, ...], go: Go, progress: Console) -> Iterator[Target]:
    for name in names:
        try:
            yield from corpus.targets(name, go)
        except RunFailedError as error:
            progress.print(f"{name}: {error}")


def measure(go: Go, target: Target, options: Options) -> Row:
    """One package's row; failures become its note."""
    row = Row(go.version, target.import_path, None)
    try:
        evidence, outcome = runs.gather(go, target, options)
        row = evolve(row, note=outcome.note, seconds=outcome.seconds)
        claims = read_claims(runs.check(go, target), str(target.directory), go.goroot)
    except RunFailedError as error:
        return evolve(row, note=str(error))
    judgement = judge(target.import_path, target.files, claims, evidence)
    return evolve(row, judgement=judgement)


if __name__ == "__main__":
    main()
