"""``python -m tests.faults [NAME ...]``: a table. Exit status 1: a fault was not met well."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tests.faults import command, server


@click.command()
@click.argument("names", nargs=-1)
def main(names: tuple[str, ...]) -> None:
    """Let every fault happen once (or those with NAME in their names)."""
    table = Table("fault", "told", "answer", "orphans", "left", "good", title="Faults")
    good = True
    root_is_here = os.geteuid() == 0

    def wanted(name: str) -> bool:
        return not names or any(part in name for part in names)

    for fault in server.FAULTS:
        if not wanted(fault.name):
            continue
        if fault.as_root and not root_is_here:
            table.add_row(fault.name, "needs root", "", "", "", "")
            continue
        with tempfile.TemporaryDirectory(prefix="golsp-mem-faults-") as root:
            row = server.meet(fault, Path(root))
        good &= row.good
        print(row, flush=True)
        table.add_row(
            row.name, row.told[:150], f"{row.answered:.2f} s", str(row.orphans),
            " ".join(row.left), "yes" if row.good else "NO",
        )  # fmt: skip
    for name, one in command.COMMANDS.items():
        if not wanted(name):
            continue
        if one.as_root and not root_is_here:
            table.add_row(name, "needs root", "", "", "", "")
            continue
        with tempfile.TemporaryDirectory(prefix="golsp-mem-faults-") as root:
            ended = command.meet(name, Path(root))
        good &= ended.good
        print(ended, flush=True)
        table.add_row(
            ended.name, f"{ended.status}: {' / '.join(ended.said)[:150]}", f"{ended.seconds:.2f} s",
            str(ended.orphans), " ".join(ended.left), "yes" if ended.good else "NO",
        )  # fmt: skip
    Console(width=220).print(table)
    sys.exit(not good)


if __name__ == "__main__":
    main()
