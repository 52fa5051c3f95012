"""``python -m tests.lifetime [--go RELEASE ...] [--all]``: findings beside what really failed.

Exit status 1: recall below 90 %, a false alarm, or a shape that did not end as its text claims.
"""

from __future__ import annotations

import argparse
import os
import sys

from tests.lifetime.oracle import (
    Judged,
    Kind,
    false_alarms,
    judged,
    outcomes,
    recall,
    shapes,
    told,
)
from tests.toolchains import go_binary

_TARGET = 0.9


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lifetime", description=__doc__)
    parser.add_argument("--go", action="append", metavar="RELEASE", help="default: 1.27")
    parser.add_argument("--all", action="store_true", help="list what is right too")
    options = parser.parse_args(argv)
    return max([_measure(release, options.all) for release in options.go or ["1.27"]])


def _measure(release: str, everything: bool) -> int:
    go = str(go_binary(release))
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    known = shapes()
    results = judged(known, outcomes(go, environment), told(go, environment))
    for one in results:
        if everything or not one.is_right or not _as_claimed(one):
            print(_line(one))
    failed = [one for one in results if one.failed]
    share, wrong = recall(results), false_alarms(results)
    strange = [one for one in results if not _as_claimed(one)]
    print(
        f"Go {release}: {sum(bool(one.told) for one in failed)} of {len(failed)} failing shapes "
        f"told ({share:.1%}), {len(wrong)} false of {len(results) - len(failed)} sound ones, "
        f"{len(strange)} not as claimed"
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
