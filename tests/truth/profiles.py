"""``python -m tests.truth.profiles DIRECTORY …``: profiles against findings, on real modules.

For each module its benchmarks run at MemProfileRate 1. Measured are: how much of what the module's
own lines allocated has a finding at the right line; whether the split of each benchmark sums to
what Go prints (``golsp-mem profile``, with ``--split``); and how many of the ten functions that
allocate most are among the first twenty functions without a profile, in the order of rank, in that
of earlier versions (severity, always, bytes) and by position.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from attrs import frozen
from rich.console import Console
from rich.table import Table

_SURE = {"always": 0, "conditional": 1, "never": 2}
_LOUD = {"error": 0, "warning": 1, "information": 2, "hint": 3}
TOP, FIRST = 10, 20


@frozen
class Row:
    """One module. Shares are of own bytes and objects; hits of the ``top`` functions."""

    module: str
    objects: float
    bytes: float
    own: int
    benchmarks: str
    top: int
    by_rank: int
    by_old_order: int
    by_position: int


def run(directory: Path, *argv: str) -> str:
    done = subprocess.run(argv, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 3, 4) or not done.stdout:
        raise click.ClickException(f"{' '.join(argv)}: {done.stderr.strip()[-300:]}")
    return done.stdout


def ours(directory: Path, *arguments: str) -> dict[str, Any]:
    argv = (sys.executable, "-m", "golsp_mem", *arguments, "-q", "--format", "json")
    found: dict[str, Any] = json.loads(run(directory, *argv))
    return found


def function_of(finding: Mapping[str, Any]) -> str:
    """The declared function, so that literals count for it."""
    name = str(finding["function"])
    head, dot, _ = name.partition(".func")
    return head if dot else name


def first_functions(
    findings: Sequence[Mapping[str, Any]], order: Callable[[Mapping[str, Any]], Any]
) -> list[str]:
    hot = [one for one in findings if one["allocates"] != "never" and "quiet" not in one]
    return list(dict.fromkeys(function_of(one) for one in sorted(hot, key=order)))[:FIRST]


def ranking(plain: dict[str, Any], report: dict[str, Any]) -> tuple[int, int, int, int]:
    """How many of the top functions are among the first: (top, by rank, old order, position)."""
    taken: dict[str, int] = defaultdict(int)
    own = {function_of(one) for one in plain["findings"]}
    for one in report["findings"]:
        measured = one["measured"]
        if measured and not measured["shared"] and not one["file"].endswith("_test.go"):
            taken[function_of(one)] += measured["bytes"]
    top = [name for name in sorted(taken, key=lambda name: -taken[name]) if name in own][:TOP]
    orders: list[Callable[[Mapping[str, Any]], Any]] = [
        lambda one: one["rank"],
        lambda one: (_LOUD[one["severity"]], _SURE[one["allocates"]], -(one["bytes"] or 0)),
        lambda one: (one["package"], one["file"], one["line"]),
    ]
    hits = [len(set(top) & set(first_functions(plain["findings"], order))) for order in orders]
    return (len(top), hits[0], hits[1], hits[2])


def measure(directory: Path, bench: str, rounds: str, *, split: bool) -> Row:
    with tempfile.TemporaryDirectory(prefix="truth-profiles-") as scratch:
        file = Path(scratch) / "heap.pb.gz"
        flags = ("-memprofilerate=1", f"-memprofile={file}", f"-o={scratch}/tests", "-benchmem")
        argv = ("go", "test", "-run=^$", f"-bench={bench}", f"-benchtime={rounds}", *flags, ".")
        run(directory, *argv)
        report = ours(directory, "check", "--tests", "--profile", str(file), ".")
    plain = ours(directory, "check", ".")
    shared: dict[tuple[str, int], tuple[int, int]] = {}
    objects = taken = 0
    for one in report["findings"]:
        measured = one["measured"]
        if measured and measured["shared"]:
            shared[one["file"], one["line"]] = (measured["objects"], measured["bytes"])
        elif measured:
            objects, taken = objects + measured["objects"], taken + measured["bytes"]
    objects += sum(one for one, _ in shared.values())
    taken += sum(one for _, one in shared.values())
    missed = report["unmatched"]
    sums = "-"
    if split:
        found = ours(directory, "profile", "--bench", bench, ".")["benchmarks"]
        right = sum(
            sum(line["objects_per_op"] for line in one["lines"]) == one["allocs_per_op"]
            and sum(line["bytes_per_op"] for line in one["lines"]) == one["bytes_per_op"]
            and all(line["file"] is not None for line in one["lines"])
            for one in found
        )
        sums = f"{right}/{len(found)}"
    return Row(
        directory.name,
        objects / max(1, objects + missed["objects"]),
        taken / max(1, taken + missed["bytes"]),
        taken + missed["bytes"],
        sums,
        *ranking(plain, report),
    )


@click.command()
@click.argument("directories", nargs=-1, required=True)
@click.option("--bench", default=".")
@click.option("--rounds", default="50x")
@click.option("--split", is_flag=True, help="Also run golsp-mem profile, which takes longer.")
def main(directories: tuple[str, ...], bench: str, rounds: str, split: bool) -> None:
    """Print the table. Exit status 1: less than 99.5 % joined, or a split that does not sum."""
    os.environ.setdefault("GOTOOLCHAIN", "local")
    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table("module", "own objects", "own bytes", "of", "splits", "top", "by rank",
                  "old order", "position")  # fmt: skip
    right = True
    for name in directories:
        try:
            row = measure(Path(name).resolve(), bench, rounds, split=split)
        except click.ClickException as error:
            console.print(f"{name}: {error.message}", markup=False)
            right = False
            continue
        right = right and min(row.objects, row.bytes) >= 0.995
        table.add_row(
            row.module, f"{row.objects:.2%}", f"{row.bytes:.2%}", f"{row.own / 1e6:.1f} MB",
            row.benchmarks, str(row.top), str(row.by_rank), str(row.by_old_order),
            str(row.by_position),
        )  # fmt: skip
    console.print(table)
    raise SystemExit(int(not right))


if __name__ == "__main__":
    main()
