"""``python -m tests.bench``: how long a save and a check take, beside gopls and the go command.

``saves MODULE PACKAGE FILE`` measures saves of one file beside gopls (with its compiler details
on, unless ``--alone``) and one bare compile with -m; the module is written to, so name a copy.
``check DIRECTORY [PATTERN]`` measures a warm check beside the bare go list; ``repository`` the
first run, too, its memory, and with ``--from-nothing`` the run that fills a build cache and a check
right after ``go build`` (minutes); ``start DIRECTORY`` how soon the program is there; ``memory
MODULE PACKAGE FILE`` what the server keeps; ``hover DIRECTORY`` a hover with a flow beside the
compiler that prints it. ``--json FILE`` keeps the figures. What is compared runs in turn, so that a
machine that gets slower gets slower for both; what counts is the median of the ratios, not the
seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench import repository, serving, starting
from tests.bench.saves import measured


def seconds(argv: Sequence[str], directory: Path) -> float:
    """Wall seconds of one run; its output is thrown away."""
    started = time.perf_counter()
    done = subprocess.run(argv, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}")
    return time.perf_counter() - started


def check(directory: Path, pattern: str, runs: int) -> Mapping[str, object]:
    """A warm check and the bare go command, in turn."""
    go = shutil.which("go")
    if go is None:
        sys.exit("no go on PATH")
    bare = [go, "list", "-export", "-gcflags=-m", "-json=ImportPath,Export", "--", pattern]
    ours = [sys.executable, "-m", "golsp_mem", "check", "--format", "json", "--output", os.devnull,
            "--", pattern]  # fmt: skip
    for argv in (bare, ours):
        seconds(argv, directory)
    pairs = [(seconds(ours, directory), seconds(bare, directory)) for _ in range(runs)]
    for name, times in (("check", [a for a, _ in pairs]), ("go list", [b for _, b in pairs])):
        print(f"{name:8} median {statistics.median(times):.2f} s  min {min(times):.2f} s")
    ratios = [a / b for a, b in pairs]
    print(f"ratio    median {statistics.median(ratios):.2f}  max {max(ratios):.2f}")
    return {"check_seconds": [a for a, _ in pairs], "go_list_seconds": [b for _, b in pairs],
            "ratio": statistics.median(ratios)}  # fmt: skip


def saves(module: Path, package: str, file: str, runs: int, *, alone: bool) -> Mapping[str, object]:
    row = measured(module.resolve(), package, file, runs, beside=not alone)
    figures = row.as_json()
    print(f"{row.package} {row.file}")
    for name, times in (("save", row.ours), ("gopls", row.gopls), ("compile -m", row.bare)):
        if times:
            print(f"  {name:10} median {statistics.median(times):.2f} s  min {min(times):.2f} s")
    for name in ("ratio_to_gopls", "ratio_to_compile", "megabytes", "gopls_megabytes"):
        print(f"  {name:18} {figures[name]}")
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    kinds = parser.add_subparsers(dest="kind", required=True)
    saving = kinds.add_parser("saves")
    saving.add_argument("module", type=Path)
    saving.add_argument("package")
    saving.add_argument("file")
    saving.add_argument("--alone", action="store_true")
    checking = kinds.add_parser("check")
    checking.add_argument("directory", type=Path)
    checking.add_argument("pattern", nargs="?", default="./...")
    whole = kinds.add_parser("repository")
    whole.add_argument("directory", type=Path)
    whole.add_argument("pattern", nargs="?", default="./...")
    whole.add_argument("--from-nothing", action="store_true")
    kinds.add_parser("start").add_argument("directory", type=Path)
    keeping = kinds.add_parser("memory")
    keeping.add_argument("module", type=Path)
    keeping.add_argument("package")
    keeping.add_argument("file")
    keeping.add_argument("--saves", type=int, default=500)
    kinds.add_parser("hover").add_argument("directory", type=Path)
    options = parser.parse_args()
    figures = _figures(options)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


def _figures(options: argparse.Namespace) -> Mapping[str, object]:
    if options.kind == "check":
        return check(options.directory, options.pattern, options.runs)
    if options.kind == "saves":
        return saves(
            options.module, options.package, options.file, options.runs, alone=options.alone
        )
    if options.kind == "repository":
        figures = repository.measured(
            options.directory.resolve(), options.pattern, options.runs,
            from_nothing=options.from_nothing,
        )  # fmt: skip
    elif options.kind == "start":
        figures = starting.measured(options.directory.resolve(), options.runs)
    elif options.kind == "memory":
        figures = serving.memory(
            options.module.resolve(), options.package, options.file, options.saves
        )
    else:
        figures = serving.hover(options.directory.resolve(), options.runs)
    for name, figure in figures.items():
        print(f"{name:24} {figure:.2f}" if isinstance(figure, float) else f"{name:24} {figure}")
    return figures


if __name__ == "__main__":
    sys.exit(main())
