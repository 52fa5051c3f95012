"""``python -m tests.lifetime [--go RELEASE ...] [--all | --fix] [PROGRAM ...]``: findings beside
what failed.

Exit status 1: recall below 90 %, a false alarm, or a shape that did not end as its text claims.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lifetime.oracle import (
    PROGRAMS,
    Judged,
    Kind,
    false_alarms,
    judged,
    outcomes,
    recall,
    shapes,
    told,
)
from tests.lifetime.repair import repair
from tests.toolchains import go_binary

_TARGET = 0.9


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lifetime", description=__doc__)
    parser.add_argument("--go", action="append", metavar="RELEASE", help="default: 1.27")
    parser.add_argument("--all", action="store_true", help="list what is right too")
    parser.add_argument("--fix", action="store_true", help="apply all fixes and run again")
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help="default: all of them")
    options = parser.parse_args(argv)
    programs = [one for one in PROGRAMS if one.name in options.programs or not options.programs]
    releases = options.go or ["1.27"]
    if options.fix:
        return max([_repair(release, one) for release in releases for one in programs])
    return max([_measure(release, one, options.all) for release in releases for one in programs])


def _repair(release: str, program: Path) -> int:
    go = str(go_binary(release))
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    with tempfile.TemporaryDirectory(prefix="golsp-mem-lifetime-") as scratch:
        repaired = repair(go, Path(scratch), program)
        ended = outcomes(go, environment, repaired.program)
        gofmt = Path(go).with_name("gofmt")
        listed = subprocess.run(
            [str(gofmt), "-l", "."], cwd=repaired.program, check=True, capture_output=True,
            text=True,
        )  # fmt: skip
    lost = [shape for shape in shapes(program) if ended[shape.name] != "ok"]
    without = [
        shape for shape in lost
        if shape.kind is Kind.FAIL
        and not any((shape.file, line) in repaired.lines for line in shape.lines)
    ]  # fmt: skip
    wrong = [shape for shape in lost if shape not in without]
    for refusal in repaired.refused:
        print("  not offered:", refusal)
    for shape in lost:
        mark = " " if shape in without else "!"
        print(f"{mark} {shape.kind:5} {shape.name:26} ran: {ended[shape.name]}")
    count = sum(shape.kind is Kind.FAIL for shape in shapes(program))
    failing = sum(shape.kind is Kind.FAIL for shape in lost)
    print(
        f"Go {release}, {program.name}: with {repaired.edits} fixes {count - failing} of "
        f"{count} failing shapes run, {len(without)} have none, {len(wrong)} fail with one; not "
        f"as gofmt has it: {listed.stdout.split() or 'none'}"
    )
    return int(bool(wrong) or bool(listed.stdout))


def _measure(release: str, program: Path, everything: bool) -> int:
    go = str(go_binary(release))
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    known = shapes(program)
    results = judged(known, outcomes(go, environment, program), told(go, environment, program))
    for one in results:
        if everything or not one.is_right or not _as_claimed(one):
            print(_line(one))
    failed = [one for one in results if one.failed]
    share, wrong = recall(results), false_alarms(results)
    strange = [one for one in results if not _as_claimed(one)]
    print(
        f"Go {release}, {program.name}: {sum(bool(one.told) for one in failed)} of {len(failed)} "
        f"failing shapes told ({share:.1%}), {len(wrong)} false of "
        f"{len(results) - len(failed)} sound ones, {len(strange)} not as claimed"
    )
    return int(share < _TARGET or bool(wrong) or bool(strange))


def _as_claimed(one: Judged) -> bool:
    return one.failed == (one.shape.kind is Kind.FAIL)


def _line(one: Judged) -> str:
    said = ", ".join(f"{told.severity} in line {told.line}" for told in one.told) or "nothing"
    mark = " " if one.is_right else "!"
    return f"{mark} {one.shape.kind:5} {one.shape.name:26} ran: {one.outcome:22} told: {said}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
