"""``python -m tests.truth.calls``: what calls of 691 functions allocate, said and run."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from golsp_mem.model import Allocates
from tests.toolchains import go_binary
from tests.truth.calls.cases import cases
from tests.truth.calls.program import Measured, measure


def wrong(measured: Sequence[Measured]) -> Iterator[str]:
    """What a run contradicts, in lines."""
    for one in measured:
        said, seen = one.total.objects, one.objects
        if one.total.allocates is Allocates.NEVER and seen:
            yield f"{one.name}: {one.statement}: nothing said, {seen} allocated"
        elif said.least > seen:
            yield f"{one.name}: {one.statement}: at least {said.least} said, {seen} allocated"
        elif said.most is not None and said.most < seen:
            yield f"{one.name}: {one.statement}: at most {said.most} said, {seen} allocated"


@click.command()
@click.option("--go", "releases", multiple=True, help="Releases, as 1.26; default: 1.26 and 1.27.")
@click.option("--all", "everything", is_flag=True, help="Print what was said of each case, too.")
@click.option("--only", default="", help="Cases whose name begins so.")
def main(releases: tuple[str, ...], everything: bool, only: str) -> None:
    """Compare totals with testing.AllocsPerRun."""
    bad = 0
    chosen = {name: lines for name, lines in cases().items() if name.startswith(only)}
    for release in releases or ("1.26", "1.27"):
        with tempfile.TemporaryDirectory(prefix="truth-calls-") as scratch:
            measured = measure(go_binary(release), Path(scratch), chosen)
        for line in wrong(measured):
            bad += 1
            click.echo(f"  WRONG {line}")
        verdicts = [one.total.allocates for one in measured]
        for one in measured if everything else ():
            least, most = one.total.objects.least, one.total.objects.most
            click.echo(f"  {one.objects:4} in {least}..{most} ({one.unknown_calls} unknown)  "
                       f"{one.statement}")  # fmt: skip
        functions = {one.name for one in measured}
        unsure = {one.name for one in measured if one.total.unknown}
        click.echo(
            f"go{release}: {len(functions)} functions, {len(measured)} calls: "
            f"{verdicts.count(Allocates.ALWAYS)} always, "
            f"{verdicts.count(Allocates.CONDITIONAL)} when, "
            f"{verdicts.count(Allocates.NEVER)} never, {verdicts.count(None)} open; "
            f"{len(unsure)} functions with calls that cannot be followed; {bad} wrong"
        )
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
