"""Edits of lifetimes on programs that run:

    python -m tests.fixes.lifetimes [RELEASE…]

Each shape makes an object and lets it go, or uses a descriptor while the collector runs. Printed is
what came of it before and after the edits. A shape named Fixed… fails before and holds after, a
Sound… one holds both times, a Kept… one has no edit. Where two edits are offered for one place
both are run. Exit status 1 where that is not so.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tests.advice.fixes.measured import functions_of
from tests.fixes.lifetimes.repaired import offers, outcomes

PROGRAMS = tuple(sorted(Path(__file__).parent.glob("program*")))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fixes.lifetimes")
    parser.add_argument("releases", nargs="*", default=["1.24", "1.27"])
    parser.add_argument("--program", help="only that of this name")
    bad = 0
    options = parser.parse_args()
    programs = [one for one in PROGRAMS if options.program in (None, one.name)]
    for release in options.releases:
        for program in programs:
            for last in (False, True):
                bad += run(program, release, last=last)
    return 1 if bad else 0


def run(program: Path, release: str, *, last: bool) -> int:
    """Print each shape; how many are not as they should be."""
    bad = 0
    with tempfile.TemporaryDirectory(prefix="golsp-mem-lifetimes-") as scratch:
        directory = Path(shutil.copytree(program, Path(scratch) / "shapes"))
        minor = max(24, int(release.partition(".")[2]))
        (directory / "go.mod").write_text(f"module example.com/shapes\n\ngo 1.{minor}\n")
        before, old = outcomes(directory, release), functions_of(directory)
        offered = asyncio.run(offers(directory, release))
        for path, text in asyncio.run(offered.texts(last=last)).items():
            path.write_bytes(text)
        after, new = outcomes(directory, release), functions_of(directory)
        edited = {name for name, text in old.items() if text != new.get(name)}
        for name in before:
            changed = name in edited or any(
                re.search(rf"\b{_own(one)}\(".encode(), old[name]) for one in edited
            )
            good = is_right(name, before[name], after[name], changed=changed)
            bad += not good
            mark = "" if good else "  WRONG"
            print(f"{release:6} {name:34} {before[name]:14} → {after[name]:14}{mark}")
        for one in offered.refused:
            print(f"{release:6} not confirmed: {one.title}")
    return bad


def _own(name: str) -> str:
    """``f`` of ``T.f`` and ``f[...]``."""
    return name.partition("[")[0].rpartition(".")[2]


def is_right(name: str, before: str, after: str, *, changed: bool) -> bool:
    """Whether a shape came to what its name says."""
    held, holds = before.startswith("1 "), after.startswith("1 ")
    if name.startswith("Fixed"):
        return changed and holds and not held
    if name.startswith("Sound"):
        return held and holds
    return not changed and before == after


if __name__ == "__main__":
    sys.exit(main())
