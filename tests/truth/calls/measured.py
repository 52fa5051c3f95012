"""``python -m tests.truth.calls.measured DIRECTORY …``: calls that are told, against benchmarks.

For each module its benchmarks run once at MemProfileRate 1 and once with coverage. Measured are:
how much of what was allocated below the module's own frames stands at a call that was told, how
much of that at one of which no more is known than that nobody can follow it, and how many `always`
calls ran and allocated nothing.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from tests.truth.profiles import ours, run

_BLOCK = re.compile(r".+?/([^/]+\.go):(\d+)\.(\d+),(\d+)\.(\d+) \d+ (\d+)")
Finding = Mapping[str, Any]


@frozen
class Row:
    """Bytes below the module's frames: all, those at told calls, those of them that nobody can
    follow; `always` calls that ran, and those of them at which nothing was measured."""

    all: int
    told: int
    dark: int
    ran: int
    silent: tuple[str, ...]


def measure(directory: Path, rounds: str) -> Row:
    """Run and compare one module."""
    with tempfile.TemporaryDirectory(prefix="truth-measured-") as scratch:
        heap, cover = Path(scratch) / "heap", Path(scratch) / "cover"
        test = ("go", "test", "-run=^$", "-bench=.", f"-benchtime={rounds}", f"-o={scratch}/t")
        run(directory, *test, "-memprofilerate=1", f"-memprofile={heap}", ".")
        run(directory, *test, "-covermode=count", f"-coverprofile={cover}", ".")
        report = ours(
            directory,
            "check",
            "--tests",
            "--select",
            "heap-call,heap-*",
            "--profile",
            str(heap),
            ".",
        )
        counts = _counts(cover.read_text())
    calls = [one for one in report["findings"] if one["code"] == "heap-call"]
    measured = [one for one in calls if one["measured"]]
    ran = [one for one in calls if one["allocates"] == "always" and _count(one, counts)]
    return Row(
        sum(one["bytes"] for one in report["calls"]),
        sum(one["measured"]["bytes"] for one in measured),
        sum(one["measured"]["bytes"] for one in measured if one["runtime_call"] is None),
        len(ran),
        tuple(
            f"{one['file']}:{one['line']} {one['message']}" for one in ran if not one["measured"]
        ),
    )


Counts = dict[str, list[tuple[tuple[int, int], tuple[int, int], int]]]


def _counts(profile: str) -> Counts:
    found: Counts = {}
    for line in profile.splitlines():
        block = _BLOCK.fullmatch(line)
        if block is not None:
            first, column, last, end, count = map(int, block.groups()[1:])
            found.setdefault(block[1], []).append(((first, column), (last, end), count))
    return found


def _count(one: Finding, counts: Counts) -> int:
    """How often the innermost block around a finding ran; 0 in test files."""
    place = (one["line"], one["column"])
    around = [block for block in counts.get(one["file"], ()) if block[0] <= place < block[1]]
    return max(around)[2] if around else 0


def lines(row: Row) -> Iterator[str]:
    """What was measured, for people."""
    share = row.told / max(1, row.all)
    dark = row.dark / max(1, row.all)
    yield f"{row.all} B below own frames: {share:.1%} at told calls, {dark:.1%} of all in the dark"
    yield f"{row.ran} always calls ran, {len(row.silent)} of them allocated nothing"
    yield from row.silent


@click.command()
@click.argument("directories", nargs=-1, required=True)
@click.option("--rounds", default="20x")
def main(directories: tuple[str, ...], rounds: str) -> None:
    """Exit status 1: less than 95 % told, or an `always` call that allocated nothing."""
    bad = False
    for name in directories:
        row = measure(Path(name).resolve(), rounds)
        click.echo(f"{name}: " + "\n  ".join(lines(row)))
        bad = bad or row.told < 0.95 * row.all or bool(row.silent)
    raise SystemExit(int(bad))


if __name__ == "__main__":
    main()
