"""``python -m tests.lifetime.mixed [--go RELEASE] [--failing N] [--sound N] [SEED …]``: programs
put together by chance, run, beside what is told.

Exit status 1: recall below 90 %, or a false alarm.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.lifetime.mixed.program import write_program
from tests.lifetime.oracle import false_alarms, judged, outcomes, recall, shapes, told
from tests.toolchains import go_binary

_TARGET = 0.9


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lifetime.mixed", description=__doc__)
    parser.add_argument("--go", default="1.27", metavar="RELEASE", help="default: 1.27")
    parser.add_argument("--failing", type=int, default=80, help="shapes without a holder")
    parser.add_argument("--sound", type=int, default=50, help="shapes with one")
    parser.add_argument("--keep", metavar="DIR", type=Path, help="write the programs there")
    parser.add_argument("seeds", nargs="*", type=int, default=[1], metavar="SEED")
    options = parser.parse_args(argv)
    return max(_measure(options, seed) for seed in options.seeds)


def _measure(options: argparse.Namespace, seed: int) -> int:
    go = str(go_binary(options.go))
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    with tempfile.TemporaryDirectory(prefix="golsp-mem-mixed-") as scratch:
        program = (options.keep or Path(scratch)) / f"mixed{seed}"
        write_program(program, seed, options.failing, options.sound)
        results = judged(
            shapes(program), outcomes(go, environment, program), told(go, environment, program)
        )
    for one in results:
        if not one.is_right:
            said = ", ".join(f"{told.severity} in line {told.line}" for told in one.told)
            print(f"! {one.shape.name:90} ran: {one.outcome:20} told: {said or 'nothing'}")
    failed = [one for one in results if one.failed]
    share, wrong = recall(results), false_alarms(results)
    print(
        f"seed {seed}: {sum(bool(one.told) for one in failed)} of {len(failed)} failing shapes "
        f"told ({share:.1%}), {len(wrong)} false of {len(results) - len(failed)} sound ones"
    )
    return int(share < _TARGET or bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
