"""``python -m tests.load [NAME ...] [--packages N] [--saves N]``: prints what load costs.

A line of JSON for each kind of load (or those with NAME in their names). Times depend on the
machine: compare ratios. Exit status 1: what the server shows at the end is not what `check` finds,
or something was left out.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import click

from tests.load import rows


@click.command()
@click.argument("names", nargs=-1)
@click.option("--packages", default=300, help="Opened at once, in four folders.")
@click.option("--saves", default=1000)
@click.option("--megabytes", default=60, help="Of one document.")
@click.option("--lines", default=50_000, help="Of one generated file.")
@click.option("--findings", default=10_000, help="In one file.")
def main(
    names: tuple[str, ...], packages: int, saves: int, megabytes: int, lines: int, findings: int
) -> None:
    """Print what load costs."""
    kinds = {
        "opening": lambda folder: rows.opening(folder, packages),
        "saving": lambda folder: rows.saving(folder, saves),
        "asking": rows.asking,
        "cancelling": rows.cancelling,
        "lines": lambda folder: rows.generated(folder, lines, functions=lines // 10, each=0),
        "findings": lambda folder: rows.generated(folder, 0, functions=10, each=findings // 10),
        "large": lambda folder: rows.large(folder, megabytes),
    }
    good = True
    with tempfile.TemporaryDirectory(prefix="golsp-mem-load-") as place:
        for name, row in kinds.items():
            if names and not any(part in name for part in names):
                continue
            folder = Path(place, name)
            folder.mkdir()
            found = row(folder)
            good &= found.get("as check", 1.0) == 1.0
            load = os.getloadavg()[0]
            print(name, json.dumps({**found, "load of the machine": round(load, 1)}), flush=True)
    sys.exit(not good)


if __name__ == "__main__":
    main()
