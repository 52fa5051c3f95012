"""Every row of edits on programs that run, on an old release and on the newest:

    python -m tests.fixes.rows [RELEASE…]

prints, for each case of ``tests/advice/fixes/program``, the allocations of a run of it before and
after the edits by `testing.AllocsPerRun` (``…B``: the bytes, where a smaller block is what is
gained), and whether its results stayed. Cases named Corner… change their meaning in the corner that
the edit's title states. Exit status 1 where a case that an edit is for allocates as before.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from tests.advice.fixes.measured import (
    MORE,
    PROGRAM,
    Case,
    apply_all,
    cases_of,
    functions_of,
    write_program,
)

_ROW = re.compile(r"^// Row: (.+)\.$", re.MULTILINE)
_CASE = re.compile(r'^\tCases\["([^"]*)"\]', re.MULTILINE)
_PROMISED = ("Fixed", "Corner", "Smaller")


@frozen
class Measured:
    before: Case
    after: Case

    def text(self, name: str) -> str:
        if _kind(name) == "Smaller":
            return f"{self.before.bytes:g} → {self.after.bytes:g} B"
        return f"{self.before.allocations:g} → {self.after.allocations:g}"

    def is_less(self, name: str) -> bool:
        if _kind(name) == "Smaller":
            return self.after.bytes < self.before.bytes
        return self.after.allocations < self.before.allocations


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fixes.rows")
    parser.add_argument("releases", nargs="*", default=["1.22", "1.27"])
    releases = parser.parse_args().releases
    measured = {release: _measured(release) for release in releases}
    bad = 0
    print(f"{'row':50} {'case':34}" + "".join(f"{one:>16}" for one in releases))
    for row, name in _cases():
        found = [measured[one].get(name) for one in releases]
        cells = "".join(f"{one.text(name) if one is not None else '-':>16}" for one in found)
        here = [one for one in found if one is not None]
        less = _kind(name) not in _PROMISED or all(one.is_less(name) for one in here)
        same = all(one.before.result == one.after.result for one in here)
        bad += not less or not same
        said = ("" if less else "  AS BEFORE") + ("" if same else "  ANOTHER RESULT")
        if _kind(name) in _PROMISED or said:
            print(f"{row:50} {name:34}{cells}{said}")
    return 1 if bad else 0


def _kind(name: str) -> str:
    return next((one for one in _PROMISED if name.rpartition(".")[2].startswith(one)), "Kept")


def _cases() -> list[tuple[str, str]]:
    """The row and the name of each case."""
    found = []
    for path in sorted([*PROGRAM.glob("*.go"), *MORE.glob("*.go")]):
        text = path.read_text()
        row = _ROW.search(text)
        if row is not None:
            found += [(row[1], name) for name in _CASE.findall(text)]
    return sorted(found)


def _measured(release: str) -> Mapping[str, Measured]:
    """The safe edits are made first; the others are looked at where a case is for them."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="golsp-mem-rows-") as scratch:
        for source in (PROGRAM, MORE):
            directory = write_program(source, Path(scratch) / source.name, release)
            before, old = cases_of(directory, release), dict(functions_of(directory))
            asyncio.run(apply_all(directory, release, chosen=False))
            safe, new = cases_of(directory, release), functions_of(directory)
            for name, text in old.items():
                if name.rpartition(".")[2].startswith("Kept") and new.get(name) != text:
                    print(f"{release}: {name} was changed, and is to stay")
            asyncio.run(apply_all(directory, release, chosen=True))
            chosen = cases_of(directory, release)
            for name, one in before.items():
                after = chosen if _kind(name) in ("Corner", "Smaller") else safe
                found[name] = Measured(one, after[name])
    return found


if __name__ == "__main__":
    sys.exit(main())
